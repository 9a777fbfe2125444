"""The land of the benchmarks: valid, the same for the same seed, with the holes, parts and corners it promises."""

from __future__ import annotations

import numpy as np
import shapely

from benchmarks import ground


def test_parcels_share_borders_and_some_have_holes_and_parts() -> None:
    land = ground.parcels(1000)
    shapes = land.to_shapely()
    assert shapely.is_valid(shapes).all()
    assert (land.areas > 0).all()
    assert (np.diff(land.features) == 2).sum() > 5
    assert sum(len(part.interiors) for part in shapely.get_parts(shapes)) > 20
    np.testing.assert_allclose(shapely.area(shapely.union_all(shapes)), land.areas.sum(), rtol=1e-12)
    np.testing.assert_array_equal(ground.parcels(1000).xy, land.xy)


def test_layers_are_valid_and_some_areas_have_ten_thousand_corners() -> None:
    layers = ground.layers(2000)
    for layer in layers.values():
        assert shapely.is_valid(layer.polygons.to_shapely()).all()
        assert set(layer.kinds.tolist()) <= set(range(layer.classes))
    for name in ("flood", "nature"):
        assert np.diff(layers[name].polygons.rings).max() > 10_000
        np.testing.assert_array_equal(ground.layers(2000)[name].polygons.xy, layers[name].polygons.xy)

"""A coverage asked by compiled code answers as shapely does, far from its border, across it and along it."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.measure.areas import Area, area_of, share_by_shapely, to_edge_by_shapely
from geodata.measure.flat import FlatPolygons

WITH_HOLE = shapely.Polygon(
    [(0, 0), (900, -40), (1000, 700), (400, 1100), (-60, 640)], [[(300, 300), (300, 600), (600, 600), (600, 300)]]
)
PARTS = shapely.MultiPolygon([shapely.box(0, 0, 400, 400), shapely.box(500, 0, 900, 400)])

boxes = st.lists(
    st.tuples(st.integers(-400, 1300), st.integers(-400, 1300), st.integers(1, 260), st.integers(1, 260)),
    min_size=1,
    max_size=8,
)


@settings(deadline=None)
@given(boxes, st.sampled_from([WITH_HOLE, PARTS]))
def test_equal_to_shapely(fields: list[tuple[int, int, int, int]], shape: shapely.Geometry) -> None:
    parcels = np.array([shapely.box(x, y, x + wide, y + tall) for x, y, wide, tall in fields], dtype=object)
    flat, area = FlatPolygons.from_shapely(parcels), Area(shape)
    np.testing.assert_allclose(area.share(flat), share_by_shapely(shape, parcels), atol=1e-9)
    metres, inside = area.placed(flat)
    assert inside.tolist() == shapely.intersects(shape, parcels).tolist()
    np.testing.assert_allclose(np.where(inside, metres, 0.0), to_edge_by_shapely(shape, parcels), atol=1e-9)
    assert area.touches(flat) == bool(shapely.intersects(shape, parcels).any())


def test_one_answer_for_all_where_the_border_is_far() -> None:
    flat = FlatPolygons.from_shapely(np.array([shapely.box(x, 0, x + 10, 10) for x in (0, 40)], dtype=object))
    area = Area(shapely.box(-500, -500, 500, 500))
    metres, inside = area.placed(flat, enough_m=400.0)
    assert inside.all() and metres.tolist() == [450.0, 450.0], "the distance of the box around both"
    assert area.placed(flat)[0].tolist() == [490.0, 450.0]
    assert area.placed(flat, enough_m=451.0)[0].tolist() == [490.0, 450.0]


def test_what_has_no_ground_covers_nothing() -> None:
    flat = FlatPolygons.from_shapely(np.array([shapely.box(0, 0, 10, 10)], dtype=object))
    for nothing in (shapely.MultiPolygon(), shapely.LineString([(0, 0), (5, 5)])):
        assert Area(nothing).share(flat).tolist() == [0.0]
        assert not Area(nothing).touches(flat)
    assert Area(WITH_HOLE).share(FlatPolygons.concatenate([])).tolist() == []


def test_equal_shapes_share_one_answer() -> None:
    assert area_of(shapely.to_wkb(WITH_HOLE)) is area_of(shapely.to_wkb(shapely.Polygon(WITH_HOLE)))
    with pytest.raises(shapely.errors.GEOSException):
        area_of(b"nothing")

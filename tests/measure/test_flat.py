"""Flat polygons: the same figures and the same shapes as shapely, in memory and from a folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.errors import InputError
from geodata.measure.flat import FlatPolygons

SQUARE = shapely.box(0, 0, 10, 10)
RING = SQUARE.difference(shapely.box(2, 2, 4, 4))
TWO = shapely.union(shapely.box(0, 0, 1, 1), shapely.box(5, 5, 7, 6).difference(shapely.box(5.5, 5.2, 6, 5.8)))
NOTHING = shapely.Polygon()


@st.composite
def shape(draw: st.DrawFn) -> shapely.Geometry:
    """A few boxes joined, somewhere in Belgium, with one box cut out; may be empty or of several parts."""
    numbers = st.integers(0, 20)
    boxes = [
        shapely.box(x, y, x + w + 1, y + h + 1)
        for x, y, w, h in draw(st.lists(st.tuples(numbers, numbers, numbers, numbers), max_size=4))
    ]
    x, y = draw(st.tuples(numbers, numbers))
    found = shapely.difference(shapely.union_all(boxes), shapely.box(x, y, x + 3, y + 3))
    return shapely.transform(found, lambda xy: xy + (150_000.125, 170_000.25))


@settings(deadline=None)
@given(st.lists(shape(), max_size=6))
def test_areas_bounds_and_shapes_are_those_of_shapely(shapes: list[shapely.Geometry]) -> None:
    flat = FlatPolygons.from_shapely(shapes)
    given_shapes = np.array(shapes, dtype=object)
    assert len(flat) == len(shapes)
    np.testing.assert_allclose(flat.areas, shapely.area(given_shapes), atol=1e-9)
    np.testing.assert_array_equal(flat.bounds, shapely.bounds(given_shapes).reshape(-1, 4))
    assert shapely.equals(flat.to_shapely(), given_shapes).all()


@settings(deadline=None)
@given(st.lists(shape(), min_size=1, max_size=6), st.data())
def test_a_part_of_the_features_is_that_part(shapes: list[shapely.Geometry], data: st.DataObject) -> None:
    flat = FlatPolygons.from_shapely(shapes)
    index = data.draw(st.lists(st.integers(0, len(shapes) - 1), max_size=8))
    assert [s.wkt for s in flat.take(index).to_shapely()] == [flat.to_shapely()[i].wkt for i in index]
    mask = np.arange(len(shapes)) % 2 == 0
    np.testing.assert_array_equal(flat.take(mask).areas, flat.areas[mask])
    start = data.draw(st.integers(0, len(shapes)))
    stop = data.draw(st.integers(start, len(shapes)))
    part = flat.between(start, stop)
    np.testing.assert_array_equal(part.areas, flat.areas[start:stop])
    joined = FlatPolygons.concatenate([flat.between(0, start), part, flat.between(stop, len(flat))])
    for name in ("xy", "rings", "parts", "features"):
        np.testing.assert_array_equal(getattr(joined, name), getattr(flat, name))


def test_exteriors_run_against_the_clock_and_holes_with_it() -> None:
    flat = FlatPolygons.from_shapely([shapely.orient_polygons(RING, exterior_cw=True), TWO])
    for part in shapely.get_parts(flat.to_shapely()):
        assert shapely.is_ccw(part.exterior)
        assert not any(shapely.is_ccw(hole) for hole in part.interiors)
    for first, last in zip(flat.rings[:-1], flat.rings[1:], strict=True):
        np.testing.assert_array_equal(flat.xy[first], flat.xy[last - 1])


def test_missing_and_empty_shapes_are_empty_features() -> None:
    flat = FlatPolygons.from_shapely([None, SQUARE, NOTHING])
    assert flat.areas.tolist() == [0.0, 100.0, 0.0]
    assert np.isnan(flat.bounds[[0, 2]]).all()
    assert flat.features.tolist() == [0, 0, 1, 1]
    assert FlatPolygons.from_shapely([None]).areas.tolist() == [0.0]


def test_height_is_dropped() -> None:
    flat = FlatPolygons.from_shapely([shapely.force_3d(SQUARE, 7.0)])
    assert flat.xy.shape == (5, 2)


def test_the_given_array_is_left_as_it_was() -> None:
    shapes = np.array([SQUARE, None], dtype=object)
    FlatPolygons.from_shapely(shapes)
    assert shapes[1] is None


def test_a_line_is_refused_with_its_row() -> None:
    with pytest.raises(InputError, match=r"row 2.*LineString"):
        FlatPolygons.from_shapely([SQUARE, shapely.LineString([(0, 0), (1, 1)])])


def test_offsets_that_do_not_fit_are_refused() -> None:
    flat = FlatPolygons.from_shapely([SQUARE])
    with pytest.raises(ValueError, match="does not fit"):
        FlatPolygons(flat.xy[:-1], flat.rings, flat.parts, flat.features)


@pytest.mark.parametrize("shapes", [[RING, None, TWO], []])
def test_a_folder_gives_back_the_same_read_only_arrays(tmp_path: Path, shapes: list[shapely.Geometry]) -> None:
    flat = FlatPolygons.from_shapely(shapes)
    flat.save(tmp_path / "parcels" / "7")
    flat.save(tmp_path / "parcels" / "7")
    again = FlatPolygons.open(tmp_path / "parcels" / "7")
    np.testing.assert_array_equal(again.areas, flat.areas)
    assert [p.name for p in (tmp_path / "parcels").iterdir()] == ["7"]
    for name in ("xy", "rings", "parts", "features"):
        np.testing.assert_array_equal(getattr(again, name), getattr(flat, name))
        assert not getattr(again, name).flags.writeable
        assert not getattr(flat, name).flags.writeable


def test_a_damaged_folder_is_named_with_the_remedy(tmp_path: Path) -> None:
    FlatPolygons.from_shapely([SQUARE, RING]).save(tmp_path / "a")
    np.save(tmp_path / "a" / "rings.npy", np.array([0, 5]))
    with pytest.raises(InputError, match=r"a: .*Delete the folder"):
        FlatPolygons.open(tmp_path / "a")
    (tmp_path / "a" / "parts.npy").unlink()
    with pytest.raises(InputError, match="field parts"):
        FlatPolygons.open(tmp_path / "a")


def test_without_numba_the_same_shares_come_from_shapely() -> None:
    program = """
import sys
sys.modules["numba"] = None
import numpy as np, shapely
from geodata.measure.flat import FlatPolygons
from geodata.measure.jit import HAVE_NUMBA
from geodata.measure.kernels.overlap import shares, shares_of
from geodata.measure.tiles import prepare
land = FlatPolygons.from_shapely([shapely.box(0, 0, 10, 10), shapely.box(490, 490, 520, 520)])
layer = FlatPolygons.from_shapely([shapely.box(0, 0, 5, 10), shapely.box(0, 0, 505, 700), shapely.box(3, 0, 8, 10)])
kinds = np.array([0, 1, 0])
print(HAVE_NUMBA, land.areas.tolist(), shares_of(land, layer, kinds).round(9).tolist())
print(shares(land, prepare(layer, kinds)).round(9).tolist())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["False [100.0, 900.0] [[0.8, 1.0], [0.0, 0.5]]", "[[0.8, 1.0], [0.0, 0.5]]"]

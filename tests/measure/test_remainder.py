"""Remainder of parcels: worked examples, and shapely's difference as oracle."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.measure.flat import FlatPolygons
from geodata.measure.kernels import remainder as module
from geodata.measure.kernels.remainder import ExclusionSet, remainder, remainder_geometry
from geodata.measure.tiles import prepare

X, Y = 150_000.0, 170_000.0


def box(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    return shapely.box(X + x0, Y + y0, X + x1, Y + y1)


def flat(*shapes: shapely.Geometry | None) -> FlatPolygons:
    return FlatPolygons.from_shapely(list(shapes))


CORNER = shapely.Polygon([(X + x, Y + y) for x, y in ((0, 0), (50, 0), (50, 10), (10, 10), (10, 40), (0, 40))])
RING = box(0, 0, 30, 30).difference(box(10, 10, 20, 20))


def test_worked_examples() -> None:
    land = flat(box(0, 0, 40, 20), CORNER, RING, box(1000, 0, 1010, 10), None)
    flood, nature = flat(box(0, 0, 10, 20), box(5, 0, 20, 20)), flat(box(15, 0, 25, 40))
    found = remainder(land, ExclusionSet.of(flood, nature))
    # Rectangle: 0..25 of 40 is taken, overlaps once. L: 20 x 10 + 10 x 10 and 5 x 10. Ring: 20 x 20 less the
    # hole, then 5 x 10 above and 5 x 30 beside it.
    assert found.area == pytest.approx(
        [300, 800 - 200 - 100 - 50, 800 - (400 - 100) - (50 + 150), 100, np.nan], nan_ok=True
    )
    assert found.taken_share[:1] == pytest.approx([0.625])
    left = remainder_geometry(land, ExclusionSet.of(flood, nature), [0, 3, 4])
    assert left[0].equals(box(25, 0, 40, 20))
    assert left[1].equals(box(1000, 0, 1010, 10))
    assert left[2].is_empty


def test_built_share_and_unbuilt_remainder() -> None:
    land = flat(box(0, 0, 40, 25), box(40, 0, 80, 25))
    found = remainder(land, ExclusionSet(flat(box(0, 0, 10, 10), box(5, 5, 15, 15), box(35, 0, 45, 10))))
    assert found.taken_share == pytest.approx([0.225, 0.05])
    assert found.area == pytest.approx([775, 950])


def test_everything_and_nothing() -> None:
    land = flat(box(0, 0, 40, 25), RING)
    assert remainder(land, ExclusionSet.of()).area.tolist() == [1000, 800]
    all_of = ExclusionSet.of(flat(box(-5, -5, 20, 50)), flat(box(20, -5, 60, 50)))
    assert remainder(land, all_of).area == pytest.approx([0, 0], abs=1e-9)
    assert all(shape.is_empty for shape in remainder_geometry(land, all_of, [0, 1]))
    # Only a border in common.
    beside = ExclusionSet.of(flat(box(40, 0, 90, 25)))
    assert remainder(land, beside, [0]).area.tolist() == [1000]
    assert remainder_geometry(land, beside, [0])[0].equals(box(0, 0, 40, 25))


def test_prepared_exclusions_are_used() -> None:
    polygons = flat(box(0, 0, 10, 20))
    kept = prepare(polygons, np.zeros(1, np.int64), 1)
    assert ExclusionSet(polygons, kept).layer is kept
    with pytest.raises(ValueError, match="one class"):
        ExclusionSet(polygons, prepare(polygons, np.zeros(1, np.int64), 2))


place = st.integers(-60, 60)
shapes = st.tuples(*[st.tuples(place, place)] * 3).filter(lambda t: shapely.Polygon(t).area > 0)


@settings(deadline=None, max_examples=80)
@given(st.lists(shapes, min_size=1, max_size=4), st.lists(shapes, max_size=6), st.floats(0, 1))
def test_remainder_is_what_difference_leaves(
    parcels: list[tuple[tuple[int, int], ...]], taken: list[tuple[tuple[int, int], ...]], shift: float
) -> None:
    # On a tile corner, so that parcels cross tiles; exclusions on and off the grid of the parcels.
    land = [shapely.Polygon([(X + x, Y + y) for x, y in corners]) for corners in parcels]
    away = [shapely.Polygon([(X + x + shift, Y + y) for x, y in corners]) for corners in taken]
    away = [shape.difference(shape.centroid.buffer(0.5)) for shape in away]
    exclusions = ExclusionSet.of(FlatPolygons.from_shapely(away[::2]), FlatPolygons.from_shapely(away[1::2]))
    flat_land = FlatPolygons.from_shapely(land)
    expected = [parcel.difference(shapely.union_all(away)) for parcel in land]
    found = remainder(flat_land, exclusions)
    np.testing.assert_allclose(found.area, shapely.area(expected), atol=1e-5)
    assert (found.area >= 0).all()
    geometry = remainder_geometry(flat_land, exclusions, np.arange(len(land)))
    for mine, theirs in zip(geometry, expected, strict=True):
        assert mine.is_valid
        assert mine.symmetric_difference(theirs).area == pytest.approx(0, abs=1e-5)
    np.testing.assert_array_equal(remainder(flat_land, exclusions, [len(land) - 1]).area, found.area[-1:])


def test_without_numba_the_answer_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    land, away = flat(box(0, 0, 40, 20), CORNER, RING, None), ExclusionSet.of(flat(box(5, 3, 20, 20), box(7, 0, 9, 50)))
    found = remainder(land, away)
    monkeypatch.setattr(module, "HAVE_NUMBA", False)
    np.testing.assert_allclose(remainder(land, away).area, found.area, atol=1e-9)
    np.testing.assert_allclose(remainder(land, away, [2, 0]).area, found.area[[2, 0]], atol=1e-9)

"""Distances and counts from flat arrays against shapely, which looks at every pair it cannot rule out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.errors import InputError
from geodata.measure.flat import FlatPolygons, flat_lines
from geodata.measure.kernels import nearest
from geodata.measure.kernels.nearest import PointGrid, by_shapely, to_lines, to_points, to_polygons, within
from geodata.measure.kernels.segments import Segments, closest, z_order

#: A corner of Belgium: figures as large as real ones.
AT = np.array([150_000.0, 170_000.0])

#: A parcel with a hole, one of two parts, and one that is long and thin.
ODD = [
    shapely.box(0, 0, 40, 40).difference(shapely.box(10, 10, 30, 30)),
    shapely.union(shapely.box(100, 0, 110, 10), shapely.box(130, 0, 140, 10)),
    shapely.box(-500, 60, 500, 61),
]


def moved(shapes: list[Any]) -> Any:
    return shapely.transform(np.array(shapes, dtype=object), lambda xy: xy + AT)


# Whole numbers make corners that touch, borders that are shared and segments of no length.
places = st.tuples(st.integers(-60, 60), st.integers(-60, 60))
boxes = st.tuples(places, st.integers(1, 30), st.integers(1, 30)).map(
    lambda one: shapely.box(*one[0], one[0][0] + one[1], one[0][1] + one[2])
)
rings = st.lists(places, min_size=3, max_size=9, unique=True).map(
    lambda corners: shapely.MultiPoint(corners).convex_hull
)
holed = boxes.map(lambda box: box.difference(box.centroid.buffer(0.3)))
shapes = st.one_of(boxes, rings.filter(lambda one: one.geom_type == "Polygon"), holed, st.sampled_from(ODD))
parcels = st.lists(shapes, min_size=1, max_size=8).map(moved)
lines = st.lists(st.lists(places, min_size=2, max_size=5).map(shapely.LineString), min_size=1, max_size=12).map(moved)
points = st.lists(places, min_size=1, max_size=40).map(lambda given: np.array(given, dtype=float) + AT)


@settings(deadline=None, max_examples=150)
@given(parcels, points, st.sampled_from([None, 0.0, 1.0, 25.0]))
def test_points(mine: Any, given_points: Any, beyond: float | None) -> None:
    found = to_points(FlatPolygons.from_shapely(mine), given_points, beyond_m=beyond, workers=1)
    apart = shapely.distance(mine[:, None], shapely.points(given_points)[None, :])
    if beyond is not None:
        apart = np.where(apart > beyond, apart, np.inf)
    np.testing.assert_allclose(found, apart.min(axis=1), atol=1e-9)
    np.testing.assert_allclose(by_shapely(mine, shapely.points(given_points), beyond_m=beyond), found, atol=1e-9)


@settings(deadline=None, max_examples=150)
@given(parcels, lines)
def test_lines(mine: Any, roads: Any) -> None:
    flat = FlatPolygons.from_shapely(mine)
    xy, offsets, feature = flat_lines(roads)
    tree = Segments.of_lines(xy, offsets)
    found = to_lines(flat, tree, workers=1)
    apart = shapely.distance(mine[:, None], roads[None, :])
    np.testing.assert_allclose(found, apart.min(axis=1), atol=1e-9)
    metres, which, part = closest(flat, tree, workers=1)
    assert (metres == found).all()
    # The place on the segment is as far from the parcel as was told, and on a line that is so near.
    first = np.flatnonzero(np.concatenate([np.append(np.ones(len(one.coords) - 1, bool), False) for one in roads]))
    begin, end = xy[first[which]], xy[first[which] + 1]
    place = begin + part[:, None] * (end - begin)
    np.testing.assert_allclose(shapely.distance(mine, shapely.points(place)), metres, atol=1e-6)
    line = np.repeat(feature, np.diff(offsets))[first[which]]
    np.testing.assert_allclose(apart[np.arange(len(mine)), line], metres, atol=1e-9)


@settings(deadline=None, max_examples=150)
@given(parcels, parcels)
def test_polygons_that_may_overlap_and_hold_each_other(mine: Any, others: Any) -> None:
    found = to_polygons(FlatPolygons.from_shapely(mine), FlatPolygons.from_shapely(others), workers=1)
    np.testing.assert_allclose(found, shapely.distance(mine[:, None], others[None, :]).min(axis=1), atol=1e-9)


@settings(deadline=None, max_examples=150)
@given(parcels, points, st.sampled_from([0.0, 5.0, 13.0, 50.0, 400.0]))
def test_counts_and_amounts_within_a_radius(mine: Any, given_points: Any, radius: float) -> None:
    amounts = np.arange(len(given_points), dtype=float)
    counts, sums = within(FlatPolygons.from_shapely(mine), given_points, radius, amounts, workers=1)
    apart = shapely.distance(mine[:, None], shapely.points(given_points)[None, :])
    # What lies at the radius to the last bit may fall on either side.
    assert ((apart <= radius - 1e-9).sum(axis=1) <= counts).all()
    assert ((apart <= radius + 1e-9).sum(axis=1) >= counts).all()
    if not (np.abs(apart - radius) < 1e-9).any():
        assert (sums == (amounts * (apart <= radius)).sum(axis=1)).all()


def land(count: int = 9000) -> tuple[Any, FlatPolygons, Any, Any]:
    """Triangles, points and lines of several sizes; more than one chunk."""
    draw = np.random.default_rng(7)
    centre = AT + draw.uniform(0, 20_000, (count, 1, 2))
    corners = centre + draw.normal(0, 1, (count, 3, 2)) * draw.lognormal(3, 1, (count, 1, 1))
    mine = shapely.polygons(corners)
    at = AT + draw.uniform(-3000, 23_000, (700, 2))
    start = AT + draw.uniform(0, 20_000, (900, 1, 2))
    roads = shapely.linestrings(start + np.cumsum(draw.normal(0, 60, (900, 5, 2)), axis=1))
    return mine, FlatPolygons.from_shapely(mine), at, roads


def test_threads_and_choice_of_rows_change_no_bit() -> None:
    _, flat, at, roads = land()
    xy, offsets, _ = flat_lines(roads)
    tree, grid = Segments.of_lines(xy, offsets), PointGrid.of(at, 2000.0)
    some = np.random.default_rng(1).permutation(len(flat))[:500]
    every_point, every_line = to_points(flat, at, workers=1), closest(flat, tree, workers=1)
    assert (to_points(flat, at, workers=3) == every_point).all()
    assert (to_points(flat, at, some) == every_point[some]).all()
    for whole, again, part in zip(every_line, closest(flat, tree, workers=3), closest(flat, tree, some), strict=True):
        assert (whole == again).all() and (whole[some] == part).all()
    counts, sums = within(flat, grid, 2000.0, workers=3)
    assert (within(flat, grid, 2000.0, index=some)[0] == counts[some]).all() and (sums == counts).all()


def test_without_numba_the_figures_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    _, flat, at, roads = land(2000)
    ways = {
        "points": lambda: to_points(flat, at),
        "own left out": lambda: to_points(flat, at, beyond_m=1.0),
        "lines": lambda: to_lines(flat, roads),
        "polygons": lambda: to_polygons(flat, flat.between(0, 50), np.arange(60, 2000)),
        "counts": lambda: within(flat, at, 1500.0)[0],
    }
    compiled = {name: way() for name, way in ways.items()}
    monkeypatch.setattr(nearest, "HAVE_NUMBA", False)
    for name, way in ways.items():
        np.testing.assert_allclose(way(), compiled[name], atol=1e-9, err_msg=name)


def test_many_own_points_are_looked_through() -> None:
    mine = moved([shapely.box(0, 0, 100, 100)])
    own = AT + np.random.default_rng(3).uniform(0, 100, (5000, 2))
    other = AT + np.array([[100.0, 350.0]])
    assert to_points(FlatPolygons.from_shapely(mine), np.concatenate([own, other]), beyond_m=1.0)[0] == 250.0
    assert to_points(FlatPolygons.from_shapely(mine), own, beyond_m=1.0)[0] == np.inf


def test_nothing_to_find_and_nothing_to_look_from() -> None:
    flat = FlatPolygons.from_shapely(moved([shapely.box(0, 0, 10, 10), shapely.Polygon()]))
    assert np.isinf(to_points(flat, np.empty((0, 2)))[0]) and np.isinf(to_lines(flat, np.empty(0, object))[0])
    assert np.isinf(to_polygons(flat, FlatPolygons.from_shapely([]))[0])
    assert within(flat, np.empty((0, 2)), 10.0)[0].tolist() == [0, 0]
    at = AT[None, :] + 20.0
    assert np.isnan(to_points(flat, at)[1]) and np.isnan(to_lines(flat, moved([shapely.LineString([(0, 20), (9, 20)])]))[1])  # fmt: skip
    assert within(flat, at, 50.0)[0].tolist() == [1, 0]
    assert len(z_order(np.empty((0, 2)))) == 0


def test_what_cannot_be_measured_is_named() -> None:
    with pytest.raises(InputError, match="row 2"):
        flat_lines(np.array([shapely.LineString([(0, 0), (1, 1)]), shapely.Point(1, 1)], dtype=object))
    with pytest.raises(InputError, match="row 1"):
        Segments.of(np.array([[0.0, 0.0, np.nan, 1.0]]))
    with pytest.raises(ValueError, match="radius"):
        within(FlatPolygons.from_shapely(moved([shapely.box(0, 0, 1, 1)])), AT[None, :], -1.0)

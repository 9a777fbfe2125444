"""Overlap kernel against GEOS: twenty thousand degenerate pairs, tile borders, holes, parts, subsets and changes."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from geodata.measure.flat import FlatPolygons
from geodata.measure.kernels import oracle
from geodata.measure.kernels.overlap import shares, shares_of
from geodata.measure.tiles import prepare, redissolved, tiles_of

PAIRS = 20_000
#: Near the middle of Belgium; pairs lie 24 m apart, so some hundreds cross a tile border.
ORIGIN = np.array([149_990.0, 169_990.0])


def of_cells(draw: np.random.Generator) -> shapely.Geometry:
    """Cells of a grid: shared edges, touching corners, holes, several parts, collinear corners."""
    filled = draw.random((4, 4)) < draw.choice([0.2, 0.5, 0.8])
    filled[draw.integers(0, 4), draw.integers(0, 4)] = True
    return shapely.union_all([shapely.box(2 * x, 2 * y, 2 * x + 2, 2 * y + 2) for y, x in np.argwhere(filled)])


def of_corners(draw: np.random.Generator) -> shapely.Geometry:
    """A polygon with corners on a grid of whole metres: corners on edges, edges along edges."""
    while True:
        points = draw.integers(0, 9, (int(draw.integers(3, 7)), 2)).astype(float)
        around = points - points.mean(axis=0)
        ring = shapely.Polygon(points[np.argsort(np.arctan2(around[:, 1], around[:, 0]))])
        if ring.is_valid and ring.area > 0:
            return ring


def pairs() -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Degenerate pairs, each at a place of its own."""
    draw = np.random.default_rng(31370)
    kinds = (of_cells, of_corners)
    pool = np.array([kinds[k % 2](draw) for k in range(3000)], dtype=object)
    pool = np.concatenate([pool, shapely.segmentize(pool[:1000], 0.7)])
    first, second = pool[draw.integers(0, len(pool), PAIRS)], pool[draw.integers(0, len(pool), PAIRS)]
    second[:200] = first[:200]
    side = round(np.sqrt(PAIRS)) + 1
    place = ORIGIN + 24.0 * np.stack(np.divmod(np.arange(PAIRS), side), axis=1)
    # Every other pair off the grid of whole metres, where coordinates are rounded.
    place[1::2] += 1 / 3

    def put(shapes: NDArray[np.object_], by: NDArray[np.float64]) -> NDArray[np.object_]:
        counts = shapely.get_num_coordinates(shapes)
        moved = shapely.get_coordinates(shapes) + np.repeat(by, counts, axis=0)
        return np.asarray(shapely.set_coordinates(shapes.copy(), moved), dtype=object)

    # The second is moved by a whole number of metres, so that edges and corners meet.
    return put(first, place), put(second, place + draw.integers(-6, 7, (PAIRS, 2)))


def test_twenty_thousand_degenerate_pairs() -> None:
    parcels, areas = pairs()
    exact = shapely.area(shapely.intersection(parcels, areas)) / shapely.area(parcels)
    land = FlatPolygons.from_shapely(parcels)
    found = shares(land, prepare(FlatPolygons.from_shapely(areas), np.zeros(PAIRS)), clip=False)[:, 0]
    assert np.abs(found - exact).max() < 1e-9
    assert (exact > 0).sum() > PAIRS // 3
    assert (exact == 0).sum() > 100


coordinates = st.integers(-60, 60)
triangles = st.tuples(*[st.tuples(coordinates, coordinates)] * 3).filter(lambda t: shapely.Polygon(t).area > 0)
features = st.lists(st.tuples(triangles, st.integers(0, 2), st.integers(0, 1)), max_size=6)


@settings(deadline=None)
@given(st.lists(triangles, min_size=1, max_size=4), features, st.sampled_from([13.0, 40.0, 500.0]))
def test_shares_are_those_of_shapely(
    parcels: list[tuple[tuple[int, int], ...]], drawn: list[tuple[tuple[tuple[int, int], ...], int, int]], size: float
) -> None:
    land = FlatPolygons.from_shapely([shapely.Polygon(corners) for corners in parcels])
    polygons = FlatPolygons.from_shapely([shapely.Polygon(corners) for corners, _, _ in drawn])
    kinds = np.array([kind for _, kind, _ in drawn], dtype=np.int64)
    levels = np.array([level for _, _, level in drawn], dtype=np.int64)
    for precedence in (None, levels):
        found = shares_of(land, polygons, kinds, 3, precedence=precedence, size=size)
        expected = oracle.shares(land, polygons, kinds, 3, precedence=precedence)
        np.testing.assert_allclose(found, expected, atol=1e-9)


def rough(count: int, seed: int, largest: float) -> FlatPolygons:
    """Rough shapes of all sizes up to far beyond a tile, some with a hole, some of two parts, in one square of 4 km."""
    draw = np.random.default_rng(seed)
    out = []
    for k in range(count):
        n = int(draw.integers(4, 60))
        turn = np.sort(draw.uniform(0, 2 * np.pi, n))
        around = (largest ** draw.uniform(0.3, 1) * draw.uniform(0.4, 1, n))[:, None] * np.stack(
            [np.cos(turn), np.sin(turn)], axis=1
        )
        at = draw.uniform((148_000, 168_000), (152_000, 172_000))
        shape = shapely.make_valid(shapely.Polygon(at + around))
        if k % 3 == 0:
            shape = shapely.difference(shape, shapely.Point(at).buffer(largest / 50))
        if k % 4 == 0:
            shape = shapely.union(shape, shapely.box(*(at + largest), *(at + 1.2 * largest)))
        out.append(shapely.multipolygons([p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"]))
    return FlatPolygons.from_shapely(out)


LAND, AREAS = rough(500, 1, 60.0), rough(120, 2, 900.0)
KINDS = np.arange(120) % 5


def test_rough_parcels_and_areas_with_holes_and_parts() -> None:
    found = shares(LAND, prepare(AREAS, KINDS))
    np.testing.assert_allclose(found, oracle.shares(LAND, AREAS, KINDS, 5), atol=1e-10)


def test_parcels_of_any_size() -> None:
    large = rough(30, 3, 3000.0)
    found = shares(large, prepare(AREAS, KINDS))
    np.testing.assert_allclose(found, oracle.shares(large, AREAS, KINDS, 5), atol=1e-10)


def test_many_corners() -> None:
    draw = np.random.default_rng(9)
    turn = 2 * np.pi * np.arange(10_000) / 10_000
    ring = draw.uniform(900, 1000, 10_000)[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    area = FlatPolygons.from_shapely([shapely.Polygon(ring + (150_000, 170_000))])
    found = shares(LAND, prepare(area, [0]))
    np.testing.assert_allclose(found, oracle.shares(LAND, area, np.zeros(1, int), 1), atol=1e-9)
    assert shares(area, prepare(area, [0]))[0, 0] == pytest.approx(1.0, abs=1e-12)


def test_zones_that_cover_everything_sum_to_one() -> None:
    x, y = np.meshgrid(np.arange(147_000, 153_000, 130), np.arange(167_000, 173_000, 70))
    zones = FlatPolygons.from_shapely(shapely.box(x.ravel(), y.ravel(), x.ravel() + 130, y.ravel() + 70))
    kinds = np.arange(len(zones)) % 7
    found = shares(LAND, prepare(zones, kinds))
    kept = LAND.areas > 0
    np.testing.assert_allclose(found[kept].sum(axis=1), 1.0, atol=1e-12)


def test_a_subset_equals_the_same_rows_of_a_full_run() -> None:
    layer = prepare(AREAS, KINDS)
    full = shares(LAND, layer)
    index = np.random.default_rng(4).permutation(len(LAND))[:77]
    np.testing.assert_array_equal(shares(LAND, layer, index, workers=1), full[index])
    np.testing.assert_array_equal(shares(LAND, layer, full[:, 2] > 0), full[full[:, 2] > 0])
    np.testing.assert_array_equal(shares(LAND.take(index), layer), full[index])
    assert shares(LAND, layer, np.empty(0, int)).shape == (0, 5)


@pytest.mark.parametrize("polygon", [3, 50, 100])
def test_one_polygon_changed(polygon: int) -> None:
    shapes = AREAS.to_shapely()
    old = shapes[polygon].bounds
    shapes[polygon] = shapely.transform(shapes[polygon], lambda xy: xy + (123.0, 45.0))
    after = FlatPolygons.from_shapely(shapes)
    full = shares(LAND, prepare(after, KINDS, 5))
    both = np.array([old, after.bounds[polygon]])
    near = np.flatnonzero(
        np.any([shapely.intersects(shapely.box(*box), shapely.box(*LAND.bounds.T)) for box in both], axis=0)
    )
    before = shares(LAND, prepare(AREAS, KINDS, 5))
    again = before.copy()
    patch = prepare(after, KINDS, 5, tiles=tiles_of(LAND.bounds[near]))
    again[near] = shares(LAND, patch, near)
    np.testing.assert_array_equal(again, full)
    np.testing.assert_array_equal(shares(LAND, redissolved(prepare(AREAS, KINDS, 5), after, KINDS, both)), full)
    assert (before != full).any()


def test_a_parcel_without_area_has_no_share_and_one_off_the_layer_has_none_of_it() -> None:
    land = FlatPolygons.from_shapely([None, shapely.box(0, 0, 1, 1)])
    found = shares(land, prepare(AREAS, KINDS))
    assert np.isnan(found[0]).all()
    assert found[1].tolist() == [0.0] * 5
    assert np.isnan(oracle.shares(land, AREAS, KINDS, 5)[0]).all()


def test_a_layer_without_polygons() -> None:
    nothing = FlatPolygons.from_shapely([])
    assert shares(LAND, prepare(nothing, [], 2))[1].tolist() == [0.0, 0.0]
    assert shares(nothing, prepare(AREAS, KINDS)).shape == (0, 5)

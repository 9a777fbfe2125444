"""Neighbours among parcels: against shapely, tolerant of gaps and overlaps, and never across a road."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.measure.adjacency import LEAST, TOLERANCE, Adjacency, adjacency, by_shapely
from geodata.measure.flat import FlatPolygons


def pairs_of(shapes: list[Any], **changes: float) -> dict[tuple[int, int], float]:
    return as_dict(adjacency(FlatPolygons.from_shapely(shapes), **changes))


def as_dict(found: Adjacency) -> dict[tuple[int, int], float]:
    return dict(zip(zip(found.first.tolist(), found.second.tolist(), strict=True), found.metres.tolist(), strict=True))


def bent_land(seed: int, side: int = 7) -> list[Any]:
    """Bent quarters of land as cadastres have them: gaps and overlaps of centimetres, lanes, holes, several parts."""
    rng = np.random.default_rng(seed)
    at = np.cumsum(rng.uniform(8, 40, (2, side + 1)), axis=1)
    corner = np.stack(np.meshgrid(at[0], at[1], indexing="ij"), axis=-1) + rng.uniform(-2, 2, (side + 1, side + 1, 2))
    shapes = []
    for i in range(side):
        for j in range(side):
            own = corner[[i, i + 1, i + 1, i], [j, j, j + 1, j + 1]] + rng.normal(0, 0.08, (4, 2))
            own = own + np.array([150_000.0, 170_000.0])
            if rng.random() < 0.1:  # a lane along it
                own = own + (own.mean(axis=0) - own) * 0.2
            shape = shapely.Polygon(own)
            if rng.random() < 0.2:
                shape = shape.difference(shapely.affinity.scale(shape, 0.3, 0.3))
            shapes.append(shape)
    taken = rng.choice(len(shapes), 4, replace=False)
    whole = shapely.union_all([shapes[taken[0]], shapes[taken[1]]])
    kept = [shape for at, shape in enumerate(shapes) if at not in taken[:2]]
    return [*kept, whole, shapely.Polygon()]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**9))
def test_the_kernel_is_as_shapely(seed: int) -> None:
    land = FlatPolygons.from_shapely(bent_land(seed))
    mine, theirs = as_dict(adjacency(land)), as_dict(Adjacency(len(land), *by_shapely(land, TOLERANCE, LEAST)))
    assert len(mine) > 20
    # Round corners are drawn with sides there: lengths differ by millimetres, and a pair at the limit may fall either way.
    for pair in set(mine) ^ set(theirs):
        assert (mine | theirs)[pair] < LEAST + 0.01
    for pair in set(mine) & set(theirs):
        assert mine[pair] == pytest.approx(theirs[pair], abs=0.01)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**9), st.integers(1, 3))
def test_order_and_threads_change_nothing(seed: int, workers: int) -> None:
    shapes = bent_land(seed, 5)
    order = np.random.default_rng(seed).permutation(len(shapes))
    plain = pairs_of(shapes)
    turned = as_dict(adjacency(FlatPolygons.from_shapely([shapes[at] for at in order]), workers=workers))
    renamed = {tuple(sorted((int(order[a]), int(order[b])))): metres for (a, b), metres in turned.items()}
    assert set(renamed) == set(plain)
    for pair, metres in plain.items():
        assert renamed[pair] == pytest.approx(metres, abs=1e-6)


@pytest.mark.parametrize(
    ("apart", "beside"), [(0.0, True), (0.3, True), (-0.3, True), (0.49, True), (0.51, False), (4.0, False)]
)
def test_small_gaps_and_overlaps_count_and_a_road_does_not(apart: float, beside: bool) -> None:
    found = pairs_of([shapely.box(0, 0, 20, 30), shapely.box(20 + apart, 0, 40, 30)])
    assert set(found) == ({(0, 1)} if beside else set())
    if beside:
        # Of the short sides at most the tolerance lies within it of the other border.
        assert 30.0 <= found[0, 1] <= 30.0 + 2 * TOLERANCE + 2 * abs(min(apart, 0.0))


def test_a_corner_and_a_short_border_are_not_enough() -> None:
    square = shapely.box(0, 0, 20, 20)
    assert pairs_of([square, shapely.box(20, 20, 40, 40)]) == {}
    assert pairs_of([square, shapely.box(20, 17.5, 40, 40)]) == {}
    assert pairs_of([square, shapely.box(20, 16, 40, 40)]) == {(0, 1): pytest.approx(4.5, abs=0.51)}


def test_a_parcel_in_the_hole_of_another_is_its_neighbour() -> None:
    outer = shapely.Polygon(shapely.box(0, 0, 60, 60).exterior, [shapely.box(20, 20, 40, 40).exterior])
    assert pairs_of([outer, shapely.box(20, 20, 40, 40)]) == {(0, 1): pytest.approx(80.0)}


def test_a_parcel_of_many_cells_among_small_ones() -> None:
    small = [shapely.box(x, 1000, x + 10, 1010) for x in range(0, 3000, 10)]
    found = pairs_of([*small, shapely.box(0, 0, 3000, 1000)])
    assert sum(1 for pair in found if pair[1] == len(small)) == len(small)
    assert len(found) == len(small) + len(small) - 1


@pytest.mark.parametrize("shapes", [[], [shapely.box(0, 0, 1, 1)], [shapely.Polygon(), shapely.Polygon()]])
def test_of_nothing_come_no_pairs(shapes: list[Any]) -> None:
    found = adjacency(FlatPolygons.from_shapely(shapes))
    assert len(found) == 0
    assert found.lists()[0].tolist() == [0] * (len(shapes) + 1)


@pytest.mark.parametrize("changes", [{"tolerance": 0.0}, {"least": 0.0}, {"tolerance": -1.0}])
def test_limits_that_make_no_sense_are_refused(changes: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be above 0"):
        pairs_of([shapely.box(0, 0, 1, 1)], **changes)


def test_lists_hold_each_pair_from_both_sides() -> None:
    found = adjacency(FlatPolygons.from_shapely(bent_land(3)))
    ends, others, metres = found.lists()
    told = {(p, int(q)): m for p in range(found.count) for q, m in zip(others[ends[p] : ends[p + 1]], metres[ends[p] : ends[p + 1]], strict=True)}  # fmt: skip
    assert len(told) == 2 * len(found)
    assert {(p, q): m for (p, q), m in told.items() if p < q} == as_dict(found)
    assert all(told[q, p] == m for (p, q), m in told.items())


def test_real_parcels_at_leuven(real_data: Path) -> None:
    """Real borders meet within a millimetre or lie decimetres apart: the tolerance stands in the gap between."""
    frame = pyogrio.read_dataframe(real_data / "parcels" / "derived" / "grb_parcels_leuven_area.gpkg")
    shapes = np.asarray(frame.geometry.array, dtype=object)
    land = FlatPolygons.from_shapely(shapes)
    found = adjacency(land)
    assert 1050 < len(found) < 1150
    theirs = as_dict(Adjacency(len(land), *by_shapely(land, TOLERANCE, LEAST)))
    assert all((as_dict(found) | theirs)[pair] < LEAST + 0.01 for pair in set(as_dict(found)) ^ set(theirs))
    apart = shapely.distance(shapes[found.first], shapes[found.second])
    assert apart.max() <= TOLERANCE
    assert np.mean(apart < 0.001) > 0.98

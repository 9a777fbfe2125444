"""Reach along roads against networkx, and what of it is certain."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.errors import InputError
from geodata.measure.flat import FlatPolygons, flat_lines
from geodata.measure.kernels import network
from geodata.measure.kernels.network import Access, Network, reach_interval
from geodata.measure.kernels.roads import ROAD_CLASSES, RoadGraph, Travel, by_road, on_foot, reachable


def graph_of(*roads: tuple[Any, str], direction: list[int] | None = None, speed: list[float] | None = None) -> RoadGraph:  # fmt: skip
    xy, offsets, _ = flat_lines(np.array([shapely.LineString(line) for line, _ in roads], dtype=object))
    return RoadGraph.of(
        xy,
        offsets,
        np.array([name for _, name in roads]),
        direction=None if direction is None else np.array(direction),
        speed_kmh=None if speed is None else np.array(speed),
    )


def parcel(x: float, y: float, side: float = 10.0) -> FlatPolygons:
    return FlatPolygons.from_shapely([shapely.box(x, y, x + side, y + side)])


def one(given: Any) -> float:
    assert given.shape == (1,)
    return float(given[0])


def test_lines_are_cut_where_they_meet_and_only_there() -> None:
    graph = graph_of(
        ([(0, 0), (50, 0), (50, 0), (100, 0), (100, 80)], "local"),
        ([(100, 0), (200, 0)], "main"),
        # Crosses the first without a common corner: a bridge.
        ([(25, -50), (25, 50)], "local"),
        ([(100.004, 80), (100, 200)], "path"),
    )
    assert sorted(graph.length_m.round(1).tolist()) == [80.0, 100.0, 100.0, 100.0, 120.0]
    assert len(graph.nodes) == 7 and (graph.line == [0, 0, 1, 2, 3]).all()
    assert [ROAD_CLASSES[kind] for kind in graph.road_class] == ["local", "local", "main", "local", "path"]
    assert graph.piece_start.round(1).tolist() == [0.0, 50.0, 0.0, 0.0, 0.0, 0.0]


def test_both_legs_and_the_way_are_told_apart() -> None:
    graph = graph_of(([(0, 0), (1000, 0)], "local"), ([(1000, 0), (1000, 500)], "local"))
    walk = Network.of(graph, on_foot(graph))
    home = walk.access(parcel(100, 20))
    school = walk.access(np.array([[1030.0, 200.0], [1010.0, 450.0]]))
    assert one(home.leg_m) == 20.0 and one(home.along_m) == 100.0 and home.xy.tolist() == [[100.0, 0.0]]
    found = walk.reach(home, school)
    assert one(found.parcel_leg_m) == 20.0 and one(found.along) == 1100.0
    assert one(found.target_leg_m) == 30.0 and one(found.target) == 0 and one(found.total) == 1150.0


def test_a_target_on_the_same_edge_and_a_road_that_is_the_target() -> None:
    graph = graph_of(([(0, 0), (1000, 0)], "local"), ([(1000, 0), (1000, 500)], "main"))
    walk = Network.of(graph, on_foot(graph))
    home, none = walk.access(parcel(100, 20)), walk.access(np.empty((0, 2)))
    assert one(walk.reach(home, walk.access(np.array([[300.0, 0.0]]))).along) == 200.0
    main = graph.road_class == ROAD_CLASSES.index("main")
    found = walk.reach(home, none, main)
    assert one(found.along) == 900.0 and one(found.target) == -1 and one(found.total) == 920.0
    assert one(walk.reach(walk.access(parcel(1020, 300)), none, main).along) == 0.0
    nothing = walk.reach(home, none)
    assert one(nothing.total) == np.inf and one(nothing.target) == -1


def test_an_islet_is_no_access_but_a_second_network_is() -> None:
    town = [([(0, 0), (1000, 0)], "local"), ([(1000, 0), (1000, 900)], "local")]
    islet, other = ([(0, 40), (60, 40)], "service"), ([(9000, 0), (10_000, 0)], "local")
    graph = graph_of(*town, islet, other)
    walk = Network.of(graph, on_foot(graph))
    assert reachable(graph, on_foot(graph)).tolist() == [True, True, False, True]
    # The islet is 5 m away, the road that leads somewhere 25 m.
    home = walk.access(parcel(20, 25))
    assert one(home.leg_m) == 25.0 and one(home.edge) == 0
    away = walk.reach(walk.access(parcel(9100, 10)), walk.access(np.array([[500.0, 0.0]])))
    assert one(away.total) == np.inf and one(away.parcel_leg_m) == 10.0


def test_without_a_road_nothing_is_reached() -> None:
    graph = graph_of(([(0, 0), (100, 0)], "motorway"))
    walk = Network.of(graph, on_foot(graph))
    home = walk.access(parcel(20, 25))
    assert one(home.edge) == -1 and one(home.leg_m) == np.inf and np.isnan(home.xy).all()
    assert one(walk.reach(home, home).total) == np.inf


def test_vehicles_keep_to_one_way_roads_and_to_their_speeds() -> None:
    square = [((0, 0), (600, 0)), ((600, 0), (600, 600)), ((600, 600), (0, 600)), ((0, 600), (0, 0))]
    graph = graph_of(*[(side, "local") for side in square], direction=[1, 1, 1, 1], speed=[60, 60, 36, -8])
    drive, walk = Network.of(graph, by_road(graph)), Network.of(graph, on_foot(graph))
    places = np.array([[300.0, 0.0]]), np.array([[100.0, 0.0]])
    # All the way round: 300 + 600 m at 60, 600 at 36, 600 at the 30 of a local road, 100 at 60 km/h.
    round_trip = 0.9 + 1.0 + 1.2 + 0.1
    assert one(drive.reach(drive.access(places[0]), drive.access(places[1])).along) == pytest.approx(round_trip)
    assert one(drive.reach(drive.access(places[1]), drive.access(places[0])).along) == pytest.approx(0.2)
    assert one(walk.reach(walk.access(places[0]), walk.access(places[1])).along) == pytest.approx(200.0)
    # Into a dead end of one way nobody comes back from: no access for vehicles.
    trap = graph_of(*[(side, "local") for side in square], ([(0, 0), (-500, 0)], "local"), direction=[1, 1, 1, 1, 1])
    assert reachable(trap, by_road(trap)).tolist() == [True, True, True, True, False]
    assert reachable(trap, on_foot(trap)).all()


def by_networkx(made: Network, access: Access, targets: Access) -> list[float]:
    """Cost from each access point to the nearest target, over a graph in which every point is a node of its own."""
    graph, travel = made.graph, made.travel
    out: nx.MultiDiGraph[Any] = nx.MultiDiGraph()
    out.add_node("targets")
    for e, (u, v) in enumerate(graph.edges.tolist()):
        stops = [(0.0, ("node", u)), (float(graph.length_m[e]), ("node", v))]
        for kind, points in (("home", access), ("target", targets)):
            stops += [(float(points.along_m[i]), (kind, i)) for i in np.flatnonzero(points.edge == e).tolist()]
        stops.sort(key=lambda stop: stop[0])
        for (a, one_end), (b, other_end) in pairwise(stops):
            part = (b - a) / float(graph.length_m[e])
            # Who stands at a crossing may turn into any of its roads.
            if part == 0.0 or np.isfinite(travel.forward[e]):
                out.add_edge(one_end, other_end, weight=part * float(travel.forward[e]) if part else 0.0)
            if part == 0.0 or np.isfinite(travel.backward[e]):
                out.add_edge(other_end, one_end, weight=part * float(travel.backward[e]) if part else 0.0)
    for i in np.flatnonzero(targets.edge >= 0).tolist():
        out.add_edge(("target", i), "targets", weight=float(targets.leg_m[i]) * travel.per_metre)
    away = nx.single_source_dijkstra_path_length(out.reverse(), "targets", weight="weight")
    return [away.get(("home", i), np.inf) for i in range(len(access))]


nodes = st.tuples(st.integers(0, 4), st.integers(0, 4)).map(lambda at: (at[0] * 100.0, at[1] * 100.0))
roads = st.lists(
    st.tuples(
        st.lists(nodes, min_size=2, max_size=4, unique=True),
        st.sampled_from(["main", "local", "service", "path", "motorway"]),
        st.sampled_from([0, 0, 1, -1]),
        st.sampled_from([np.nan, 30.0, 90.0, -9.0]),
    ),
    min_size=3,
    max_size=25,
)
spots = st.lists(st.tuples(st.integers(-20, 420), st.integers(-20, 420)), min_size=1, max_size=8).map(
    lambda given: np.array(given, dtype=float)
)


@settings(deadline=None, max_examples=120)
@given(roads, spots, spots, st.booleans())
def test_against_networkx(drawn: Any, homes: Any, schools: Any, vehicle: bool) -> None:
    graph = graph_of(
        *[(line, name) for line, name, _, _ in drawn],
        direction=[way for _, _, way, _ in drawn],
        speed=[speed for _, _, _, speed in drawn],
    )
    made = Network.of(graph, by_road(graph) if vehicle else on_foot(graph), least_m=150.0)
    boxes = FlatPolygons.from_shapely([shapely.box(x, y, x + 9, y + 9) for x, y in homes])
    access, targets = made.access(boxes, workers=1), made.access(schools, workers=1)
    found = made.reach(access, targets, workers=1)
    expected = np.array(by_networkx(made, access, targets)) + access.leg_m * made.travel.per_metre
    np.testing.assert_allclose(found.total, expected, rtol=1e-9, atol=1e-9)
    told = found.parcel_leg_m * made.travel.per_metre + found.along + found.target_leg_m * made.travel.per_metre
    np.testing.assert_allclose(told, found.total, rtol=1e-9, atol=1e-9)
    # The access point lies on its road, as far from the parcel as its leg.
    joined = access.edge >= 0
    shapes = boxes.to_shapely()[joined]
    np.testing.assert_allclose(shapely.distance(shapes, shapely.points(access.xy[joined])), access.leg_m[joined], atol=1e-6)  # fmt: skip
    assert made.usable[access.edge[joined]].all()
    # No way is shorter than the straight line.
    reached = np.flatnonzero(found.target >= 0)
    straight = shapely.distance(boxes.to_shapely()[reached], shapely.points(schools[found.target[reached]]))
    assert (found.total[reached] >= straight * made.travel.least_per_metre - 1e-6).all()


def town(side: int = 24) -> tuple[RoadGraph, Any, Any]:
    """A bent grid of roads, parcels on no road, and places."""
    draw = np.random.default_rng(5)
    at = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1) * 100.0 + draw.normal(0, 15, (side, side, 2))
    lines = [*zip(at[:, :-1].reshape(-1, 2), at[:, 1:].reshape(-1, 2), strict=True)]
    lines += [*zip(at[:-1].reshape(-1, 2), at[1:].reshape(-1, 2), strict=True)]
    kept = [line for line in lines if draw.uniform() < 0.85]
    graph = graph_of(*[(line, "local") for line in kept])
    corner = draw.uniform(0, side * 100, (300, 2))
    clear = shapely.distance(shapely.box(*corner.T, *(corner.T + 8)), shapely.MultiLineString(kept)) > 0
    return graph, corner[clear], draw.uniform(0, side * 100, (9, 2))


def test_threads_choice_and_the_way_without_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    graph, corner, places = town()
    boxes = FlatPolygons.from_shapely(shapely.box(*corner.T, *(corner.T + 8)))
    made = Network.of(graph, on_foot(graph))
    access, targets = made.access(boxes, workers=1), made.access(places)
    every = made.reach(access, targets, workers=1)
    some = np.array([5, 3, 99])
    again, part = made.reach(made.access(boxes, workers=3), targets), made.reach(made.access(boxes, some), targets)
    assert (again.total == every.total).all() and (part.total == every.total[some]).all()
    assert (again.target == every.target).all() and (every.target >= 0).any()
    monkeypatch.setattr(network, "HAVE_NUMBA", False)
    plain = Network.of(graph, on_foot(graph))
    other = plain.reach(plain.access(boxes), plain.access(places))
    np.testing.assert_allclose(other.total, every.total, atol=1e-6)
    assert (other.target == every.target).all()


class TestInterval:
    def bounds(self, total: float, edge: float, roads: float, straight: float = 0.0) -> tuple[float, float]:
        given = [np.array([one], dtype=float) for one in (total, edge, roads, straight)]
        found = reach_interval(given[0], given[1], given[2], straight_m=given[3])
        return float(found.low[0]), float(found.high[0])

    def test_a_reach_within_both_coverages_is_certain(self) -> None:
        assert self.bounds(800, 900, 800) == (800, 800)

    def test_a_target_beyond_the_edge_may_be_nearer(self) -> None:
        assert self.bounds(800, 300, 5000) == (300, 800)
        assert self.bounds(np.inf, 300, 5000) == (300, np.inf)

    def test_a_road_beyond_the_edge_may_be_shorter_but_not_than_the_straight_line(self) -> None:
        assert self.bounds(800, 5000, 300) == (300, 800)
        assert self.bounds(800, 5000, 300, straight=650) == (650, 800)
        assert self.bounds(800, 200, 300, straight=650) == (200, 800)

    def test_nothing_declared_is_nothing_known(self) -> None:
        assert self.bounds(800, 0, 0) == (0, 800)
        assert self.bounds(np.nan, 100, 100) == (0, np.inf)

    @given(st.integers(10, 90), st.integers(5, 300), st.integers(0, 5), st.integers(1, 400))
    @settings(deadline=None, max_examples=60)
    def test_what_comes_to_light_lies_within_the_bounds(self, home: int, edge: int, seed: int, school: int) -> None:
        """Roads and schools are known up to x = edge; the truth, with all of them, keeps to what was told."""
        draw = np.random.default_rng(seed)
        lines = [((x, y), (x + dx, y + dy)) for x in range(0, 400, 50) for y in (0, 50) for dx, dy in ((50, 0), (0, 50)) if draw.uniform() < 0.8]  # fmt: skip
        schools = np.array([[float(school), 20.0], [350.0, 60.0]])
        box = parcel(home, 10, 5)

        def total(known: list[Any], places: Any) -> tuple[float, Travel | None]:
            if not known:
                return np.inf, None
            graph = graph_of(*[(line, "local") for line in known])
            made = Network.of(graph, on_foot(graph), least_m=0.0)
            return one(made.reach(made.access(box), made.access(places)).total), made.travel

        truth, _ = total(lines, schools)
        seen = [line for line in lines if line[0][0] <= edge]
        mine, _ = total(seen, schools[schools[:, 0] <= edge])
        to_edge = np.array([max(0.0, edge - (home + 5.0))])
        found = reach_interval(np.array([mine]), to_edge, to_edge)
        assert one(found.low) <= truth + 1e-9


def test_a_class_nobody_knows_is_named() -> None:
    with pytest.raises(InputError, match=r"row 2.*road_class.*'avenue'"):
        graph_of(([(0, 0), (1, 0)], "local"), ([(1, 0), (2, 0)], "avenue"))

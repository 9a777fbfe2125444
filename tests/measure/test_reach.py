"""Reach of parcels along the roads: figures, what is certain of them, and what is kept of the roads."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import psycopg
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.measure import Coverage, Layer, Layers, Parcels
from geodata.measure.kernels.network import Network
from geodata.measure.kernels.roads import RoadGraph, by_road, shortest
from geodata.measure.measure import DISTANCES
from geodata.measure.measure import HORIZON_M as READ_M
from geodata.measure.reach import ACCESS_M, HORIZON_M, TARGETS, reach
from geodata.measure.read import read_layers, read_parcels
from geodata.measure.roadnet import JOIN_M, road_net

EVERYWHERE = Coverage(shapely.box(-50_000, -50_000, 50_000, 50_000))


def parcels(*shapes: Any) -> Parcels:
    n = len(shapes)
    names = np.array([f"{at}" for at in range(n)], dtype=object)
    return Parcels(
        np.arange(n), names, np.full(n, "99001", dtype=object), np.zeros(n, dtype=bool),
        np.array(shapes, dtype=object), np.full(n, None, dtype=object),
    )  # fmt: skip


def parcel(x: float, y: float, side: float = 10.0) -> Any:
    return shapely.box(x, y, x + side, y + side)


def roads(*given: tuple[Any, str], coverage: Coverage = EVERYWHERE) -> Layer:
    lines = np.array([shapely.LineString(line) for line, _ in given], dtype=object)
    return Layer("roads", lines, np.array([name for _, name in given], dtype=object), coverage=coverage)


def places(
    layer: str, kind: str, *at: tuple[float, float], values: list[float] | None = None, coverage: Coverage = EVERYWHERE
) -> Layer:
    points = np.array([shapely.Point(one) for one in at], dtype=object)
    stated = None if values is None else np.array(values)
    return Layer(layer, points, np.full(len(at), kind, dtype=object), values=stated, coverage=coverage)


def layers(*given: Layer) -> Layers:
    return Layers({one.id: one for one in given})


def told(table: Any, name: str, unit: str = "metres", at: int = 0) -> tuple[float, float]:
    found = getattr(table, unit)[name]
    return round(float(found.low[at]), 9), round(float(found.high[at]), 9)


#: A street of 3 km with a main road across its end.
STREET = (([(0, 0), (3000, 0)], "local"), ([(3000, 0), (3000, 900)], "main"))


def test_ways_on_foot_and_by_road() -> None:
    given = layers(
        roads(*STREET),
        places("schools", "not_stated", (1100, 30)),
        places("health", "pharmacy", (2000, 0)),
        places("shops", "shop", (3010, 400)),
        places("stops", "stop", (60, 0), values=[12.0]),
    )
    table = reach(parcels(parcel(100, 20)), given)
    # 20 m to the road, 1000 m along it, 30 m from it.
    assert told(table, "school") == (1050, 1050)
    assert told(table, "care") == (1920, 1920)
    assert told(table, "shop") == (20 + 2900 + 400 + 10, 20 + 2900 + 400 + 10)
    assert told(table, "stop") == (60, 60)
    assert told(table, "main_road") == (2920, 2920)
    assert told(table, "school", "minutes") == pytest.approx((1050 * 0.06 / 4.5,) * 2)
    # A local road at 30 km/h, and 20 m on foot.
    assert told(table, "main_road", "minutes") == pytest.approx((2900 * 0.06 / 30 + 20 * 0.06 / 4.5,) * 2)
    assert all(reason[0] is None for reason in table.reasons.values())
    assert table.access_xy.tolist() == [[100.0, 0.0]]
    assert table.access_m.tolist() == [20.0]


def test_classes_and_horizon_are_those_of_the_distances() -> None:
    assert (
        TARGETS["school"].classes == DISTANCES["school"][1]
        and TARGETS["main_road"].classes == DISTANCES["main_road"][1]
    )
    assert TARGETS["care"].classes == (*DISTANCES["gp"][1], *DISTANCES["pharmacy"][1])
    assert {TARGETS[name].layer for name in ("shop", "stop")} == {DISTANCES[name][0] for name in ("shop", "stop")}
    assert READ_M == HORIZON_M


def test_schools_of_another_level_do_not_count() -> None:
    given = layers(roads(*STREET), places("schools", "secondary", (200, 0)))
    assert told(reach(parcels(parcel(100, 20)), given), "school") == (HORIZON_M, np.inf)


def test_a_river_without_a_bridge_is_walked_around() -> None:
    banks = ([(0, 0), (4000, 0)], "local"), ([(0, 100), (4000, 100)], "local"), ([(4000, 0), (4000, 100)], "local")
    given = layers(roads(*banks), places("schools", "primary", (100, 105)))
    table = reach(parcels(parcel(100, -15)), given)
    low, high = told(table, "school")
    straight = shapely.distance(parcel(100, -15), shapely.Point(100, 105))
    assert low == high > 50 * straight
    # A bridge of 100 m, and only then.
    across = layers(roads(*banks, ([(100, 0), (100, 100)], "path")), given["schools"])
    assert told(reach(parcels(parcel(100, -15)), across), "school")[1] > 7000  # it has no corner on either bank
    joined = [([(0, 0), (100, 0), (4000, 0)], "local"), ([(0, 100), (100, 100), (4000, 100)], "local"), banks[2]]
    across = layers(roads(*joined, ([(100, 0), (100, 100)], "path")), given["schools"])
    assert told(reach(parcels(parcel(100, -15)), across), "school") == pytest.approx((110, 110))


def test_stops_of_which_departures_are_not_stated_lower_the_low_end_only() -> None:
    def stops(values: list[float] | None) -> tuple[float, float]:
        there = places("stops", "stop", (300, 0), (500, 0), (1000, 0), values=values)
        return told(reach(parcels(parcel(100, 0)), layers(roads(*STREET), there)), "stop")

    assert stops([0.0, np.nan, 4.0]) == (400, 900)
    assert stops([0.0, 0.0, 4.0]) == (900, 900)
    assert stops([0.5, np.nan, 4.0]) == (200, 200)
    assert stops(None) == (200, np.inf)
    assert stops([0.0, 0.0, 0.0]) == (HORIZON_M, np.inf)


def test_a_layer_that_is_not_loaded_is_unknown() -> None:
    home = parcels(parcel(100, 20), parcel(900, 20))
    table = reach(home, layers(places("schools", "primary", (1110, 30))))
    names = [name for name in TARGETS if not name.startswith("school_")]  # of a language: where there is such a layer
    assert {name: told(table, name, unit) for name in table.metres for unit in ("metres", "minutes")} == dict.fromkeys(names, (0, np.inf))  # fmt: skip
    assert {reason for name in names for reason in table.reasons[name]} == {"not_loaded"}
    assert np.isnan(table.access_xy).all() and set(table.access_reasons) == {"not_loaded"}
    assert table.access_class.tolist() == [None] * 2 and np.isnan(table.access_width_m).all()
    table = reach(home, layers(roads(*STREET)))
    assert told(table, "school") == (0, np.inf) and table.reasons["school"].tolist() == ["not_loaded"] * 2
    assert told(table, "main_road", at=1) == (2120, 2120) and table.reasons["main_road"].tolist() == [None] * 2


def test_without_roads_inside_the_coverage_there_is_no_way() -> None:
    table = reach(parcels(parcel(100, 20)), layers(roads(), places("schools", "primary", (110, 30))))
    assert told(table, "school") == (HORIZON_M, np.inf) and told(table, "main_road") == (HORIZON_M, np.inf)
    assert table.reasons["school"][0] == "no_data"


def test_a_parcel_far_from_every_road_has_no_access() -> None:
    given = layers(roads(*STREET), places("schools", "primary", (1100, 30)))
    table = reach(parcels(parcel(100, ACCESS_M - 1), parcel(100, ACCESS_M + 1)), given)
    assert table.reasons["school"].tolist() == [None, "no_data"]
    assert table.metres["school"].high.tolist() == [1000 + 30 + ACCESS_M - 1, np.inf]
    assert (table.metres["school"].low <= 1000 + 30 + ACCESS_M + 1).all()
    assert np.isnan(table.access_xy[1]).all() and not np.isnan(table.access_xy[0]).any()


def test_what_lies_beyond_the_horizon_is_not_told() -> None:
    long = roads(([(0, 0), (40_000, 0)], "local"))
    table = reach(parcels(parcel(0, 0)), layers(long, places("shops", "shop", (14_000, 0)), places("schools", "primary", (16_000, 0))))  # fmt: skip
    assert told(table, "shop") == (14_000, 14_000) and told(table, "school") == (HORIZON_M, np.inf)


def test_outside_what_is_covered_nothing_is_certain() -> None:
    half = Coverage(shapely.box(-5000, -5000, 500, 5000))
    home = parcels(parcel(100, 20), parcel(700, 20))
    table = reach(home, layers(roads(*STREET), places("shops", "shop", (1300, 0), coverage=half)))
    assert told(table, "shop") == (390, 1220) and told(table, "shop", at=1) == (0, 620)
    assert table.reasons["shop"].tolist() == [None, "outside_coverage"]
    table = reach(home, layers(roads(*STREET, coverage=half), places("shops", "shop", (1300, 0))))
    # A road that is not known is no shorter than the straight line.
    assert told(table, "shop") == pytest.approx((np.hypot(1190, 20), 1220))
    undeclared = reach(home, layers(roads(*STREET, coverage=Coverage()), places("shops", "shop", (1300, 0))))
    assert undeclared.reasons["shop"].tolist() == ["no_coverage_declared"] * 2


def test_an_islet_that_may_be_part_of_a_network_leaves_it_open() -> None:
    """A street cut off by the edge of the coverage may be how the parcel is reached, and lead another way."""
    edge = Coverage(shapely.box(-20_000, -20_000, 1500, 20_000))
    islet = ([(900, 40), (1500, 40)], "local")
    shop = places("shops", "shop", (450, 0))

    def way(x: float, *more: Any) -> tuple[float, float]:
        return told(reach(parcels(parcel(x, 22)), layers(roads(*STREET, *more, coverage=edge), shop)), "shop")

    # 442 m of way and 620 m to the edge; the islet is nearer than the shop.
    assert way(870) == (442, 442)
    low, high = way(870, islet)
    assert low < high == 442
    # 172 m of way: the islet is farther, and can change nothing.
    assert way(600, islet) == (172, 172)
    # Far from the edge the islet cannot be part of a network that is not known.
    wide = layers(roads(*STREET, islet, coverage=EVERYWHERE), shop)
    assert told(reach(parcels(parcel(870, 22)), wide), "shop") == (442, 442)


def test_loose_ends_of_two_registers_are_joined() -> None:
    def way(gap: float) -> tuple[float, float]:
        there = roads(([(0, 0), (2000, 0)], "local"), ([(2000 + gap, 0), (4000, 0)], "local"))
        return told(reach(parcels(parcel(1900, 0)), layers(there, places("shops", "shop", (2100, 0)))), "shop")

    assert way(0.8 * JOIN_M) == pytest.approx((200, 200))
    assert way(1.5 * JOIN_M) == (HORIZON_M, np.inf)


def test_vehicles_keep_to_one_way_roads_in_metres_as_in_minutes() -> None:
    square = [(0, 0), (600, 0), (600, 600), (0, 600), (0, 0)]
    xy = np.array([corner for side in pairwise(square) for corner in side], dtype=float)
    graph = RoadGraph.of(xy, np.arange(0, 9, 2), np.full(4, "local"), direction=np.ones(4, dtype=np.int64))
    drive = Network.of(graph, by_road(graph))
    metres = drive.costing(shortest(graph, drive.travel))
    here, there = drive.access(np.array([[300.0, 0.0]])), drive.access(np.array([[100.0, 0.0]]))
    assert float(metres.reach(here, there).total[0]) == pytest.approx(2200)
    assert float(metres.reach(there, here).total[0]) == pytest.approx(200)
    assert float(drive.reach(here, there).total[0]) == pytest.approx(2200 * 0.06 / 30)


def town(side: int = 16, seed: int = 3) -> tuple[Layer, Any, Any]:
    """A bent grid of roads with gaps, corners of parcels, and places."""
    draw = np.random.default_rng(seed)
    at = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1) * 150.0 + draw.normal(0, 20, (side, side, 2))
    lines = [*zip(at[:, :-1].reshape(-1, 2), at[:, 1:].reshape(-1, 2), strict=True)]
    lines += [*zip(at[:-1].reshape(-1, 2), at[1:].reshape(-1, 2), strict=True)]
    kept = [line for line in lines if draw.uniform() < 0.8]
    kinds = draw.choice(["local", "secondary", "main", "path"], len(kept), p=[0.7, 0.17, 0.03, 0.1])
    layer = roads(*zip(kept, kinds, strict=True))
    return layer, draw.uniform(0, side * 150, (120, 2)), draw.uniform(0, side * 150, (6, 2))


def test_the_access_point_is_the_nearest_place_of_a_road_for_vehicles() -> None:
    there, corners, _ = town()
    kinds = there.classes.copy()
    kinds[::9] = "motorway"
    there = replace(there, classes=kinds)
    home = parcels(*[parcel(*corner, 8) for corner in corners])
    table, net = reach(home, layers(there)), road_net(there)
    direct = net.road.metres.access(home.flat)
    assert (table.access_xy == direct.xy).all() and (table.access_m == direct.leg_m).all()
    on_foot = net.foot.metres.access(home.flat)
    nearer = on_foot.leg_m < direct.leg_m
    assert nearer.any() and (on_foot.leg_m > direct.leg_m).any() and (on_foot.leg_m == direct.leg_m).any()


def test_roads_that_two_registers_both_hold_are_one() -> None:
    """In the margin between two regions each draws the other's roads, not to the millimetre."""
    draw = np.random.default_rng(4)
    first = [([(0, 0), (1200, 0)], "local"), ([(1200, 0), (2000, 0)], "local")]
    second = [([(1200.4, 0.3), (2000.5, 0.2)], "local"), ([(2000.5, 0.2), (3000, 0)], "local")]
    shop = places("shops", "shop", (2500, 0))
    for order in (first + second, second + first):
        lines = [order[at] for at in draw.permutation(len(order))]
        low, high = told(reach(parcels(parcel(100, 0)), layers(roads(*lines), shop)), "shop")
        assert low == high == pytest.approx(2400, abs=5)


@pytest.mark.parametrize("by_vehicle", [False, True])
def test_against_networkx(by_vehicle: bool) -> None:
    there, corners, schools = town()
    home = parcels(*[parcel(*corner, 8) for corner in corners])
    table = reach(home, layers(there, places("schools", "primary", *schools)))
    net = road_net(there)
    way = net.road.metres if by_vehicle else net.foot.metres
    out: nx.Graph[Any] = nx.Graph()
    kinds = there.classes
    for edge, ((u, v), length) in enumerate(zip(net.graph.edges.tolist(), net.graph.length_m.tolist(), strict=True)):
        if not (by_vehicle and kinds[net.graph.line[edge]] == "path"):
            out.add_edge(u, v, weight=min(length, out.get_edge_data(u, v, {"weight": np.inf})["weight"]))
    usable = max(nx.connected_components(out), key=len)
    # All that is compared is on the one network of the town; a target is a node that hangs on the ends of its edge.
    assert set(net.graph.edges[way.usable].ravel().tolist()) <= usable
    access, ends = way.access(home.flat), way.access(schools)
    if by_vehicle:
        sources = [
            (int(node), 0.0)
            for edge, pair in enumerate(net.graph.edges.tolist())
            if kinds[net.graph.line[edge]] == "main"
            for node in pair
        ]
    else:
        sources = []
        for edge, along, leg in zip(ends.edge.tolist(), ends.along_m.tolist(), ends.leg_m.tolist(), strict=True):
            u, v = net.graph.edges[edge].tolist()
            sources += [(u, along + leg), (v, float(net.graph.length_m[edge]) - along + leg)]
    for node, weight in sources:
        out.add_edge("end", node, weight=min(weight, out.get_edge_data("end", node, {"weight": np.inf})["weight"]))
    away = nx.single_source_dijkstra_path_length(out, "end", weight="weight")
    name = "main_road" if by_vehicle else "school"
    compared = 0
    for at, (edge, along, leg) in enumerate(zip(access.edge.tolist(), access.along_m.tolist(), access.leg_m.tolist(), strict=True)):  # fmt: skip
        if edge in ends.edge or (by_vehicle and kinds[net.graph.line[edge]] == "main"):
            continue
        u, v = net.graph.edges[edge].tolist()
        inf = float("inf")
        best = leg + min(along + away.get(u, inf), float(net.graph.length_m[edge]) - along + away.get(v, inf))
        assert table.metres[name].high[at] == pytest.approx(best, rel=1e-12)
        compared += 1
    assert compared > 60


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.integers(300, 4000), st.integers(300, 4000), st.integers(0, 3600))
def test_more_coverage_never_makes_a_certain_figure_false(seed: int, edge: int, schools_edge: int, x: int) -> None:
    draw = np.random.default_rng(seed)
    lines, kinds = [], []
    for column in range(13):
        for row in range(5):
            for dx, dy in ((300, 0), (0, 300)):
                if draw.uniform() < 0.62:
                    begin = np.array([300.0 * column, 300.0 * row])
                    lines.append(shapely.LineString([begin, begin + [dx, dy]]))
                    kinds.append(str(draw.choice(["local", "main", "path", "motorway"], p=[0.75, 0.05, 0.15, 0.05])))
    spots = draw.uniform(0, 1, (9, 2)) * [3900, 1500]
    home = parcels(parcel(float(x), float(draw.uniform(0, 1400)), 8))

    def world(roads_to: float, schools_to: float) -> Any:
        known, whole = shapely.box(-9e4, -9e4, roads_to, 9e4), shapely.box(-9e4, -9e4, schools_to, 9e4)
        cut = shapely.intersection(np.array(lines, dtype=object), known)
        full = np.flatnonzero(~shapely.is_empty(cut) & (shapely.length(cut) > 0))
        there = Layer("roads", cut[full], np.array(kinds, dtype=object)[full], coverage=Coverage(known))
        seen = spots[spots[:, 0] <= schools_to]
        schools = places("schools", "primary", *seen, coverage=Coverage(whole))
        served = places("stops", "stop", *seen, values=[3.0, np.nan, 0.0] * 3, coverage=Coverage(whole)) if len(seen) == 9 else schools  # fmt: skip
        return reach(home, layers(there, schools, served), workers=1)

    before, after = world(edge, schools_edge), world(9e4, 9e4)
    for name in ("school", "main_road"):
        for unit in ("metres", "minutes"):
            low, high = told(before, name, unit)
            truth_low, truth_high = told(after, name, unit)
            assert low <= high and truth_low <= truth_high
            assert low <= truth_high + 1e-6
            if low == high and after.reasons[name][0] is None:
                assert (truth_low, truth_high) == pytest.approx((low, high))


class TestDemo:
    @pytest.fixture
    def given(self, demo_connection: psycopg.Connection[Any], tmp_path: Path) -> tuple[Parcels, Layers]:
        home = read_parcels(demo_connection, "99001")
        return home, read_layers(demo_connection, "flanders", home, cache=tmp_path)

    def test_the_demo_has_real_ways(self, given: tuple[Parcels, Layers]) -> None:
        table = reach(*given)
        for name in table.metres:
            found = table.metres[name]
            assert np.isfinite(found.high).mean() > 0.9, name
            assert (found.low <= found.high).all() and (found.low >= 0).all()
            assert np.isfinite(table.minutes[name].high[np.isfinite(found.high)]).all()
        assert (table.metres["main_road"].low == table.metres["main_road"].high).any()
        # Some stops have no departures, and of some they are not stated.
        assert (table.metres["stop"].high > table.metres["stop"].low).any()
        assert (table.access_m < ACCESS_M).mean() > 0.9

    def test_what_was_kept_gives_the_same(
        self, demo_connection: psycopg.Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        home = read_parcels(demo_connection, "99001")
        plain = reach(home, read_layers(demo_connection, "flanders", home))
        first = reach(home, read_layers(demo_connection, "flanders", home, cache=tmp_path))
        monkeypatch.setattr("geodata.measure.prepared._opened", {})
        again = read_layers(demo_connection, "flanders", home, cache=tmp_path)
        monkeypatch.setattr("geodata.measure.roadnet._made", None)  # nothing is made anew
        second = reach(home, again)
        assert again["roads"].prepared is not None
        for name in plain.metres:
            for unit in ("metres", "minutes"):
                for end in ("low", "high"):
                    one, two, three = (getattr(getattr(table, unit)[name], end) for table in (plain, first, second))
                    assert (two == three).all()
                    np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-6, err_msg=f"{name} {unit} {end}")
        assert isinstance(road_net(again["roads"]).graph.pieces.base, np.memmap | np.ndarray)

    def test_without_the_roads_all_of_it_is_unknown(self, given: tuple[Parcels, Layers]) -> None:
        home, there = given
        bare = replace(there, items={name: layer for name, layer in there.items.items() if name != "roads"})
        table = reach(home, bare)
        for name in table.metres:
            assert (table.metres[name].low == 0).all() and np.isinf(table.metres[name].high).all()
            assert set(table.reasons[name]) == {"not_loaded"}


def test_the_way_without_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    there, corners, schools = town(8)
    shapes = [parcel(*corner, 8) for corner in corners[:60] / 2]
    # Where a road enters a parcel, the access point may be another one.
    home = parcels(*[one for one in shapes if shapely.distance(one, shapely.MultiLineString([*there.geometry])) > 0])
    half = Coverage(shapely.box(-5000, -5000, 700, 5000))
    given = layers(replace(there, coverage=half), places("schools", "primary", *(schools / 2)))
    fast = reach(home, given)
    for module in ("reach", "kernels.network", "inputs"):
        monkeypatch.setattr(f"geodata.measure.{module}.HAVE_NUMBA", False)
    plain = reach(home, given)
    assert len(home) > 30
    for name in ("school", "main_road"):
        np.testing.assert_allclose(plain.metres[name].high, fast.metres[name].high, atol=1e-6)
        np.testing.assert_allclose(plain.metres[name].low, fast.metres[name].low, atol=1e-6)

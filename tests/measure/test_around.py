"""Numbers within a radius, frontage, and what a changed road or stop makes of them: against shapely, and against a whole run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import psycopg
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from geodata.ingest import ingest
from geodata.measure.around import COUNTS, counts, frontage, frontage_reasons
from geodata.measure.inputs import Coverage, Layer, Layers, Parcels
from geodata.measure.kernels.frontage import LINE_REACH
from geodata.measure.measure import measure
from geodata.measure.store import measure_municipality
from geodata.missing import is_none
from tests.measure.test_changed import NIS, SIDE, Ground, snapshot

Connection = psycopg.Connection[object]
WHOLE = Coverage(shapely.box(0, 0, 20_000, 20_000))


def some_parcels(seed: int, n: int = 12) -> Parcels:
    draw = np.random.default_rng(seed)
    corner, size = draw.uniform(6_000, 14_000, (n, 2)), draw.uniform(5, 120, (n, 2))
    shapes = shapely.box(*corner.T, *(corner + size).T)
    keys = np.array([f"24062A{at:04d}/00A000" for at in range(n)], dtype=object)
    return Parcels(
        np.arange(n),
        keys,
        np.full(n, NIS, dtype=object),
        np.zeros(n, dtype=bool),
        shapes,
        np.full(n, None, dtype=object),
    )


def layers_of(seed: int, coverage: Coverage = WHOLE) -> Layers:
    draw = np.random.default_rng(seed + 1)
    items = {}
    for name, count in (("addresses", 4000), ("shops", 60), ("stops", 40)):
        points = shapely.points(draw.uniform(5_000, 15_000, (count, 2)))
        values = np.where(draw.random(count) < 0.3, np.nan, draw.integers(0, 90, count)) if name == "stops" else None
        items[name] = Layer(name, points, np.full(count, "any", dtype=object), values=values, coverage=coverage)
    ends = draw.uniform(5_000, 15_000, (40, 2, 2))
    classes = np.array(["main", "local", "motorway", "track"], dtype=object)[np.arange(40) % 4]
    items["roads"] = Layer("roads", shapely.linestrings(ends), classes, coverage=coverage)
    return Layers(items)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31))
def test_numbers_are_those_of_a_count_one_by_one(seed: int) -> None:
    parcels, layers = some_parcels(seed), layers_of(seed)
    found = counts(parcels, layers)
    assert set(found) == set(COUNTS)
    for name, wanted in COUNTS.items():
        layer = layers[wanted.layer]
        for at, parcel in enumerate(parcels.geometry):
            metres = shapely.distance(layer.geometry, parcel)
            near = (metres <= wanted.radius_m) & (metres > (-1 if wanted.own_m is None else wanted.own_m))
            if layer.values is None or not wanted.valued:
                assert found[name].low[at] == found[name].high[at] == near.sum()
                continue
            stated = layer.values[near]
            assert found[name].low[at] == np.nansum(stated)
            assert found[name].high[at] == (np.inf if np.isnan(stated).any() else np.nansum(stated))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31))
def test_frontage_is_the_border_near_a_road_one_can_turn_in_from(seed: int) -> None:
    parcels, layers = some_parcels(seed), layers_of(seed)
    roads = layers["roads"]
    usable = roads.geometry[np.isin(roads.classes.astype(str), ["main", "local"])]
    near = shapely.union_all(shapely.buffer(usable, LINE_REACH, quad_segs=64))
    expected = shapely.length(shapely.intersection(shapely.boundary(parcels.geometry), near))
    np.testing.assert_allclose(frontage(parcels, roads), expected, atol=0.05)


def test_beyond_the_coverage_nothing_is_certain() -> None:
    parcels, near = some_parcels(3), Coverage(shapely.box(0, 0, 10_000, 20_000))
    found, whole = counts(parcels, layers_of(3, near)), counts(parcels, layers_of(3))
    east = np.array([one.bounds[2] for one in parcels.geometry])
    for name, wanted in COUNTS.items():
        cut = east + wanted.radius_m > 10_000
        assert np.isinf(found[name].high[cut]).all() and (found[name].low <= whole[name].low).all()
        np.testing.assert_array_equal(found[name].low[~cut], whole[name].low[~cut])
    missing = counts(parcels, Layers({}))
    assert all((one.low == 0).all() and np.isinf(one.high).all() for one in missing.values())
    assert np.isnan(frontage(parcels, Layer("roads", missing=("roads",)))).all()
    assert np.isnan(frontage(parcels, layers_of(3, near)["roads"])[east > 10_000]).all()


def test_a_frontage_that_is_not_known_says_why() -> None:
    """Also where the parcel is covered, and a road just beyond the edge may be within reach."""
    parcels = some_parcels(3)
    west, _, east, _ = parcels.flat.bounds.T
    edge = float(np.sort(east)[6]) + LINE_REACH / 2
    roads = layers_of(3, Coverage(shapely.box(0, 0, edge, 20_000)))["roads"]
    along = frontage(parcels, roads)
    told = frontage_reasons(along, roads.reasons(roads.covered(parcels)))
    np.testing.assert_array_equal(~is_none(told), np.isnan(along))
    assert told[np.argsort(east)[6]] == "near_edge"
    assert set(told[west > edge]) == {"outside_coverage"} and told[np.argmin(east)] is None
    absent = Layer("roads", missing=("roads",))
    reasons = absent.reasons(absent.covered(parcels))
    assert set(frontage_reasons(frontage(parcels, absent), reasons)) == {"not_loaded"}


class Roads(Ground):
    """The same ground with streets every 200 m, a main road, stops and shops."""

    def __init__(self, connection: Connection, folder: Path) -> None:
        super().__init__(connection, folder)
        self.streets = [
            *(shapely.LineString([(173_000 + 200 * at, 168_000 + 100 * k) for k in range(13)]) for at in range(7)),
            *(shapely.LineString([(173_000 + 100 * k, 168_000 + 200 * at) for k in range(13)]) for at in range(7)),
        ]
        self.classes = ["local"] * 13 + ["main"]
        self.stops = [(173_205.0, 168_195.0, 40.0), (174_005.0, 169_005.0, 12.0)]

    def load(self) -> None:
        super().load()
        category, n = {"local": "L3", "main": "H"}, len(self.streets)
        numbers = [int(one.bounds[0] * 10 + one.bounds[1]) for one in self.streets]
        self.write("r.gpkg", "roads", {
            "WS_OIDN": numbers, "STATUS": [4] * n, "MORF": [103] * n,
            "WEGCAT": [category[one] for one in self.classes], "LSTRNM": ["straat"] * n, "BEHEER": ["24062"] * n,
        }, self.streets, layer="Wegsegment")  # fmt: skip
        place = Transformer.from_crs(31370, 4326, always_xy=True)
        lines = ["stop_id,stop_name,stop_lat,stop_lon,departures_weekday"]
        for x, y, value in self.stops:
            lon, lat = place.transform(x, y)
            lines.append(f"S{int(x)}{int(y)},halte,{lat:.9f},{lon:.9f},{value:g}")
        path = self.folder / "stops.txt"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        ingest(self.connection, path, "stops", covers=NIS)


def more_departures(ground: Roads) -> None:
    ground.stops[1] = (*ground.stops[1][:2], 99.0)


def a_stop(ground: Roads) -> None:
    ground.stops.append((173_805.0, 168_405.0, 7.0))


def a_street_less(ground: Roads) -> None:
    ground.streets.pop(3)
    ground.classes.pop(3)


def another_class(ground: Roads) -> None:
    ground.classes[-2] = "main"


@pytest.mark.parametrize("change", [more_departures, a_stop, a_street_less, another_class])
def test_after_a_change_of_roads_or_stops_equal_to_measuring_all(
    database: Connection, tmp_path: Path, change: Callable[[Roads], None]
) -> None:
    ground = Roads(database, tmp_path)
    ground.load()
    cache = tmp_path / "prepared"
    first = measure_municipality(database, NIS, cache=cache)
    before = snapshot(database, first.batch)
    assert any(name == "stop" and low == high for row in before[:-1] for name, low, high in row[9]), "ways are certain"
    change(ground)
    ground.load()
    second = measure_municipality(database, NIS, cache=cache)
    incremental = snapshot(database, second.batch)
    assert incremental != before, "the change is seen"
    database.execute("""UPDATE batch SET common = common || '{"algorithm": "0"}', digest = 'old'""")
    database.commit()
    third = measure_municipality(database, NIS, cache=cache)
    assert third.measured == SIDE * SIDE and snapshot(database, third.batch) == incremental


class Town(Roads):
    """The same ground in a bent grid of streets of 5 km with gaps, with a few schools and stops among them."""

    def __init__(self, connection: Connection, folder: Path, seed: int) -> None:
        super().__init__(connection, folder)
        draw = np.random.default_rng(seed)
        west, south = 172_000 + 300.0 * np.arange(18), 167_000 + 300.0 * np.arange(18)
        at = np.stack(np.meshgrid(west, south, indexing="ij"), axis=-1) + draw.normal(0, 30, (18, 18, 2))
        ends = [*zip(at[:, :-1].reshape(-1, 2), at[:, 1:].reshape(-1, 2), strict=True)]
        ends += [*zip(at[:-1].reshape(-1, 2), at[1:].reshape(-1, 2), strict=True)]
        self.streets = [shapely.LineString(one) for one in ends if draw.random() < 0.8]
        self.classes = ["main" if draw.random() < 0.05 else "local" for _ in self.streets]
        places = draw.uniform([172_800, 167_800], [174_600, 169_600], (14, 2)).tolist()
        self.schools = [(x, y) for x, y in places[:4]]
        self.stops = [(x, y, float(draw.integers(0, 20))) for x, y in places[4:]]

    def change(self, draw: np.random.Generator) -> None:
        """A street that goes, comes, ends earlier or is of another class, or a school and a stop, anywhere."""
        at, what = int(draw.integers(len(self.streets))), int(draw.integers(5))
        begin = draw.uniform([172_000, 167_000], [177_000, 172_000])
        if what == 0:
            self.streets.pop(at)
            self.classes.pop(at)
        elif what == 1:
            self.streets.append(shapely.LineString([begin, begin + draw.uniform(-600, 600, 2)]))
            self.classes.append(str(draw.choice(["local", "main"])))
        elif what == 2:
            line = self.streets[at]
            self.streets[at] = shapely.LineString([line.coords[0], line.interpolate(0.6, normalized=True).coords[0]])
        elif what == 3:
            self.classes[at] = "main" if self.classes[at] == "local" else "local"
        else:
            x, y = begin.tolist()
            self.schools.append((x, y))
            self.stops.append((x + 50, y, float(draw.integers(0, 9))))


@pytest.mark.parametrize("seed", range(4))
def test_far_changes_of_a_town_are_felt_as_far_as_they_reach(
    database: Connection, tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where most parcels are affected, which are then measured as a whole otherwise."""
    monkeypatch.setattr("geodata.measure.changed.MOST", 1.0)
    ground, cache = Town(database, tmp_path, 25), tmp_path / "prepared"
    ground.load()
    measure_municipality(database, NIS, cache=cache)
    draw, affected = np.random.default_rng(seed), []
    for _ in range(3):
        ground.change(draw)
        ground.load()
        some = measure_municipality(database, NIS, cache=cache)
        affected.append(some.measured)
    incremental = snapshot(database, some.batch)
    assert min(affected) < SIDE * SIDE
    database.execute("""UPDATE batch SET common = common || '{"algorithm": "0"}', digest = 'old'""")
    database.commit()
    whole = measure_municipality(database, NIS, cache=cache)
    assert whole.measured == SIDE * SIDE and snapshot(database, whole.batch) == incremental


def test_without_layers_every_new_figure_is_unknown_and_says_why() -> None:
    table = measure(some_parcels(5), Layers({}))
    reasons = {"frontage": table.frontage_m, "dem": table.slope_max_deg, "reach:main_road": table.access_xy[:, 0]}
    for name, values in reasons.items():
        assert np.isnan(values).all() and set(table.unknown[name]) == {"not_loaded"}, name
    for name, interval in {**table.counts, **table.reach, **table.minutes}.items():
        assert (interval.low == 0).all() and np.isinf(interval.high).all(), name
    assert {table.unknown[one.layer][0] for one in COUNTS.values()} == {"not_loaded"}
    # The shape of a parcel needs no layer.
    assert (table.width_m > 0).all() and set(table.vertices) == {4} and set(table.parts) == {1}

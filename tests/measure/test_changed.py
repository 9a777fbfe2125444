"""After a change only what it touches is measured anew, and the result is that of measuring everything anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import psycopg
import pytest
import shapely

from geodata.errors import UsageError
from geodata.ingest import ingest
from geodata.ingest.versions import restore
from geodata.measure.store import measure_municipality
from geodata.measure.stored import load_table

NIS = "24062"
SIDE = 30
Connection = psycopg.Connection[Any]


class Ground:
    """Files of a made-up municipality: 900 parcels of 40 m, a flood map, schools, buildings, owners."""

    def __init__(self, connection: Connection, folder: Path) -> None:
        self.connection, self.folder = connection, folder
        self.write("municipalities.gpkg", "municipalities", {
            "nis": [NIS], "name_fr": ["Louvain"], "name_nl": ["Leuven"], "region_nis": ["02000"],
            "province_nis": ["20001"], "valid_from": ["1977-01-01"],
        }, [shapely.box(170_000, 165_000, 180_000, 175_000)], layer="municipalities_2025")  # fmt: skip
        self.shapes = [shapely.box(x, y, x + 40, y + 40) for y in self.steps(168_000) for x in self.steps(173_000)]
        self.flood = [shapely.box(173_000 + 200 * at, 168_010, 173_090 + 200 * at, 168_700) for at in range(6)]
        self.schools = [(173_100.0, 168_100.0), (174_900.0, 169_900.0)]
        self.buildings = [shapely.box(x + 5, 168_405, x + 15, 168_415) for x in self.steps(173_000)]

    @staticmethod
    def steps(start: float) -> list[float]:
        return [start + 40 * at for at in range(SIDE)]

    def write(
        self, name: str, kind: str, fields: dict[str, Any], shapes: list[Any], source: str | None = None, **options: Any
    ) -> None:
        path = self.folder / name
        path.unlink(missing_ok=True)
        frame = gpd.GeoDataFrame(fields, geometry=gpd.GeoSeries(shapes, crs="EPSG:31370"))
        frame.to_file(path, driver="GPKG", engine="pyogrio", **options)
        covers = None if kind in ("municipalities", "parcels") else NIS
        ingest(self.connection, path, kind, covers=covers, source=source)

    def load(self) -> None:
        """Load what is new of it."""
        count = len(self.shapes)
        keys = [f"24062A{at:04d}/00A000" for at in range(count)]
        self.write("p.gpkg", "parcels", {
            "CAPAKEY": keys, "CANU": keys, "NISCODE": [NIS] * count, "FISCDATUM": ["2025-01-01"] * count,
        }, self.shapes)  # fmt: skip
        for part in ("fluvial", "pluvial", "sea"):
            self.write(f"{part}.gpkg", "flood", {"gridcode": [3] * len(self.flood)}, self.flood,
                       source=f"flood-{part}-flanders")  # fmt: skip
        points = [shapely.Point(*one) for one in self.schools]
        self.write("s.gpkg", "schools", {
            "id": [str(place) for place in self.schools], "NAAM": ["school"] * len(points),
            "PRODUCT": ["Onderwijs"] * len(points),
        }, points)  # fmt: skip
        self.write("b.gpkg", "buildings", {
            "LBLTYPE": ["hoofdgebouw"] * len(self.buildings), "OIDN": [int(one.bounds[0]) for one in self.buildings],
            "TYPE": [1] * len(self.buildings), "OPNDATUM": ["2024-01-01"] * len(self.buildings),
            "LBLBGNINV": ["x"] * len(self.buildings),
        }, self.buildings)  # fmt: skip


@pytest.fixture
def ground(database: Connection, tmp_path: Path) -> Ground:
    made = Ground(database, tmp_path)
    made.load()
    return made


def school(ground: Ground) -> None:
    ground.schools.append((173_060.0, 168_070.0))


def no_school(ground: Ground) -> None:
    ground.schools.pop()


def flood(ground: Ground) -> None:
    ground.flood[2] = shapely.box(173_500, 168_300, 173_655, 168_444)


def moved_parcel(ground: Ground) -> None:
    ground.shapes[44] = shapely.box(*ground.shapes[44].bounds[:3], ground.shapes[44].bounds[3] - 7)


def building(ground: Ground) -> None:
    ground.buildings.pop(7)


def nothing_near(ground: Ground) -> None:
    ground.flood.append(shapely.box(179_000, 174_000, 179_050, 174_050))


def two(ground: Ground) -> None:
    flood(ground)
    moved_parcel(ground)
    building(ground)


@pytest.mark.parametrize(
    ("change", "most"),
    [(school, 450), (flood, 100), (moved_parcel, 1), (building, 4), (nothing_near, 0), (two, 105)],
)
@pytest.mark.parametrize("cached", [True, False])
def test_equal_to_measuring_all(
    ground: Ground, database: Connection, tmp_path: Path, change: Callable[[Ground], None], most: int, cached: bool
) -> None:
    cache = tmp_path / "prepared" if cached else None
    first = measure_municipality(database, NIS, cache=cache)
    assert first.measured == first.parcels == SIDE * SIDE
    before = snapshot(database, first.batch)
    change(ground)
    ground.load()
    second = measure_municipality(database, NIS, cache=cache)
    assert second.measured <= most and second.parcels == SIDE * SIDE and not second.reused
    incremental = snapshot(database, second.batch)
    if most:
        assert second.measured > 0 and incremental != before, "the change is seen"
    # Rows of another way of measuring are never carried over: everything is measured anew.
    database.execute("""UPDATE batch SET common = common || '{"algorithm": "0"}', digest = 'old'""")
    database.commit()
    third = measure_municipality(database, NIS, cache=cache)
    assert third.measured == SIDE * SIDE
    assert snapshot(database, third.batch) == incremental


def test_a_school_that_goes_changes_most_and_is_measured_whole(ground: Ground, database: Connection) -> None:
    measure_municipality(database, NIS)
    no_school(ground)
    ground.load()
    report = measure_municipality(database, NIS)
    assert report.measured in (SIDE * SIDE, *range(1, SIDE * SIDE // 2 + 1))
    table = load_table(database, [report.batch])
    near = [
        np.hypot(*(np.maximum(0, np.abs(np.array([173_100, 168_100]) - centre(one)) - 20))) for one in ground.shapes
    ]
    known = table.distances["school"].low == table.distances["school"].high
    assert known.all()
    np.testing.assert_allclose(table.distances["school"].high, near, atol=0.002)


def centre(shape: Any) -> Any:
    return np.array([shape.centroid.x, shape.centroid.y])


def test_a_version_brought_back_is_walked_backwards(ground: Ground, database: Connection) -> None:
    first = measure_municipality(database, NIS)
    before = snapshot(database, first.batch)
    flood(ground)
    ground.write("sea.gpkg", "flood", {"gridcode": [3] * 6}, ground.flood, source="flood-sea-flanders")
    measure_municipality(database, NIS)
    key = database.execute("SELECT key FROM dataset WHERE source = 'flood-sea-flanders' AND current").fetchone()
    assert key is not None
    restore(database, key[0])
    database.commit()
    back = measure_municipality(database, NIS)
    assert 0 < back.measured <= 100
    assert snapshot(database, back.batch) == before


def test_another_coverage_is_another_map(ground: Ground, database: Connection) -> None:
    measure_municipality(database, NIS)
    path = ground.folder / "sea.gpkg"
    dataset = database.execute("SELECT id FROM dataset WHERE source = 'flood-sea-flanders'").fetchone()
    assert dataset is not None
    ingest(database, path, "flood", source="flood-sea-flanders", replace=dataset[0])
    assert measure_municipality(database, NIS).measured == SIDE * SIDE


def snapshot(connection: Connection, batch: int) -> list[Any]:
    """All that is measured of every parcel, by its key."""
    table = load_table(connection, [batch])
    layers, names = sorted(table.covered), sorted(table.distances)
    return [
        (
            str(table.capakey[at]), float(table.area_m2[at]), float(table.perimeter_m[at]), str(table.built_share[at]),
            str(table.dwellings[at]), str(table.unbuilt_m2[at]),
            {(layer, name): float(values[at]) for layer, of in table.shares.items() for name, values in of.items() if values[at]},
            [(float(table.covered[layer][at]), table.unknown[layer][at]) for layer in layers],
            [(float(table.distances[name].low[at]), float(table.distances[name].high[at])) for name in names],
            [
                (name, float(one.low[at]), float(one.high[at]))
                for of in (table.reach, table.minutes, table.counts) for name, one in sorted(of.items())
            ],
            [str(values[at]) for values in (table.width_m, table.frontage_m, table.vertices, table.parts, table.access_xy, table.slope_max_deg)],
            [str(table.unknown[name][at]) for name in sorted(table.unknown) if name not in layers],
        )
        for at in range(len(table))
    ] + [{layer: str(days.max()) for layer, days in sorted(table.dates.items())}]  # fmt: skip


def test_only_what_is_new_in_the_layers_asked_for(ground: Ground, database: Connection, tmp_path: Path) -> None:
    cache = tmp_path / "prepared"
    with pytest.raises(UsageError, match="not measured yet"):
        measure_municipality(database, NIS, cache=cache, layers=["flood"])
    database.rollback()
    before = snapshot(database, measure_municipality(database, NIS, cache=cache).batch)
    flood(ground)
    building(ground)
    ground.load()
    some = measure_municipality(database, NIS, cache=cache, layers=["flood"])
    assert 0 < some.measured <= 100
    partly = snapshot(database, some.batch)
    was, now = before[:-1], partly[:-1]
    changed = [at for at, (one, other) in enumerate(zip(was, now, strict=True)) if one != other]
    assert changed and all(was[at][3:6] == now[at][3:6] for at in changed), "buildings are those of before"
    assert measure_municipality(database, NIS, cache=cache, layers=["flood"]).reused
    rest = measure_municipality(database, NIS, cache=cache)
    assert 0 < rest.measured <= 104
    after = snapshot(database, rest.batch)
    database.execute("""UPDATE batch SET common = common || '{"algorithm": "0"}', digest = 'old'""")
    database.commit()
    assert snapshot(database, measure_municipality(database, NIS, cache=cache).batch) == after
    with pytest.raises(UsageError, match="no layer"):
        measure_municipality(database, NIS, cache=cache, layers=["beauty"])

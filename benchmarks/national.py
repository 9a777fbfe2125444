"""A whole country measured end to end: from the tables of parcels and layers to the table of measurements.

    python -m benchmarks --only national --parcels 10000000 [--workers 2]

The country is made municipality by municipality (about 17 900 parcels each, as Belgium has) from `benchmarks.ground` and
copied straight into the real tables: irregular parcels with holes and several parts, zones, flood areas with polygons of
12 000 corners, nature areas of up to 10 000, circles around plants, buildings, addresses, a net of roads, services and
stops. Making it does not count. Then the real partitions run in processes, as `standplaats measure` does: what counts is
preparing the layers, reading parcels, measuring, and COPY into the indexed table. Memory is the summed PSS of this
process and its workers; PostgreSQL is apart. A country of at most 200 000 parcels is then changed: one flood polygon, and one
per cent of the parcels; what is measured anew is timed against the full run.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import psycopg
import shapely
from psycopg import sql

from benchmarks import ground
from benchmarks.memory import watched
from geodata.database.copy import copy_columns, ewkb
from geodata.database.engine import connect, conninfo
from geodata.ingest.crs import to_tiles
from geodata.ingest.rows import close_register, open_register
from geodata.measure.flat import FlatPolygons, Floats
from geodata.measure.partitions import in_processes, prepare_layers
from geodata.measure.store import measure_municipality
from geodata.settings import Settings

#: Parcels along a side of a municipality, and its side in metres.
_ACROSS = 134
SIDE = _ACROSS * ground.SIDE
#: Countries up to so many parcels are changed, too.
_SMALL = 200_000
#: Metres between two crossings of roads.
_BLOCK = 212.0
#: Kind and source of the datasets whose rows are made here; the others are not loaded.
_SOURCES = {
    "municipalities": "municipalities", "parcels": "parcels", "zoning": "zoning-pds", "flood": "flood",
    "nature": "nature:natura2000-wallonia", "nature-10": "nature:natura2000-wallonia-10", "seveso": "seveso",
    "buildings": "buildings", "addresses": "addresses", "roads": "roads", "schools": "schools", "osm": "osm",
    "stops": "stops",
}  # fmt: skip
_SERVICES = ("gp", "pharmacy", "shop", "stop", "school")
_ROADS = ("local", "local", "local", "service", "secondary", "main")


@dataclass(frozen=True)
class Country:
    """The datasets of the country, and its municipalities."""

    dataset: dict[str, int]
    codes: list[str]
    across: int


def run(settings: Settings, count: int, workers: int) -> None:
    """Make a country of about `count` parcels, measure it, and print what took how long."""
    with connect(settings) as connection:
        started = time.perf_counter()
        country = made(connection, count)
        rows = connection.execute("SELECT count(*), sum(ST_NPoints(geom)) FROM parcel").fetchone()
        assert rows is not None
        connection.commit()
    print(f"{rows[0]:,} parcels ({rows[1]:,} corners) in {len(country.codes)} municipalities, made in "
          f"{time.perf_counter() - started:.0f} s, which does not count; {workers} processes")  # fmt: skip
    sys.stdout.flush()
    address, cache = conninfo(settings), settings.prepared_folder
    with watched() as memory:
        begun = time.perf_counter()
        prepare_layers(address, country.codes, cache, workers)
        prepared = time.perf_counter() - begun
        size = sum(one.stat().st_size for one in cache.rglob("*") if one.is_file())
        print(f"layers prepared in {prepared:.1f} s ({size / 1e9:.2f} GB of arrays)")
        server = server_seconds(settings)
        sizes, times, phases, used = _measured(address, country.codes, cache, workers)
        server = server_seconds(settings) - server
        total = prepared + sum(times)
    whole = sum(sizes)
    print(f"\n{whole:,} parcels in {total:.1f} s: {whole / total:,.0f} rows/s; without preparing layers "
          f"{sum(times):.1f} s: {whole / sum(times):,.0f} rows/s")  # fmt: skip
    for name, seconds in phases.items():
        print(f"  {name:<8} {seconds:8.1f} s of the workers together, of which processor {used[name]:8.1f} s: "
              f"{1e6 * used[name] / whole:5.1f} us per parcel")  # fmt: skip
    print(f"  processor of the workers {sum(used.values()):.1f} s, of PostgreSQL {server:.1f} s: "
          f"{1e6 * (sum(used.values()) + server) / whole:.1f} us per parcel")  # fmt: skip
    print("  (the indexes of the table are kept up while it is written: part of `write`)")
    print(f"summed PSS at most {memory.most / 2**30:.2f} GiB, at that moment {memory.mapped / 2**30:.2f} GiB of it mapped "
          f"files; without those at most {memory.own / 2**30:.2f} GiB")  # fmt: skip
    if whole <= _SMALL:
        _changed(settings, country, cache, workers, sum(times), sum(used.values()) + server)
    if len(sizes) > 1:
        slope = np.polyfit(np.log(sizes), np.log(times), 1)[0]
        print(f"scaling exponent over {', '.join(f'{one:,}' for one in sizes)} parcels: {slope:.2f}")


def _measured(
    address: str, codes: list[str], cache: Path, workers: int
) -> tuple[list[int], list[float], dict[str, float], dict[str, float]]:
    """Measure in runs of rising size, each municipality once.

    Returns parcels and seconds of each run, and seconds and those of processor by phase of all runs together.
    """
    sizes, times, phases, used = [], [], dict[str, float](), dict[str, float]()
    first = 0
    while first < len(codes):
        several = max(6, 9 * first)
        # The last run takes what is left, however little.
        last = len(codes) if len(codes) < first + 1.5 * several else first + several
        begun = time.perf_counter()
        reports = list(in_processes(address, codes[first:last], cache, workers))
        times.append(time.perf_counter() - begun)
        sizes.append(sum(one.measured for one in reports))
        for one in reports:
            for name, seconds in one.seconds.items():
                phases[name] = phases.get(name, 0.0) + seconds
                used[name] = used.get(name, 0.0) + one.processor[name]
        print(f"  {sizes[-1]:>12,} parcels {times[-1]:8.1f} s   {sizes[-1] / times[-1]:,.0f} rows/s")
        sys.stdout.flush()
        first = last
    return sizes, times, phases, used


def server_seconds(settings: Settings) -> float:
    """Seconds of processor of the private cluster so far, of sessions that ended too."""
    file = settings.home / "cluster" / "postmaster.pid"
    server = psutil.Process(int(file.read_text().split()[0]))
    ended = server.cpu_times()
    total = ended.user + ended.system + ended.children_user + ended.children_system
    for one in server.children(recursive=True):
        with suppress(psutil.Error):
            total += sum(one.cpu_times()[:2])
    return float(total)


def _changed(settings: Settings, country: Country, cache: Path, workers: int, full: float, full_used: float) -> None:
    """Change one flood polygon, then one per cent of the parcels, and measure anew."""
    town = country.codes[0]
    with connect(settings) as connection:
        # Once before, so that everything is compiled and open.
        for again in (False, True):
            _next_version(connection, country, "flood", "constraint_area")
            connection.execute(
                """WITH one AS (SELECT c.id, c.geom FROM constraint_area c WHERE c.dataset_id = %(new)s
                       AND EXISTS (SELECT FROM parcel p WHERE p.nis = %(town)s AND p.geom && c.geom)
                       ORDER BY abs(ST_NPoints(c.geom) - 55), c.id LIMIT 1),
                   moved AS (UPDATE constraint_area c SET geom = ST_Translate(one.geom, 10, 0) FROM one WHERE c.id = one.id
                       RETURNING c.geom)
                   INSERT INTO dataset_change (dataset_id, feature, change, place)
                   SELECT %(new)s, 'one', 'changed', ST_Union(one.geom, moved.geom) FROM one, moved""",
                {"new": country.dataset["flood"], "town": town},
            )
            connection.commit()
            started = time.perf_counter()
            report = measure_municipality(connection, town, cache=cache)
            seconds = time.perf_counter() - started
            if again:
                phases = ", ".join(f"{name} {one:.3f}" for name, one in report.seconds.items())
                print(f"one flood polygon changed: {report.measured} parcels anew in {seconds:.3f} s ({phases})")
        started = time.perf_counter()
        phases = ""
        for code in country.codes[1:]:
            report = measure_municipality(connection, code, cache=cache)
            phases = ", ".join(f"{name} {one:.3f}" for name, one in report.seconds.items())
        seconds = (time.perf_counter() - started) / max(1, len(country.codes) - 1)
        print(f"  a municipality that it does not touch: {seconds:.3f} s (the last: {report.measured} anew, {phases})")
    with connect(settings) as connection:
        before = country.dataset["parcels"]
        new = _next_version(connection, country, "parcels", None)
        table = open_register(connection, new)
        connection.execute(
            sql.SQL(
                """INSERT INTO {table} (dataset_id, capakey, nis, nis_how, area_m2, geom, geom_3857)
                   SELECT %(new)s, capakey, nis, nis_how, area_m2, CASE WHEN id %% 100 = 0
                       THEN ST_Translate(geom, 1, 0) ELSE geom END, geom_3857 FROM parcel WHERE dataset_id = %(old)s"""
            ).format(table=sql.Identifier(table)),
            {"new": new, "old": before},
        )
        close_register(connection, new)
        connection.execute(
            """INSERT INTO dataset_change (dataset_id, feature, change)
               SELECT %s, capakey, 'changed' FROM parcel WHERE dataset_id = %s AND id %% 100 = 0""",
            [new, before],
        )
        connection.commit()
    begun, server = time.perf_counter(), server_seconds(settings)
    reports = list(in_processes(conninfo(settings), country.codes, cache, workers))
    seconds, server = time.perf_counter() - begun, server_seconds(settings) - server
    anew, used = sum(one.measured for one in reports), sum(sum(one.processor.values()) for one in reports)
    print(f"one per cent of the parcels changed: {anew:,} anew in {seconds:.2f} s with the start of the processes, "
          f"{seconds / full:.1%} of the full run; processor of the workers {used:.2f} s, of PostgreSQL {server:.2f} s, "
          f"{(used + server) / full_used:.1%}")  # fmt: skip


def _next_version(connection: psycopg.Connection[Any], country: Country, name: str, table: str | None) -> int:
    """A version of a dataset that takes the place of the current one, with its rows where a table is named."""
    before = country.dataset[name]
    connection.execute("UPDATE dataset SET current = false WHERE id = %s", [before])
    row = connection.execute(
        """INSERT INTO dataset (kind, source, key, version, title, provider, licence, redistributable, fetched, sha256,
               file_name, accuracy_m, coverage, current, previous_id, attributes)
           SELECT kind, source, key, version + 1, title, provider, licence, redistributable, now(), sha256 || '+', file_name,
               accuracy_m, coverage, true, id, '{"changes": "listed"}' FROM dataset WHERE id = %s RETURNING id""",
        [before],
    ).fetchone()
    assert row is not None
    country.dataset[name] = row[0]
    if table is not None:
        connection.execute(
            sql.SQL(
                """INSERT INTO {table} (dataset_id, theme, class, feature_id, geom, geom_3857)
                   SELECT %s, theme, class, feature_id, geom, geom_3857 FROM {table} WHERE dataset_id = %s"""
            ).format(table=sql.Identifier(table)),
            [row[0], before],
        )
    new: int = row[0]
    return new


def made(connection: psycopg.Connection[Any], count: int) -> Country:
    """Fill the tables with about so many parcels; committed."""
    towns = max(1, round(count / _ACROSS**2))
    across = math.ceil(math.sqrt(towns))
    codes = [f"{10_000 + at}" for at in range(towns)]
    shape = _country_shape(across * SIDE)
    dataset: dict[str, int] = {}
    for name, told in _SOURCES.items():
        kind, _, source = told.partition(":")
        row = connection.execute(
            """INSERT INTO dataset (kind, source, key, title, provider, licence, redistributable, fetched, sha256,
                   file_name, accuracy_m, coverage, current)
               VALUES (%s, %s, %s, '{}', 'bench', 'none', true, now(), %s, 'none', 0,
                   ST_Multi(ST_GeomFromWKB(%s, 31370)), true) RETURNING id""",
            [
                kind,
                source or kind,
                name,
                name,
                None if name in ("municipalities", "parcels") else shapely.to_wkb(shape),
            ],
        ).fetchone()
        assert row is not None
        dataset[name] = row[0]
    country = Country(dataset, codes, across)
    parcels = open_register(connection, dataset["parcels"])
    for at, code in enumerate(codes):
        _town(connection, country, parcels, at, code)
        if at % 50 == 49:
            print(f"  made {at + 1} of {towns} municipalities", file=sys.stderr)
    close_register(connection, dataset["parcels"])
    connection.commit()
    connection.execute("ANALYZE")
    connection.commit()
    return country


def _country_shape(side: float) -> Any:
    """A rough outline around the land, 3 000 corners."""
    draw = np.random.default_rng(3)
    turn = 2 * np.pi * np.arange(3000) / 3000
    radius = side * (0.75 + 0.03 * np.cos(5 * turn) + 0.01 * np.cos(60 * turn) + draw.uniform(0, 0.002, 3000))
    centre = np.array(ground.CORNER) + side / 2
    return shapely.Polygon(centre + radius[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1))


def _town(connection: psycopg.Connection[Any], country: Country, parcels: str, at: int, code: str) -> None:
    """One municipality: its row, parcels and whatever lies in it."""
    draw = np.random.default_rng(5000 + at)
    shift = SIDE * np.array([at % country.across, at // country.across])
    corner = np.array(ground.CORNER) + shift
    outline = np.array([shapely.multipolygons([shapely.box(*corner, *(corner + SIDE))])])
    box, for_tiles = ewkb(outline, 31370)[0], _for_tiles(outline)[0]
    connection.execute(
        """INSERT INTO municipality (dataset_id, nis, valid_from, name_fr, region, german_speaking, geom, geom_3857)
           VALUES (%s, %s, '1977-01-01', %s, 'wallonia', false, %s, %s)""",
        [country.dataset["municipalities"], code, code, box, for_tiles],
    )
    land = _moved(ground.parcels(_ACROSS**2, seed=at), shift)
    shapes = land.to_shapely()
    keys = np.array([f"{code}A{one // 100:04d}/{one % 100:02d}A000" for one in range(len(land))], dtype=object)
    _put(connection, parcels, country.dataset["parcels"], shapes, {"capakey": keys, "nis": code, "nis_how": "attribute", "area_m2": land.areas})  # fmt: skip
    layers = ground.layers(_ACROSS**2, seed=at)
    for name, layer in layers.items():
        _layer(connection, country, name, replace(layer, polygons=_moved(layer.polygons, shift)), draw)
    centres = 0.5 * (land.bounds[:, :2] + land.bounds[:, 2:])
    built = np.flatnonzero(draw.uniform(size=len(land)) < 0.45)
    _buildings(connection, country, centres[built], draw)
    _points(connection, country, corner, centres[built], draw)
    _roads(connection, country, corner, draw)


def _layer(
    connection: psycopg.Connection[Any], country: Country, name: str, layer: ground.Ground, draw: np.random.Generator
) -> None:
    """Polygons of one layer into its table."""
    shapes, kinds = layer.polygons.to_shapely(), layer.kinds
    if name == "zoning":
        classes = np.array([f"class{one}" for one in range(layer.classes)], dtype=object)[kinds]
        _put(connection, "zone", country.dataset[name], shapes, {"plan_kind": "pds", "zoning_class": classes})
        return
    theme, names = {"flood": ("flood", "ABC"), "nature": ("nature", "DEFG"), "plants": ("seveso", "Z")}[name]
    classes = np.array([*names], dtype=object)[kinds]
    half = draw.uniform(size=len(shapes)) < 0.5
    for dataset, mine in (("nature", half), ("nature-10", ~half)) if name == "nature" else ((theme, half | True),):
        _put(connection, "constraint_area", country.dataset[dataset], shapes[mine],
             {"theme": theme, "class": classes[mine]})  # fmt: skip


def _buildings(
    connection: psycopg.Connection[Any], country: Country, centres: Floats, draw: np.random.Generator
) -> None:
    """A house of 40 to 200 square metres in the middle of a parcel."""
    half = draw.uniform(3, 7, (len(centres), 2))
    shapes = shapely.multipolygons(
        shapely.box(*(centres - half).T, *(centres + half).T), indices=np.arange(len(centres))
    )
    use = np.array(["main", "annex", "unknown"], dtype=object)[draw.integers(0, 3, len(centres))]
    _put(connection, "building", country.dataset["buildings"], shapes, {"use": use})


def _points(
    connection: psycopg.Connection[Any], country: Country, corner: Floats, doors: Floats, draw: np.random.Generator
) -> None:
    """Addresses at the houses, and services anywhere: 700 in all."""
    _put(connection, "address", country.dataset["addresses"], shapely.points(np.round(doors + 2.0, 3)), {})
    for service in _SERVICES:
        count = 500 if service == "stop" else 50
        dataset = {"stop": "stops", "school": "schools"}.get(service, "osm")
        level = np.array(["primary" if service == "school" else None] * count, dtype=object)
        attributes = np.array([f'{{"departures_weekday": {one}}}' for one in draw.integers(0, 90, count)], dtype=object)
        _put(connection, "service_point", country.dataset[dataset],
             shapely.points(np.round(corner + draw.uniform(0, SIDE, (count, 2)), 3)),
             {"service": service, "level": level, "attributes": attributes})  # fmt: skip


def _roads(connection: psycopg.Connection[Any], country: Country, corner: Floats, draw: np.random.Generator) -> None:
    """A net of roads whose crossings lie a little off a square grid, and one railway."""
    n = round(SIDE / _BLOCK)
    step = SIDE / n
    at = np.stack(np.meshgrid(np.arange(n + 1), np.arange(n + 1)), axis=-1) * step
    at[1:-1, 1:-1] += draw.uniform(-0.3, 0.3, (n - 1, n - 1, 2)) * step
    at = np.round(at + corner, 3)
    ends = [(at[:-1, :-1], at[:-1, 1:]), (at[:-1, :-1], at[1:, :-1])]
    starts, stops = (np.concatenate([pair[end].reshape(-1, 2) for pair in ends]) for end in (0, 1))
    bends = [np.round(starts + part * (stops - starts) + draw.uniform(-9, 9, starts.shape), 3) for part in (0.3, 0.6)]
    lines = shapely.linestrings(np.stack([starts, *bends, stops], axis=1))
    kind = np.array(_ROADS, dtype=object)[draw.integers(0, len(_ROADS), len(lines))]
    shapes = shapely.multilinestrings(lines, indices=np.arange(len(lines)))
    _put(connection, "road", country.dataset["roads"], shapes, {"road_class": kind})
    rail = shapely.linestrings(corner + np.stack([np.linspace(0, SIDE, 60), draw.uniform(0, SIDE) + draw.uniform(-40, 40, 60)], axis=1))  # fmt: skip
    _put(connection, "constraint_area", country.dataset["osm"], np.array([rail]), {"theme": "nuisance", "class": "railway"})  # fmt: skip


def _put(
    connection: psycopg.Connection[Any], table: str, dataset: int, shapes: Any, columns: Mapping[str, Any]
) -> None:
    """Shapes and columns into a table; one value stands for all rows."""
    n = len(shapes)
    if not n:
        return
    kinds = {"zone": 6, "building": 6, "parcel": 6}
    if kinds.get(table.partition("_")[0]) == 6:
        single = shapely.get_type_id(shapes) == 3
        shapes = shapes.copy()
        shapes[single] = shapely.multipolygons(shapes[single], indices=np.arange(int(single.sum())))
    values = {
        "dataset_id": np.full(n, dataset, dtype=np.int64),
        **{
            name: one if isinstance(one, np.ndarray) else np.full(n, one, dtype=object) for name, one in columns.items()
        },
        "geom": ewkb(shapes, 31370),
        "geom_3857": _for_tiles(shapes),
    }
    if not table.startswith("parcel"):
        values["feature_id"] = np.array([str(one) for one in range(n)], dtype=object)
    copy_columns(
        connection, table, list(values), n, lambda start, stop: {name: one[start:stop] for name, one in values.items()}
    )


def _for_tiles(shapes: Any) -> Any:
    """The copy that tiles are cut from."""
    return ewkb(shapely.transform(shapes, to_tiles().transform, interleaved=False), 3857)


def _moved(polygons: FlatPolygons, by: Floats) -> FlatPolygons:
    return FlatPolygons(np.round(polygons.xy + by, 3), polygons.rings, polygons.parts, polygons.features)

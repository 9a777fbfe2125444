"""Measure a municipality: our measurement against set-based SQL for the same figures.

    python -m benchmarks --only postgis --parcels 1000000

measures a made-up country (see `national`) as `standplaats measure` does, and a tenth of it by the best SQL for what plain
PostGIS can compute: prepared, indexed tables per class, `ST_Intersection` for overlaps, `<->` for distances, `ST_DWithin`
for numbers within a radius, two sessions. Ours does more: circles, frontage, ways along roads, what is unknown, writing.
The SQL is scaled to the whole by the number of parcels. Layers are prepared before on both sides, which does not count.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import psycopg
from psycopg import sql

from benchmarks import national
from geodata.database.engine import connect, conninfo
from geodata.measure import MeasurementTable, measure
from geodata.measure.around import counts
from geodata.measure.datasets import current_datasets
from geodata.measure.kernels.overlap import shares as kernel_shares
from geodata.measure.kernels.shape import shape
from geodata.measure.measure import DISTANCES, OWN_M
from geodata.measure.nearest import nearest_beside, nearest_distance
from geodata.measure.overlap import shares
from geodata.measure.partitions import in_processes, prepare_layers
from geodata.measure.read import read_layers, read_parcels
from geodata.measure.store import measure_municipality
from geodata.settings import Settings

NIS = "99001"

#: One table per kind of figure, as one would write it by hand. Slope is left out: PostGIS raster is not installed.
_SQL = """
CREATE TEMP TABLE mine AS SELECT p.id, p.geom FROM parcel p JOIN dataset d ON d.id = p.dataset_id AND d.current
WHERE p.nis = %(nis)s;
CREATE INDEX ON mine USING gist (geom);
ANALYZE mine;
CREATE TEMP TABLE shape AS SELECT id, ST_Area(geom) AS area,
    4 * pi() * ST_Area(geom) / ST_Perimeter(geom) ^ 2 AS compactness FROM mine;
CREATE TEMP TABLE plan AS SELECT p.id, z.zoning_class,
    sum(ST_Area(ST_Intersection(p.geom, z.geom))) / ST_Area(p.geom) AS share
FROM mine p JOIN zone z ON ST_Intersects(p.geom, z.geom) JOIN dataset d ON d.id = z.dataset_id AND d.current
GROUP BY p.id, p.geom, z.zoning_class;
CREATE TEMP TABLE areas AS SELECT p.id, c.theme, c.class,
    sum(ST_Area(ST_Intersection(p.geom, c.geom))) / ST_Area(p.geom) AS share
FROM mine p JOIN constraint_area c ON ST_Intersects(p.geom, c.geom)
JOIN dataset d ON d.id = c.dataset_id AND d.current WHERE ST_Dimension(c.geom) = 2
GROUP BY p.id, p.geom, c.theme, c.class;
CREATE TEMP TABLE built AS SELECT p.id, sum(ST_Area(ST_Intersection(p.geom, b.geom))) / ST_Area(p.geom) AS share
FROM mine p JOIN building b ON ST_Intersects(p.geom, b.geom) JOIN dataset d ON d.id = b.dataset_id AND d.current
GROUP BY p.id, p.geom;
CREATE TEMP TABLE near_service AS SELECT p.id, k.service, n.distance
FROM mine p CROSS JOIN (VALUES ('school'), ('gp'), ('pharmacy'), ('shop'), ('stop')) k (service)
CROSS JOIN LATERAL (SELECT p.geom <-> s.geom AS distance FROM service_point s WHERE s.service = k.service
                    ORDER BY p.geom <-> s.geom LIMIT 1) n;
CREATE TEMP TABLE near_road AS SELECT p.id, n.distance FROM mine p
CROSS JOIN LATERAL (SELECT p.geom <-> r.geom AS distance FROM road r ORDER BY p.geom <-> r.geom LIMIT 1) n;
CREATE TEMP TABLE near_address AS SELECT p.id, n.distance FROM mine p
CROSS JOIN LATERAL (SELECT p.geom <-> a.geom AS distance FROM address a
                    WHERE NOT ST_DWithin(p.geom, a.geom, 1) ORDER BY p.geom <-> a.geom LIMIT 1) n;
CREATE TEMP TABLE near_nuisance AS SELECT p.id, k.class, n.distance
FROM mine p CROSS JOIN (VALUES ('sewage_plant'), ('waste_site'), ('railway'), ('motorway'), ('high_voltage')) k (class)
LEFT JOIN LATERAL (SELECT p.geom <-> c.geom AS distance FROM constraint_area c
    WHERE c.theme = 'nuisance' AND c.class = k.class ORDER BY p.geom <-> c.geom LIMIT 1) n ON true;
"""


def candidates(settings: Settings) -> dict[str, Callable[[], int]]:
    """Ways to measure one municipality, ours first; ours also reads, writes and says what is unknown."""

    def ours() -> int:
        with connect(settings) as connection:
            connection.execute("UPDATE batch SET digest = digest || '-' WHERE nis = %s", [NIS])
            return measure_municipality(connection, NIS).parcels

    def with_sql() -> int:
        with connect(settings) as connection:
            connection.execute("ANALYZE")
            for statement in _SQL.split(";"):
                if statement.strip():
                    connection.execute(statement.encode(), {"nis": NIS} if "%(nis)s" in statement else None)
            row = connection.execute("SELECT count(*) FROM mine").fetchone()
            connection.rollback()
            return int(row[0]) if row else 0

    return {"standplaats measure": ours, "set-based SQL in PostGIS": with_sql}


#: Layers as one would prepare them by hand: dissolved per class and cut, points and lines in a table per question.
_READY = """
CREATE TABLE b_zoning AS SELECT zoning_class AS class, ST_Subdivide(ST_Union(geom), 128) AS geom FROM zone
    WHERE geom && %(box)s GROUP BY zoning_class;
CREATE TABLE b_flood AS SELECT class, ST_Subdivide(ST_Union(geom), 128) AS geom FROM constraint_area
    WHERE theme = 'flood' AND geom && %(box)s GROUP BY class;
CREATE TABLE b_nature AS SELECT class, ST_Subdivide(ST_Union(geom), 128) AS geom FROM constraint_area
    WHERE theme = 'nature' AND geom && %(box)s GROUP BY class;
CREATE TABLE b_seveso AS SELECT class, ST_Subdivide(ST_Union(geom), 128) AS geom FROM constraint_area
    WHERE theme = 'seveso' AND geom && %(box)s GROUP BY class;
CREATE TABLE b_built AS SELECT 'any' AS class, ST_Subdivide(ST_Union(geom), 128) AS geom FROM building
    WHERE geom && %(box)s;
CREATE TABLE b_school AS SELECT geom FROM service_point WHERE service = 'school';
CREATE TABLE b_gp AS SELECT geom FROM service_point WHERE service = 'gp';
CREATE TABLE b_pharmacy AS SELECT geom FROM service_point WHERE service = 'pharmacy';
CREATE TABLE b_shop AS SELECT geom FROM service_point WHERE service = 'shop';
CREATE TABLE b_stop AS SELECT geom, (attributes ->> 'departures_weekday')::float8 AS departures FROM service_point
    WHERE service = 'stop';
CREATE TABLE b_road AS SELECT geom FROM road WHERE road_class IN ('main', 'secondary', 'local', 'service');
CREATE TABLE b_main_road AS SELECT geom FROM road WHERE road_class IN ('main', 'motorway');
CREATE TABLE b_railway AS SELECT geom FROM constraint_area WHERE theme = 'nuisance' AND class = 'railway';
CREATE TABLE b_address AS SELECT geom FROM address
"""
_OVERLAPS = ("zoning", "flood", "nature", "seveso", "built")
_NEAREST = ("school", "gp", "pharmacy", "shop", "stop", "road", "main_road", "railway")
_MINE = """
CREATE TEMP TABLE mine AS SELECT id, ST_Area(geom) AS area, ST_Perimeter(geom) AS perimeter,
    4 * pi() * ST_Area(geom) / ST_Perimeter(geom) ^ 2 AS compactness, ST_NPoints(geom) AS corners,
    ST_NumGeometries(geom) AS parts, geom FROM parcel WHERE nis = ANY(%(codes)s)
"""
_SHARE = """
CREATE TEMP TABLE o_{name} AS SELECT p.id, z.class, sum(ST_Area(ST_Intersection(p.geom, z.geom))) / min(p.area) AS share
FROM mine p JOIN b_{name} z ON p.geom && z.geom GROUP BY p.id, z.class
"""
_NEAR = """
CREATE TEMP TABLE o_{name} AS SELECT p.id, n.metres FROM mine p CROSS JOIN LATERAL (
    SELECT p.geom <-> b.geom AS metres FROM b_{name} b ORDER BY p.geom <-> b.geom LIMIT 1) n
"""
_REST = """
CREATE TEMP TABLE o_address AS SELECT p.id, n.metres FROM mine p CROSS JOIN LATERAL (
    SELECT p.geom <-> b.geom AS metres FROM b_address b WHERE NOT ST_DWithin(p.geom, b.geom, 1)
    ORDER BY p.geom <-> b.geom LIMIT 1) n;
CREATE TEMP TABLE o_near AS SELECT p.id, count(*) FILTER (WHERE ST_DWithin(p.geom, b.geom, 100)) AS in_100,
    count(*) AS in_250 FROM mine p JOIN b_address b ON ST_DWithin(p.geom, b.geom, 250) GROUP BY p.id;
CREATE TEMP TABLE o_shops AS SELECT p.id, count(*) AS shops FROM mine p
    JOIN b_shop b ON ST_DWithin(p.geom, b.geom, 1000) GROUP BY p.id;
CREATE TEMP TABLE o_departures AS SELECT p.id, sum(b.departures) AS departures FROM mine p
    JOIN b_stop b ON ST_DWithin(p.geom, b.geom, 500) GROUP BY p.id
"""


def against_postgis(settings: Settings, count: int, workers: int) -> None:
    """Ours on a country, SQL on a tenth of it, and the largest difference on one municipality."""
    with connect(settings) as connection:
        country = national.made(connection, count)
        codes = country.codes
        address, cache = conninfo(settings), settings.prepared_folder
        prepare_layers(address, codes, cache, workers)
        # What is compiled or read for the first time is not timed on either side.
        list(in_processes(address, codes[-1:], cache, 1))
        server, started = national.server_seconds(settings), time.perf_counter()
        reports = list(in_processes(address, codes[:-1] or codes, cache, workers))
        wall = time.perf_counter() - started
        used = sum(sum(one.processor.values()) for one in reports) + national.server_seconds(settings) - server
        ours = sum(one.measured for one in reports) or 1
        print(f"ours: {ours:,} parcels in {wall:.1f} s, processor {used:.1f} s: {1e6 * used / ours:.1f} us per parcel")
        tenth = codes[: max(2, round(len(codes) / 10))]
        _ready(connection, tenth)
        server, started = national.server_seconds(settings), time.perf_counter()
        with ThreadPoolExecutor(2) as pool:
            theirs = sum(pool.map(lambda mine: _by_sql(address, mine), (tenth[::2], tenth[1::2])))
        sql_wall, sql_used = time.perf_counter() - started, national.server_seconds(settings) - server
        print(f"SQL:  {theirs:,} parcels in {sql_wall:.1f} s, processor {sql_used:.1f} s: "
              f"{1e6 * sql_used / theirs:.1f} us per parcel")  # fmt: skip
        same_wall, same_used, same = _same(connection, settings, tenth)
        print(f"ours, the same figures only (parcels read, nothing written): {same:,} parcels in {same_wall:.2f} s, "
              f"processor {same_used:.2f} s: {1e6 * same_used / same:.1f} us per parcel")  # fmt: skip
        scale = ours / theirs
        print(f"SQL scaled to {ours:,} parcels {sql_wall * scale:.0f} s")
        print(f"the same figures: ours is {sql_wall / theirs * same / same_wall:.1f} times as fast, by processor "
              f"{sql_used / theirs * same / same_used:.1f} times")  # fmt: skip
        print(f"the whole run, with all it measures more and writes: {sql_wall * scale / wall:.1f} times as fast, by "
              f"processor {sql_used * scale / used:.1f} times")  # fmt: skip
        sys.stdout.flush()
        _compare(connection, settings, codes[0])


def _ready(connection: psycopg.Connection[Any], codes: list[str]) -> None:
    """Tables of prepared layers, indexed."""
    row = connection.execute(
        "SELECT ST_Expand(ST_SetSRID(ST_Extent(geom)::geometry, 31370), 100) FROM parcel WHERE nis = ANY(%s)", [codes]
    ).fetchone()
    assert row is not None
    for statement in _READY.split(";"):
        # A table is not made with values from outside its text.
        connection.execute(psycopg.ClientCursor(connection).mogrify(statement.encode(), {"box": row[0]}).encode())
        name = sql.Identifier(statement.split()[2])
        connection.execute(sql.SQL("CREATE INDEX ON {} USING gist (geom)").format(name))
        connection.execute(sql.SQL("ANALYZE {}").format(name))
    connection.commit()


def _by_sql(address: str, codes: list[str], kept: psycopg.Connection[Any] | None = None) -> int:
    """Measure municipalities in one session; results stay in its temporary tables."""
    connection = kept or psycopg.connect(address)
    mine = psycopg.ClientCursor(connection).mogrify(_MINE.encode(), {"codes": codes})
    connection.execute(mine.encode())
    connection.execute("CREATE INDEX ON mine USING gist (geom)")
    connection.execute("ANALYZE mine")
    for template, names in ((_SHARE, _OVERLAPS), (_NEAR, _NEAREST)):
        for name in names:
            connection.execute(template.format(name=name).encode())
    for statement in _REST.split(";"):
        connection.execute(statement.encode())
    row = connection.execute("SELECT count(*) FROM mine").fetchone()
    if kept is None:
        connection.close()
    return int(row[0]) if row else 0


def _same(connection: psycopg.Connection[Any], settings: Settings, codes: list[str]) -> tuple[float, float, int]:
    """Seconds, those of processor with those of the server, and parcels: what the SQL computes and nothing else."""
    datasets, count = current_datasets(connection), 0
    for begun in (False, True):
        several = codes if begun else codes[:1]
        count, server = 0, national.server_seconds(settings)
        started, used = time.perf_counter(), time.process_time()
        for nis in several:
            parcels = read_parcels(connection, nis, datasets=datasets)
            layers = read_layers(
                connection, "wallonia", parcels, near=set(), datasets=datasets, cache=settings.prepared_folder
            )
            shape(parcels.flat)
            for name in _OVERLAPS[:-1]:
                shares(parcels.flat, layers[name])
            assert layers.built is not None
            kernel_shares(parcels.flat, layers.built)
            for name in (*_NEAREST, "address"):
                layer, classes = DISTANCES[name]
                prepared = layers[layer].prepared
                assert prepared is not None
                finder = prepared.finder(classes)
                if name == "address":
                    nearest_beside(parcels.flat, finder, own_m=OWN_M[name])
                else:
                    nearest_distance(parcels.flat, finder)
            counts(parcels, layers)
            count += len(parcels)
        wall, processor = time.perf_counter() - started, time.process_time() - used
    return wall, processor + national.server_seconds(settings) - server, count


def _compare(connection: psycopg.Connection[Any], settings: Settings, nis: str) -> None:
    """Largest differences of one municipality, before anything is rounded."""
    _by_sql("", [nis], connection)
    parcels = read_parcels(connection, nis)
    layers = read_layers(connection, "wallonia", parcels, cache=settings.prepared_folder)
    table: MeasurementTable = measure(parcels, layers)
    place = {one: at for at, one in enumerate(table.parcel_id.tolist())}
    worst = 0.0
    for name in (*_NEAREST, "address"):
        rows = connection.execute(sql.SQL("SELECT id, metres FROM {}").format(sql.Identifier(f"o_{name}"))).fetchall()
        theirs = np.full(len(table), np.inf)
        theirs[[place[one] for one, _ in rows]] = [metres for _, metres in rows]
        both = np.isfinite(theirs)
        worst = max(worst, float(np.abs(table.distances[name].high[both] - theirs[both]).max(initial=0.0)))
        assert (both == np.isfinite(table.distances[name].high)).all(), name
    share = 0.0
    for name in _OVERLAPS:
        rows = connection.execute(
            sql.SQL("SELECT id, class, share FROM {}").format(sql.Identifier(f"o_{name}"))
        ).fetchall()
        mine = {"any": table.built_share} if name == "built" else table.shares[name]
        told = {(place[one], kind): value for one, kind, value in rows}
        for kind, values in mine.items():
            theirs = np.array([told.get((at, kind), 0.0) for at in range(len(table))])
            share = max(share, float(np.abs(theirs - values).max()))
    rows = connection.execute(
        """SELECT m.id, coalesce(n.in_100, 0), coalesce(n.in_250, 0), coalesce(s.shops, 0), coalesce(d.departures, 0)
           FROM mine m LEFT JOIN o_near n USING (id) LEFT JOIN o_shops s USING (id) LEFT JOIN o_departures d USING (id)"""
    ).fetchall()
    at = [place[row[0]] for row in rows]
    differing = sum(
        int((table.counts[name].low[at] != np.array([float(row[column]) for row in rows])).sum())
        for column, name in ((3, "shops_1000m"), (4, "departures_500m"))
    )
    print(f"one municipality, {len(table):,} parcels: distances differ by at most {worst:.1e} m, shares by {share:.1e}, "
          f"numbers within a radius in {differing} cases")  # fmt: skip
    connection.rollback()

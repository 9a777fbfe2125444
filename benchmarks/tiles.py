"""Tiles of a register beside tipg, on the same table, from the same machine in the same minutes.

    python -m benchmarks --only tiles [--parcels 1000000] [--workers 2]

A made-up register (`benchmarks.register`) is loaded by the ordinary ingestion; one parcel in ten is a candidate of a made-up
run. Both services run with the same number of workers and are asked for the same tiles in turns, two requests at a time, each
connection kept open, gzip accepted. tipg gets an index on the EPSG:3857 copy, no cap on features, and is asked with all
columns, as it comes, and with the key alone. Ours joins verdict, score and owner of the run to every parcel. Tiles the
warm-up asked for are not asked again.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import psycopg
from fastapi import FastAPI
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.json import Jsonb

from api.app import create_app
from benchmarks.register import write_borders, write_register
from geodata.database.engine import connect, conninfo
from geodata.ingest import ingest
from geodata.ingest.crs import HALF_WORLD
from geodata.settings import Settings
from sites.candidates.run_tiles import SINGLE, put_totals

RUN = "rbenchmark"
#: Requests at a time, tiles of a zoom per turn, turns.
AT_ONCE, TILES, TURNS = 2, 60, 3


def service() -> FastAPI:
    """The service on the database the environment names."""
    return create_app(Settings())


@dataclass(frozen=True)
class Way:
    """One way of asking for tiles: its name, port, and address with places for zoom, column and row."""

    name: str
    port: int
    address: str


def run(settings: Settings, folder: Path, parcels: int, workers: int) -> None:
    """Make the register and the run, start both services, print the comparison."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as writer:
        writer.submit(write_register, folder / "ADP.gpkg", parcels).result()
        writer.submit(write_borders, folder / "borders.gpkg", parcels).result()
    with connect(settings) as connection:
        ingest(connection, folder / "borders.gpkg", "municipalities")
        ingest(connection, folder / "ADP.gpkg", "parcels")
        table, box = _made(connection)
    ours, theirs = _port(), _port()
    environment = {**os.environ, "STANDPLAATS_HOME": str(settings.home), "STANDPLAATS_DEMO": "1"}
    with (
        _server("benchmarks.tiles:service", ours, workers, environment, "/readyz", "--factory"),
        _server("tipg.main:app", theirs, workers, _tipg(settings, table), "/healthz"),
    ):
        print(f"{parcels} parcels, {workers} workers each, {AT_ONCE} requests at a time, load {os.getloadavg()[0]:.1f}")
        tipg = f"/collections/public.{table}/tiles/WebMercatorQuad/{{0}}/{{1}}/{{2}}"
        parcel = Way("parcels with results", ours, f"/tiles/parcels/{{0}}/{{1}}/{{2}}.mvt?run={RUN}")
        ways = [
            parcel,
            Way("tipg, all columns", theirs, tipg),
            Way("tipg, key only", theirs, f"{tipg}?properties=capakey"),
            Way("candidates with values", ours, f"/tiles/candidates/{{0}}/{{1}}/{{2}}.mvt?run={RUN}"),
        ]
        for zoom in (16, 15, 14, 13):
            _compare(zoom, _tiles(box, zoom), ways)
        _compare(11, _tiles(box, 11), [Way("totals made in advance", ours, parcel.address), ways[-1]])


def _made(connection: psycopg.Connection[Any]) -> tuple[str, tuple[float, ...]]:
    """The run and the index for tipg; name of the table of parcels, and the box of all parcels in EPSG:3857."""
    row = connection.execute("SELECT tableoid::regclass::text, dataset_id FROM parcel LIMIT 1").fetchone()
    assert row is not None
    table, dataset = row
    batch = connection.execute(
        """INSERT INTO batch (nis, datasets, digest, parcels, current, common)
           VALUES ('40001', '{}', '', 0, false, '{}') RETURNING id"""
    ).fetchone()
    assert batch is not None
    criteria = [{"id": f"c{at}", "weight": 1.0, "unit": "m"} for at in range(14)]
    connection.execute(
        """INSERT INTO run (id, territory, region, site_type, profile_id, profile_version, profile, rule_pack, as_of,
               data_date, datasets, batches, seed, counts)
           VALUES (%s, '{40001}', 'flanders', 'residential', 'b', '1', %s, '1', current_date, current_date, %s, %s, 1, '{}')""",
        [RUN, Jsonb({"criteria": criteria}), Jsonb({"parcels": [dataset]}), [batch[0]]],
    )
    connection.execute(
        """INSERT INTO measurement (batch_id, parcel_id, area_m2, perimeter_m, compactness, owner_class, shares, covered,
               unknown, distance_low_mm, distance_high_mm)
           SELECT %s, id, area_m2, 1, 1, (ARRAY['municipality', 'private', NULL])[1 + id %% 3], '{}', '{}', '{}', '{}', '{}'
           FROM parcel""",
        [batch[0]],
    )
    connection.execute(
        """INSERT INTO run_result (run_id, parcel_id, batch_id, verdict, so_far, pitches_low, pitches_high, score_low,
               score_high, rank, conditions, unknown, value_low)
           SELECT %(run)s, id, %(batch)s, v, v, 3, 5, s, s, CASE WHEN id %% 10 = 0 THEN id END, '{}', '{}',
               CASE WHEN id %% 10 = 0 THEN (SELECT array_agg((hashint8(id * g) & 8191)::int2) FROM generate_series(1, 14) g) END
           FROM (SELECT id, CASE WHEN id %% 10 = 0 THEN 'compatible' ELSE 'incompatible' END AS v,
                        (hashint8(id) & 65535) / 65535.0 AS s FROM parcel) q""",
        {"run": RUN, "batch": batch[0]},
    )
    connection.execute(SINGLE.encode(), [RUN])
    begun = time.perf_counter()
    put_totals(connection, RUN)
    print(f"totals of zooms 0 to 12 made in {time.perf_counter() - begun:.1f} s")
    connection.execute(f"CREATE INDEX ON {table} USING gist (geom_3857)".encode())
    connection.commit()
    connection.autocommit = True
    connection.execute("VACUUM ANALYZE")
    box = connection.execute(
        """SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) FROM (SELECT ST_Extent(geom_3857) AS e FROM parcel) q"""
    ).fetchone()
    assert box is not None
    return table, tuple(box)


def _tiles(box: tuple[float, ...], zoom: int) -> list[tuple[int, int, int]]:
    """Tiles that lie in the register, shuffled the same way every time."""
    width = 2 * HALF_WORLD / 2**zoom
    west, east = int((box[0] + HALF_WORLD) // width), int((box[2] + HALF_WORLD) // width)
    north, south = int((HALF_WORLD - box[3]) // width), int((HALF_WORLD - box[1]) // width)
    found = [(zoom, x, y) for x in range(west, east + 1) for y in range(north, south + 1)]
    random.Random(zoom).shuffle(found)
    return found


def _compare(zoom: int, tiles: list[tuple[int, int, int]], ways: list[Way]) -> None:
    warm, tiles = (tiles[:8], tiles[8 : 8 + TILES]) if len(tiles) > 24 else (tiles, tiles)
    times: dict[str, list[float]] = {one.name: [] for one in ways}
    rates: dict[str, list[float]] = {one.name: [] for one in ways}
    sizes: dict[str, int] = {}
    for one in ways:
        _ask(one, warm * 3)
    for turn in range(TURNS):
        for one in ways[turn % len(ways) :] + ways[: turn % len(ways)]:
            begun = time.perf_counter()
            found, size = _ask(one, tiles)
            rates[one.name].append(len(tiles) / (time.perf_counter() - begun))
            times[one.name] += found
            sizes[one.name] = size // len(tiles)
    print(f"\nz{zoom}, {len(tiles)} tiles, {TURNS} turns")
    first = float(np.median(rates[ways[0].name]))
    for one in ways:
        rate = float(np.median(rates[one.name]))
        p50, p95 = np.percentile(times[one.name], [50, 95]) * 1000
        print(f"  {one.name:<26}{rate:>9.0f}/s  p50 {p50:7.1f} ms  p95 {p95:7.1f} ms  {sizes[one.name]:>9} bytes sent"
              f"   ours is {first / rate:.2f} times as fast")  # fmt: skip
    sys.stdout.flush()


def _ask(way: Way, tiles: list[tuple[int, int, int]]) -> tuple[list[float], int]:
    """Seconds of each tile, and bytes of all."""

    def part(mine: list[tuple[int, int, int]]) -> list[tuple[float, int]]:
        line = http.client.HTTPConnection("127.0.0.1", way.port, timeout=120)
        out = []
        for one in mine:
            begun = time.perf_counter()
            line.request("GET", way.address.format(*one), headers={"Accept-Encoding": "gzip"})
            # Otherwise both services wait 40 ms between head and body for a sign of life from this side.
            line.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            answer = line.getresponse()
            body = answer.read()
            if answer.status not in (200, 204):
                raise RuntimeError(f"{way.name}: {answer.status} {body[:200]!r}")
            out.append((time.perf_counter() - begun, len(body)))
        line.close()
        return out

    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = [one for some in pool.map(part, [tiles[at::AT_ONCE] for at in range(AT_ONCE)]) for one in some]
    return [seconds for seconds, _ in found], sum(size for _, size in found)


def _tipg(settings: Settings, table: str) -> dict[str, str]:
    given = conninfo_to_dict(conninfo(settings))
    secret = f":{quote(str(given['password']), safe='')}" if given.get("password") else ""
    address = (
        f"postgresql://{given['user']}{secret}@{quote(str(given['host']), safe='')}:{given['port']}/{given['dbname']}"
    )
    return {
        **os.environ,
        "DATABASE_URL": address,
        "TIPG_DB_SCHEMAS": json.dumps(["public"]),
        "TIPG_DB_TABLES": json.dumps([f"public.{table}"]),
        "TIPG_DB_EXCLUDE_FUNCTION_SCHEMAS": json.dumps(["public"]),
        "TIPG_TABLE_CONFIG": json.dumps({f"public_{table}": {"geomcol": "geom_3857"}}),
        "TIPG_MAX_FEATURES_PER_TILE": "1000000",
    }


def _port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def _server(app: str, port: int, workers: int, environment: dict[str, str], ready: str, *more: str) -> Iterator[None]:
    """A service in processes of its own, until the block ends."""
    words = [
        sys.executable,
        "-m",
        "uvicorn",
        app,
        "--port",
        str(port),
        "--workers",
        str(workers),
        "--log-level",
        "error",
    ]
    process = subprocess.Popen([*words, *more], env=environment)
    try:
        for _ in range(600):
            try:
                line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                line.request("GET", ready)
                if line.getresponse().status == 200:
                    break
            except OSError:
                pass
            time.sleep(0.2)
        else:
            raise RuntimeError(f"{app} does not answer")
        yield
    finally:
        process.terminate()
        process.wait(30)

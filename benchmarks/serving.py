"""The service under use: lists by key against OFFSET and COUNT, a crowd of planners, threads against the event loop.

    python -m benchmarks --only serving --parcels 200000 [--planners 200] [--seconds 60] [--think 2] [--workers 2]

A made-up country (see `national`) is measured and scored by the code of the ordinary commands, once as a whole and once for
each of its first municipalities; making it does not count. Then

- the first and the thousandth page of a filtered list: over HTTP, by the function the service calls, and by what a server of
  tables would send (`ORDER BY ... LIMIT 50 OFFSET n` and `count(*)` with the same joins and filter, as pg_featureserv does;
  fewer columns than ours), by turns on the same tables;
- the best fifty of a municipality over HTTP;
- the same statement in a handler in a thread and in one of the event loop, by turns;
- planners that look at the map and at lists, against `standplaats serve --workers N` (see `planners`).

Planners and service share the machine, so the figures hold the price of both.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import multiprocessing
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import psutil
import psycopg
import uvicorn
from fastapi import FastAPI

from api.dependencies import AsyncDatabase, Database
from benchmarks import ground, national
from benchmarks.planners import Connection, Told, crowd, middle, processor_of, rate, serving, shown
from geodata.database.engine import connect, conninfo
from geodata.database.pools import async_pool, pool
from geodata.ingest.crs import HALF_WORLD, to_tiles
from geodata.measure.partitions import in_processes, prepare_layers
from geodata.settings import Settings
from geodata.tokens import pages_of
from sites.candidates.query import LISTED, CandidateQuery
from sites.candidates.runs import Run
from sites.candidates.scoring import create_run
from sites.candidates.search import find_candidates

#: Municipalities with a list of their own.
_TOWNS = 8
_PAGE, _LAST, _MOST = 50, 1000, 500
_LEAST_M2 = 300.0
#: Half of a circle of latitude in EPSG:3857, metres.
_MAP = ("candidates", "parcels", "zones", "constraints", "roads", "base", "buildings", "services")


def run(settings: Settings, parcels: int, *, planners: int, seconds: float, think: float, workers: int) -> None:
    """Make the country, then measure all that the module names and print it."""
    started = time.perf_counter()
    country, whole, towns = prepared(settings, parcels)
    count = sum(whole.counts.values())
    print(f"{count:,} parcels in {len(country.codes)} municipalities, {count - whole.counts.get('incompatible', 0):,} "
          f"listed; made, measured and scored in {time.perf_counter() - started:.0f} s, which does not count; "
          f"load {psutil.getloadavg()[0]:.1f} on {psutil.cpu_count()} processors")  # fmt: skip
    _pages(settings, whole)
    _best(settings, towns)
    _two_ways(settings, towns[0])
    _planners(settings, country, towns, planners=planners, seconds=seconds, think=think, workers=workers)
    print(f"load at the end {psutil.getloadavg()[0]:.1f}")


def prepared(settings: Settings, parcels: int) -> tuple[national.Country, Run, list[Run]]:
    """A made-up country, measured; scored as a whole, and its first municipalities each."""
    with connect(settings) as connection:
        country = national.made(connection, parcels)
    prepare_layers(conninfo(settings), country.codes, settings.prepared_folder, 2)
    list(in_processes(conninfo(settings), country.codes, settings.prepared_folder, 2))
    whole, *towns = _scored(settings, [country.codes, *([code] for code in country.codes[:_TOWNS])])
    with psycopg.connect(conninfo(settings), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return country, whole, towns


def _scored(settings: Settings, territories: Sequence[Sequence[str]]) -> list[Run]:
    today = date.today()
    with connect(settings) as connection:
        return [
            create_run(connection, list(codes), "residential", today, today=today, cache=settings.prepared_folder)
            for codes in territories
        ]


def _pages(settings: Settings, whole: Run) -> None:
    """First and thousandth page each way, by turns."""
    codes = ",".join(whole.territory)
    listed = f"/api/v1/candidates?municipality={codes}&type=residential&min_area={_LEAST_M2:.0f}&run={whole.id}"
    with serving(settings) as (_, address), _Asker(address) as ask, connect(settings) as connection:
        token, at = _token_before(ask, listed)
        first = CandidateQuery(min_area_m2=_LEAST_M2, limit=_PAGE)
        far = CandidateQuery(min_area_m2=_LEAST_M2, limit=_PAGE, token=token)
        ways: dict[str, Callable[[], Any]] = {
            "over HTTP, page 1": partial(ask, f"{listed}&limit={_PAGE}"),
            f"over HTTP, page {at}": partial(ask, f"{listed}&limit={_PAGE}&token={token}"),
            "function, page 1": partial(find_candidates, connection, whole, first),
            f"function, page {at}": partial(find_candidates, connection, whole, far, pages=pages_of(settings)),
            "OFFSET and COUNT, page 1": partial(_by_offset, connection, whole, 0),
            f"OFFSET and COUNT, page {at}": partial(_by_offset, connection, whole, (at - 1) * _PAGE),
        }
        results, times = _by_turns(ways, 15)
    names = list(ways)
    ours = [one["capakeys"][0] for one in results[names[3]]["items"]]
    if ours != results[names[5]]:
        raise RuntimeError("both ways have to list the same parcels")
    print(f"\nfiltered list of {results[names[2]]['count']:,}, {_PAGE} a page: milliseconds, median of 15 by turns")
    for early, late in zip(names[::2], names[1::2], strict=True):
        a, b = middle(times[early]), middle(times[late])
        print(f"  {early:<26}{a:9.1f}   {late:<30}{b:9.1f}   {b / a:.2f} times page 1")
    theirs, mine = middle(times[names[5]]), middle(times[names[3]])
    print(f"  page {at} by the function is {theirs / mine:.1f} times as fast as by OFFSET and COUNT")
    sys.stdout.flush()


class _Asker:
    """One connection that is asked from ordinary code; answers as JSON."""

    def __init__(self, address: str) -> None:
        self.loop, self.connection = asyncio.new_event_loop(), Connection(address)

    def __enter__(self) -> _Asker:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()
        self.loop.close()

    def __call__(self, path: str) -> Any:
        status, body = self.loop.run_until_complete(self.connection.ask(path))
        if status != 200:
            raise RuntimeError(f"{path[:100]}: {status} {body[:300]!r}")
        return json.loads(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)


def _token_before(ask: _Asker, listed: str) -> tuple[str, int]:
    """Token of the thousandth page, or of the last whole one, and its number; found by turning large pages, then small."""
    token, passed = "", 0
    while passed < (_LAST - 1) * _PAGE:
        size = _MOST if passed + _MOST <= (_LAST - 1) * _PAGE else _PAGE
        answer = ask(f"{listed}&limit={size}" + (f"&token={token}" if token else ""))
        if answer["next"] is None:
            break
        token, passed = answer["next"], passed + size
    return token, passed // _PAGE + 1


def _by_offset(connection: psycopg.Connection[Any], whole: Run, offset: int) -> list[str]:
    """Keys of a page as a server of tables finds it, with the count of the list."""
    joined = """FROM run_result r JOIN parcel p ON p.id = r.parcel_id
        JOIN measurement m ON m.batch_id = r.batch_id AND m.parcel_id = r.parcel_id
        WHERE r.run_id = %(run)s AND r.verdict = ANY(%(verdicts)s) AND p.area_m2 >= %(least)s"""
    values = {"run": whole.id, "verdicts": list(LISTED), "least": _LEAST_M2, "offset": offset, "limit": _PAGE}
    connection.execute(f"SELECT count(*) {joined}".encode(), values).fetchone()
    page = f"""SELECT p.capakey, p.nis, p.area_m2, r.usable_m2, r.pitches_low, r.pitches_high, r.verdict, r.so_far,
        r.conditions, r.score_low, r.score_high, r.rank, r.unknown, m.owner_class, m.shares,
        ST_AsGeoJSON(ST_Transform(p.geom_3857, 4326)) {joined} ORDER BY r.rank LIMIT %(limit)s OFFSET %(offset)s"""
    return [row[0] for row in connection.execute(page.encode(), values).fetchall()]


def _by_turns(ways: dict[str, Callable[[], Any]], often: int) -> tuple[dict[str, Any], dict[str, list[float]]]:
    """Last result and seconds of each way; each is run once before."""
    results: dict[str, Any] = {name: way() for name, way in ways.items()}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(often):
        for name, way in ways.items():
            started = time.perf_counter()
            results[name] = way()
            times[name].append(time.perf_counter() - started)
    return results, times


def _best(settings: Settings, towns: list[Run]) -> None:
    told = Told()
    paths = [f"/api/v1/candidates?municipality={one.territory[0]}&type=residential&limit=50" for one in towns]
    with serving(settings) as (_, address), _Asker(address) as ask:
        for path in paths:
            ask(path)
        for path in paths * 25:
            started = time.perf_counter()
            ask(path)
            told.seconds.append(time.perf_counter() - started)
    print(f"\nbest fifty of a municipality over HTTP, one after the other, {len(told.seconds)} requests: "
          f"p50 {told.percentile(0.5):.1f} ms, p95 {told.percentile(0.95):.1f} ms")  # fmt: skip
    sys.stdout.flush()


_TOP = """SELECT p.capakey, p.area_m2, r.verdict, r.so_far, r.rank, r.score_low, r.score_high FROM run_result r
    JOIN parcel p ON p.id = r.parcel_id WHERE r.run_id = %s ORDER BY r.rank LIMIT 50"""


def two_ways(settings: Settings, run_id: str) -> FastAPI:
    """An app that gives the same rows from a handler in a thread and from one in the event loop, with pools of one size."""

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        with pool(settings) as threads:
            async with async_pool(settings) as loop:
                app.state.settings = settings
                app.state.pool, app.state.async_pool = threads, loop
                app.state.free = asyncio.Semaphore(threads.max_size)
                app.state.free_in_loop = asyncio.Semaphore(loop.max_size)
                yield

    app = FastAPI(lifespan=life)

    @app.get("/thread")
    def in_thread(connection: Database) -> list[list[Any]]:
        return [list(row) for row in connection.execute(_TOP, [run_id]).fetchall()]

    @app.get("/loop")
    async def in_loop(connection: AsyncDatabase) -> list[list[Any]]:
        return [list(row) for row in await (await connection.execute(_TOP, [run_id])).fetchall()]

    return app


def _serve_two_ways(settings: Settings, run_id: str, listener: socket.socket) -> None:
    uvicorn.Server(uvicorn.Config(two_ways(settings, run_id), log_level="warning", access_log=False)).run([listener])


def _two_ways(settings: Settings, town: Run) -> None:
    """The same rows from a thread and from the loop, by turns, for few and for many clients."""
    even = settings.model_copy(update={"connections": 4, "async_connections": 4})
    conninfo(even)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        process = multiprocessing.get_context("spawn").Process(
            target=_serve_two_ways, args=(even, town.id, listener), daemon=True
        )
        process.start()
        service = psutil.Process(process.pid)
        try:
            rate(address, "/loop", clients=2, seconds=2)
            rate(address, "/thread", clients=2, seconds=2)
            print(
                "\nthe same fifty rows, handler in a thread against one in the event loop, 4 connections each, by turns"
            )
            for clients in (1, 4, 32):
                _print_two_ways(address, service, clients)
        finally:
            process.terminate()
            process.join()


def _print_two_ways(address: str, service: psutil.Process, clients: int) -> None:
    rates: dict[str, list[float]] = {"/thread": [], "/loop": []}
    waits: dict[str, list[float]] = {"/thread": [], "/loop": []}
    used: dict[str, list[float]] = {"/thread": [], "/loop": []}
    for _ in range(3):
        for path in rates:
            before = processor_of(service)
            answers, seconds = rate(address, path, clients=clients, seconds=4)
            rates[path].append(answers)
            waits[path] += seconds
            used[path].append((processor_of(service) - before) / len(seconds))
    for path in rates:
        print(f"  {clients:>3} clients {path[1:]:<8}{np.median(rates[path]):7.0f}/s   p50 {middle(waits[path]):6.1f} ms   "
              f"processor of the service {1000 * float(np.median(used[path])):.2f} ms a request")  # fmt: skip
    print(f"      processor, thread against loop: {np.median(used['/thread']) / np.median(used['/loop']):.2f}")
    sys.stdout.flush()


def _planners(
    settings: Settings, country: national.Country, towns: list[Run], *, planners: int, seconds: float, think: float,
    workers: int,
) -> None:  # fmt: skip
    """The crowd against the service with its workers."""
    screens, lists = _screens(country, towns), []
    with connect(settings) as connection:
        for one in towns:
            asked = f"municipality={one.territory[0]}&type=residential"
            best = find_candidates(connection, one, CandidateQuery(limit=20))["items"]
            lists += [f"/api/v1/candidates?{asked}&limit=50", f"/api/v1/candidates?{asked}&limit=50&min_area=1000"]
            lists += [f"/api/v1/parcels/{item['id']}?type=residential" for item in best[:3]]
    lists.append("/api/v1/municipalities")
    with serving(settings, "--workers", str(workers)) as (service, address):
        print(f"\n{planners} planners, {workers} workers, {seconds:.0f} s, thinking {think} s between two looks")
        before = processor_of(service)
        told, memory = crowd(
            address, service, screens, lists, planners=planners, seconds=seconds, think=think
        )  # fmt: skip
        for name, one in told.items():
            print(shown(name, one, seconds))
        print(f"  processor of the service {processor_of(service) - before:.0f} s; memory (PSS, all processes) after a quarter "
              f"of the time {memory.early / 2**20:.0f} MiB, at the end {memory.late / 2**20:.0f} MiB "
              f"({memory.late / memory.early - 1:+.1%})")  # fmt: skip


def _screens(country: national.Country, towns: list[Run]) -> list[list[str]]:
    """Screens of the map in each municipality: its layers at zooms 12 to 15, nine places each."""
    screens = []
    draw = np.random.default_rng(4)
    for at, one in enumerate(towns):
        corner = np.array(ground.CORNER) + national.SIDE * np.array([at % country.across, at // country.across])
        for zoom in (12, 13, 14, 15):
            for _ in range(3):
                east, north = to_tiles().transform(*(corner + draw.uniform(0, national.SIDE, 2)))
                size = 2 * HALF_WORLD / 2**zoom
                x, y = int((east + HALF_WORLD) / size), int((HALF_WORLD - north) / size)
                screens.append([f"/tiles/{layer}/{zoom}/{x}/{y}.mvt?run={one.id}" for layer in _MAP])
    return screens

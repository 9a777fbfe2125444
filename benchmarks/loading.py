"""Load a register of parcels: our ingestion against geopandas, ogr2ogr and a copy on the server, in one run.

    python -m benchmarks --only loading [--parcels 1000000]

Ours reads, checks every shape, finds the municipality, keeps a second copy for tiles, all keys and indexes (one of
shapes, two keys, one of codes), and two checksums of each row. The others are measured twice where they can: as they come
(one shape, one index of shapes or none, nothing checked), and doing more of what ours does; none of them finds
municipalities, tells what it refused or what changed. The copies on the server read no file and check nothing: they are
the floor. What took part of the register is scaled and says so.
`ogr2ogr` is looked for on the path; without it nothing is invented. Each way runs once: repeat it before you quote it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import psutil
import psycopg
import shapely
from geoalchemy2 import Geometry
from sqlalchemy import text

from benchmarks.register import write_borders, write_register
from geodata.database.copy import copy_columns, ewkb
from geodata.database.engine import connect, conninfo, sqlalchemy_engine
from geodata.ingest import IngestReport, ingest
from geodata.ingest.versions import touched
from geodata.settings import Settings
from geodata.territory import DemoFile, generate

#: geopandas gets this part of the register: the whole would take minutes and most of the memory.
PART = 10
CHANGED = 0.01


def prepare(settings: Settings, folder: Path, scale: float) -> DemoFile:
    """Generate and load the demo; returns its largest file of parcels."""
    files = generate(folder, seed=2012, scale=scale)
    with connect(settings) as connection:
        for file in files:
            ingest(connection, file.path, file.kind, covers=file.covers, layer=file.layer)
    return max((file for file in files if file.kind == "parcels"), key=lambda one: one.path.stat().st_size)


def run(settings: Settings, folder: Path, parcels: int) -> None:
    """Print the comparison for a register of so many parcels; writing the files is not counted."""
    first, second = folder / "first" / "ADP.gpkg", folder / "second" / "ADP.gpkg"
    for path in (first, second):
        path.parent.mkdir()
    # In a process of its own: its memory is not that of a load.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as writer:
        writer.submit(write_register, first, parcels).result()
        moved = writer.submit(write_register, second, parcels, CHANGED).result()
        writer.submit(write_borders, folder / "borders.gpkg", parcels).result()
    with connect(settings) as connection:
        ingest(connection, folder / "borders.gpkg", "municipalities")
        print(f"{parcels} parcels, {first.stat().st_size / 1e6:.0f} MB; writing the files is not counted")
        print(f"{os.cpu_count()} processors, load before the start {os.getloadavg()[0]:.1f}")
        report, ours, memory = _loaded(settings, first)
        _line("standplaats ingest: checked, 2 shapes, all keys and indexes", parcels, ours)
        print(f"    {report.loaded} loaded, {report.refused} refused; {memory}")
        again, later, memory = _loaded(settings, second)
        found = touched(connection, again.dataset) or []
        exact = "exactly those that were moved" if sorted(moved) == found else "NOT those that were moved"
        _line(f"  the same with {CHANGED:.0%} of the parcels changed", parcels, later, ours)
        print(f"    {len(found)} parcels listed as touched, {exact}; {later / ours:.2f} of the first load; {memory}")
        for name, seconds in _on_the_server(connection, again.dataset).items():
            _line(name, parcels, seconds, ours)
    _step(settings, first, parcels)
    _geopandas(settings, first, parcels, ours)
    _ogr2ogr(settings, first, parcels, ours)


def _line(name: str, rows: int, seconds: float, ours: float | None = None) -> None:
    ratio = "" if ours is None else f"   {seconds / ours:.2f} of ours, ours {ours / seconds:.2f} of it"
    print(f"  {name:<66}{rows / seconds:>9.0f} rows/s {seconds:7.2f} s{ratio}")
    sys.stdout.flush()


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _loaded(settings: Settings, path: Path) -> tuple[IngestReport, float, str]:
    """Load the register in a process of its own, as the command does, so that memory is that of one load."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as loader:
        return loader.submit(_ours, settings, path).result()


def _ours(settings: Settings, path: Path) -> tuple[IngestReport, float, str]:
    """Load the register; with the peak memory of this process, and of this process and its reader together."""
    both = [0.0]
    done = threading.Event()

    def watch() -> None:
        me = psutil.Process()
        while not done.wait(0.05):
            sizes = [me.memory_info().rss]
            for one in me.children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    sizes.append(one.memory_info().rss)
            both[0] = max(both[0], sum(sizes) / 2**20)

    beside = threading.Thread(target=watch)
    beside.start()
    try:
        with connect(settings) as connection:
            started = time.perf_counter()
            report = ingest(connection, path, "parcels")
            seconds = time.perf_counter() - started
    finally:
        done.set()
        beside.join()
    return report, seconds, f"peak memory {_peak():.0f} MiB, with the reader {both[0]:.0f} MiB"


def _peak() -> float:
    """Peak memory of this process, MiB."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) / 1024 for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return psutil.Process().memory_info().rss / 2**20


def _on_the_server(connection: psycopg.Connection[Any], dataset: int) -> dict[str, float]:
    """Seconds to copy the table on the server: rows only, with the same keys and indexes made after, or before."""
    table = f"parcel_{dataset}"
    if connection.execute("SELECT to_regclass(%s)", [table]).fetchone() == (None,):
        table = "parcel"
    indexes = """ALTER TABLE bench_copy ADD PRIMARY KEY (id, dataset_id), ADD UNIQUE (capakey, dataset_id);
        CREATE INDEX ON bench_copy (nis); CREATE INDEX ON bench_copy USING gist (geom)"""
    found: dict[str, float] = {}

    def take(name: str, *statements: str) -> None:
        found[name] = _timed(lambda: [connection.execute(one.encode()) for one in statements])
        connection.rollback()

    copy = f"CREATE TABLE bench_copy AS SELECT * FROM {table}"
    take("copy on the server: CREATE TABLE AS, no key, no index", copy)
    take("copy on the server: CREATE TABLE AS, then the same keys and indexes", copy, indexes)
    take(
        "copy on the server: INSERT into a table with the same indexes",
        f"CREATE TABLE bench_copy (LIKE {table} INCLUDING ALL)",
        f"INSERT INTO bench_copy SELECT * FROM {table}",
    )
    return found


def _step(settings: Settings, path: Path, parcels: int) -> None:
    """The step of writing alone: the same rows in memory, validity checked, into a bare table; reading is not counted.

    `to_postgis` writes a part, scaled to the whole.
    """
    frame = geopandas.read_file(path, engine="pyogrio")
    names = [name for name in frame.columns if name != "geometry"]
    texts = {name: frame[name].astype(str).to_numpy(dtype=object) for name in names}
    engine = sqlalchemy_engine(settings)

    def ours() -> None:
        shapes = frame.geometry.to_numpy()
        with ThreadPoolExecutor() as threads:
            assert all(valid.all() for valid in threads.map(shapely.is_valid, np.array_split(shapes, 64)))
        with connect(settings) as connection:
            connection.execute("DROP TABLE IF EXISTS bench_step")
            columns = ", ".join(f'"{name}" text' for name in names)
            connection.execute(f"CREATE TABLE bench_step ({columns}, geom geometry(MultiPolygon, 31370))".encode())
            copy_columns(
                connection,
                "bench_step",
                [*names, "geom"],
                len(frame),
                lambda start, stop: {
                    **{name: values[start:stop] for name, values in texts.items()},
                    "geom": ewkb(shapes[start:stop], 31370),
                },
            )
            connection.commit()

    def theirs() -> None:
        frame.iloc[: len(frame) // PART].to_postgis("bench_parcels", engine, if_exists="replace")

    theirs_s, ours_s = _timed(theirs) * PART, _timed(ours)
    _line("writing alone: validity checked, our COPY into a bare table", parcels, ours_s)
    _line(f"  geopandas.to_postgis, {len(frame) // PART} rows, scaled, no check", parcels, theirs_s, ours_s)


def _geopandas(settings: Settings, path: Path, parcels: int, ours: float) -> None:
    """`to_postgis` on a part of the register, scaled to the whole: reading included, as in ours."""
    engine = sqlalchemy_engine(settings)
    rows = max(parcels // PART, 1)

    def plain() -> None:
        frame = geopandas.read_file(path, engine="pyogrio", rows=rows)
        frame.to_postgis("bench_parcels", engine, if_exists="replace")

    def comparable() -> None:
        frame = geopandas.read_file(path, engine="pyogrio", rows=rows)
        frame["geometry"] = frame.geometry.make_valid()
        frame["area_m2"] = frame.geometry.area
        frame["geom_3857"] = frame.geometry.to_crs(3857)
        frame = frame.drop_duplicates("CAPAKEY")
        frame.to_postgis("bench_parcels", engine, if_exists="replace", dtype={"geom_3857": Geometry(srid=3857)})
        with engine.begin() as connection:
            connection.execute(text('CREATE UNIQUE INDEX ON bench_parcels ("CAPAKEY")'))
            connection.execute(text('CREATE INDEX ON bench_parcels ("NISCODE")'))

    scaled = parcels / rows
    _line(f"geopandas.to_postgis, {rows} rows, scaled", parcels, _timed(plain) * scaled, ours)
    _line(
        f"  the same with check, area, 3857 copy, keys; {rows} rows, scaled", parcels, _timed(comparable) * scaled, ours
    )


def _ogr2ogr(settings: Settings, path: Path, parcels: int, ours: float) -> None:
    """`ogr2ogr` with COPY: one shape and its index, without and with making shapes valid."""
    program = shutil.which("ogr2ogr")
    if program is None:
        print("  ogr2ogr is not installed here (Debian: gdal-bin): not measured")
        return
    command = [program, "-q", "-f", "PostgreSQL", f"PG:{conninfo(settings)}", str(path), "-nln", "bench_ogr", "-overwrite"]  # fmt: skip
    environment = os.environ | {"PG_USE_COPY": "YES"}

    def take(*more: str) -> float:
        return _timed(lambda: subprocess.run([*command, *more], env=environment, check=True, stderr=subprocess.DEVNULL))

    _line("ogr2ogr with COPY: 1 shape, 1 index, no check", parcels, take(), ours)
    _line("ogr2ogr with COPY and -makevalid", parcels, take("-makevalid"), ours)


def candidates(settings: Settings, file: DemoFile) -> dict[str, Callable[[], int]]:
    """Ways to load a demo file, ours first: a small one, where starting counts more than speed."""
    engine = sqlalchemy_engine(settings)

    def ours() -> int:
        with connect(settings) as connection:
            # A version that landed is not loaded again: the run would measure a checksum.
            connection.execute(
                "UPDATE dataset SET sha256 = sha256 || '-' WHERE current AND file_name = %s", [file.path.name]
            )
            connection.commit()
            return ingest(connection, file.path, file.kind, covers=file.covers).loaded

    def with_geopandas() -> int:
        frame = geopandas.read_file(file.path, engine="pyogrio")
        frame.to_postgis("bench_parcels", engine, if_exists="replace")
        return len(frame)

    return {"standplaats ingest": ours, "geopandas.read_file + to_postgis": with_geopandas}

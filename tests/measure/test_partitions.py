"""A run in several processes, or on a Dask cluster, gives what one process gives; a worker that dies changes nothing."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import psycopg
import pytest
import shapely

from geodata.database.engine import conninfo
from geodata.errors import StandplaatsError, UsageError
from geodata.ingest import ingest
from geodata.measure import partitions
from geodata.measure.partitions import in_processes, on_dask, prepare_layers, workers_for
from geodata.measure.store import measure_municipality
from geodata.measure.stored import load_table
from geodata.settings import Settings

CODES = ["24062", "24086", "24014", "24011"]
Connection = psycopg.Connection[Any]


@pytest.fixture
def ground(database: Connection, tmp_path: Path) -> Connection:
    """Four municipalities of 100 parcels each, with a map of soil."""

    def write(name: str, fields: dict[str, Any], shapes: list[Any], **options: Any) -> Path:
        path = tmp_path / name
        gpd.GeoDataFrame(fields, geometry=gpd.GeoSeries(shapes, crs="EPSG:31370")).to_file(
            path, driver="GPKG", **options
        )
        return path

    n = len(CODES)
    borders = write("m.gpkg", {
        "nis": CODES, "name_fr": CODES, "name_nl": CODES, "region_nis": ["02000"] * n, "province_nis": ["20001"] * n,
        "valid_from": ["1977-01-01"] * n,
    }, [shapely.box(170_000 + 2_000 * at, 165_000, 172_000 + 2_000 * at, 175_000) for at in range(n)],
        layer="municipalities_2025")  # fmt: skip
    ingest(database, borders, "municipalities")
    places = [
        (170_100 + 2_000 * town + 50 * (at % 10), 168_000 + 50 * (at // 10)) for town in range(n) for at in range(100)
    ]
    keys = [f"{CODES[at // 100]}A{at % 100:04d}/00A000" for at in range(len(places))]
    parcels = write("p.gpkg", {"CAPAKEY": keys, "CANU": keys, "NISCODE": [key[:5] for key in keys], "FISCDATUM": ["2025-01-01"] * len(keys)},
                    [shapely.box(x, y, x + 47, y + 44 + at % 3) for at, (x, y) in enumerate(places)])  # fmt: skip
    ingest(database, parcels, "parcels")
    for part in ("fluvial", "pluvial", "sea"):
        flood = write(f"{part}.gpkg", {"gridcode": [3]}, [shapely.box(170_300, 168_111, 177_111, 168_277)])
        ingest(database, flood, "flood", covers=",".join(CODES), source=f"flood-{part}-flanders")
    return database


def measured(connection: Connection) -> list[Any]:
    rows = connection.execute("SELECT id FROM batch WHERE current ORDER BY nis").fetchall()
    table = load_table(connection, [row[0] for row in rows])
    flood = table.shares.get("flood", {})
    found = [
        (str(key), float(area), {name: float(of[at]) for name, of in flood.items()}, table.unknown["flood"][at])
        for at, (key, area) in enumerate(zip(table.capakey, table.area_m2, strict=True))
    ]
    connection.rollback()
    return found


def forget(connection: Connection) -> None:
    connection.execute("TRUNCATE run_result, run, measurement, batch CASCADE")
    connection.commit()


def test_processes_give_what_one_gives(ground: Connection, settings: Settings, tmp_path: Path) -> None:
    for code in CODES:
        measure_municipality(ground, code, cache=tmp_path / "one")
    alone = measured(ground)
    assert len(alone) == 400 and any(flood for _, _, flood, _ in alone)
    forget(ground)
    done = list(in_processes(conninfo(settings), CODES, tmp_path / "several", 2))
    assert sorted(one.nis for one in done) == sorted(CODES) and all(one.measured == 100 for one in done)
    assert measured(ground) == alone
    again = list(in_processes(conninfo(settings), CODES, tmp_path / "several", 2))
    assert all(one.reused for one in again), (
        "what is measured is found again, so that a run goes on at the missing ones"
    )


def test_layers_are_prepared_once_and_before(ground: Connection, settings: Settings, tmp_path: Path) -> None:
    address, cache = conninfo(settings), tmp_path / "prepared"
    prepare_layers(address, CODES, cache, 2)
    made = {one.name: one.stat().st_mtime_ns for one in cache.iterdir() if one.is_dir()}
    assert any(name.startswith("flood-") for name in made)
    assert len(list(in_processes(address, CODES, cache, 2))) == len(CODES)
    after = {one.name: one.stat().st_mtime_ns for one in cache.iterdir() if one.is_dir()}
    assert set(made) <= set(after) and all(after[name] == made[name] or name.startswith("flood-") for name in made)
    for folder in cache.iterdir():
        if folder.is_dir():
            shutil.rmtree(folder)
    prepare_layers(address, CODES, cache, 2)
    assert not [one for one in cache.iterdir() if one.is_dir()], "measured already: what a change needs is made then"


def test_a_worker_that_dies_costs_its_partition_only(
    ground: Connection, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitions, "measure_partition", _dies_once)
    monkeypatch.setenv("STANDPLAATS_TEST_DEATH", str(tmp_path / "died"))
    done = list(in_processes(conninfo(settings), CODES, tmp_path / "prepared", 2))
    assert (tmp_path / "died").exists() and sorted(one.nis for one in done) == sorted(CODES)
    assert len(measured(ground)) == 400
    forget(ground)
    monkeypatch.setattr(partitions, "measure_partition", _dies)
    with pytest.raises(StandplaatsError, match="died 3 times"):
        list(in_processes(conninfo(settings), CODES, tmp_path / "prepared", 1))


def _dies_once(address: str, nis: str, cache: Path, layers: Any = None) -> Any:
    mark = Path(os.environ["STANDPLAATS_TEST_DEATH"])
    if nis == CODES[1] and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return partitions.measure_partition(address, nis, cache)


def _dies(address: str, nis: str, cache: Path, layers: Any = None) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def test_how_many_processes() -> None:
    assert workers_for(["a"] * 3, None) == 1 and workers_for(["a"], 7) == 7
    assert workers_for(["a"] * 100, None) == (os.cpu_count() or 1)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers, each with an empty home folder of its own."""
    pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address, started = f"tcp://127.0.0.1:{port}", []
    module = [sys.executable, "-m", "distributed.cli"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    started.append(subprocess.Popen(
        [*module[:2], "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"], **quiet,  # type: ignore[call-overload]
    ))  # fmt: skip
    for name in ("first", "second"):
        home = tmp_path / name
        home.mkdir()
        started.append(subprocess.Popen(
            [*module[:2], "distributed.cli.dask_worker", address, "--no-nanny", "--nthreads", "1", "--no-dashboard",
             "--local-directory", str(home / "scratch")],
            env={**os.environ, "HOME": str(home), "STANDPLAATS_HOME": str(home / "data")},
            cwd=home, **quiet,  # type: ignore[call-overload]
        ))  # fmt: skip
    yield address, started
    for process in started:
        process.kill()
        process.wait()


def test_two_dask_workers_give_what_one_gives(
    ground: Connection, settings: Settings, tmp_path: Path, cluster: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    for code in CODES:
        measure_municipality(ground, code, cache=tmp_path / "one")
    alone = measured(ground)
    forget(ground)
    scheduler, processes = cluster
    done = list(on_dask(scheduler, conninfo(settings), CODES))
    assert sorted(one.nis for one in done) == sorted(CODES) and measured(ground) == alone
    # One worker is killed in the middle.
    forget(ground)
    reports = on_dask(scheduler, conninfo(settings), CODES)
    first = next(reports)
    processes[1].kill()
    rest = list(reports)
    assert sorted(one.nis for one in [first, *rest]) == sorted(CODES)
    assert measured(ground) == alone


def test_a_scheduler_that_is_not_there_is_named() -> None:
    pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    started = time.monotonic()
    with pytest.raises(UsageError, match="does not answer"):
        list(on_dask("tcp://127.0.0.1:9", "host=nowhere", CODES))
    assert time.monotonic() - started < 120

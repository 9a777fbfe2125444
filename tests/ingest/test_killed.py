"""`kill -9` at any moment of a load: the version before stands whole, nothing is left over, and a rerun completes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from ingest_samples import Connection

from geodata.database.engine import connect
from geodata.ingest import ingest
from geodata.ingest.rows import REGISTER
from geodata.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
SEED = 2012
#: Kills per case: twelve over the three cases, thirty with `./standplaats test --full`.
MOMENTS = 10 if os.environ.get("STANDPLAATS_TEST_FULL") else 4

_LOADER = """
import sys
from pathlib import Path
from geodata.database.engine import connect
from geodata.ingest import ingest
from geodata.settings import Settings

with connect(Settings(home=Path(sys.argv[1]))) as connection:
    ingest(connection, Path(sys.argv[2]), "parcels", progress=lambda step: print(step, flush=True))
"""


def state(database: Connection) -> list[Any]:
    """Datasets, parcels and tables as they stand."""
    database.rollback()
    queries = (
        "SELECT id, version, current, rows_loaded, previous_id FROM dataset ORDER BY id",
        "SELECT dataset_id, count(*), max(id) FROM parcel GROUP BY 1 ORDER BY 1",
        "SELECT dataset_id, count(*) FROM dataset_change GROUP BY 1 ORDER BY 1",
        "SELECT count(*) FROM quarantine",
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relname LIKE 'parcel%' ORDER BY 1",
    )
    return [database.execute(query).fetchall() for query in queries]


def _start(settings: Settings, path: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _LOADER, str(settings.home), str(path)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def _kill(process: subprocess.Popen[str]) -> None:
    """Kill a loader; its reader must end by itself."""
    readers = psutil.Process(process.pid).children(recursive=True)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    gone, alive = psutil.wait_procs(readers, timeout=30)
    assert alive == [] and len(gone) == len(readers)


def _ended(database: Connection) -> None:
    """Until the server has noticed that its client is gone: only then is all undone."""
    for _ in range(1_000):
        database.rollback()
        others = database.execute(
            """SELECT 1 FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
               AND datname = current_database() AND state <> 'idle'"""
        ).fetchone()
        if others is None:
            return
        threading.Event().wait(0.02)
    raise AssertionError("a dead load goes on")


def _leftovers(process: subprocess.Popen[str]) -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob(f"standplaats-*-{process.pid}-*"))


@pytest.mark.parametrize(
    ("rows", "earlier"),
    [(2_000, 3), (REGISTER + 1_000, 3), (REGISTER + 1_000, REGISTER)],
    ids=["shared table", "table of its own", "in place of another"],
)
def test_random_moments(
    settings: Settings, database: Connection, parcels_file: Callable[..., Path], rows: int, earlier: int
) -> None:
    # Rows of a register that stand in the one before are recognised while the file is read.
    path = parcels_file(earlier, first=200_000 if earlier == 3 else 1)
    ingest(database, path, "parcels")
    before = state(database)
    path.unlink()
    path = parcels_file(rows)
    # How long a load takes here: one is run to the point of its commit and undone.
    with connect(settings) as trial, pytest.raises(KeyboardInterrupt):
        started = time.monotonic()

        def stop(done: int, total: int) -> None:
            if done == total:
                raise KeyboardInterrupt

        ingest(trial, path, "parcels", rows=stop)
    # Indexing comes after the last row.
    whole = 1.3 * (time.monotonic() - started)
    chance = random.Random(SEED)
    killed = 0
    for _ in range(MOMENTS):
        process = _start(settings, path)
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "reading"
        threading.Event().wait(chance.uniform(0, whole))
        if process.poll() is None:
            killed += 1
            _kill(process)
        _ended(database)
        process.stdout.close()
        if state(database) != before:
            # It was faster than its killer, who may have met it on its way out after the commit: then it must stand
            # whole, and the next ones find nothing to do.
            assert process.returncode in (0, -signal.SIGKILL)
            assert state(database)[1][-1][1] == rows
            break
        assert process.returncode == -signal.SIGKILL and _leftovers(process) == []
    assert killed >= 1
    again = ingest(database, path, "parcels")
    assert (again.version, again.loaded) == (2, rows)
    assert state(database)[1][-1][1] == rows


@pytest.mark.parametrize("step", ["checking", "loading"])
def test_a_killed_process_leaves_the_version_before(
    settings: Settings, database: Connection, parcels_file: Callable[..., Path], step: str
) -> None:
    path = parcels_file(3)
    ingest(database, path, "parcels")
    before = state(database)
    path.unlink()
    path = parcels_file(40_000)
    with _start(settings, path) as process:
        assert process.stdout is not None
        assert any(line.strip() == step for line in process.stdout)
        if step == "loading":
            _wait_for_copy(database)
        os.kill(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert state(database) == before
    # The lock of the dead process is gone with it, and a rerun completes.
    again = ingest(database, path, "parcels")
    assert (again.version, again.loaded) == (2, 40_000)


def _wait_for_copy(database: Connection) -> None:
    """Until rows of the other process are on their way."""
    for _ in range(500):
        database.rollback()
        if database.execute("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'COPY \"parcel%'").fetchone():
            return
        threading.Event().wait(0.01)
    raise AssertionError("no COPY was seen")


def test_folders_of_killed_processes_are_cleared_away(
    database: Connection, parcels_file: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import zipfile

    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        dead.wait()
    folder = tmp_path / "temporary"
    left, mine = folder / f"standplaats-ingest-{dead.pid}-x", folder / f"standplaats-ingest-{os.getpid()}-y"
    left.mkdir(parents=True)
    mine.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    with zipfile.ZipFile(tmp_path / "parcels.zip", "w") as opened:
        opened.write(parcels_file(3), "parcels.gpkg")
    assert ingest(database, tmp_path / "parcels.zip", "parcels").loaded == 3
    assert list(folder.iterdir()) == [mine]

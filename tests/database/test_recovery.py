"""A killed database recovers: what was committed is there, what was under way is not, and a rerun completes."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from api.commands.demo import load_territory
from geodata.database.cluster import Cluster
from geodata.database.engine import connect
from geodata.measure.store import measure_municipality
from geodata.settings import Settings


@pytest.fixture
def own() -> Iterator[Settings]:
    """A cluster of this test alone, with a small demo territory."""
    folder = Path(tempfile.mkdtemp(prefix="sp-"))
    folder.chmod(0o755)
    settings = Settings(home=folder, demo=True, database_url=None)
    load_territory(settings, scale=0.05)
    yield settings
    Cluster(folder).stop()
    shutil.rmtree(folder, ignore_errors=True)


def kill(settings: Settings) -> None:
    """kill -9 of the database server."""
    pid = int((settings.home / "cluster" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGKILL)


def test_database_killed_in_the_middle_of_a_measurement(own: Settings) -> None:
    with connect(own) as connection:
        measure_municipality(connection, "99001")
        connection.execute("UPDATE dataset SET current = false WHERE kind = 'soil'")
        connection.commit()
    middle = threading.Event()

    def step(name: str) -> None:
        if name == "distances":
            kill(own)
            middle.set()
            time.sleep(0.2)

    with pytest.raises(psycopg.OperationalError), connect(own) as connection:
        measure_municipality(connection, "99001", step)
    assert middle.is_set()
    with connect(own) as connection:
        before = connection.execute("SELECT count(*), count(*) FILTER (WHERE current) FROM batch").fetchone()
        assert before == (1, 1)
        assert not measure_municipality(connection, "99001").reused
        rows = connection.execute("SELECT count(*) FROM batch WHERE current").fetchone()
        assert rows == (1,)

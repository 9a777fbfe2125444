"""The database dies under the program: sentences instead of tracebacks, and the next question finds a live one."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.cli import main
from api.commands import measure
from api.commands.demo import load_territory
from api.dependencies import AsyncDatabase, Database
from geodata.database.cluster import Cluster
from geodata.database.engine import connect, conninfo
from geodata.measure.store import BatchReport, measure_municipality
from geodata.settings import Settings


@pytest.fixture(scope="module")
def own() -> Iterator[Settings]:
    """A cluster of this page alone, which each test may kill."""
    folder = Path(tempfile.mkdtemp(prefix="sp-"))
    folder.chmod(0o755)
    settings = Settings(home=folder, demo=True, database_url=None, lang="en")
    load_territory(settings, scale=0.02)
    yield settings
    Cluster(folder).stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def client(own: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(own)) as opened:
        yield opened


def kill(settings: Settings) -> None:
    """kill -9 of the database server; its processes follow it by themselves, some later than others."""
    pid = int((settings.home / "cluster" / "postmaster.pid").read_text().splitlines()[0])
    server = psutil.Process(pid)
    family = [server, *server.children(recursive=True)]
    os.kill(pid, signal.SIGKILL)
    assert not psutil.wait_procs(family, timeout=30)[1]


def test_measure_tells_it_in_sentences(
    own: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def with_a_kill(connection: Any, nis: str, progress: Callable[[str], None], **options: Any) -> BatchReport:
        def step(name: str) -> None:
            progress(name)
            if name == "distances":
                kill(own)

        return measure_municipality(connection, nis, step, **options)

    monkeypatch.setenv("STANDPLAATS_HOME", str(own.home))
    words = ["standplaats", "measure", "--demo", "-m", "99001", "--lang", "en"]
    with monkeypatch.context() as patched:
        patched.setattr("sys.argv", words)
        patched.setattr(measure, "measure_municipality", with_a_kill)
        with pytest.raises(SystemExit) as stop:
            main()
    shown = capsys.readouterr().err
    assert stop.value.code == 1
    assert "The database stopped answering; nothing of this step was kept." in shown
    assert "Run the command again." in shown
    assert "Traceback" not in shown and "psycopg" not in shown
    with connect(own) as connection:
        assert connection.execute("SELECT count(*) FROM batch").fetchone() == (0,)
    monkeypatch.setattr("sys.argv", words)
    with pytest.raises(SystemExit) as done:
        main()
    assert done.value.code == 0
    assert "99001:" in capsys.readouterr().out


def test_dead_connections_are_replaced(own: Settings, client: TestClient) -> None:
    assert client.get("/readyz").status_code == 200
    with connect(own) as connection:
        gone = connection.execute(
            """SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()"""
        ).fetchone()
    assert gone is not None and gone[0] >= 1
    assert client.get("/readyz").status_code == 200


def test_a_killed_private_cluster_is_started_again(own: Settings, client: TestClient) -> None:
    assert client.get("/readyz").status_code == 200
    kill(own)
    assert client.get("/readyz").status_code == 200


def test_a_server_that_is_gone_is_a_problem_and_not_a_failure(own: Settings) -> None:
    target = conninfo(own)
    given = Settings(
        home=own.home, demo=True, database_url=target.replace("standplaats_demo", "standplaats"), lang="en"
    )
    with TestClient(create_app(given)) as client:
        assert client.get("/readyz").status_code == 200
        client.app.state.async_pool.timeout = 1.0
        Cluster(own.home).stop()
        answer = client.get("/readyz?lang=nl")
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "/problems/database-unavailable"
        assert answer.json()["title"] == "De databank is niet beschikbaar"
        assert client.get("/healthz").status_code == 200
        Cluster(own.home).ensure_running()
        client.app.state.async_pool.timeout = 30.0
        assert client.get("/readyz").status_code == 200


def test_a_connection_that_dies_in_the_middle_of_an_answer(own: Settings) -> None:
    app = create_app(own)

    def cut(connection: Database) -> None:
        connection.execute("RESET ROLE")  # the role that reads may end nothing
        connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    async def cut_in_the_loop(connection: AsyncDatabase) -> None:
        await connection.execute("RESET ROLE")
        await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    app.add_api_route("/cut", cut)
    app.add_api_route("/cut-in-the-loop", cut_in_the_loop)
    # Before the page, which takes every address that is left.
    app.router.routes[:0] = [app.router.routes.pop(), app.router.routes.pop()]
    with TestClient(app) as client:
        for path in ("/cut", "/cut-in-the-loop"):
            answer = client.get(path)
            assert answer.status_code == 503
            assert answer.json()["detail"] == "The database stopped answering."
            assert client.get("/readyz").status_code == 200

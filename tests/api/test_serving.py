"""The service as a process: it starts, loses a worker, and ends with the requests it has."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import threading
import time
from contextlib import suppress
from urllib.request import urlopen

import psutil
import psycopg
import pytest
from served import serving

from api.commands import serve
from geodata.database.engine import conninfo
from geodata.settings import Settings


def status_of(address: str) -> int:
    with urlopen(address, timeout=30) as answer:
        return int(answer.status)


def workers_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    found = []
    for one in psutil.Process(process.pid).children():
        with suppress(psutil.ZombieProcess, psutil.NoSuchProcess):
            if any("spawn_main" in word for word in one.cmdline()):
                found.append(one)
    return found


def until(true: object) -> None:
    assert callable(true)
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize("options", [(), ("--workers", "2")])
@pytest.mark.parametrize("way", [signal.SIGTERM, signal.SIGINT])
def test_a_request_under_way_is_answered_before_the_end(
    demo_settings: Settings, options: tuple[str, ...], way: signal.Signals
) -> None:
    with serving(demo_settings, *options) as (process, address), psycopg.connect(conninfo(demo_settings)) as holder:
        # A list waits for the table that someone holds.
        holder.execute("LOCK TABLE run IN ACCESS EXCLUSIVE MODE")
        got: list[int] = []
        asking = threading.Thread(
            target=lambda: got.append(status_of(f"{address}api/v1/candidates?municipality=99001"))
        )
        asking.start()
        with psycopg.connect(conninfo(demo_settings), autocommit=True) as looking:
            waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
            until(lambda: (looking.execute(waits).fetchone() or (0,))[0] > 0)
        process.send_signal(way)
        time.sleep(1)
        assert process.poll() is None and not got
        holder.rollback()
        assert process.wait(timeout=30) == 0
        asking.join(10)
        assert got == [200]
    with psycopg.connect(conninfo(demo_settings)) as after:
        left = after.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'"
        )
        assert left.fetchone() == (0,)


def test_a_dead_worker_is_replaced_and_figures_are_of_all(demo_settings: Settings) -> None:
    with serving(demo_settings, "--workers", "2") as (process, address):
        first = workers_of(process)
        assert len(first) == 2
        for _ in range(20):
            assert status_of(f"{address}healthz") == 200
        with urlopen(f"{address}metrics", timeout=30) as answer:
            text = answer.read().decode()
        asked = re.search(r'requests_total\{method="GET",route="/healthz",status="200"\} (\d+)', text)
        assert asked is not None and int(asked[1]) == 20
        assert re.search(r'connections\{pool="threads",state="most"\} 16', text)
        time.sleep(5)
        first[0].kill()
        until(lambda: len(workers_of(process)) == 2 and first[0] not in workers_of(process))
        for _ in range(10):
            assert status_of(f"{address}readyz") == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
        assert not [one for one in first if one.is_running()]


def test_workers_end_with_the_process_that_watches_them(demo_settings: Settings) -> None:
    with serving(demo_settings, "--workers", "2") as (process, _):
        workers = workers_of(process)
        process.kill()
        assert not psutil.wait_procs(workers, timeout=30)[1]


def test_the_body_of_an_answer_does_not_wait_for_the_headers_to_be_confirmed(
    demo_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server writes headers and body apart; a kernel that holds the second back costs every answer 40 ms."""
    taken: list[int] = []

    def serve_here(*_: object, listener: socket.socket, **__: object) -> None:
        listener.listen()
        with socket.create_connection(listener.getsockname()):
            accepted, _address = listener.accept()
            taken.append(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            accepted.close()

    monkeypatch.setattr(serve, "serve_here", serve_here)
    serve.run_server(demo_settings.model_copy(update={"port": 0}), public=False, ready=lambda _: None)
    assert taken and all(taken)

"""The service in one process, or in several that share a listening socket and are watched by this one.

A worker that dies is replaced; a signal lets requests end, for `shutdown_seconds` at most, and the program ends with 0.
Workers end with the process that watches them, also when that is killed.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

import structlog
import uvicorn
from prometheus_client.multiprocess import mark_process_dead

from api import figures
from api.app import create_app
from api.logs import configure
from geodata.errors import StandplaatsError
from geodata.settings import Settings

log = structlog.get_logger()

#: Seconds: look after the workers, time given beyond a graceful end, least life of a worker that is replaced at once.
_TICK, _BEYOND, _SHORT_LIFE = 0.2, 5.0, 5.0
#: Seconds an idle connection stays open: longer than the minute a proxy keeps its own, so that it never asks one that closes.
_KEPT_OPEN = 75


class _Server(uvicorn.Server):
    """uvicorn that says when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()


def serve_here(settings: Settings, *, public: bool, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Serve in this process until a signal."""
    configure()
    config = uvicorn.Config(
        create_app(settings, public=public),
        log_level="warning",
        access_log=False,
        server_header=False,
        # Forwarded headers are judged by api.frame, which trusts nobody by default.
        proxy_headers=False,
        timeout_graceful_shutdown=round(settings.shutdown_seconds),
        timeout_keep_alive=_KEPT_OPEN,
    )
    with _signals(lambda: None):
        _Server(config, ready).run(sockets=[listener])


def serve_with_workers(settings: Settings, *, public: bool, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Serve in `settings.workers` processes until a signal; calls `ready` once, when all of them answer.

    Raises
    ------
    StandplaatsError
        When a worker cannot be started at the beginning.
    """
    configure()
    folder = tempfile.mkdtemp(prefix="standplaats-metrics-")
    os.environ[figures.FOLDER] = folder
    stopping = threading.Event()
    try:
        with _signals(stopping.set):
            _Supervisor(settings, public, listener, stopping).run(ready)
    finally:
        os.environ.pop(figures.FOLDER, None)
        shutil.rmtree(folder, ignore_errors=True)


class _Worker:
    """One process, and the pipe by which it says that it is ready and learns that we are gone."""

    def __init__(self, settings: Settings, public: bool, listener: socket.socket) -> None:
        spawn = multiprocessing.get_context("spawn")
        self.pipe, theirs = spawn.Pipe()
        self.process: SpawnProcess = spawn.Process(target=_work, args=(settings, public, listener, theirs))
        self.started, self.ready = time.monotonic(), False
        self.process.start()
        theirs.close()

    def look(self) -> None:
        with suppress(EOFError, OSError):
            if not self.ready and self.pipe.poll():
                self.ready = bool(self.pipe.recv())


class _Supervisor:
    def __init__(self, settings: Settings, public: bool, listener: socket.socket, stopping: threading.Event) -> None:
        self.settings, self.public, self.listener, self.stopping = settings, public, listener, stopping
        self.workers: list[_Worker] = []

    def run(self, ready: Callable[[], None]) -> None:
        try:
            self.workers = [self._new() for _ in range(self.settings.workers)]
            told = False
            while not self.stopping.wait(_TICK):
                for worker in self.workers:
                    worker.look()
                if not told and all(one.ready for one in self.workers):
                    told = True
                    ready()
                self._replace_dead(told)
        finally:
            self._end()

    def _new(self) -> _Worker:
        return _Worker(self.settings, self.public, self.listener)

    def _replace_dead(self, told: bool) -> None:
        for at, worker in enumerate(self.workers):
            if worker.process.is_alive():
                continue
            if not told:
                raise StandplaatsError("A worker of the service could not be started.", "Its message stands above.")
            if time.monotonic() - worker.started < _SHORT_LIFE:
                continue  # One that dies at once is not started in a loop.
            log.warning("a worker died and is replaced", exit_code=worker.process.exitcode)
            self._forget(worker)
            self.workers[at] = self._new()

    def _forget(self, worker: _Worker) -> None:
        worker.pipe.close()
        if worker.process.pid is not None:
            mark_process_dead(worker.process.pid)

    def _end(self) -> None:
        for worker in self.workers:
            worker.process.terminate()
        until = time.monotonic() + self.settings.shutdown_seconds + _BEYOND
        for worker in self.workers:
            worker.process.join(max(0.0, until - time.monotonic()))
            if worker.process.is_alive():
                log.warning("a worker did not end in time and is stopped")
                worker.process.kill()
                worker.process.join()


def _work(settings: Settings, public: bool, listener: socket.socket, pipe: Connection) -> None:
    """A worker: serves until told to stop, or until the watching process is gone."""

    def watch() -> None:
        with suppress(EOFError, OSError):
            pipe.recv()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
    serve_here(settings, public=public, listener=listener, ready=lambda: pipe.send(True))


@contextmanager
def _signals(act: Callable[[], None]) -> Iterator[None]:
    """Let SIGTERM and SIGINT call `act`: uvicorn raises them again after a clean end, which then is no failure."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(*_: Any) -> None:
        act()

    before = {one: signal.signal(one, handle) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)

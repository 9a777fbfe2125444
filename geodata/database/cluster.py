"""The private PostgreSQL + PostGIS cluster: made, started and stopped by the program itself.

It lives in `<home>/cluster`, listens on a Unix socket only, and outlives the command that started it. It survives
killed processes, stale pid files, paths too long for a socket, and two programs starting at once.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg

from geodata.database.account import Account, cluster_account
from geodata.database.binaries import Binaries, choose
from geodata.database.tuning import configuration
from geodata.errors import ClusterError

ROLE = "standplaats"
#: sun_path of a Unix socket holds 108 bytes with its closing zero.
_SOCKET_LIMIT = 107
_SOCKET_NAME = ".s.PGSQL.5432"
_START_SECONDS = 120


@dataclass(frozen=True)
class ClusterStatus:
    """What `standplaats db status` shows of the cluster."""

    running: bool
    folder: str
    socket: str
    major: int | None
    size_bytes: int

    def as_dict(self) -> dict[str, Any]:
        """The same as a dictionary."""
        return asdict(self)


class Cluster:
    """The cluster of one data folder.

    Parameters
    ----------
    home : data folder of the program (`STANDPLAATS_HOME`).
    """

    def __init__(self, home: Path) -> None:
        self.home = home.expanduser().absolute()
        self.data = self.home / "cluster"
        self.started_here = False

    # -- public ---------------------------------------------------------------------------------------------

    def ensure_running(self) -> None:
        """Make the cluster when it is not there, start it when it does not run.

        Raises
        ------
        ClusterError
            When it cannot be made or started; a half-made data folder is removed.
        """
        if self._answers():
            return
        account = cluster_account()
        account.home(self.home)
        with self._lock():
            if self._answers():
                return
            binaries = choose(self._data_major(), self.data)
            if self._data_major() is None:
                self._make(binaries, account)
            self._forget_dead_server()
            self._start(binaries, account)
            self.started_here = True

    def stop(self) -> bool:
        """Stop the cluster cleanly; returns False when it did not run.

        Raises
        ------
        ClusterError
            When it does not stop.
        """
        if self._data_major() is None or self._server_pid() is None:
            return False
        account = cluster_account()
        with self._lock():
            binaries = choose(self._data_major(), self.data)
            done = account.run([binaries.tool("pg_ctl"), "stop", "-D", str(self.data), "-m", "fast", "-w", "-t", "60"])
            if done.returncode != 0 and self._server_pid() is not None:
                raise ClusterError(f"The database does not stop: {_last_line(done.stderr or done.stdout)}")
        return True

    def status(self) -> ClusterStatus:
        """State, place, version and size."""
        size = 0
        with contextlib.suppress(OSError):
            size = sum(path.lstat().st_size for path in self.data.rglob("*") if path.is_file())
        return ClusterStatus(self._answers(), str(self.data), str(self.socket_folder()), self._data_major(), size)

    def conninfo(self, database: str) -> str:
        """libpq connection string over the socket."""
        return psycopg.conninfo.make_conninfo(
            host=str(self.socket_folder()), port=5432, user=ROLE, dbname=database, application_name="standplaats"
        )

    def socket_folder(self) -> Path:
        """Folder of the socket: beside the data, or a short private one when that path is too long."""
        beside = self.home / "run"
        if len(os.fsencode(beside / _SOCKET_NAME)) <= _SOCKET_LIMIT:
            return beside
        name = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"standplaats-{name}"

    # -- making ---------------------------------------------------------------------------------------------

    def _make(self, binaries: Binaries, account: Account) -> None:
        """initdb into a folder of its own, then rename: an interrupted initdb leaves nothing that looks whole."""
        unfinished = self.home / "cluster.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        account.own(unfinished)
        done = account.run(
            [binaries.tool("initdb"), "-D", str(unfinished), "-U", ROLE, "-A", "trust", "-E", "UTF8"]
            + ["--no-locale", "--no-instructions"]
        )
        if done.returncode != 0:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise self._failure("The database cannot be made", done.stderr or done.stdout)
        try:
            (unfinished / "postgresql.auto.conf").write_text(configuration(self.socket_folder()), encoding="utf-8")
            os.rename(unfinished, self.data)
        except OSError as error:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise self._failure("The database cannot be made", error.strerror or "") from None

    def _start(self, binaries: Binaries, account: Account) -> None:
        sockets = account.own(self.socket_folder())
        log = self.data / "server.log"
        # The folder may have been moved since the cluster was made: the socket folder is given at each start.
        done = account.run(
            [binaries.tool("pg_ctl"), "start", "-D", str(self.data), "-l", str(log), "-w"]
            + ["-t", str(_START_SECONDS), "-o", f"-k '{sockets}'"],
            start_new_session=True,
            timeout=_START_SECONDS + 30,
        )
        if done.returncode != 0:
            raise self._failure("The database does not start", _tail(log) or done.stderr)
        if not self._answers():
            raise self._failure("The database started but does not answer", _tail(log))

    def _failure(self, what: str, log: str) -> ClusterError:
        free = shutil.disk_usage(self.home).free
        if "No space left" in log or free < 50_000_000:
            return ClusterError(
                f"{what}: the disk of {self.home} is full ({free // 1_000_000} MB left).",
                "Make room, or set STANDPLAATS_HOME to a larger disk, and try again.",
            )
        return ClusterError(f"{what}: {_last_line(log)}", f"The server's log is {self.data / 'server.log'}.")

    # -- state ----------------------------------------------------------------------------------------------

    def _data_major(self) -> int | None:
        try:
            return int((self.data / "PG_VERSION").read_text().strip())
        except (OSError, ValueError):
            return None

    def _answers(self) -> bool:
        if not (self.socket_folder() / _SOCKET_NAME).exists():
            return False
        try:
            with psycopg.connect(self.conninfo("postgres"), connect_timeout=5) as connection:
                row = connection.execute("SHOW data_directory").fetchone()
        except psycopg.OperationalError:
            return False
        return row is not None and os.path.realpath(row[0]) == os.path.realpath(self.data)

    def _server_pid(self) -> int | None:
        """Pid of the server of this data folder, when it is alive and really one."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError, IndexError):
            return None
        return pid if b"postgres" in command and os.fsencode(self.data) in command else None

    def _forget_dead_server(self) -> None:
        """Remove the pid file of a server that is gone, once its last backends are gone too.

        After a killed server its backends need a moment to notice; a number reused by another program would
        otherwise keep PostgreSQL from starting.
        """
        lock = self.data / "postmaster.pid"
        if not lock.exists() or self._server_pid() is not None:
            return
        deadline = time.monotonic() + 20
        while self._backends() and time.monotonic() < deadline:
            time.sleep(0.1)
        # The socket has a lock of its own, which names the same dead process.
        for gone in (lock, self.socket_folder() / _SOCKET_NAME, self.socket_folder() / f"{_SOCKET_NAME}.lock"):
            gone.unlink(missing_ok=True)

    def _backends(self) -> bool:
        """Is any process still working in the data folder?"""
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    if os.readlink(entry / "cwd") == str(self.data) and b"postgres" in (entry / "cmdline").read_bytes():
                        return True
        return False

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        """One program at a time makes, starts or stops; others wait."""
        try:
            handle = os.open(self.home / "cluster.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise self._failure("The database cannot be started", error.strerror or "") from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _tail(log: Path, lines: int = 20) -> str:
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def _last_line(text: str) -> str:
    """The line of a log that says most: the last FATAL or error line, else the last one."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "error:" in line or "PANIC" in line]
    return (telling or lines or ["no reason given"])[-1]

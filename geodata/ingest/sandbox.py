"""Ask the reader process: a crash, a hang or a flood of memory in a file format ends as a message, not as a crash.

A reader is kept for the next file, because starting one takes longer than reading most files; it is let go after a
large file or any failure. Nothing is written to disk on the way.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa

from geodata.errors import InputError
from geodata.ingest.formats import own_folder

#: Address space of the reader, bytes: a floor, and what each byte of the file may add.
MEMORY, MEMORY_PER_BYTE = 4 * 1024**3, 12
#: Seconds a reader may take: a floor, and what each megabyte may add.
SECONDS, SECONDS_PER_MB = 120, 1
#: A reader that read more than this is not kept: its memory would stay with it.
_KEPT_AFTER = 32 * 1024**2
_KEPT = 2
#: Formats whose layers are named without reading what is in them.
_NAMED_AT_FRONT = (".gpkg", ".shp")
_SCRIPT = Path(__file__).with_name("reader.py")
#: What the reader gets of the environment: nothing that leads to a network, a proxy or another driver.
_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "LD_LIBRARY_PATH", "SYSTEMROOT", "VIRTUAL_ENV")

#: What is done with each part of the rows.
Take = Callable[[Any], None]
#: What is done with the head of the answer, before any row.
Begin = Callable[[dict[str, Any]], None]

_idle: list[_Reader] = []
_lock = threading.Lock()


class _Reader:
    """One reader process and its two pipes."""

    def __init__(self) -> None:
        keep = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        keep |= {"PYTHONPATH": str(_SCRIPT.parents[2]), "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none", "PROJ_NETWORK": "OFF"}  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, "-P", str(_SCRIPT)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=keep,
        )  # fmt: skip

    def ask(self, request: dict[str, Any], take: Take, begin: Begin) -> dict[str, Any] | None:
        """Head and last line of the answer in one, its rows handed to `take`; None when the process ended early."""
        sent, got = self.process.stdin, self.process.stdout
        if sent is None or got is None:
            return None
        try:
            sent.write(json.dumps(request).encode() + b"\n")
            sent.flush()
            head: dict[str, Any] = json.loads(got.readline())
            begin(head)
            if head["rows"]:
                with pa.ipc.open_stream(got, memory_pool=pa.system_memory_pool()) as stream:
                    for batch in stream:
                        take(batch)
            last: dict[str, Any] = json.loads(got.readline())
            return head | last
        except (OSError, ValueError, pa.ArrowException):
            return None

    def ended(self) -> int:
        """How the process ended; one that answers nonsense is ended."""
        try:
            return self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def close(self) -> None:
        """End the process and wait for it."""
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self.process.wait()


def ask(path: Path, do: str, take: Take | None = None, begin: Begin | None = None, **more: Any) -> dict[str, Any]:
    """What the reader finds in a file.

    Parameters
    ----------
    path : an ordinary file whose format was checked.
    do : `layers`, `layer` or `terrain`; `more` holds what it needs.
    take : called with each part of the rows as they come; an error it raises ends the reading.
    begin : called with what the reader says of the rows, before they come.

    Returns
    -------
    What the reader says of the whole.

    Raises
    ------
    InputError
        When the file is damaged, or its reader crashed, took too long or needed too much memory.
    """
    size = path.stat().st_size
    memory = MEMORY + MEMORY_PER_BYTE * size
    seconds = int(SECONDS + SECONDS_PER_MB * size / 1e6)
    request = {"do": do, "memory": memory, "seconds": seconds, **more}
    reader = _take()
    healthy = False
    try:
        with _alone(path) as seen:
            answer = reader.ask(
                request | {"path": str(seen)}, take or (lambda batch: None), begin or (lambda head: None)
            )
        if answer is None:
            raise _ended(path, reader, seconds)
        healthy = "error" not in answer
        if not healthy:
            raise _refused(path, answer, memory)
        return answer
    finally:
        light = size <= _KEPT_AFTER or (do == "layers" and path.suffix.lower() in _NAMED_AT_FRONT)
        _give_back(reader, healthy and light)


@contextmanager
def _alone(path: Path) -> Iterator[Path]:
    """The file as the reader sees it: GML without what lies beside it, for its driver reads and writes there."""
    if path.suffix.lower() not in (".gml", ".xml"):
        yield path.resolve()
        return
    with own_folder() as folder:
        link = folder / path.name
        link.symlink_to(path.resolve())
        yield link


def make_ready() -> None:
    """Start a reader where none waits: starting takes as long as the first look at a large file."""
    with _lock:
        if not _idle:
            _idle.append(_Reader())


def _take() -> _Reader:
    with _lock:
        while _idle:
            reader = _idle.pop()
            if reader.process.poll() is None:
                return reader
            reader.close()
    return _Reader()


def _give_back(reader: _Reader, keep: bool) -> None:
    with _lock:
        if keep and len(_idle) < _KEPT:
            _idle.append(reader)
            return
    reader.close()


def _ended(path: Path, reader: _Reader, seconds: int) -> InputError:
    code = reader.ended()
    if code == -signal.SIGALRM:
        return InputError(
            f"reading it took longer than {seconds} seconds and was stopped; nothing was loaded.",
            "Check the file, or split it.",
            file=path,
        )
    name = signal.Signals(-code).name if code < 0 else f"code {code}"
    return InputError(
        f"the file makes its reader crash ({name}); nothing was loaded.",
        "Fetch or export it again, in another format if that does not help.",
        file=path,
    )


def _refused(path: Path, head: dict[str, Any], memory: int) -> InputError:
    if head["error"] == "memory":
        return InputError(
            f"reading it needs more than {memory / 1024**3:.0f} GB of memory and was stopped; nothing was loaded.",
            "Check the file, or split it.",
            file=path,
        )
    if head["error"] == "input":
        # An error raised in the reader names its file already.
        return InputError(head["message"].removeprefix(f"{path.name}: "), head["remedy"], file=path)
    return InputError(
        f"the file is damaged or cut off ({head['message']}); nothing was loaded.",
        "Fetch or export it again.",
        file=path,
    )


def close_all() -> None:
    """End the readers that wait for the next file."""
    with _lock:
        waiting, _idle[:] = _idle[:], []
    for reader in waiting:
        reader.close()


atexit.register(close_all)
# A forked process must not talk through the pipes of its parent.
os.register_at_fork(after_in_child=_idle.clear)

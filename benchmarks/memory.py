"""Memory of this process and those it starts, PostgreSQL apart, while something runs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass
class Memory:
    """Largest summed PSS, the part of it that was mapped files, and the largest sum without those; bytes."""

    most: float = 0.0
    mapped: float = 0.0
    own: float = 0.0

    def look(self) -> None:
        """Look once."""
        total = mapped = 0
        me = psutil.Process()
        for one in (me, *me.children(recursive=True)):
            with suppress(psutil.Error, OSError):
                if not one.name().startswith("postgres"):
                    told = _rollup(one.pid)
                    total, mapped = total + told["Pss"], mapped + told["Pss_File"]
        if total > self.most:
            self.most, self.mapped = total, mapped
        self.own = max(self.own, total - mapped)


def _rollup(pid: int) -> dict[str, int]:
    """Proportional set size of a process by kind, bytes, as the kernel tells it."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {name: 1024 * int(told.split()[0]) for name, _, told in (line.partition(":") for line in lines)}


@contextmanager
def watched() -> Iterator[Memory]:
    """Memory of this process and those it started, looked at twice a second."""
    memory, done = Memory(), threading.Event()

    def look() -> None:
        while not done.wait(0.5):
            memory.look()

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield memory
    finally:
        done.set()
        thread.join()

"""Many planners at once: what they ask on loopback, how long they wait, and what the service costs meanwhile.

`crowd` is a closed loop: each planner has one connection, asks for a screenful of tiles or for a page of a list, reads the
answer, and thinks for a while before the next. Times are those of the planners' side, from the first byte sent to the
last read; thinking does not count. A planner that is refused (503) or cut off is an error, like any answer but 200 and 304.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import psutil

from geodata.settings import Settings

#: Tiles of a screen, and how many moves of the map there are for one page of a list.
_SCREEN, _MOVES = 8, 3
_GIVE_UP = 60.0


@dataclass
class Told:
    """What one kind of request took: seconds of each, bytes, and errors by what they were."""

    seconds: list[float] = field(default_factory=list)
    size: int = 0
    errors: dict[str, int] = field(default_factory=dict)

    def percentile(self, part: float) -> float:
        """Milliseconds that this part of the requests did not exceed."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0


@dataclass(frozen=True)
class Memory:
    """Summed PSS of the service's processes, bytes, early and at the end of a crowd."""

    early: int
    late: int


@contextmanager
def serving(settings: Settings, *options: str, **environment: str) -> Iterator[tuple[psutil.Process, str]]:
    """`standplaats serve` in processes of its own: the watching process and the address."""
    around = {name: value for name, value in os.environ.items() if not name.startswith("STANDPLAATS_")}
    around |= {"STANDPLAATS_HOME": str(settings.home), "PYTHONUNBUFFERED": "1", **environment}
    around |= {"STANDPLAATS_DEMO": "1"} if settings.demo else {}
    command = [sys.executable, "-c", "from api.cli import main; main()", "serve", "--port", "0", *options]
    process = subprocess.Popen(command, env=around, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    address, said = None, []
    for line in process.stderr:
        said.append(line)
        found = re.search(r"is ready: (\S+)", line)
        if found:
            address = found[1]
            break
    if address is None:
        raise RuntimeError(f"the service did not start: {''.join(said)}")
    # The log goes on, and somebody has to read it.
    threading.Thread(target=_read_away, args=(process,), daemon=True).start()
    try:
        yield psutil.Process(process.pid), address
    finally:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=40)
        process.kill()
        process.wait()


def _read_away(process: subprocess.Popen[str]) -> None:
    """Read the log of the service; what is no plain request is shown."""
    assert process.stderr is not None
    for line in process.stderr:
        if '"level": "info"' not in line:
            print(line.rstrip()[:400], file=sys.stderr)


def pss_of(process: psutil.Process) -> int:
    """Summed PSS of a process and all it started, bytes."""
    total = 0
    for one in (process, *process.children(recursive=True)):
        with suppress(psutil.Error):
            if not one.name().startswith("postgres"):
                total += int(one.memory_full_info().pss)
    return total


def processor_of(process: psutil.Process) -> float:
    """Seconds of processor that a process and all it started have used."""
    total = 0.0
    for one in (process, *process.children(recursive=True)):
        with suppress(psutil.Error):
            if not one.name().startswith("postgres"):
                total += sum(one.cpu_times()[:2])
    return total


class Connection:
    """One kept-alive connection; small enough that the planners' side weighs little."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.host, self.port = parts.hostname or "127.0.0.1", parts.port or 80
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def ask(self, path: str) -> tuple[int, bytes]:
        """Status and body (as sent, maybe compressed) of one GET."""
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
        assert self.reader is not None
        self.writer.write(
            f"GET {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nAccept-Encoding: gzip\r\n\r\n".encode()
        )
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        status = int(head.split(" ", 2)[1])
        length = re.search(r"content-length: (\d+)", head)
        if length:
            body = await self.reader.readexactly(int(length[1]))
        elif "transfer-encoding: chunked" in head:
            body = await self._chunks()
        else:
            body = b""
        if "connection: close" in head:
            self.close()
        return status, body

    async def _chunks(self) -> bytes:
        assert self.reader is not None
        parts = []
        while size := int(await self.reader.readuntil(b"\r\n"), 16):
            parts.append((await self.reader.readexactly(size + 2))[:-2])
        await self.reader.readuntil(b"\r\n")
        return b"".join(parts)

    def close(self) -> None:
        """Let go of the connection; the next question opens another."""
        if self.writer is not None:
            self.writer.close()
        self.writer = self.reader = None


def crowd(
    address: str, service: psutil.Process, tiles: Sequence[Sequence[str]], lists: Sequence[str], *,
    planners: int, seconds: float, think: float,
) -> tuple[dict[str, Told], Memory]:  # fmt: skip
    """Let planners use a service, and look at its memory after a quarter of the time and at the end.

    Parameters
    ----------
    tiles : screens, each the paths of its tiles.
    lists : paths of lists and explanations.
    think : seconds a planner looks at the screen, on average.
    """
    told = {"tile": Told(), "list": Told()}

    async def run() -> Memory:
        until = time.perf_counter() + seconds
        tasks = [asyncio.create_task(_planner(at, address, tiles, lists, think, until, told)) for at in range(planners)]
        await asyncio.sleep(seconds / 4)
        early = await asyncio.to_thread(pss_of, service)
        await asyncio.sleep(max(0.0, until - time.perf_counter() - 1))
        late = await asyncio.to_thread(pss_of, service)
        await asyncio.gather(*tasks)
        return Memory(early, late)

    return told, asyncio.run(run())


async def _planner(
    number: int, address: str, screens: Sequence[Sequence[str]], lists: Sequence[str], think: float, until: float,
    told: dict[str, Told],
) -> None:  # fmt: skip
    draw = random.Random(number)
    connection = Connection(address)
    await asyncio.sleep(draw.uniform(0, think))
    while time.perf_counter() < until:
        moved = draw.randrange(_MOVES + 1) > 0
        paths = draw.choice(screens)[:_SCREEN] if moved else [draw.choice(lists)]
        for path in paths:
            await _timed(connection, path, told["tile" if moved else "list"])
        if think:
            await asyncio.sleep(min(draw.expovariate(1 / think), max(0.0, until - time.perf_counter())))
    connection.close()


async def _timed(connection: Connection, path: str, told: Told) -> None:
    started = time.perf_counter()
    try:
        status, body = await asyncio.wait_for(connection.ask(path), _GIVE_UP)
        wrong = None if status in (200, 304) else str(status)
        told.size += len(body)
    except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
        connection.close()
        wrong = type(error).__name__
    told.seconds.append(time.perf_counter() - started)
    if wrong is not None:
        told.errors[wrong] = told.errors.get(wrong, 0) + 1


def rate(address: str, path: str, *, clients: int, seconds: float) -> tuple[float, list[float]]:
    """Answers a second of so many clients that ask without thinking, and the seconds each answer took.

    Raises
    ------
    RuntimeError
        When an answer is none.
    """
    told = Told()

    async def one(until: float) -> None:
        connection = Connection(address)
        while time.perf_counter() < until:
            await _timed(connection, path, told)
        connection.close()

    async def run() -> float:
        started = time.perf_counter()
        await asyncio.gather(*(one(started + seconds) for _ in range(clients)))
        return time.perf_counter() - started

    took = asyncio.run(run())
    if told.errors:
        raise RuntimeError(f"{path}: {told.errors}")
    return len(told.seconds) / took, told.seconds


def shown(name: str, told: Told, seconds: float) -> str:
    """A line about one kind of request."""
    errors = sum(told.errors.values())
    return (
        f"  {name:<8}{len(told.seconds):>8} requests {len(told.seconds) / seconds:>7.0f}/s   "
        f"p50 {told.percentile(0.5):6.0f}  p95 {told.percentile(0.95):6.0f}  p99 {told.percentile(0.99):6.0f} ms   "
        f"{errors} errors ({errors / max(1, len(told.seconds)):.2%}) {told.errors or ''}"
    )


def middle(seconds: Sequence[float]) -> float:
    """Median in milliseconds."""
    return 1000 * statistics.median(seconds)

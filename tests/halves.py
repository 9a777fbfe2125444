"""The whole suite in two pytest processes at once, each on its own folders: `./standplaats test` on two processors.

Each half has its own private cluster and demo territory (conftest.py), so they share nothing but the files read.
While they run, their lines are shown whole, as they come; the findings of a half are shown together once it has ended,
and the last line counts both. Words given are passed to both, so they must be options, not paths.

Exit status: 0 when both halves passed, else that of the first that did not. Ctrl-C or SIGTERM stops both, in order
(their clusters are removed) and ends with 130; a second Ctrl-C kills them.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent

#: What the first half runs; the second runs all the rest, so that no folder can be forgotten.
#: Chosen so that both take about as long.
FIRST = (
    "tests/measure", "tests/candidates", "tests/suitability", "tests/law", "tests/docs", "tests/ingest",
    "tests/database", "tests/sources", "tests/house",
)  # fmt: skip

#: How a final line of pytest counts: "3 failed, 41 passed, 1 skipped in 12.30s".
_COUNT = re.compile(r"(\d+) (passed|failed|skipped|deselected|xfailed|xpassed|warnings?|errors?)\b")

_shown = threading.Lock()


class Half:
    """One pytest process; its lines go to our output, what it found is kept until it has ended."""

    def __init__(self, words: Sequence[str]) -> None:
        command = [sys.executable, "-u", "-m", "pytest", "-o", "console_output_style=classic", *words]
        # Its own process group: Ctrl-C reaches it once, from here, and cannot cut short how it tidies up.
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            process_group=0,
        )  # fmt: skip
        self.last = ""
        self._relay = threading.Thread(target=self._show, daemon=True)
        self._relay.start()

    def _show(self) -> None:
        assert self.process.stdout is not None
        held: list[str] = []
        for line in self.process.stdout:
            self.last = line
            if held or (line.startswith("==") and "test session starts" not in line):
                held.append(line)
            else:
                _say(line)
        _say("".join(held))

    def wait(self) -> int:
        """Its exit status, once all it said is shown."""
        status = self.process.wait()
        self._relay.join()
        return status

    def stop(self, number: signal.Signals) -> None:
        """Pass a signal on; SIGKILL also to what it started."""
        if self.process.poll() is None:
            (os.killpg if number is signal.SIGKILL else os.kill)(self.process.pid, number)


def _say(text: str) -> None:
    with _shown:
        sys.stdout.write(text)
        sys.stdout.flush()


def summary(lines: Sequence[str], seconds: float) -> str:
    """The final lines of the halves as one, in pytest's words.

    >>> summary(["== 2 failed, 3 passed in 1.00s ==", "== 4 passed, 1 error in 2.00s =="], 2.0).strip("= ")
    '2 failed, 7 passed, 1 error in 2.00s'
    """
    counts: Counter[str] = Counter()
    for line in lines:
        for number, word in _COUNT.findall(line):
            counts[word.removesuffix("s") if word.endswith(("ings", "ors")) else word] += int(number)
    order = ("failed", "passed", "skipped", "deselected", "xfailed", "xpassed", "warning", "error")
    plural = ("warning", "error")
    told = [f"{counts[word]} {word}{'s' * (word in plural and counts[word] > 1)}" for word in order if counts[word]]
    return f" {', '.join(told) or 'no tests ran'} in {seconds:.2f}s ".center(80, "=")


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def run(calls: Sequence[Sequence[str]]) -> int:
    """Run pytest once for each call (its words), at once; the exit status of the whole."""
    # A shell starts what runs in its background with Ctrl-C ignored, and the halves would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _interrupt)
    begun, halves = time.monotonic(), []
    try:
        halves += [Half(words) for words in calls]
        statuses = [half.wait() for half in halves]
    except KeyboardInterrupt:
        _say("\ninterrupted: both halves are being stopped\n")
        for number in (signal.SIGINT, signal.SIGKILL):
            for half in halves:
                half.stop(number)
            try:
                for half in halves:
                    half.wait()
                break
            except KeyboardInterrupt:
                continue
        return 130
    _say(summary([half.last for half in halves], time.monotonic() - begun) + "\n")
    for half, status in zip(halves, statuses, strict=True):
        if status < 0:
            _say(f"a half was ended by signal {-status}; the last it said: {half.last}\n")
    return next((status if status > 0 else 128 - status for status in statuses if status), 0)


def parts(words: Sequence[str]) -> list[list[str]]:
    """What pytest is called with for each half of the suite of this project, with these options."""
    return [[*FIRST, *words], ["tests", *(f"--ignore={folder}" for folder in FIRST), *words]]


if __name__ == "__main__":
    sys.exit(run(parts(sys.argv[1:])))

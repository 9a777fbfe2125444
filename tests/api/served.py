"""The service as a process of its own, for tests that need a real one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from geodata.settings import Settings


@contextmanager
def serving(settings: Settings, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A served demo in a process of its own: the process and its address."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STANDPLAATS_")}
    environment |= {"STANDPLAATS_HOME": str(settings.home), "STANDPLAATS_DEMO": "1", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-c", "from api.cli import main; main()", "serve", "--port", "0", *options]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    lines: list[str] = []
    found = threading.Event()

    def read() -> None:
        assert process.stderr is not None
        for line in process.stderr:
            lines.append(line)
            if "Standplaats is ready: " in line:
                found.set()
        found.set()

    threading.Thread(target=read, daemon=True).start()
    try:
        assert found.wait(60), lines
        ready = [match[1] for line in lines if (match := re.search(r"is ready: (\S+)", line))]
        assert len(ready) == 1, lines
        yield process, ready[0]
        assert sum("is ready" in line for line in lines) == 1
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait(timeout=30)

"""Rows in chunks over threads: compiled kernels, shapely and numpy let go of the interpreter's lock."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

#: Rows of one chunk: enough that its start costs nothing, few enough that all threads end together.
CHUNK = 8192

_most: int | None = None


def use_threads(most: int | None) -> None:
    """Threads of this process from now on where a caller does not say how many; None = one per processor."""
    global _most
    _most = most


def threads(workers: int | None = None) -> int:
    """How many threads to use: as asked, else as set for this process, else one per processor."""
    return workers or _most or os.cpu_count() or 1


def in_chunks(work: Callable[[int, int], Any], count: int, workers: int | None, chunk: int = CHUNK) -> None:
    """Call `work(first, last)` for all rows, a chunk at a time.

    Parameters
    ----------
    workers : threads; those of this process (`threads`) where None.
    chunk : most rows of one call.
    """
    several = threads(workers)
    step = max(1, min(chunk, -(-count // several)))
    spans = [(at, min(at + step, count)) for at in range(0, count, step)]
    if several == 1 or len(spans) < 2:
        for first, last in spans:
            work(first, last)
        return
    with ThreadPoolExecutor(several) as pool:
        list(pool.map(lambda span: work(*span), spans))

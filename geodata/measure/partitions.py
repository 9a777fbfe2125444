"""A run of measuring in partitions: each municipality is one, measured and committed on its own.

Contract: a partition needs the address of the database and nothing else of this machine; what it prepares it keeps in a
folder of its own. A partition that is done is found again by its inputs, so that an interrupted run goes on at the missing
ones, and a worker that dies costs its partition only.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psycopg

from geodata.errors import DatabaseError, StandplaatsError, UsageError
from geodata.measure.store import BatchReport, measure_municipality
from geodata.settings import Settings

#: From so many municipalities on several processes pay for their start.
_MANY = 4
#: A partition whose worker died is tried so often.
_ATTEMPTS = 3


def measure_partition(address: str, nis: str, cache: Path | None) -> BatchReport:
    """Measure one municipality over a connection of its own.

    Parameters
    ----------
    address : of the database, as this process can reach it.
    cache : folder of prepared layers; None = that of this machine's own data folder.
    """
    folder = Settings.model_validate({}).prepared_folder if cache is None else cache
    with psycopg.connect(address) as connection:
        return measure_municipality(connection, nis, cache=folder)


def workers_for(codes: list[str], wanted: int | None) -> int:
    """Processes for a run: as asked, else one per core where there is enough to do."""
    if wanted is not None:
        return wanted
    return min(len(codes), os.cpu_count() or 1) if len(codes) >= _MANY else 1


def in_processes(address: str, codes: list[str], cache: Path, workers: int) -> Iterator[BatchReport]:
    """Measure municipalities in processes of this machine; reports as they are done.

    Raises
    ------
    StandplaatsError
        When a municipality cannot be measured, or its worker died again and again; what is done stays.
    """
    left = list(codes)
    for _ in range(_ATTEMPTS):
        try:
            with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
                jobs = {pool.submit(measure_partition, address, code, cache): code for code in left}
                for job in as_completed(jobs):
                    report = job.result()
                    left.remove(jobs[job])
                    yield report
            return
        except BrokenProcessPool:
            continue
    raise StandplaatsError(
        f"A worker died {_ATTEMPTS} times; not measured: {', '.join(left)}.",
        "There may be too little memory: try --workers 1. What is measured stays.",
    )


def on_dask(scheduler: str, address: str, codes: list[str]) -> Iterator[BatchReport]:
    """Measure municipalities on a Dask cluster that runs already; reports as they are done.

    Workers get the address of the database; nothing is read from this machine's disk.

    Raises
    ------
    UsageError
        When Dask is not installed, or the scheduler does not answer.
    DatabaseError
        When the database is on a socket that other machines cannot reach.
    """
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError:
        raise UsageError("Dask is not installed.", "Install it: pip install 'standplaats[dask]'.") from None
    try:
        client = distributed.Client(scheduler, timeout="10s", set_as_default=False)
    except (OSError, TimeoutError, ValueError) as failed:
        raise UsageError(f"The Dask scheduler {scheduler} does not answer ({failed}).", "Start it first.") from None
    with client:
        jobs = client.map(measure_partition, [address] * len(codes), codes, [None] * len(codes), pure=False, retries=2)
        for job in distributed.as_completed(jobs, loop=client.loop):
            error = job.exception()
            if isinstance(error, StandplaatsError):
                raise error
            if error is not None:
                raise DatabaseError(f"A worker could not measure ({type(error).__name__}: {error}).")
            report: BatchReport = job.result()
            yield report

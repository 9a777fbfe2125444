"""A run of measuring in partitions: each municipality is one, measured and committed on its own.

Contract: a partition needs the address of the database and nothing else of this machine; what it prepares it keeps in a
folder of its own. A partition that is done is found again by its inputs, so that an interrupted run goes on at the missing
ones, and a worker that dies costs its partition only.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psycopg

from geodata.errors import DatabaseError, StandplaatsError, UsageError
from geodata.measure.chunks import use_threads
from geodata.measure.flat import release_pages
from geodata.measure.read import Connection, prepare_layer
from geodata.measure.specs import Region, layer_specs
from geodata.measure.store import ALGORITHM, BatchReport, measure_municipality
from geodata.settings import Settings

#: From so many municipalities on several processes pay for their start.
_MANY = 4
#: A partition whose worker died is tried so often.
_ATTEMPTS = 3


#: The connection of a worker process of this machine, which measures one municipality after the other.
_mine: dict[str, Connection] = {}


def measure_partition(address: str, nis: str, cache: Path | None, layers: Sequence[str] | None = None) -> BatchReport:
    """Measure one municipality over a connection of its own.

    Parameters
    ----------
    address : of the database, as this process can reach it.
    cache : folder of prepared layers; None = that of this machine's own data folder.
    layers : see `measure_municipality`.
    """
    folder = Settings.model_validate({}).prepared_folder if cache is None else cache
    with _connected(address) as connection:
        report = measure_municipality(connection, nis, cache=folder, layers=layers)
    release_pages()
    return report


def prepare_partition(address: str, region: Region, layer: str, cache: Path) -> None:
    """Prepare one layer of a region, where it is not prepared yet."""
    (spec,) = (one for one in layer_specs(region) if one.id == layer)
    with _connected(address) as connection:
        prepare_layer(connection, spec, cache)


@contextmanager
def _connected(address: str) -> Iterator[Connection]:
    """The connection of this worker, or one that is closed afterwards; a failure leaves nothing behind in it."""
    kept = _mine.pop(address, None)
    if kept is None:
        with psycopg.connect(address) as connection:
            yield connection
        return
    try:
        yield kept
        kept.commit()
    except BaseException:
        kept.close()
        raise
    _mine[address] = kept


def _begin(address: str, threads: int) -> None:
    """Start of a worker process."""
    use_threads(threads)
    _mine[address] = psycopg.connect(address)


def workers_for(codes: list[str], wanted: int | None) -> int:
    """Processes for a run: as asked, else one per core where there is enough to do."""
    if wanted is not None:
        return wanted
    return min(len(codes), os.cpu_count() or 1) if len(codes) >= _MANY else 1


def in_processes(
    address: str, codes: list[str], cache: Path, workers: int, layers: Sequence[str] | None = None
) -> Iterator[BatchReport]:
    """Measure municipalities in processes of this machine; reports as they are done.

    Parameters
    ----------
    layers : see `measure_municipality`.

    Raises
    ------
    StandplaatsError
        When a municipality cannot be measured, or its worker died again and again; what is done stays.
    """
    left = list(codes)
    for _ in range(_ATTEMPTS):
        try:
            with _pool(address, workers) as pool:
                # Layers first, each in one process; a municipality waits for those it needs.
                ready = [pool.submit(prepare_partition, address, *one, cache) for one in _layers_of(address, left)]
                jobs = {pool.submit(measure_partition, address, code, cache, layers): code for code in left}
                for layer in ready:
                    layer.result()
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


def prepare_layers(address: str, codes: list[str], cache: Path, workers: int) -> None:
    """Prepare all layers that municipalities are measured against, where they are not there yet."""
    with _pool(address, workers) as pool:
        jobs = [pool.submit(prepare_partition, address, *one, cache) for one in _layers_of(address, codes)]
        for job in as_completed(jobs):
            job.result()


def _pool(address: str, workers: int) -> ProcessPoolExecutor:
    """Worker processes, which share the processors."""
    each = max(1, (os.cpu_count() or 1) // workers)
    return ProcessPoolExecutor(workers, get_context("spawn"), initializer=_begin, initargs=(address, each))


def _layers_of(address: str, codes: list[str]) -> list[tuple[Region, str]]:
    """Layers that municipalities are measured against, largest tables first."""
    with psycopg.connect(address) as connection:
        # Where all are measured already a change is more likely than a new start: what it needs is prepared then.
        rows = connection.execute(
            """SELECT DISTINCT m.region FROM municipality m JOIN dataset d ON d.id = m.dataset_id AND d.current
               WHERE m.nis = ANY(%(codes)s) AND m.valid_to IS NULL AND EXISTS (
                   SELECT FROM unnest(%(codes)s::text[]) c(nis) WHERE NOT EXISTS (
                       SELECT FROM batch b WHERE b.nis = c.nis AND b.current AND b.common ->> 'algorithm' = %(now)s))
               ORDER BY 1""",
            {"codes": codes, "now": str(ALGORITHM)},
        ).fetchall()
    several = [(region, spec) for (region,) in rows for spec in layer_specs(region) if spec.table in _LARGE]
    return [(region, spec.id) for region, spec in sorted(several, key=lambda one: _LARGE.index(one[1].table))]


#: Tables whose layers are prepared, those with most rows first.
_LARGE = ("building", "address", "road", "zone", "constraint_area", "service_point")


def on_dask(
    scheduler: str, address: str, codes: list[str], layers: Sequence[str] | None = None
) -> Iterator[BatchReport]:
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
        count = len(codes)
        jobs = client.map(
            measure_partition, [address] * count, codes, [None] * count, [layers] * count, pure=False, retries=2
        )
        for job in distributed.as_completed(jobs, loop=client.loop):
            error = job.exception()
            if isinstance(error, StandplaatsError):
                raise error
            if error is not None:
                raise DatabaseError(f"A worker could not measure ({type(error).__name__}: {error}).")
            report: BatchReport = job.result()
            yield report

"""Measure a municipality and keep the result: one batch per municipality, whole or not at all.

A batch is replaced only when its inputs changed; the old one stays as long as a run refers to it.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg.types.json import Jsonb

from geodata.database.copy import copy_columns
from geodata.errors import NotFoundError
from geodata.measure.changed import Affected, affected_parcels, as_dict, carry_over
from geodata.measure.chosen import datasets_for
from geodata.measure.datasets import Dataset, current_datasets, reaching, read_areas
from geodata.measure.inputs import Layers, Parcels
from geodata.measure.measure import Progress, measure
from geodata.measure.read import Connection, read_layers, read_parcels, region_of
from geodata.measure.rows import COLUMNS, Common, columns_of
from geodata.measure.specs import Region, layer_specs
from geodata.measure.table import MeasurementTable

#: Parcels measured at a time.
BLOCK = 100_000
#: Raised whenever the same inputs would give other measurements, so that batches are made anew.
ALGORITHM = 13


@dataclass(frozen=True)
class BatchReport:
    """What `measure_municipality` did.

    Attributes
    ----------
    reused : nothing had changed.
    measured : parcels measured anew; the others were carried over.
    seconds : what took how long: `ask` (what has changed), `read` (parcels), `prepare` (layers), `measure`, `write`.
    processor : seconds of processor of this process in the same phases.
    """

    nis: str
    batch: int
    parcels: int
    reused: bool
    measured: int
    seconds: dict[str, float] = field(default_factory=dict)
    processor: dict[str, float] = field(default_factory=dict)


class _Clock:
    """Seconds, and seconds of processor, by what they were used for."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.processor: dict[str, float] = {}
        self._since = (time.perf_counter(), time.process_time())

    def used(self, what: str) -> None:
        now = (time.perf_counter(), time.process_time())
        for told, since, until in zip((self.seconds, self.processor), self._since, now, strict=True):
            told[what] = told.get(what, 0.0) + until - since
        self._since = now


def measure_municipality(
    connection: Connection,
    nis: str,
    progress: Progress | None = None,
    *,
    cache: Path | None = None,
    layers: Sequence[str] | None = None,
) -> BatchReport:
    """Measure all parcels of a municipality against the current datasets and store the batch.

    Parameters
    ----------
    connection : on the selected database; committed at the end, nothing is visible before.
    nis : municipality.
    progress : called with the name of each step.
    cache : folder of prepared layers; None = nothing is kept between calls.
    layers : only what is new in these is measured; of all others the versions measured before stay. None = all are new.

    Raises
    ------
    NotFoundError
        When the municipality or its parcels are not loaded.
    UsageError
        When only some layers are asked for and that cannot be done (`geodata.measure.chosen`).
    """
    clock = _Clock()
    region = region_of(connection, nis)
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('measure'), hashtext(%s))", [nis])
    # No parcel that is measured now may leave meanwhile: `versions.prune` takes the same lock alone.
    connection.execute("SELECT pg_advisory_xact_lock_shared(hashtext('parcels'), hashtext('leave'))")
    current = current_datasets(connection)
    if layers is not None:
        current = datasets_for(connection, nis, region, current, layers)
    datasets = _datasets_of(connection, nis, current, {kind for spec in layer_specs(region) for kind in spec.kinds})
    digest = _digest(connection, region, datasets, current)
    same = connection.execute(
        "SELECT id, parcels FROM batch WHERE nis = %s AND digest = %s AND current", [nis, digest]
    ).fetchone()
    if same is not None:
        connection.commit()
        return BatchReport(nis, same[0], same[1], reused=True, measured=0)
    affected = affected_parcels(connection, nis, region, datasets, ALGORITHM)
    clock.used("ask")
    parcels = read_parcels(connection, nis, None if affected is None else affected.capakeys, datasets=current)
    asked = _Asked(nis, region, current, datasets, digest)
    batch = _written(connection, asked, parcels, affected, cache=cache, progress=progress, clock=clock)
    count = len(parcels) + batch.kept
    if affected is not None and affected.batch != batch.id:
        count += carry_over(connection, nis, affected, batch.id)
    _finished(connection, nis, batch, count)
    connection.commit()
    clock.used("write")
    return BatchReport(
        nis, batch.id, count, reused=False, measured=len(parcels), seconds=clock.seconds, processor=clock.processor
    )


@dataclass(frozen=True)
class _Asked:
    """A municipality to measure, against which versions, and the digest that stands for them."""

    nis: str
    region: Region
    current: Sequence[Dataset]
    datasets: dict[str, list[int]]
    digest: str


def _written(
    connection: Connection,
    asked: _Asked,
    parcels: Parcels,
    affected: Affected | None,
    *,
    cache: Path | None,
    progress: Progress | None,
    clock: _Clock,
) -> _Batch:
    """Parcels measured and written, a block at a time: the largest municipality needs no more memory than that."""
    nis, current = asked.nis, asked.current
    near = reaching(connection, nis, current, parcels.flat, whole=affected is None)
    clock.used("read")
    batch: _Batch | None = None
    for start in range(0, max(len(parcels), 1), BLOCK):
        block = parcels.between(start, min(start + BLOCK, len(parcels)))
        # What is changed in a few places is not worth preparing: it is read around the parcels it touches.
        around = read_layers(
            connection,
            asked.region,
            block,
            near=near,
            datasets=current,
            cache=cache if len(block) else None,
            few=affected is not None,
        )
        clock.used("prepare")
        told = asked.datasets | _told(around)
        if affected is not None and not len(block):
            batch = _begun(connection, nis, asked.digest, told, affected.common, affected, block.parcel_id)
            break
        table = measure(block, around, progress)
        clock.used("measure")
        common = Common.of(table) if affected is None else affected.common
        batch = batch or _begun(connection, nis, asked.digest, told, common, affected, block.parcel_id)
        _copy(connection, batch, table)
        clock.used("write")
    if batch is None:
        raise NotFoundError(f"The batch of municipality {nis} was not written.")
    return batch


def _datasets_of(connection: Connection, nis: str, current: Sequence[Dataset], kinds: set[str]) -> dict[str, list[int]]:
    """Current dataset ids by kind, with those the parcels of the municipality come from."""
    rows = connection.execute("SELECT DISTINCT dataset_id FROM parcel WHERE nis = %s", [nis]).fetchall()
    own = {row[0] for row in rows}
    out: dict[str, list[int]] = {}
    for one in sorted(current, key=lambda one: (one.kind, one.id)):
        if one.kind in kinds or one.id in own:
            out.setdefault(one.kind, []).append(one.id)
    return out


def _digest(connection: Connection, region: str, datasets: dict[str, list[int]], current: Sequence[Dataset]) -> str:
    """Checksum of all that decides a measurement: algorithm, region, dataset versions and their coverage."""
    ids = {one for several in datasets.values() for one in several}
    used = [one for one in current if one.id in ids]
    drawn = read_areas(connection, used)
    coverage = [(one.id, drawn[one.id][1] if one.covers else None, one.coverage_nis) for one in used]
    inputs = json.dumps([ALGORITHM, region, datasets, coverage], sort_keys=True, default=str)
    return hashlib.sha256(inputs.encode()).hexdigest()


@dataclass(frozen=True)
class _Batch:
    """A batch that is being written, what holds for its rows, and how many of them stay as they are."""

    id: int
    common: Common
    kept: int = 0


def _begun(
    connection: Connection,
    nis: str,
    digest: str,
    datasets: dict[str, Any],
    common: Common,
    affected: Affected | None,
    anew: NDArray[np.int64],
) -> _Batch:
    """The batch to write into.

    Parameters
    ----------
    datasets : versions by kind, and what `_told` says of the layers.
    common : what holds for most rows, taken from the first block.
    anew : parcels that are measured now.

    It is a new one in the place of the current one, or the current one without the rows that are measured `anew`, where
    the parcels are the same and no run rests on it.
    """
    if affected is not None:
        # Whoever scores holds this row until the run is written: what a run rests on never changes.
        row = connection.execute(
            """SELECT parcels FROM batch b WHERE b.id = %s AND b.datasets -> 'parcels' IS NOT DISTINCT FROM %s
               AND NOT EXISTS (SELECT FROM run r WHERE b.id = ANY(r.batches)) FOR UPDATE""",
            [affected.batch, Jsonb(datasets.get("parcels"))],
        ).fetchone()
        if row is not None:
            gone = connection.execute(
                "DELETE FROM measurement WHERE batch_id = %s AND parcel_id = ANY(%s)", [affected.batch, anew.tolist()]
            ).rowcount
            connection.execute(
                "UPDATE batch SET datasets = %s, digest = %s, measured_at = now() WHERE id = %s",
                [Jsonb(datasets), digest, affected.batch],
            )
            return _Batch(affected.batch, affected.common, row[0] - gone)
    connection.execute("UPDATE batch SET current = false WHERE nis = %s AND current", [nis])
    row = connection.execute(
        """INSERT INTO batch (nis, datasets, digest, parcels, common, current) VALUES (%s, %s, %s, 0, %s, true)
           RETURNING id""",
        [nis, Jsonb(datasets), digest, Jsonb(as_dict(common, ALGORITHM))],
    ).fetchone()
    if row is None:
        raise NotFoundError(f"The batch of municipality {nis} was not written.")
    return _Batch(row[0], common)


def _told(layers: Layers) -> dict[str, Any]:
    """What a batch says of the layers it was measured against."""
    return {
        "layers": {name: list(layer.datasets) for name, layer in layers.items.items()}
        | {"dem": list(layers.terrain_datasets)},
        "accuracy_m": {name: layer.accuracy_m for name, layer in layers.items.items()},
        "dates": {name: str(layer.dated) for name, layer in layers.items.items() if layer.dated is not None},
    }


def _copy(connection: Connection, batch: _Batch, table: MeasurementTable) -> None:
    copy_columns(
        connection,
        "measurement",
        COLUMNS,
        len(table),
        lambda start, stop: columns_of(table.part(start, stop), batch.common, batch.id),
    )


def _finished(connection: Connection, nis: str, batch: _Batch, count: int) -> None:
    """Number of parcels; batches nobody refers to any more go, those of a run stay as evidence."""
    connection.execute("UPDATE batch SET parcels = %s WHERE id = %s", [count, batch.id])
    connection.execute(
        """DELETE FROM batch b WHERE b.nis = %s AND NOT b.current
           AND NOT EXISTS (SELECT 1 FROM run r WHERE b.id = ANY(r.batches))""",
        [nis],
    )

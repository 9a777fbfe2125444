"""Measure a municipality and keep the result: one batch per municipality, whole or not at all.

A batch is replaced only when its inputs changed; the old one stays as long as a run refers to it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from psycopg.types.json import Jsonb

from geodata.database.copy import copy_columns
from geodata.errors import NotFoundError
from geodata.measure.changed import Affected, affected_parcels, as_dict, carry_over
from geodata.measure.measure import Progress, measure
from geodata.measure.read import Connection, datasets_reaching, read_layers, read_parcels, region_of
from geodata.measure.rows import COLUMNS, Common, columns_of
from geodata.measure.specs import layer_specs
from geodata.measure.table import MeasurementTable

#: Raised whenever the same inputs would give other measurements, so that batches are made anew.
ALGORITHM = 9


@dataclass(frozen=True)
class BatchReport:
    """What `measure_municipality` did.

    Attributes
    ----------
    reused : nothing had changed.
    measured : parcels measured anew; the others were carried over.
    """

    nis: str
    batch: int
    parcels: int
    reused: bool
    measured: int


def measure_municipality(
    connection: Connection, nis: str, progress: Progress | None = None, *, cache: Path | None = None
) -> BatchReport:
    """Measure all parcels of a municipality against the current datasets and store the batch.

    Parameters
    ----------
    connection : on the selected database; committed at the end, nothing is visible before.
    nis : municipality.
    progress : called with the name of each step.
    cache : folder of prepared layers; None = nothing is kept between calls.

    Raises
    ------
    NotFoundError
        When the municipality or its parcels are not loaded.
    """
    region = region_of(connection, nis)
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('measure'), hashtext(%s))", [nis])
    # No parcel that is measured now may leave meanwhile: `versions.prune` takes the same lock alone.
    connection.execute("SELECT pg_advisory_xact_lock_shared(hashtext('parcels'), hashtext('leave'))")
    datasets = _datasets_of(connection, nis, {kind for spec in layer_specs(region) for kind in spec.kinds})
    digest = _digest(connection, region, datasets)
    same = connection.execute(
        "SELECT id, parcels FROM batch WHERE nis = %s AND digest = %s AND current", [nis, digest]
    ).fetchone()
    if same is not None:
        connection.commit()
        return BatchReport(nis, same[0], same[1], reused=True, measured=0)
    affected = affected_parcels(connection, nis, region, datasets, ALGORITHM)
    parcels = read_parcels(connection, nis, None if affected is None else affected.capakeys)
    reaching = datasets_reaching(connection, nis)
    table = measure(parcels, read_layers(connection, region, parcels, reaching=reaching, cache=cache), progress)
    batch, count = _write(connection, nis, digest, datasets, table, affected)
    connection.commit()
    return BatchReport(nis, batch, count, reused=False, measured=len(table))


def _datasets_of(connection: Connection, nis: str, kinds: set[str]) -> dict[str, list[int]]:
    """Current dataset ids by kind, with those the parcels of the municipality come from."""
    rows = connection.execute(
        """SELECT kind, array_agg(id ORDER BY id) FROM dataset WHERE current AND (kind = ANY(%s) OR id IN (
               SELECT DISTINCT dataset_id FROM parcel WHERE nis = %s)) GROUP BY kind ORDER BY kind""",
        [sorted(kinds), nis],
    ).fetchall()
    return {kind: list(ids) for kind, ids in rows}


def _digest(connection: Connection, region: str, datasets: dict[str, list[int]]) -> str:
    """Checksum of all that decides a measurement: algorithm, region, dataset versions and their coverage."""
    ids = sorted({one for several in datasets.values() for one in several})
    coverage = connection.execute(
        "SELECT id, md5(ST_AsBinary(coverage)), coverage_nis FROM dataset WHERE id = ANY(%s) ORDER BY id", [ids]
    ).fetchall()
    inputs = json.dumps([ALGORITHM, region, datasets, coverage], sort_keys=True, default=str)
    return hashlib.sha256(inputs.encode()).hexdigest()


def _write(
    connection: Connection,
    nis: str,
    digest: str,
    datasets: dict[str, list[int]],
    table: MeasurementTable,
    affected: Affected | None,
) -> tuple[int, int]:
    """Write a batch, and carry over what is not affected; returns it and its number of parcels."""
    by_layer = {
        **datasets,
        "layers": table.datasets,
        "accuracy_m": table.accuracy_m,
        "dates": {layer: str(day) for layer, day in table.newest.items()},
    }
    connection.execute("UPDATE batch SET current = false WHERE nis = %s AND current", [nis])
    common = Common.of(table) if affected is None else affected.common
    row = connection.execute(
        """INSERT INTO batch (nis, datasets, digest, parcels, common, current) VALUES (%s, %s, %s, %s, %s, true)
           RETURNING id""",
        [nis, Jsonb(by_layer), digest, len(table), Jsonb(as_dict(common, ALGORITHM))],
    ).fetchone()
    if row is None:
        raise NotFoundError(f"The batch of municipality {nis} was not written.")
    batch: int = row[0]
    copy_columns(
        connection,
        "measurement",
        COLUMNS,
        len(table),
        lambda start, stop: columns_of(table.part(start, stop), common, batch),
    )
    count = len(table) + (0 if affected is None else carry_over(connection, nis, affected, batch))
    connection.execute("UPDATE batch SET parcels = %s WHERE id = %s", [count, batch])
    # Batches nobody refers to any more go; those of a run stay as evidence.
    connection.execute(
        """DELETE FROM batch b WHERE b.nis = %s AND NOT b.current
           AND NOT EXISTS (SELECT 1 FROM run r WHERE b.id = ANY(r.batches))""",
        [nis],
    )
    return batch, count

"""Measure a municipality and keep the result: one batch per municipality, whole or not at all.

A batch is replaced only when its inputs changed; the old one stays as long as a run refers to it.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from psycopg.types.json import Jsonb

from geodata.errors import NotFoundError
from geodata.measure.measure import Progress, measure
from geodata.measure.read import Connection, read_layers, read_parcels, region_of
from geodata.measure.specs import layer_specs
from geodata.measure.table import Interval, MeasurementTable

#: Raised whenever the same inputs would give other measurements, so that batches are made anew.
ALGORITHM = 5

_COLUMNS = (
    "batch_id, parcel_id, area_m2, perimeter_m, compactness, built_share, dwellings, slope_deg, owner_class, "
    "unbuilt_m2, shares, covered, distances, unknown"
)
_TYPES = ["int8", "int8", *["float8"] * 4, "int4", "float8", "text", "float8", *["jsonb"] * 4]


@dataclass(frozen=True)
class BatchReport:
    """What `measure_municipality` did."""

    nis: str
    batch: int
    parcels: int
    reused: bool


def measure_municipality(connection: Connection, nis: str, progress: Progress | None = None) -> BatchReport:
    """Measure all parcels of a municipality against the current datasets and store the batch.

    Parameters
    ----------
    connection : on the selected database; committed at the end, nothing is visible before.
    nis : municipality.
    progress : called with the name of each step.

    Raises
    ------
    NotFoundError
        When the municipality or its parcels are not loaded.
    """
    region = region_of(connection, nis)
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('measure'), hashtext(%s))", [nis])
    datasets = _datasets_of(connection, nis, {kind for spec in layer_specs(region) for kind in spec.kinds})
    digest = _digest(connection, region, datasets)
    same = connection.execute(
        "SELECT id, parcels FROM batch WHERE nis = %s AND digest = %s AND current", [nis, digest]
    ).fetchone()
    if same is not None:
        connection.commit()
        return BatchReport(nis, same[0], same[1], reused=True)
    parcels = read_parcels(connection, nis)
    table = measure(parcels, read_layers(connection, region, parcels), progress)
    batch = _write(connection, nis, digest, datasets, table)
    connection.commit()
    return BatchReport(nis, batch, len(parcels), reused=False)


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
    connection: Connection, nis: str, digest: str, datasets: dict[str, list[int]], table: MeasurementTable
) -> int:
    by_layer = {
        **datasets,
        "layers": table.datasets,
        "accuracy_m": table.accuracy_m,
        "dates": {layer: str(dates.max()) for layer, dates in table.dates.items()},
    }
    connection.execute("UPDATE batch SET current = false WHERE nis = %s AND current", [nis])
    row = connection.execute(
        "INSERT INTO batch (nis, datasets, digest, parcels, current) VALUES (%s, %s, %s, %s, true) RETURNING id",
        [nis, Jsonb(by_layer), digest, len(table)],
    ).fetchone()
    if row is None:
        raise NotFoundError(f"The batch of municipality {nis} was not written.")
    batch: int = row[0]
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY measurement ({_COLUMNS}) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.set_types(_TYPES)
        for index in range(len(table)):
            copy.write_row([batch, *_row(table, index)])
    # Batches nobody refers to any more go; those of a run stay as evidence.
    connection.execute(
        """DELETE FROM batch b WHERE b.nis = %s AND NOT b.current
           AND NOT EXISTS (SELECT 1 FROM run r WHERE b.id = ANY(r.batches))""",
        [nis],
    )
    return batch


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _bound(value: float) -> float | None:
    return None if math.isinf(value) else round(float(value), 3)


def _row(table: MeasurementTable, index: int) -> list[Any]:
    """One parcel as column values after `batch_id`; shares of zero are left out."""
    dwellings = _number(table.dwellings[index])
    return [
        int(table.parcel_id[index]),
        float(table.area_m2[index]),
        float(table.perimeter_m[index]),
        float(table.compactness[index]),
        _number(table.built_share[index]),
        None if dwellings is None else int(dwellings),
        _number(table.slope_deg[index]),
        table.owner_class[index],
        _number(table.unbuilt_m2[index]),
        Jsonb(
            {
                layer: {name: float(share[index]) for name, share in classes.items() if share[index] > 0}
                for layer, classes in table.shares.items()
            }
        ),
        Jsonb({layer: round(float(share[index]), 6) for layer, share in table.covered.items()}),
        Jsonb({name: [_bound(d.low[index]), _bound(d.high[index])] for name, d in table.distances.items()}),
        Jsonb({layer: code[index] for layer, code in table.unknown.items() if code[index] is not None}),
    ]


def load_table(connection: Connection, batches: list[int], parcel_id: int | None = None) -> MeasurementTable:
    """Measurements of whole batches, or of one parcel in them, as arrays.

    Raises
    ------
    NotFoundError
        When there is nothing measured.
    """
    rows = connection.execute(
        """SELECT m.parcel_id, p.capakey, p.nis, m.area_m2, m.perimeter_m, m.compactness, m.built_share,
                  m.dwellings, m.slope_deg, m.owner_class, m.unbuilt_m2, m.shares, m.covered, m.distances,
                  m.unknown, m.batch_id
           FROM measurement m JOIN parcel p ON p.id = m.parcel_id
           WHERE m.batch_id = ANY(%s) AND (%s::bigint IS NULL OR m.parcel_id = %s) ORDER BY p.capakey""",
        [batches, parcel_id, parcel_id],
        binary=True,
    ).fetchall()
    if not rows:
        raise NotFoundError("Nothing is measured here yet.", "Run: standplaats measure --municipality NIS.")
    columns = list(zip(*rows, strict=True))
    accuracy: dict[str, float] = {}
    datasets: dict[str, list[int]] = {}
    dates: dict[int, dict[str, str]] = {}
    for batch, stored in connection.execute("SELECT id, datasets FROM batch WHERE id = ANY(%s)", [batches]):
        dates[batch] = stored.get("dates", {})
        for layer, value in stored["accuracy_m"].items():
            accuracy[layer] = max(accuracy.get(layer, 0.0), value)
        for layer, ids in stored["layers"].items():
            datasets[layer] = sorted({*datasets.get(layer, []), *ids})
    return MeasurementTable(
        parcel_id=np.array(columns[0], dtype=np.int64),
        capakey=np.array(columns[1], dtype=object),
        nis=np.array(columns[2], dtype=object),
        area_m2=np.array(columns[3], dtype=float),
        perimeter_m=np.array(columns[4], dtype=float),
        compactness=np.array(columns[5], dtype=float),
        built_share=np.array(columns[6], dtype=float),
        dwellings=np.array(columns[7], dtype=float),
        slope_deg=np.array(columns[8], dtype=float),
        owner_class=np.array(columns[9], dtype=object),
        unbuilt_m2=np.array(columns[10], dtype=float),
        shares=_shares(columns[11]),
        covered={layer: np.array([row.get(layer, 0.0) for row in columns[12]]) for layer in columns[12][0]},
        distances=_distances(columns[13]),
        unknown={layer: np.array([row.get(layer) for row in columns[14]], dtype=object) for layer in columns[12][0]},
        accuracy_m=accuracy,
        dates={
            layer: np.array([dates[batch].get(layer, "NaT") for batch in columns[15]], dtype="datetime64[D]")
            for layer in sorted({layer for stored in dates.values() for layer in stored})
        },
        datasets=datasets,
    )


def _shares(rows: tuple[dict[str, dict[str, float]], ...]) -> dict[str, dict[str, np.ndarray[Any, Any]]]:
    out: dict[str, dict[str, np.ndarray[Any, Any]]] = {}
    for index, row in enumerate(rows):
        for layer, classes in row.items():
            target = out.setdefault(layer, {})
            for name, share in classes.items():
                if name not in target:
                    target[name] = np.zeros(len(rows))
                target[name][index] = share
    return out


def _distances(rows: tuple[dict[str, list[float | None]], ...]) -> dict[str, Interval]:
    def bounds(name: str, at: int) -> np.ndarray[Any, Any]:
        values = (row[name][at] for row in rows)
        return np.array([np.inf if value is None else value for value in values], dtype=float)

    return {name: Interval(bounds(name, 0), bounds(name, 1)) for name in rows[0]}

"""Stored measurements as a `MeasurementTable` again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodata.errors import NotFoundError
from geodata.measure.read import Connection
from geodata.measure.rows import NONE_FOUND, NUMBERS, Common
from geodata.measure.table import FloatArray, Interval, MeasurementTable, ObjectArray

_NAMES = (
    "batch_id", "parcel_id", "capakey", "nis", "owner_class", "shares", "covered", "unknown", "low", "high", *NUMBERS
)  # fmt: skip
_ROWS = f"""
SELECT m.batch_id, m.parcel_id, p.capakey, p.nis, m.owner_class, m.shares, m.covered, m.unknown, m.distance_low_mm,
       m.distance_high_mm, {", ".join(f"m.{name}" for name in NUMBERS)}
FROM measurement m JOIN parcel p ON p.id = m.parcel_id
WHERE m.batch_id = ANY(%(batches)s) AND (%(parcel)s::bigint IS NULL OR m.parcel_id = %(parcel)s)
ORDER BY p.capakey, m.parcel_id"""


def load_table(connection: Connection, batches: list[int], parcel_id: int | None = None) -> MeasurementTable:
    """Measurements of whole batches, or of one parcel in them, as arrays.

    Raises
    ------
    NotFoundError
        When there is nothing measured.
    """
    rows = connection.execute(_ROWS, {"batches": batches, "parcel": parcel_id}, binary=True).fetchall()
    if not rows:
        raise NotFoundError("Nothing is measured here yet.", "Run: standplaats measure --municipality NIS.")
    column = dict(zip(_NAMES, zip(*rows, strict=True), strict=True))
    parts = _batches(connection, batches, np.array(column["batch_id"], dtype=np.int64))
    numbers: dict[str, Any] = {name: np.array(column[name], dtype=float) for name in NUMBERS}
    n, layers = len(rows), sorted({layer for one in parts for layer in one.common.covered})
    return MeasurementTable(
        parcel_id=np.array(column["parcel_id"], dtype=np.int64),
        capakey=np.array(column["capakey"], dtype=object),
        nis=np.array(column["nis"], dtype=object),
        **numbers,
        owner_class=np.array(column["owner_class"], dtype=object),
        shares=_shares(column["shares"]),
        covered={layer: _covered(parts, column["covered"], layer, n) for layer in layers},
        distances=_distances(parts, column["low"], column["high"], n),
        unknown={layer: _unknown(parts, column["unknown"], layer, n) for layer in layers},
        accuracy_m=_worst(parts),
        dates={
            layer: _dates(parts, layer, n) for layer in sorted({one for part in parts for one in part.told["dates"]})
        },
        datasets=_datasets(parts),
    )


@dataclass(frozen=True)
class _Batch:
    """One batch: what it says of all its rows, and which rows are its."""

    common: Common
    told: dict[str, Any]
    rows: NDArray[np.intp]


def _batches(connection: Connection, batches: list[int], of_row: NDArray[np.int64]) -> list[_Batch]:
    found = connection.execute("SELECT id, common, datasets FROM batch WHERE id = ANY(%s) ORDER BY id", [batches])
    return [
        _Batch(Common.from_dict(common), {"dates": {}, **told}, np.flatnonzero(of_row == batch))
        for batch, common, told in found.fetchall()
    ]


def _shares(rows: Sequence[dict[str, dict[str, float]]]) -> dict[str, dict[str, FloatArray]]:
    out: dict[str, dict[str, FloatArray]] = {}
    for index, row in enumerate(rows):
        for layer, classes in row.items():
            target = out.setdefault(layer, {})
            for name, share in classes.items():
                if name not in target:
                    target[name] = np.zeros(len(rows))
                target[name][index] = share
    return out


def _exceptions(rows: Sequence[dict[str, Any]], layer: str) -> Iterator[tuple[int, Any]]:
    return ((index, row[layer]) for index, row in enumerate(rows) if row and layer in row)


def _covered(parts: list[_Batch], rows: Sequence[dict[str, float]], layer: str, n: int) -> FloatArray:
    out = np.zeros(n)
    for part in parts:
        out[part.rows] = part.common.covered.get(layer, 0.0)
    for index, value in _exceptions(rows, layer):
        out[index] = value
    return out


def _unknown(parts: list[_Batch], rows: Sequence[dict[str, str | None]], layer: str, n: int) -> ObjectArray:
    out = np.full(n, None, dtype=object)
    for part in parts:
        out[part.rows] = part.common.unknown.get(layer)
    for index, value in _exceptions(rows, layer):
        out[index] = value
    return out


def _distances(parts: list[_Batch], low: Sequence[list[int]], high: Sequence[list[int]], n: int) -> dict[str, Interval]:
    """Distances in metres; one that an older batch did not measure is not known there."""
    names = dict.fromkeys(name for part in parts for name in part.common.distances)
    out = {name: Interval(np.zeros(n), np.full(n, np.inf)) for name in names}
    for part in parts:
        if not len(part.rows):
            continue
        lows = np.array([low[index] for index in part.rows], dtype=np.int64) / 1000.0
        highs = np.array([high[index] for index in part.rows], dtype=np.int64)
        highs = np.where(highs == NONE_FOUND, np.inf, highs / 1000.0)
        for at, name in enumerate(part.common.distances):
            out[name].low[part.rows], out[name].high[part.rows] = lows[:, at], highs[:, at]
    return out


def _dates(parts: list[_Batch], layer: str, n: int) -> NDArray[np.datetime64]:
    out = np.full(n, "NaT", dtype="datetime64[D]")
    for part in parts:
        out[part.rows] = np.datetime64(part.told["dates"].get(layer, "NaT"), "D")
    return out


def _worst(parts: list[_Batch]) -> dict[str, float]:
    out: dict[str, float] = {}
    for part in parts:
        for layer, value in part.told["accuracy_m"].items():
            out[layer] = max(out.get(layer, 0.0), value)
    return out


def _datasets(parts: list[_Batch]) -> dict[str, list[int]]:
    out: dict[str, list[int]] = {}
    for part in parts:
        for layer, ids in part.told["layers"].items():
            out[layer] = sorted({*out.get(layer, []), *ids})
    return out

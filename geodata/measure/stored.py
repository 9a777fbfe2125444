"""Stored measurements as a `MeasurementTable` again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodata.errors import NotFoundError
from geodata.measure.kernels.roads import WALKING_KMH
from geodata.measure.read import Connection
from geodata.measure.rows import DRIVEN, MS_PER_MINUTE, NONE_FOUND, NUMBERS, Common
from geodata.measure.table import FloatArray, Interval, MeasurementTable, ObjectArray

_NAMES = (
    "batch_id", "parcel_id", "capakey", "nis", "owner_class", "shares", "covered", "unknown", "distance_low",
    "distance_high", "reach_low", "reach_high", "drive_low", "drive_high", "count_low", "count_high", "x", "y", "access_class", *NUMBERS,
)  # fmt: skip
_ROWS = f"""
SELECT m.batch_id, m.parcel_id, p.capakey, p.nis, m.owner_class, m.shares, m.covered, m.unknown, m.distance_low_mm,
       m.distance_high_mm, m.reach_low_mm, m.reach_high_mm, m.drive_low_ms, m.drive_high_ms, m.count_low, m.count_high,
       m.access_x, m.access_y, m.access_class, {", ".join(f"m.{name}" for name in NUMBERS)}
FROM measurement m JOIN parcel p ON p.id = m.parcel_id
WHERE m.batch_id = ANY(%(batches)s) AND (%(parcels)s::bigint[] IS NULL OR m.parcel_id = ANY(%(parcels)s))
ORDER BY p.capakey, m.parcel_id"""


def load_table(
    connection: Connection, batches: list[int], parcels: int | Sequence[int] | None = None
) -> MeasurementTable:
    """Measurements of whole batches, or of one or several parcels in them, as arrays.

    Raises
    ------
    NotFoundError
        When there is nothing measured.
    """
    wanted = [parcels] if isinstance(parcels, int) else None if parcels is None else list(parcels)
    rows = connection.execute(_ROWS, {"batches": batches, "parcels": wanted}, binary=True).fetchall()
    if not rows:
        raise NotFoundError("Nothing is measured here yet.", "Run: standplaats measure --municipality NIS.")
    column = dict(zip(_NAMES, zip(*rows, strict=True), strict=True))
    parts = _batches(connection, batches, np.array(column["batch_id"], dtype=np.int64))
    numbers: dict[str, Any] = {name: np.array(column[name], dtype=float) for name in NUMBERS}
    n, layers = len(rows), sorted({layer for one in parts for layer in one.common.covered})
    ways = _intervals(parts, "reach", column["reach_low"], column["reach_high"], n)
    return MeasurementTable(
        parcel_id=np.array(column["parcel_id"], dtype=np.int64),
        capakey=np.array(column["capakey"], dtype=object),
        nis=np.array(column["nis"], dtype=object),
        **numbers,
        owner_class=np.array(column["owner_class"], dtype=object),
        shares=_shares(column["shares"]),
        covered={layer: _covered(parts, column["covered"], layer, n) for layer in layers},
        distances=_intervals(parts, "distances", column["distance_low"], column["distance_high"], n),
        reach=ways,
        minutes=_minutes(ways, column["drive_low"], column["drive_high"]),
        counts=_intervals(parts, "counts", column["count_low"], column["count_high"], n, 1.0),
        access_xy=np.array([column["x"], column["y"]], dtype=float).T,
        access_class=np.array(column["access_class"], dtype=object),
        unknown={
            name: _unknown(parts, column["unknown"], name, n)
            for name in [*layers, "frontage", "access", *(f"reach:{one}" for one in ways)]
        },
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


def _intervals(
    parts: list[_Batch], kind: str, low: Sequence[list[int]], high: Sequence[list[int]], n: int, scale: float = 1000.0
) -> dict[str, Interval]:
    """Intervals by name (metres from millimetres); one that an older batch did not measure is not known there."""
    names = dict.fromkeys(name for part in parts for name in getattr(part.common, kind))
    out = {name: Interval(np.zeros(n), np.full(n, np.inf)) for name in names}
    for part in parts:
        of_part = getattr(part.common, kind)
        if not len(part.rows) or not of_part:
            continue
        lows = np.array([low[index] for index in part.rows], dtype=np.int64) / scale
        highs = np.array([high[index] for index in part.rows], dtype=np.int64)
        highs = np.where(highs == NONE_FOUND, np.inf, highs / scale)
        for at, name in enumerate(of_part):
            out[name].low[part.rows], out[name].high[part.rows] = lows[:, at], highs[:, at]
    return out


def _minutes(ways: dict[str, Interval], low: Sequence[int | None], high: Sequence[int | None]) -> dict[str, Interval]:
    """Minutes of each way: walked ones by their length, the driven one as it was stored."""
    walking = 0.06 / WALKING_KMH
    out = {name: Interval(one.low * walking, one.high * walking) for name, one in ways.items() if name != DRIVEN}
    if DRIVEN in ways:
        lows, highs = np.array(low, dtype=float), np.array(high, dtype=float)
        highs = np.where(np.isnan(highs) | (highs == NONE_FOUND), np.inf, highs / MS_PER_MINUTE)
        out[DRIVEN] = Interval(np.nan_to_num(lows) / MS_PER_MINUTE, highs)
    return {name: out[name] for name in ways}


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

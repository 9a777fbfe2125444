"""What is stored: a run, its results and the measurements behind them, read with SQL alone."""

from __future__ import annotations

import json
import math
import random
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import dict_row

Connection = psycopg.Connection[Any]
NONE_FOUND = 2**31 - 1
#: Layers that say nothing of a day before their map, with the distances that are taken on them.
DATED = {
    "zoning": (), "plan_rules": (), "flood": (), "nature": (), "soil": (), "plan_hp": (), "competing_plans": (), "seveso": ("seveso_site",),
    "nuisance": ("sewage_plant", "waste_site", "railway", "motorway", "high_voltage"),
}  # fmt: skip

Bounds = tuple[float, float]


@dataclass
class Parcel:
    """One parcel of a run: what was measured, as it counts on the day of the run."""

    key: str
    nis: str
    row: dict[str, Any]
    result: dict[str, Any]
    shares: dict[str, dict[str, float]]
    covered: dict[str, float]
    reasons: dict[str, str | None]
    accuracy: dict[str, float]
    distances: dict[str, Bounds]
    reach: dict[str, Bounds]
    minutes: dict[str, Bounds]
    counts: dict[str, Bounds]
    layers: list[str] = field(default_factory=list)

    @property
    def area(self) -> float:
        return float(self.row["area_m2"])

    def share(self, layer: str, classes: list[str]) -> float:
        """Part of the parcel under some classes, 0..1."""
        return sum(self.shares.get(layer, {}).get(name, 0.0) for name in classes)

    def bare(self, layer: str) -> float:
        """Part of the parcel of which a layer says nothing."""
        return 1.0 - self.covered.get(layer, 0.0)

    def imprecise(self, layer: str) -> float:
        """Share that an error of the coordinates along the border can make."""
        return float(self.accuracy.get(layer, 0.0) * self.row["perimeter_m"] / max(self.area, 1e-9))

    def reason(self, layer: str) -> str | None:
        """Why a layer has no answer; None where it has."""
        return self.reasons.get(layer, "not_loaded" if layer not in self.covered else None)


def read_run(connection: Connection, run_id: str) -> dict[str, Any]:
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute("SELECT * FROM run WHERE id = %s", [run_id]).fetchone()
    assert found is not None
    return found


def sample(connection: Connection, run: dict[str, Any], number: int, seed: int) -> list[Parcel]:
    """So many parcels at random; half of them, as far as there are, among those that are not incompatible."""
    rows = connection.execute(
        "SELECT parcel_id, verdict <> 'incompatible' FROM run_result WHERE run_id = %s ORDER BY parcel_id", [run["id"]]
    ).fetchall()
    chance = random.Random(seed)
    listed, others = ([one for one, ranked in rows if ranked is which] for which in (True, False))
    first = chance.sample(listed, min(len(listed), number // 2))
    chosen = first + chance.sample(others, min(len(others), number - len(first)))
    return read_parcels(connection, run, chosen)


def read_parcels(connection: Connection, run: dict[str, Any], parcels: list[int]) -> list[Parcel]:
    with connection.cursor(row_factory=dict_row) as cursor:
        results = cursor.execute(
            "SELECT * FROM run_result WHERE run_id = %s AND parcel_id = ANY(%s) ORDER BY parcel_id",
            [run["id"], parcels],
        ).fetchall()
        rows = cursor.execute(
            """SELECT m.*, p.capakey, p.nis FROM measurement m JOIN parcel p ON p.id = m.parcel_id
               JOIN run_result r ON r.parcel_id = m.parcel_id AND r.batch_id = m.batch_id
               WHERE r.run_id = %s AND m.parcel_id = ANY(%s) ORDER BY m.parcel_id""",
            [run["id"], parcels],
        ).fetchall()
        batches = {one["id"]: one for one in cursor.execute("SELECT id, common, datasets FROM batch").fetchall()}
    assert [one["parcel_id"] for one in rows] == [one["parcel_id"] for one in results] and rows
    return [
        _parcel(row, result, batches[row["batch_id"]], run["as_of"]) for row, result in zip(rows, results, strict=True)
    ]


def _parcel(row: dict[str, Any], result: dict[str, Any], batch: dict[str, Any], as_of: date) -> Parcel:
    common, told = batch["common"], batch["datasets"]
    shares = row["shares"] if isinstance(row["shares"], dict) else json.loads(row["shares"])
    covered = {**common["covered"], **(row["covered"] or {})}
    own = row["unknown"] or {}
    reasons = {name: own.get(name, common["unknown"].get(name)) for name in {*covered, *common["unknown"], *own}}
    distances = _named(common["distances"], row["distance_low_mm"], row["distance_high_mm"], 1000.0)
    for layer, names in DATED.items():
        newest = told["dates"].get(layer)
        if newest is None or date.fromisoformat(newest) <= as_of:
            continue
        shares = {**shares, layer: {}}
        covered[layer] = 0.0
        reasons[layer] = reasons.get(layer) or "later_date"
        distances |= dict.fromkeys((name for name in names if name in distances), (0.0, math.inf))
    reach = _named(common["reach"], row["reach_low_mm"], row["reach_high_mm"], 1000.0)
    low, high = row["drive_low_ms"], row["drive_high_ms"]
    drive = (
        0.0 if low is None else low / 60_000.0,
        math.inf if high in (None, NONE_FOUND) else high / 60_000.0,
    )  # fmt: skip
    return Parcel(
        row["capakey"], row["nis"], row, result, shares, covered, reasons, told["accuracy_m"], distances, reach,
        {"main_road": drive} if "main_road" in reach else {},
        _named(common["counts"], row["count_low"], row["count_high"], 1.0), sorted(covered),
    )  # fmt: skip


def _named(names: list[str], low: list[int], high: list[int], scale: float) -> dict[str, Bounds]:
    return {
        name: (low[at] / scale, math.inf if high[at] == NONE_FOUND else high[at] / scale)
        for at, name in enumerate(names)
    }

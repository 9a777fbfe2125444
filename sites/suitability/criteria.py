"""Criteria: a measurement becomes a value 0..1 through a published function; what is missing becomes an interval.

A way along the network is never shorter than the straight line: where the network does not answer, the straight line is
the least it can be, and nothing bounds it from above.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geodata.measure.specs import SCHOOL_LISTS
from geodata.measure.table import FloatArray, Interval, MeasurementTable, ObjectArray
from sites.suitability.model import Criterion

#: Way along the network -> straight lines of which the shortest is the least it can be.
STRAIGHT: dict[str, tuple[str, ...]] = {
    "school": ("school",),
    **{f"school_{one}": (f"school_{one}",) for one in SCHOOL_LISTS},
    "care": ("gp", "pharmacy"),
    "shop": ("shop",),
    "stop": ("stop",),
    "main_road": ("main_road",),
}
#: No road is faster, metres a minute (120 km/h).
FASTEST_M_MIN = 2000.0
#: Land no farther than this from an existing site extends it, metres.
EXTENDS_M = 50.0

#: Class of what a layer draws without saying what it is.
NOT_STATED = "not_stated"

Bounds = tuple[FloatArray, FloatArray]


@dataclass(frozen=True)
class CriterionResult:
    """One criterion over n parcels: measured interval and value interval, each array of shape (n,)."""

    criterion: Criterion
    measured_low: FloatArray
    measured_high: FloatArray
    low: FloatArray
    high: FloatArray


def evaluate_criterion(
    criterion: Criterion, table: MeasurementTable, usable_m2: FloatArray, usable: Bounds | None = None
) -> CriterionResult:
    """Value interval of one criterion for every parcel.

    Parameters
    ----------
    usable_m2 : usable area, NaN = unknown.
    usable : its bounds; from nothing to the whole parcel where it is unknown, if not given.
    """
    if criterion.values:
        return _by_class(criterion, table)
    if usable is None:
        known = ~np.isnan(usable_m2)
        usable = (np.where(known, usable_m2, 0.0), np.where(known, usable_m2, table.area_m2))
    found = [_measured(one, table, usable, criterion) for one in criterion.measures]
    # The nearest of several counts: of nuisances, whichever lies nearest.
    low, high = found[0] if len(found) == 1 else (np.min([one[end] for one in found], axis=0) for end in (0, 1))
    if criterion.spread:
        return _spread(criterion, low, high)
    points = np.array(criterion.points)
    first, second = (np.interp(one, points[:, 0], points[:, 1]) for one in (low, high))
    return CriterionResult(criterion, low, high, np.minimum(first, second), np.maximum(first, second))


def _measured(name: str, table: MeasurementTable, usable: Bounds, criterion: Criterion) -> Bounds:
    """Measured bounds of one figure; the whole range of the function where nothing is known."""
    kind, _, rest = name.partition(":")
    if kind == "share":
        return _share(rest, table)
    if kind in ("reach", "minutes"):
        return _way(kind, rest, table)
    if kind == "spread":
        return _bounds(table.distances.get(rest), table)
    if kind == "counts":
        return _bounds(table.counts.get(rest), table)
    if name == "usable_area":
        return usable
    plain = {
        "compactness": table.compactness,
        "slope": table.slope_deg,
        "width": table.width_m,
        "frontage": table.frontage_m,
        "access_width": table.access_width_m,
    }
    if name in plain:
        known = ~np.isnan(plain[name])
        start, end = criterion.points[0][0], criterion.points[-1][0]
        return np.where(known, plain[name], start), np.where(known, plain[name], end)
    return _bounds(table.distances.get(name), table)


def _bounds(found: Interval | None, table: MeasurementTable) -> Bounds:
    if found is None:
        return np.zeros(len(table)), np.full(len(table), np.inf)
    return found.low, found.high


def _way(kind: str, name: str, table: MeasurementTable) -> Bounds:
    """Metres or minutes along the network; at least the straight line where that is not certain."""
    low, high = _bounds((table.reach if kind == "reach" else table.minutes).get(name), table)
    straight = np.min([_bounds(table.distances.get(one), table)[0] for one in STRAIGHT[name]], axis=0)
    least = straight if kind == "reach" else straight / FASTEST_M_MIN
    # Points on a border and on a road lie a little apart: what is certain is left as it is.
    return np.where(low < high, np.minimum(np.maximum(low, least), high), low), high


def _spread(criterion: Criterion, low: FloatArray, high: FloatArray) -> CriterionResult:
    """Distance from the next existing site; land beside one extends it, which never counts against it."""
    points = np.array(criterion.points)
    least = np.interp(np.where(low <= EXTENDS_M, 0.0, low), points[:, 0], points[:, 1])
    most = np.where(low <= EXTENDS_M, points[-1, 1], np.interp(high, points[:, 0], points[:, 1]))
    sure = high <= EXTENDS_M
    return CriterionResult(criterion, low, high, np.where(sure, points[-1, 1], least), most)


def _share(name: str, table: MeasurementTable) -> Bounds:
    """Share of the parcel under one class, or under any of several; what the layer does not cover may be such land too,
    and so may what it draws without saying what it is.

    Of several classes it is not stored how far they overlap: at least the largest lies there, at most their sum.
    """
    layer, _, wanted = name.partition(":")
    nothing = np.zeros(len(table))
    told = table.shares.get(layer, {})
    parts = np.array([told.get(one, nothing) for one in wanted.split("+")])
    bare = np.maximum(1.0 - table.covered.get(layer, nothing), 0.0) + told.get(NOT_STATED, nothing)
    return parts.max(axis=0), np.minimum(parts.sum(axis=0) + bare, 1.0)


def words_of(criterion: Criterion, table: MeasurementTable) -> ObjectArray:
    """Class of each parcel that a criterion by class is about: of its owner, or of the road at its access; None = not known."""
    return table.access_class if criterion.measures == ["access_class"] else table.owner_class


def _by_class(criterion: Criterion, table: MeasurementTable) -> CriterionResult:
    n = len(table)
    values, words = criterion.values, words_of(criterion, table)
    known = np.array([word in values for word in words], dtype=bool)
    value = np.array([values.get(word, 0.0) for word in words])
    low = np.where(known, value, min(values.values()))
    high = np.where(known, value, max(values.values()))
    nothing = np.full(n, np.nan)
    return CriterionResult(criterion, nothing, nothing, low, high)


__all__ = ["EXTENDS_M", "FASTEST_M_MIN", "NOT_STATED", "STRAIGHT", "CriterionResult", "evaluate_criterion", "words_of"]

"""Criteria: a measurement becomes a value 0..1 through a published function; what is missing becomes an interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geodata.measure.table import FloatArray, MeasurementTable
from sites.suitability.model import Criterion


@dataclass(frozen=True)
class CriterionResult:
    """One criterion over n parcels: measured interval and value interval, each array of shape (n,)."""

    criterion: Criterion
    measured_low: FloatArray
    measured_high: FloatArray
    low: FloatArray
    high: FloatArray


def evaluate_criterion(criterion: Criterion, table: MeasurementTable, usable_m2: FloatArray) -> CriterionResult:
    """Value interval of one criterion for every parcel.

    Parameters
    ----------
    usable_m2 : usable area, NaN = unknown.
    """
    if criterion.values:
        return _by_class(criterion, table)
    low, high = _measured(criterion, table, usable_m2)
    points = np.array(criterion.points)
    first, second = (np.interp(one, points[:, 0], points[:, 1]) for one in (low, high))
    return CriterionResult(criterion, low, high, np.minimum(first, second), np.maximum(first, second))


def _measured(criterion: Criterion, table: MeasurementTable, usable_m2: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Measured interval; the whole range of the function where nothing is known."""
    n = len(table)
    start, end = criterion.points[0][0], criterion.points[-1][0]
    name = criterion.measures[0]
    plain = {"usable_area": usable_m2, "compactness": table.compactness, "slope": table.slope_deg}
    if name in plain:
        known = ~np.isnan(plain[name])
        return np.where(known, plain[name], start), np.where(known, plain[name], end)
    found = [table.distances[one] for one in criterion.measures if one in table.distances]
    if len(found) < len(criterion.measures):
        return np.zeros(n), np.full(n, np.inf)
    # The nearest of several counts: of care, either a doctor or a pharmacy.
    return np.min([one.low for one in found], axis=0), np.min([one.high for one in found], axis=0)


def _by_class(criterion: Criterion, table: MeasurementTable) -> CriterionResult:
    n = len(table)
    values = criterion.values
    known = np.array([word in values for word in table.owner_class], dtype=bool)
    value = np.array([values.get(word, 0.0) for word in table.owner_class])
    low = np.where(known, value, min(values.values()))
    high = np.where(known, value, max(values.values()))
    nothing = np.full(n, np.nan)
    return CriterionResult(criterion, nothing, nothing, low, high)

"""Maps have a date: of a day before it they say nothing about zoning and hazards (rule 3 of the design).

Contract: pure. `as_of` selects the law; a plan, flood map or nuisance of a later day may not have been there yet, and
another may have been in its place. Buildings, services, roads and owners stay those of the data, whose date every
answer names.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from geodata.measure.measure import DISTANCES
from geodata.measure.table import Interval, MeasurementTable

#: Layers that hold on a day only when the dataset measured against is not of a later one.
DATED = ("zoning", "plan_rules", "flood", "nature", "seveso", "soil", "plan_hp", "competing_plans", "nuisance")
LATER = "later_date"


def on_day(table: MeasurementTable, as_of: date) -> MeasurementTable:
    """The same measurements with every dated layer unknown where its dataset is later than `as_of`.

    What no dataset says anyway (not loaded, outside its coverage) keeps its own reason.
    """
    later = {layer: table.dates[layer] > np.datetime64(as_of, "D") for layer in DATED if layer in table.dates}
    later = {layer: rows for layer, rows in later.items() if rows.any()}
    if not later:
        return table
    shares, covered, unknown = dict(table.shares), dict(table.covered), dict(table.unknown)
    distances = dict(table.distances)
    for layer, rows in later.items():
        shares[layer] = {name: np.where(rows, 0.0, share) for name, share in shares.get(layer, {}).items()}
        covered[layer] = np.where(rows, 0.0, covered.get(layer, np.zeros(len(table))))
        reasons = unknown.get(layer, np.full(len(table), None, dtype=object)).copy()
        reasons[rows & _nothing(reasons)] = LATER
        unknown[layer] = reasons
        for name, (of, _) in DISTANCES.items():
            if of == layer and name in distances:
                low, high = distances[name].low, distances[name].high
                distances[name] = Interval(np.where(rows, 0.0, low), np.where(rows, np.inf, high))
    return replace(table, shares=shares, covered=covered, unknown=unknown, distances=distances)


def _nothing(words: NDArray[np.object_]) -> NDArray[np.bool_]:
    return np.array([word is None for word in words], dtype=bool)

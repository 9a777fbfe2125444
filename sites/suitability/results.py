"""What a constraint found out, and what leaves it open."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from geodata.measure.table import FloatArray, MeasurementTable, ObjectArray
from sites.law import Outcome
from sites.suitability.kinds import Constraint
from sites.suitability.states import UNKNOWN, States

#: Stands among the layers for what no layer can answer: whether the plan allows a site.
LAW_OPEN = "zoning:law"


@dataclass(frozen=True)
class ConstraintResult:
    """One constraint over n parcels.

    Attributes
    ----------
    state : five states, shape (n,).
    measured : the figure that decided, NaN where none.
    threshold : the figure it was held against.
    why : what decided: a class, or a word such as built, dwelling, house, close_call, absent.
    layers : layers the constraint needs.
    outcomes : zoning only: class -> outcome of the law.
    datasets : numbers of the dataset versions measured against, of all its layers.
    """

    constraint: Constraint
    state: States
    measured: FloatArray
    threshold: FloatArray
    why: ObjectArray
    layers: tuple[str, ...]
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    datasets: tuple[int, ...] = ()

    def rule(self, index: int) -> str | None:
        """Id of the rule that decided one parcel: that of its zone, or the one the set of criteria names."""
        outcome = self.outcomes.get(str(self.why[index]))
        if outcome is not None:
            return outcome.rule.id if outcome.rule is not None else None
        named: str | None = getattr(self.constraint, "rule", None)
        return named


@dataclass(frozen=True)
class Context:
    """What constraints may look at besides the measurements.

    `usable_m2` is the usable area, NaN = unknown; `usable_low` and `usable_high` its bounds where they are known;
    `usable_layers` the layers it was made of.
    """

    site_type: str
    as_of: date
    law_region: str
    usable_m2: FloatArray
    usable_low: FloatArray | None = None
    usable_high: FloatArray | None = None
    usable_layers: tuple[str, ...] = ("buildings", "land_use")

    def usable(self, area_m2: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Bounds of the usable area: what is left of a parcel is never more than the parcel."""
        known = ~np.isnan(self.usable_m2)
        low = np.zeros(len(area_m2)) if self.usable_low is None else self.usable_low
        high = area_m2 if self.usable_high is None else self.usable_high
        return np.where(known, self.usable_m2, low), np.where(known, self.usable_m2, high)


def words(n: int) -> ObjectArray:
    """n times None, to be filled with words."""
    return np.full(n, None, dtype=object)


def datasets_of(table: MeasurementTable, constraint_layers: tuple[str, ...]) -> tuple[int, ...]:
    """Numbers of the dataset versions behind layers."""
    found: dict[int, Any] = {}
    for layer in constraint_layers:
        found |= dict.fromkeys(table.datasets.get(layer, ()))
    return tuple(found)


def unknown_layers(results: list[ConstraintResult], index: int, table: MeasurementTable) -> list[str]:
    """Layers that leave a parcel's verdict open, in the order of the constraints."""
    found: list[str] = []
    for result in results:
        if result.state[index] == UNKNOWN:
            found += [one for one in open_layers(result, index, table) if one not in found]
    return found


def open_layers(result: ConstraintResult, index: int, table: MeasurementTable) -> list[str]:
    """Layers, and plans of a layer, that leave one constraint of a parcel open.

    Where the plan is known and no rule says what it means, that is `LAW_OPEN`: no map would answer it.
    """
    found = [one for one in result.layers if _is_open(table, one, index)]
    if law_open(result, index) is not None:
        found.append(LAW_OPEN)
    return found or [one for one in result.layers if ":" not in one]


def law_open(result: ConstraintResult, index: int) -> Outcome | None:
    """What the law says of the deciding zone, where it leaves open whether a site may come; else None."""
    outcome = result.outcomes.get(str(result.why[index]))
    enough = result.state[index] == UNKNOWN and result.measured[index] > result.threshold[index]
    return outcome if outcome is not None and enough else None


def _is_open(table: MeasurementTable, layer: str, index: int) -> bool:
    reasons = table.unknown.get(layer)
    return reasons is None or reasons[index] is not None

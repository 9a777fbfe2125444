"""Which constraints of a set of criteria are safeguards, and what several of them add up to.

Pure. A hazard is water, soil, an industrial risk or a nuisance that harms those who live beside it; isolation is being
far from other dwellings or services. Both follow from what a constraint looks at, so that a set of criteria cannot have
a hazard check that is left out here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sites.law.model import State
from sites.suitability.kinds import PEOPLE, STRICTNESS, ClassShare, Constraint, Distance, Threshold
from sites.suitability.model import NUISANCES, Profile

Group = Literal["hazard", "isolation"]
GROUPS: tuple[Group, ...] = ("hazard", "isolation")
#: Layers that show where living is dangerous or unhealthy.
HAZARD_LAYERS = ("flood", "seveso", "soil")
_LIMITS = ("fail_below", "conditional_below", "conditional_above", "fail_above", "tolerance", "tolerance_area")


@dataclass(frozen=True)
class Limit:
    """One threshold of a check: the figure with its unit, whose it is and where it comes from."""

    field: str
    value: float
    unit: str
    kind: Literal["official", "foreign_norm", "our_choice"]
    source: str | None
    date: date
    note: str | None


@dataclass(frozen=True)
class Check:
    """One safeguard of a set of criteria.

    Attributes
    ----------
    id : the constraint.
    classes : class of a map -> state; empty for a distance.
    rule : rule of the pack that the constraint names; None where there is none.
    """

    id: str
    group: Group
    limits: tuple[Limit, ...]
    classes: dict[str, State]
    rule: str | None


@dataclass(frozen=True)
class Grouped:
    """State of the hazard checks and of the isolation checks of one place, each the worst of its group."""

    hazard: State
    isolation: State

    @property
    def both(self) -> bool:
        """Does it fail in both?"""
        return self.hazard == self.isolation == "fail"

    @property
    def neither(self) -> bool | None:
        """Does it fail in neither? None where that is not known."""
        if "fail" in (self.hazard, self.isolation):
            return False
        return None if "unknown" in (self.hazard, self.isolation) else True


def group_of(constraint: Constraint) -> Group | None:
    """Group of a safeguard; None where the constraint is none."""
    if isinstance(constraint, ClassShare) and constraint.layer in HAZARD_LAYERS:
        return "hazard"
    if isinstance(constraint, Distance):
        if constraint.to in NUISANCES:
            return "hazard"
        if constraint.to in PEOPLE:
            return "isolation"
    return None


def checks_of(profile: Profile) -> list[Check]:
    """The safeguards of a set of criteria, in its order."""
    found = []
    for one in profile.constraints:
        group = group_of(one)
        if group is None:
            continue
        told = {name: getattr(one, name, None) for name in _LIMITS}
        limits = tuple(_limit(name, value) for name, value in told.items() if isinstance(value, Threshold))
        classes = dict(one.classes) if isinstance(one, ClassShare) else {}
        found.append(Check(one.id, group, limits, classes, getattr(one, "rule", None)))
    return found


def worst(states: Iterable[State]) -> State:
    """The strictest of some states, as a verdict takes them; pass where there are none."""
    return max(states, key=STRICTNESS.__getitem__, default="pass")


def _limit(name: str, value: Threshold) -> Limit:
    return Limit(name, value.value, value.unit, value.kind, value.source, value.date, value.note)

"""Is a constraint at least as strict as another? Field by field, so that what is milder can be named.

Pure. A class that is not listed counts as unknown, as it does when parcels are judged.
"""

from __future__ import annotations

from sites.law.model import State
from sites.suitability.kinds import (
    STRICTNESS,
    ClassShare,
    Constraint,
    Distance,
    Occupation,
    Owner,
    Slope,
    Threshold,
    UsableArea,
    Zoning,
)

#: Constraint -> thresholds that are stricter when larger, and when smaller.
_LARGER: dict[type, tuple[str, ...]] = {
    Occupation: ("garden",),
    UsableArea: ("minimum",),
    Distance: ("fail_below", "conditional_below"),
}
_SMALLER: dict[type, tuple[str, ...]] = {
    Occupation: ("max_built_share", "max_used_share"),
    Zoning: ("sliver_share", "sliver_area"),
    ClassShare: ("tolerance", "tolerance_area"),
    Distance: ("conditional_above", "fail_above"),
    Slope: ("conditional_above", "fail_above"),
}
#: What says which land or way is meant: never another one.
_SAME: dict[type, tuple[str, ...]] = {
    ClassShare: ("layer", "where", "exempt", "scoped"),
    Distance: ("to", "layer"),
}


def milder_field(before: Constraint, after: Constraint) -> str | None:
    """The first field in which `after` is milder than `before`; None where it is at least as strict."""
    kind = type(before)
    if type(after) is not kind:
        return "kind"
    for name in _SAME.get(kind, ()):
        if getattr(before, name) != getattr(after, name):
            return name
    for name in _LARGER.get(kind, ()):
        if _missing_or(getattr(before, name), getattr(after, name), larger=True):
            return name
    for name in _SMALLER.get(kind, ()):
        if _missing_or(
            getattr(before, name), getattr(after, name), larger=False, absent_is_nought=name == "tolerance_area"
        ):
            return name
    if isinstance(before, Occupation) and isinstance(after, Occupation):
        # Land that its owner can give up owes a step; what is not listed owes nothing.
        return None if set(before.releasable) <= set(after.releasable) else "releasable"
    if isinstance(before, ClassShare) and isinstance(after, ClassShare):
        if STRICTNESS[after.absent] < STRICTNESS[before.absent]:
            return "absent"
        milder = _milder_class(before.classes, after.classes, "unknown")
        # Shares of classes that mean the same are summed: apart, each may be too small to be noticed.
        return milder or ("classes: those that meant the same must go on doing so" if _split(before, after) else None)
    if isinstance(before, Owner) and isinstance(after, Owner):
        if STRICTNESS[after.otherwise] < STRICTNESS[before.otherwise]:
            return "otherwise"
        return _milder_class(before.classes, after.classes, before.otherwise)
    return None


def _missing_or(
    before: Threshold | None, after: Threshold | None, *, larger: bool, absent_is_nought: bool = False
) -> bool:
    """Is a threshold gone, or on the milder side of what it was?"""
    if absent_is_nought:
        return (after.value if after else 0.0) > (before.value if before else 0.0)
    if before is None:
        return False
    if after is None:
        return True
    return after.value < before.value if larger else after.value > before.value


def _milder_class(before: dict[str, State], after: dict[str, State], otherwise: State) -> str | None:
    for name in dict.fromkeys((*before, *after)):
        was, now = before.get(name, otherwise), after.get(name, otherwise)
        if STRICTNESS[now] < STRICTNESS[was]:
            return f"classes.{name}"
    return None


def _split(before: ClassShare, after: ClassShare) -> bool:
    """Do classes that meant the same mean different things now? Their shares are summed: apart they may stay unnoticed."""
    now: dict[State, set[State]] = {}
    for name, state in before.classes.items():
        if state != "pass":
            now.setdefault(state, set()).add(after.classes.get(name, "unknown"))
    return any(len(states) > 1 for states in now.values())

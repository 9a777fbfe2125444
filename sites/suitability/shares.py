"""Constraints over layers of areas: what each class means, how much of a parcel it covers, and what that leads to.

A share within the accuracy of the layer's coordinate operation of its threshold is `conditional`: too close to call. What
is certain decides even where the rest is unknown; what is not certain never becomes pass. Where a class counts only on
land of another layer, or is exempt there, the two shares bound how much of it counts; if that leaves it open, the state
is `unknown`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodata.measure.table import FloatArray, MeasurementTable, ObjectArray
from sites.law import Outcome, zoning_outcome
from sites.law.model import State
from sites.suitability.kinds import ClassShare, Where, Zoning
from sites.suitability.results import ConstraintResult, Context, words
from sites.suitability.states import CODE, CONDITIONAL, DEROGATION, FAIL, PASS, UNKNOWN, States

Mask = NDArray[np.bool_]
#: A small parcel is never left out of a rule by the area that does not count.
_MOST_TOLERATED = 0.5
#: Shares are measured to a millionth.
_DUST = 1e-5


def accuracy_share(table: MeasurementTable, layer: str) -> FloatArray:
    """Share of a parcel that an error of the coordinate operation along its border can make, shape (n,)."""
    return table.accuracy_m.get(layer, 0.0) * table.perimeter_m / np.maximum(table.area_m2, 1e-9)


def share(table: MeasurementTable, layer: str, classes: list[str]) -> FloatArray:
    """Share of each parcel under some classes of a layer."""
    found = [table.shares.get(layer, {}).get(name) for name in classes]
    present = [one for one in found if one is not None]
    return np.sum(present, axis=0) if present else np.zeros(len(table))


def uncovered(table: MeasurementTable, layer: str) -> FloatArray:
    """Share of each parcel of which a layer says nothing."""
    return 1.0 - table.covered.get(layer, np.zeros(len(table)))


def unsaid(table: MeasurementTable, layer: str) -> FloatArray:
    """The same, without the dust of computing."""
    bare = uncovered(table, layer)
    return np.where(bare > _DUST, bare, 0.0)


def over(part: FloatArray, threshold: FloatArray | float, accuracy: FloatArray) -> tuple[Any, Any]:
    """Which shares are surely over a threshold, and which are too close to call.

    A share of exactly 0 or 1 is taken as it is: nothing of the feature, or all of it, was found.
    """
    close = (np.abs(part - threshold) <= accuracy) & (part > 0) & (part < 1) & (accuracy > 0)
    return (part > threshold) & ~close, close


def tolerated(table: MeasurementTable, part: float, area: float) -> FloatArray:
    """Share that does not count: the larger of a share and an area, shape (n,)."""
    by_area = np.minimum(area / np.maximum(table.area_m2, 1e-9), _MOST_TOLERATED)
    return np.maximum(part, by_area)


def with_parts(table: MeasurementTable, layer: str) -> tuple[str, ...]:
    """A layer and the plans it is made of, so that an open answer names the plan that is missing."""
    return (layer, *(name for name in table.unknown if name.startswith(f"{layer}:")))


def largest(table: MeasurementTable, layer: str, classes: list[str]) -> ObjectArray:
    """Class with the largest share, None where all are zero."""
    out = words(len(table))
    best = np.zeros(len(table))
    for name in classes:
        part = table.shares.get(layer, {}).get(name)
        if part is not None:
            better = part > best
            out[better] = name
            best = np.where(better, part, best)
    return out


def zoning(constraint: Zoning, table: MeasurementTable, context: Context) -> ConstraintResult:
    n = len(table)
    present = table.shares.get("zoning", {})
    outcomes = {
        name: zoning_outcome(context.law_region, site_type=context.site_type, zoning_class=name, as_of=context.as_of)
        for name in present
    }
    sliver = tolerated(table, constraint.sliver_share.value, constraint.sliver_area.value)
    accuracy = accuracy_share(table, "zoning")
    by_state = {
        state: share(table, "zoning", [name for name, found in outcomes.items() if found.state == state])
        for state in ("fail", "unknown", "derogation", "conditional", "pass")
    }
    unzoned = np.maximum(table.covered.get("zoning", np.zeros(n)) - sum(by_state.values(), start=np.zeros(n)), 0.0)
    fails, close = over(by_state["fail"], sliver, accuracy)
    unknown = (
        (uncovered(table, "zoning") > sliver) | (unzoned > sliver) | over(by_state["unknown"], sliver, accuracy)[0]
    )
    for part in (by_state[name] for name in ("fail", "unknown", "derogation")):
        # A zone that is there may go on where the plan says nothing.
        unknown |= (part > 0) & (part <= sliver) & (part + unsaid(table, "zoning") > sliver)
    derogation, close_derogation = over(by_state["derogation"], sliver, accuracy)
    conditional, _ = over(by_state["conditional"], sliver, accuracy)
    close = close | close_derogation | over(by_state["unknown"], sliver, accuracy)[1]
    state = np.select(
        [fails, unknown, derogation, conditional | close], [FAIL, UNKNOWN, DEROGATION, CONDITIONAL], PASS
    ).astype(np.int8)
    why, measured = _deciding_zone(table, outcomes, state)
    why[(state == CONDITIONAL) & ~conditional] = "close_call"
    why[(state == UNKNOWN) & (unzoned > sliver)] = "unzoned"
    return ConstraintResult(constraint, state, measured, sliver, why, with_parts(table, "zoning"), outcomes)


def _deciding_zone(
    table: MeasurementTable, outcomes: dict[str, Outcome], state: States
) -> tuple[ObjectArray, FloatArray]:
    """The class with the largest share among those whose state is the parcel's, and that share."""
    why, best = words(len(table)), np.zeros(len(table))
    for name, outcome in outcomes.items():
        part = np.where(state == CODE[outcome.state], table.shares["zoning"][name], 0.0)
        better = part > best
        why[better] = name
        best = np.where(better, part, best)
    return why, np.where(best > 0, best, np.nan)


@dataclass(frozen=True)
class _Counted:
    """Where the classes of one state surely count, where it is too close to call, and where it is open; shape (n,)."""

    over: Mask
    close: Mask
    open: Mask


def class_share(constraint: ClassShare, table: MeasurementTable, context: Context) -> ConstraintResult:
    """State by the classes of a layer, as they hold in each municipality."""
    if not constraint.scoped:
        return _by_classes(constraint, constraint.classes, table)
    told: dict[str, tuple[dict[str, State], list[str]]] = {}
    for nis in np.unique(table.nis.astype(str)).tolist():
        classes = constraint.classes_for(context.law_region, nis)
        told.setdefault(str(sorted(classes.items())), (classes, []))[1].append(nis)
    found = _by_classes(constraint, constraint.classes, table)
    for classes, several in told.values():
        rows = np.isin(table.nis.astype(str), several)
        here = _by_classes(constraint, classes, table)
        found = replace(
            found,
            state=np.where(rows, here.state, found.state).astype(np.int8),
            measured=np.where(rows, here.measured, found.measured),
            why=np.where(rows, here.why, found.why),
        )
    return found


def _by_classes(constraint: ClassShare, classes: dict[str, State], table: MeasurementTable) -> ConstraintResult:
    n, layer = len(table), constraint.layer
    area = constraint.tolerance_area.value if constraint.tolerance_area else 0.0
    tolerance = tolerated(table, constraint.tolerance.value, area)
    # A class nobody has judged yet is not known.
    by_state: dict[State, list[str]] = {"unknown": [one for one in table.shares.get(layer, {}) if one not in classes]}
    for name, named_state in classes.items():
        by_state.setdefault(named_state, []).append(name)
    counted = {state: _counted(constraint, table, several, tolerance) for state, several in by_state.items()}
    none = np.zeros(n, dtype=bool)
    fail, unknown, derogation, conditional = (
        counted.get(state, _Counted(none, none, none)) for state in ("fail", "unknown", "derogation", "conditional")
    )
    drawn = np.sum([share(table, layer, several) for several in by_state.values()], axis=0)
    # What the layer does not cover is held against the share alone: of a small parcel too, all must be known.
    bare = uncovered(table, layer) > constraint.tolerance.value
    absent = (table.covered.get(layer, np.zeros(n)) - drawn > tolerance) & (constraint.absent != "pass")
    missing = bare | unknown.over | unknown.open | fail.open | derogation.open | conditional.open
    close = fail.close | unknown.close | derogation.close
    state = np.select(
        [fail.over, missing, derogation.over, absent, conditional.over | close],
        [FAIL, UNKNOWN, DEROGATION, CODE[constraint.absent], CONDITIONAL],
        PASS,
    ).astype(np.int8)
    why, measured = words(n), np.where(missing, np.nan, np.minimum(drawn, 1.0))
    for word in ("pass", "conditional", "derogation", "fail"):
        most = np.zeros(n)
        for name in sorted(by_state.get(word, ())):
            part = share(table, layer, [name])
            chosen = (part > most) & (state == CODE[word])
            why[chosen] = name
            measured, most = np.where(chosen, part, measured), np.where(chosen, part, most)
    why[(state == CODE[constraint.absent]) & absent] = "absent"
    why[(state == CONDITIONAL) & ~conditional.over & close] = "close_call"
    why[(state == UNKNOWN) & ~bare & ~unknown.over] = "overlap"
    _exempted(constraint, table, state, fail, tolerance, why)
    layers = (*with_parts(table, layer), *_others(constraint))
    found = ConstraintResult(constraint, state, measured, tolerance, why, layers)
    return _with_habitat_vert(found, table, accuracy_share(table, layer)) if layer == "plan_hp" else found


def _counted(constraint: ClassShare, table: MeasurementTable, classes: list[str], tolerance: FloatArray) -> _Counted:
    """How much of some classes counts: all of it, or what lies on the land the rule names and is not exempt."""
    part = share(table, constraint.layer, classes)
    low, high = part, part
    if constraint.where is not None:
        least, most = _land(constraint.where, table)
        low, high = np.maximum(part + least - 1.0, 0.0), np.minimum(part, most)
    for one in constraint.exempt:
        least, most = _land(one, table)
        low, high = np.maximum(low - most, 0.0), np.minimum(high, 1.0 - least)
    # A class that is there may go on where the layer says nothing.
    high = np.minimum(high + np.where(part > 0, unsaid(table, constraint.layer), 0.0), 1.0)
    accuracy = accuracy_share(table, constraint.layer)
    for other in _others(constraint):
        accuracy = accuracy + np.where(part > 0, accuracy_share(table, other), 0.0)
    sure, close = over(low, tolerance, accuracy)
    can, can_nearly = over(high, tolerance, accuracy)
    apart = ~np.isclose(low, high, rtol=0.0, atol=1e-9)
    return _Counted(sure, close & ~apart, apart & (can | can_nearly) & ~sure)


def _land(where: Where, table: MeasurementTable) -> tuple[FloatArray, FloatArray]:
    """Least and largest share of each parcel on land of another layer: what it does not cover may be such land."""
    least = np.minimum(share(table, where.layer, where.classes), 1.0)
    return least, np.minimum(least + np.maximum(uncovered(table, where.layer), 0.0), 1.0)


def _others(constraint: ClassShare) -> tuple[str, ...]:
    """Layers besides its own that a constraint looks at."""
    named = [*([constraint.where] if constraint.where else []), *constraint.exempt]
    return tuple(dict.fromkeys(one.layer for one in named if one.layer != constraint.layer))


def _exempted(
    constraint: ClassShare,
    table: MeasurementTable,
    state: States,
    fail: _Counted,
    tolerance: FloatArray,
    why: ObjectArray,
) -> None:
    """Mark the parcels that only an exemption keeps from failing."""
    if constraint.exempt:
        failing = [name for name, told in constraint.classes.items() if told == "fail"]
        would = share(table, constraint.layer, failing) > tolerance
        why[would & ~fail.over & (state == PASS)] = "exempt"


def _with_habitat_vert(result: ConstraintResult, table: MeasurementTable, accuracy: FloatArray) -> ConstraintResult:
    """The habitat-vert zone came out of Plan HP sites: people live there as well, whatever the perimeters say."""
    part = share(table, "zoning", ["residential_light"])
    inhabited = over(part, result.threshold, accuracy)[0] & (result.state != FAIL)
    state, why = result.state.copy(), result.why.copy()
    state[inhabited], why[inhabited] = FAIL, "zhv"
    return replace(result, state=state, why=why, measured=np.where(inhabited, part, result.measured))

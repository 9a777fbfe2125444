"""Constraints: each turns measurements into a state per parcel, with the figure that decided.

A share within the accuracy of the layer's coordinate operation of its threshold is `conditional`: too close to call.
What is certain decides even where the rest is unknown; what is not certain never becomes pass.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np

from geodata.measure.table import KNOWN_USE, FloatArray, MeasurementTable, ObjectArray
from sites.law import Outcome, zoning_outcome
from sites.suitability.model import ClassShare, Constraint, Distance, Occupation, Slope, Threshold, UsableArea, Zoning
from sites.suitability.states import CODE, CONDITIONAL, DEROGATION, FAIL, PASS, UNKNOWN, States

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
    """

    constraint: Constraint
    state: States
    measured: FloatArray
    threshold: FloatArray
    why: ObjectArray
    layers: tuple[str, ...]
    outcomes: dict[str, Outcome] = field(default_factory=dict)


@dataclass(frozen=True)
class Context:
    """What constraints may look at besides the measurements."""

    site_type: str
    as_of: date
    law_region: str
    usable_m2: FloatArray


def accuracy_share(table: MeasurementTable, layer: str) -> FloatArray:
    """Share of a parcel that an error of the coordinate operation along its border can make, shape (n,)."""
    return table.accuracy_m.get(layer, 0.0) * table.perimeter_m / np.maximum(table.area_m2, 1e-9)


def usable_area(table: MeasurementTable, occupation: Occupation) -> FloatArray:
    """Area left after buildings, land in use and the gardens of dwellings; NaN = unknown."""
    return np.maximum(table.unbuilt_m2 - table.dwellings * occupation.garden.value, 0.0)


def evaluate_constraint(constraint: Constraint, table: MeasurementTable, context: Context) -> ConstraintResult:
    """State of one constraint for every parcel."""
    work: dict[type, Callable[..., ConstraintResult]] = {
        Occupation: _occupation,
        UsableArea: _usable,
        Zoning: _zoning,
        ClassShare: _class_share,
        Distance: _distance,
        Slope: _slope,
    }
    return work[type(constraint)](constraint, table, context)


def _share(table: MeasurementTable, layer: str, classes: list[str]) -> FloatArray:
    found = [table.shares.get(layer, {}).get(name) for name in classes]
    present = [one for one in found if one is not None]
    return np.sum(present, axis=0) if present else np.zeros(len(table))


def _uncovered(table: MeasurementTable, layer: str) -> FloatArray:
    return 1.0 - table.covered.get(layer, np.zeros(len(table)))


def _over(share: FloatArray, threshold: FloatArray | float, accuracy: FloatArray) -> tuple[Any, Any]:
    """Which shares are surely over a threshold, and which are too close to call.

    A share of exactly 0 or 1 is taken as it is: nothing of the feature, or all of it, was found.
    """
    close = (np.abs(share - threshold) <= accuracy) & (share > 0) & (share < 1) & (accuracy > 0)
    return (share > threshold) & ~close, close


def _words(n: int) -> ObjectArray:
    return np.full(n, None, dtype=object)


def _occupation(constraint: Occupation, table: MeasurementTable, _: Context) -> ConstraintResult:
    n = len(table)
    accuracy = accuracy_share(table, "land_use")
    used = _share(table, "land_use", list(KNOWN_USE))
    garden = np.minimum(table.dwellings * constraint.garden.value / np.maximum(table.area_m2, 1e-9), 1.0)
    release = _share(table, "land_use", list(constraint.releasable))
    limit = constraint.max_used_share.value
    used_over, used_close = _over(used, limit, accuracy)
    release_over, release_close = _over(release, limit, accuracy)
    with np.errstate(invalid="ignore"):
        built_over = table.built_share > constraint.max_built_share.value
        house = table.dwellings > 0
    dwelling = house & (garden > limit)
    missing = np.isnan(table.built_share) | (_uncovered(table, "land_use") > limit)
    state = np.select(
        [dwelling | built_over | used_over, missing, used_close | release_over | release_close | house],
        [FAIL, UNKNOWN, CONDITIONAL],
        PASS,
    ).astype(np.int8)
    why = _words(n)
    why[house] = "house"
    why[release_over | release_close] = _largest(table, "land_use", list(constraint.releasable))[
        release_over | release_close
    ]
    why[used_close] = "close_call"
    why[built_over] = "built"
    largest = _largest(table, "land_use", list(KNOWN_USE))
    why[used_over] = largest[used_over]
    why[dwelling] = "dwelling"
    measured = np.where(release_over & ~used_over, release, np.fmax(used, 0))
    measured = np.where(
        dwelling,
        garden,
        np.where(
            used_over, measured, np.where(built_over | (state == PASS) | (why == "house"), table.built_share, measured)
        ),
    )
    threshold = np.where(built_over & ~dwelling, constraint.max_built_share.value, limit)
    return ConstraintResult(constraint, state, measured, threshold, why, ("buildings", "land_use"))


def _largest(table: MeasurementTable, layer: str, classes: list[str]) -> ObjectArray:
    """Class with the largest share, None where all are zero."""
    out = _words(len(table))
    best = np.zeros(len(table))
    for name in classes:
        share = table.shares.get(layer, {}).get(name)
        if share is not None:
            better = share > best
            out[better] = name
            best = np.where(better, share, best)
    return out


def _usable(constraint: UsableArea, table: MeasurementTable, context: Context) -> ConstraintResult:
    minimum = constraint.minimum.value
    usable = context.usable_m2
    known = ~np.isnan(usable)
    with np.errstate(invalid="ignore"):
        # What is left of a parcel is never more than the parcel.
        small = np.where(known, usable, table.area_m2) < minimum
    state = np.select([small, ~known], [FAIL, UNKNOWN], PASS).astype(np.int8)
    measured = np.where(known, usable, table.area_m2)
    return ConstraintResult(
        constraint, state, measured, np.full(len(table), minimum), _words(len(table)), ("buildings", "land_use")
    )


def _zoning(constraint: Zoning, table: MeasurementTable, context: Context) -> ConstraintResult:
    n = len(table)
    present = table.shares.get("zoning", {})
    outcomes = {
        name: zoning_outcome(context.law_region, site_type=context.site_type, zoning_class=name, as_of=context.as_of)
        for name in present
    }
    sliver = np.maximum(constraint.sliver_share.value, constraint.sliver_area.value / np.maximum(table.area_m2, 1e-9))
    accuracy = accuracy_share(table, "zoning")
    by_state = {
        state: _share(table, "zoning", [name for name, found in outcomes.items() if found.state == state])
        for state in ("fail", "unknown", "derogation", "conditional", "pass")
    }
    unzoned = np.maximum(table.covered.get("zoning", np.zeros(n)) - sum(by_state.values(), start=np.zeros(n)), 0.0)
    fails, close = _over(by_state["fail"], sliver, accuracy)
    unknown = (
        (_uncovered(table, "zoning") > sliver) | (unzoned > sliver) | _over(by_state["unknown"], sliver, accuracy)[0]
    )
    derogation, close_derogation = _over(by_state["derogation"], sliver, accuracy)
    conditional, _ = _over(by_state["conditional"], sliver, accuracy)
    close = close | close_derogation | _over(by_state["unknown"], sliver, accuracy)[1]
    state = np.select(
        [fails, unknown, derogation, conditional | close], [FAIL, UNKNOWN, DEROGATION, CONDITIONAL], PASS
    ).astype(np.int8)
    why, measured = _deciding_zone(table, outcomes, state)
    why[(state == CONDITIONAL) & ~conditional] = "close_call"
    why[(state == UNKNOWN) & (unzoned > sliver)] = "unzoned"
    return ConstraintResult(constraint, state, measured, sliver, why, _with_parts(table, "zoning"), outcomes)


def _with_parts(table: MeasurementTable, layer: str) -> tuple[str, ...]:
    """A layer and the plans it is made of, so that an open answer names the plan that is missing."""
    return (layer, *(name for name in table.unknown if name.startswith(f"{layer}:")))


def _deciding_zone(
    table: MeasurementTable, outcomes: dict[str, Outcome], state: States
) -> tuple[ObjectArray, FloatArray]:
    """The class with the largest share among those whose state is the parcel's, and that share."""
    why, best = _words(len(table)), np.zeros(len(table))
    for name, outcome in outcomes.items():
        share = np.where(state == CODE[outcome.state], table.shares["zoning"][name], 0.0)
        better = share > best
        why[better] = name
        best = np.where(better, share, best)
    return why, np.where(best > 0, best, np.nan)


def _class_share(constraint: ClassShare, table: MeasurementTable, _: Context) -> ConstraintResult:
    n = len(table)
    layer = constraint.layer
    tolerance = constraint.tolerance.value
    accuracy = accuracy_share(table, layer)
    by_state: dict[str, list[str]] = {}
    for name, named_state in constraint.classes.items():
        by_state.setdefault(named_state, []).append(name)
    # A class nobody has judged yet is not known.
    by_state.setdefault("unknown", []).extend(
        name for name in table.shares.get(layer, {}) if name not in constraint.classes
    )
    shares = {name: _share(table, layer, classes) for name, classes in by_state.items()}
    over = {name: _over(share, tolerance, accuracy) for name, share in shares.items()}
    nothing = (np.zeros(n, dtype=bool), np.zeros(n, dtype=bool))
    drawn = sum(shares.values(), start=np.zeros(n))
    absent = (table.covered.get(layer, np.zeros(n)) - drawn > tolerance) & (constraint.absent != "pass")
    missing = (_uncovered(table, layer) > tolerance) | over.get("unknown", nothing)[0]
    close = over.get("fail", nothing)[1] | over.get("unknown", nothing)[1]
    conditional = over.get("conditional", nothing)[0]
    state = np.select(
        [over.get("fail", nothing)[0], missing, absent, conditional | close],
        [FAIL, UNKNOWN, CODE[constraint.absent], CONDITIONAL],
        PASS,
    ).astype(np.int8)
    why, measured = _words(n), np.where(missing, np.nan, np.minimum(drawn, 1.0))
    for name in ("pass", "conditional", "fail"):
        for word in by_state.get(name, ()):
            share = _share(table, layer, [word])
            chosen = (share > 0) & (state == CODE[name])
            why[chosen] = word
            measured = np.where(chosen, share, measured)
    why[(state == CODE[constraint.absent]) & absent] = "absent"
    why[(state == CONDITIONAL) & ~conditional & close] = "close_call"
    found = ConstraintResult(constraint, state, measured, np.full(n, tolerance), why, _with_parts(table, layer))
    return _with_habitat_vert(found, table, accuracy) if layer == "plan_hp" else found


def _with_habitat_vert(result: ConstraintResult, table: MeasurementTable, accuracy: FloatArray) -> ConstraintResult:
    """The habitat-vert zone came out of Plan HP sites: people live there as well, whatever the perimeters say."""
    share = _share(table, "zoning", ["residential_light"])
    inhabited = _over(share, result.threshold, accuracy)[0] & (result.state != FAIL)
    state, why = result.state.copy(), result.why.copy()
    state[inhabited], why[inhabited] = FAIL, "zhv"
    return replace(result, state=state, why=why, measured=np.where(inhabited, share, result.measured))


def _distance(constraint: Distance, table: MeasurementTable, _: Context) -> ConstraintResult:
    n = len(table)
    found = table.distances.get(constraint.to)
    low = found.low if found is not None else np.zeros(n)
    high = found.high if found is not None else np.full(n, np.inf)
    state = np.full(n, PASS, dtype=np.int8)
    threshold = np.full(n, np.nan)

    def apply(limit: Threshold | None, code: np.int8, *, below: bool) -> None:
        if limit is None:
            return
        sure = high < limit.value if below else low > limit.value
        open_question = (low < limit.value) & ~sure if below else (high > limit.value) & ~sure
        state[open_question] = UNKNOWN
        state[sure] = code
        threshold[(state == code) | (state == UNKNOWN) | np.isnan(threshold)] = limit.value

    # Milder first: a stricter certainty overrides, and an open question about the stricter one stays open.
    apply(constraint.conditional_below, CONDITIONAL, below=True)
    apply(constraint.fail_below, FAIL, below=True)
    apply(constraint.conditional_above, CONDITIONAL, below=False)
    apply(constraint.fail_above, FAIL, below=False)
    unloaded = np.array(
        [code == "not_loaded" for code in table.unknown.get(constraint.layer, np.full(n, "not_loaded"))]
    )
    state[unloaded] = UNKNOWN
    measured = np.where(unloaded, np.nan, np.where(low == high, high, np.where(np.isinf(high), np.nan, high)))
    return ConstraintResult(constraint, state, measured, threshold, _words(n), (constraint.layer,))


def _slope(constraint: Slope, table: MeasurementTable, _: Context) -> ConstraintResult:
    slope = table.slope_deg
    with np.errstate(invalid="ignore"):
        state = np.select(
            [np.isnan(slope), slope > constraint.fail_above.value, slope > constraint.conditional_above.value],
            [UNKNOWN, FAIL, CONDITIONAL],
            PASS,
        ).astype(np.int8)
    limit = np.where(state == FAIL, constraint.fail_above.value, constraint.conditional_above.value)
    return ConstraintResult(constraint, state, slope, limit, _words(len(table)), ("dem",))


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

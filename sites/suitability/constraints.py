"""Constraints: each turns measurements into a state per parcel, with the figure that decided.

A share within the accuracy of the layer's coordinate operation of its threshold is `conditional`: too close to call.
What is certain decides even where the rest is unknown; what is not certain never becomes pass.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from geodata.measure.table import KNOWN_USE, FloatArray, MeasurementTable
from sites.suitability.kinds import (
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
from sites.suitability.results import (
    LAW_OPEN,
    ConstraintResult,
    Context,
    datasets_of,
    law_open,
    open_layers,
    unknown_layers,
    words,
)
from sites.suitability.shares import accuracy_share, class_share, largest, over, share, uncovered, unsaid, zoning
from sites.suitability.states import CODE, CONDITIONAL, FAIL, PASS, UNKNOWN


def usable_area(table: MeasurementTable, occupation: Occupation) -> FloatArray:
    """Area left after buildings, land in use and the gardens of dwellings; NaN = unknown."""
    return np.maximum(table.unbuilt_m2 - table.dwellings * occupation.garden.value, 0.0)


def evaluate_constraint(constraint: Constraint, table: MeasurementTable, context: Context) -> ConstraintResult:
    """State of one constraint for every parcel."""
    work: dict[type, Callable[..., ConstraintResult]] = {
        Occupation: _occupation,
        UsableArea: _usable,
        Zoning: zoning,
        ClassShare: class_share,
        Distance: _distance,
        Slope: _slope,
        Owner: _owner,
    }
    found = work[type(constraint)](constraint, table, context)
    return replace(found, datasets=datasets_of(table, found.layers))


def _occupation(constraint: Occupation, table: MeasurementTable, _: Context) -> ConstraintResult:
    n = len(table)
    accuracy = accuracy_share(table, "land_use")
    used = share(table, "land_use", list(KNOWN_USE))
    garden = np.minimum(table.dwellings * constraint.garden.value / np.maximum(table.area_m2, 1e-9), 1.0)
    release = share(table, "land_use", list(constraint.releasable))
    limit = constraint.max_used_share.value
    used_over, used_close = over(used, limit, accuracy)
    release_over, release_close = over(release, limit, accuracy)
    with np.errstate(invalid="ignore"):
        built_over = table.built_share > constraint.max_built_share.value
        house = table.dwellings > 0
    dwelling = house & (garden > limit)
    # Use of the land may go on where the map says nothing.
    missing = np.isnan(table.built_share) | (
        np.maximum(used, release) * (unsaid(table, "land_use") > 0) + uncovered(table, "land_use") > limit
    )
    state = np.select(
        [dwelling | built_over | used_over, missing, used_close | release_over | release_close | house],
        [FAIL, UNKNOWN, CONDITIONAL],
        PASS,
    ).astype(np.int8)
    why = words(n)
    why[house] = "house"
    why[release_over | release_close] = largest(table, "land_use", list(constraint.releasable))[
        release_over | release_close
    ]
    why[used_close] = "close_call"
    why[built_over] = "built"
    why[used_over] = largest(table, "land_use", list(KNOWN_USE))[used_over]
    why[dwelling] = "dwelling"
    measured = np.where(release_over & ~used_over, release, np.fmax(used, 0))
    measured = np.where(
        dwelling,
        garden,
        np.where(
            used_over, measured, np.where(built_over | (state == PASS) | (why == "house"), table.built_share, measured)
        ),
    )
    threshold = np.where(built_over & ~dwelling & ~used_over, constraint.max_built_share.value, limit)
    return ConstraintResult(constraint, state, measured, threshold, why, ("buildings", "land_use"))


def _usable(constraint: UsableArea, table: MeasurementTable, context: Context) -> ConstraintResult:
    minimum = constraint.minimum.value
    low, high = context.usable(table.area_m2)
    state = np.select([high < minimum, low < minimum], [FAIL, UNKNOWN], PASS).astype(np.int8)
    measured = np.where(state == PASS, low, high)
    return ConstraintResult(
        constraint, state, measured, np.full(len(table), minimum), words(len(table)), context.usable_layers
    )


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
        threshold[sure | open_question | np.isnan(threshold)] = limit.value

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
    return ConstraintResult(constraint, state, measured, threshold, words(n), (constraint.layer,))


def _slope(constraint: Slope, table: MeasurementTable, _: Context) -> ConstraintResult:
    slope = table.slope_deg
    with np.errstate(invalid="ignore"):
        state = np.select(
            [np.isnan(slope), slope > constraint.fail_above.value, slope > constraint.conditional_above.value],
            [UNKNOWN, FAIL, CONDITIONAL],
            PASS,
        ).astype(np.int8)
    limit = np.where(state == FAIL, constraint.fail_above.value, constraint.conditional_above.value)
    return ConstraintResult(constraint, state, slope, limit, words(len(table)), ("dem",))


def _owner(constraint: Owner, table: MeasurementTable, _: Context) -> ConstraintResult:
    n = len(table)
    state = np.full(n, CODE[constraint.otherwise], dtype=np.int8)
    for name, found in constraint.classes.items():
        state[table.owner_class == name] = CODE[found]
    # Nobody knows, or the list does not say what it is.
    state[np.isin(table.owner_class.astype(str), ("None", "unknown"))] = UNKNOWN
    nothing = np.full(n, np.nan)
    return ConstraintResult(constraint, state, nothing, nothing, table.owner_class.copy(), ("ownership",))


__all__ = [
    "LAW_OPEN", "ConstraintResult", "Context", "accuracy_share", "evaluate_constraint", "law_open", "open_layers",
    "unknown_layers", "usable_area",
]  # fmt: skip

"""Groups of parcels assessed as one: the same code and the same explanation as for a parcel.

A group takes, for each constraint, the worst state of its parcels, with the figure of the parcel that has it (of several
the one nearest to the limit); only the room for a site is judged on the sum of what can be used. Its criteria come from
measurements put together: distances and ways from the parcel that is nearest, counts around the parcel that has most;
area, perimeter less the borders shared, and shape of the whole; slope and shares by area. A class of owner counts by
area; a group is entered from the highest and the widest of the roads its parcels join. What one parcel does not know the group does not know. Contributions sum to the score.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodata.measure.kernels.roads import ROAD_CLASSES
from geodata.measure.table import FloatArray, Interval, MeasurementTable
from sites.suitability.constraints import ConstraintResult, Context, evaluate_constraint
from sites.suitability.criteria import CriterionResult, evaluate_criterion
from sites.suitability.model import Distance, UsableArea
from sites.suitability.score import Assessment, _context, _pitches, ranks, scores_of
from sites.suitability.states import CONDITIONAL, DEROGATION, FAIL, PASS, UNKNOWN, so_far, verdict

Ints = NDArray[np.int64]

#: Columns of a table that are added up; by area; and the largest of which counts. Any other is not known of a group.
_SUMS = ("area_m2", "dwellings", "unbuilt_m2", "frontage_m", "vertices")
_BY_AREA = ("built_share", "slope_deg")
_LARGEST = ("width_m", "access_width_m")
#: Tables of intervals of which the largest counts; of all others (distances, ways, minutes) the smallest.
_MOST = ("counts",)
#: Stands for a distance at which nothing was found.
_FAR = 1e300
#: From the mildest to the worst, as the verdict takes them.
_SEVERITY = np.zeros(5, dtype=np.int8)
_SEVERITY[[PASS, CONDITIONAL, DEROGATION, UNKNOWN, FAIL]] = (0, 1, 2, 3, 4)


def assess_groups(
    assessment: Assessment, members: Ints, shared_m: FloatArray, width_m: FloatArray | None = None
) -> Assessment:
    """Assess g groups of the parcels of an assessment.

    Parameters
    ----------
    members : rows of the parcels, -1 where a group has no more, shape (g, most).
    shared_m : metres of border within each group, shape (g,).
    width_m : diameter of the largest circle in each group, metres; None = that of its widest parcel, which is the least.

    Returns
    -------
    An `Assessment` of length g. `capakey` holds the keys joined by a space; where the usable area of a parcel is not
    known that of the group is NaN, with the pitches from the sum of what is known to that of all drawn area.
    """
    table = group_table(assessment.table, members, shared_m, width_m)
    low, high = usable_interval(assessment, members)
    context = _context(assessment.profile, assessment.as_of, assessment.law_region, table, (low, high))
    constraints = [
        replace(evaluate_constraint(one.constraint, table, context), layers=one.layers)
        if isinstance(one.constraint, UsableArea)
        else _worst(one, members)
        for one in assessment.constraints
    ]
    criteria = [_criterion(one, assessment.table, table, context, members) for one in assessment.criteria]
    score_low, score_high = scores_of(assessment.profile, criteria, len(table))
    states = [one.state for one in constraints]
    found, known = verdict(states), so_far(states)
    rank, rank_low, rank_high = ranks(found, known, score_low, score_high, table.capakey)
    return replace(
        assessment, table=table, constraints=constraints, criteria=criteria, verdict=found, so_far=known,
        score_low=score_low, score_high=score_high, rank=rank, rank_low=rank_low, rank_high=rank_high,
        usable_m2=context.usable_m2, pitches_low=_pitches(assessment.profile, low, low)[0],
        pitches_high=_pitches(assessment.profile, high, high)[1],
    )  # fmt: skip


def usable_interval(assessment: Assessment, members: Ints) -> tuple[FloatArray, FloatArray]:
    """Usable area of each group, square metres: of an unknown parcel nothing to all of it."""
    known = assessment.usable_m2
    return (
        _sum(np.nan_to_num(known), members),
        _sum(np.where(np.isnan(known), assessment.table.area_m2, known), members),
    )


def group_table(
    table: MeasurementTable, members: Ints, shared_m: FloatArray, width_m: FloatArray | None = None
) -> MeasurementTable:
    """Measurements of groups, put together from those of their parcels."""
    given: dict[str, Any] = {}
    for field in fields(table):
        value = getattr(table, field.name)
        if isinstance(value, dict):
            given[field.name] = _many(field.name, value, table, members)
        elif field.name in _SUMS:
            given[field.name] = _sum(value, members)
        elif field.name in _BY_AREA:
            given[field.name] = _by_area(value, table, members)
        elif field.name in _LARGEST:
            given[field.name] = _reduced(value, members, np.max, -np.inf)
        elif isinstance(value, np.ndarray):
            given[field.name] = np.full((len(members), *value.shape[1:]), np.nan if value.dtype.kind == "f" else None)
    lead = members[np.arange(len(members)), _masked(table.area_m2, members, -np.inf).argmax(axis=1)]
    perimeter = np.maximum(_sum(table.perimeter_m, members) - 2.0 * shared_m, 1e-9)
    keys = [" ".join(sorted(str(table.capakey[one]) for one in row if one >= 0)) for row in members]
    given |= {
        "parcel_id": table.parcel_id[lead],
        "capakey": np.array(keys, dtype=object),
        "nis": table.nis[lead],
        "perimeter_m": perimeter,
        "compactness": np.clip(4.0 * np.pi * given["area_m2"] / perimeter**2, 0.0, 1.0),
        "owner_class": _common(table.owner_class, members),
        "access_class": _highest(table.access_class, members),
    }
    if width_m is not None:
        given["width_m"] = width_m
    return replace(table, **given)


def _many(name: str, several: dict[str, Any], table: MeasurementTable, members: Ints) -> dict[str, Any]:
    """A table of columns, by the kind of what it holds; what is no column stays."""
    out: dict[str, Any] = {}
    for key, value in several.items():
        if isinstance(value, Interval):
            least = name not in _MOST
            work: Any = np.min if least else np.max
            fill = np.inf if least else -np.inf
            out[key] = Interval(_reduced(value.low, members, work, fill), _reduced(value.high, members, work, fill))
        elif isinstance(value, dict):
            out[key] = _many(name, value, table, members)
        elif not isinstance(value, np.ndarray):
            out[key] = value
        elif value.dtype.kind == "f":
            out[key] = _by_area(value, table, members)
        elif value.dtype.kind == "M":
            out[key] = _reduced(value, members, np.max, np.datetime64("0001-01-01", "D"))
        else:
            out[key] = _first(value, members)
    return out


def _masked(values: NDArray[Any], members: Ints, fill: Any) -> NDArray[Any]:
    """Values of the members, `fill` where there is none; shape (g, most)."""
    return np.where(members >= 0, values[np.maximum(members, 0)], fill)


def _reduced(values: NDArray[Any], members: Ints, work: Callable[..., Any], fill: Any) -> Any:
    return work(_masked(values, members, fill), axis=1)


def _sum(values: NDArray[Any], members: Ints) -> FloatArray:
    """Sum by group, in the order of the members; NaN where one is."""
    found: FloatArray = _masked(values.astype(float), members, 0.0).sum(axis=1)
    return found


def _by_area(values: FloatArray, table: MeasurementTable, members: Ints) -> FloatArray:
    """Mean by area; exactly the value where all members have the same."""
    one, weight = _masked(values, members, 0.0), _masked(table.area_m2, members, 0.0)
    mean = (one * weight).sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-9)
    low, high = _reduced(values, members, np.min, np.inf), _reduced(values, members, np.max, -np.inf)
    clipped: FloatArray = np.clip(mean, low, high)
    return clipped


def _first(values: NDArray[Any], members: Ints) -> NDArray[Any]:
    """The first word that is not None, by group."""
    out = np.full(len(members), None, dtype=object)
    for column in range(members.shape[1] - 1, -1, -1):
        words = values[np.maximum(members[:, column], 0)]
        there = (members[:, column] >= 0) & np.array([word is not None for word in words], dtype=bool)
        out[there] = words[there]
    return out


def _common(values: NDArray[Any], members: Ints) -> NDArray[Any]:
    """The word that all parcels of a group have; None where they differ."""
    rows = [{values[one] for one in row if one >= 0} for row in members]
    return np.array([row.pop() if len(row) == 1 else None for row in rows] + [None], dtype=object)[:-1]


def _highest(values: NDArray[Any], members: Ints) -> NDArray[Any]:
    """The highest class of the roads that the parcels of a group join: it can be entered there; None where one is not known.

    A motorway comes last: nobody drives in from it.
    """
    names = [*ROAD_CLASSES[1:-1], ROAD_CLASSES[0]]
    place = {name: at for at, name in enumerate(names)}
    rank = np.array([place.get(one, len(names)) for one in values], dtype=np.int64)
    all_known = _reduced(rank, members, np.max, -1) < len(names)
    first = _reduced(rank, members, np.min, len(names))
    return np.array([*names, None], dtype=object)[np.where(all_known, first, len(names))]


def _worst(result: ConstraintResult, members: Ints) -> ConstraintResult:
    """A constraint of each group as that parcel has it which has the worst state."""
    severity = _masked(_SEVERITY[result.state], members, np.int8(-1))
    # Of parcels with equal states the figure nearest to the limit tells: the shortest distance from what is to be far.
    nearest = isinstance(result.constraint, Distance) and bool(
        result.constraint.fail_below or result.constraint.conditional_below
    )
    figure = np.nan_to_num(result.measured, nan=-1.0, posinf=_FAR)
    if nearest:
        figure = -np.nan_to_num(result.measured, nan=_FAR, posinf=_FAR)
    order = np.where(severity == severity.max(axis=1)[:, None], _masked(figure, members, -np.inf), -np.inf)
    at = members[np.arange(len(members)), order.argmax(axis=1)]
    return replace(
        result, state=result.state[at], measured=result.measured[at], threshold=result.threshold[at], why=result.why[at]
    )


def _criterion(
    result: CriterionResult, table: MeasurementTable, groups: MeasurementTable, context: Context, members: Ints
) -> CriterionResult:
    if not result.criterion.values or result.criterion.measures == ["access_class"]:
        bounds = context.usable(groups.area_m2)
        return evaluate_criterion(result.criterion, groups, context.usable_m2, bounds)
    nothing = np.full(len(groups), np.nan)
    low, high = (_by_area(one, table, members) for one in (result.low, result.high))
    return CriterionResult(result.criterion, nothing, nothing, low, high)

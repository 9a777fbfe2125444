"""Verdict, score and rank of n parcels: pure, vectorised, and the only code that computes them.

Contributions sum to the score. A missing criterion widens the score to an interval. Ranks are made within verdict
groups (compatible, needs derogation, unknown but so far compatible, unknown and so far in need of a derogation) by
the middle of the score interval; the rank interval is what the score intervals allow. No score moves a parcel out of
its group.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodata.measure.table import FloatArray, Interval, MeasurementTable, ObjectArray
from sites.suitability.constraints import (
    ConstraintResult,
    Context,
    evaluate_constraint,
    unknown_layers,
    usable_area,
)
from sites.suitability.criteria import CriterionResult, evaluate_criterion
from sites.suitability.dated import on_day
from sites.suitability.exclusions import exclusion_set
from sites.suitability.model import Occupation, Profile
from sites.suitability.states import (
    COMPATIBLE,
    CONDITIONAL,
    DEROGATION,
    INCOMPATIBLE,
    NEEDS_DEROGATION,
    NOT_KNOWN,
    so_far,
    verdict,
)

#: Order of the groups in a list.
GROUPS = (
    (COMPATIBLE, COMPATIBLE),
    (NEEDS_DEROGATION, NEEDS_DEROGATION),
    (NOT_KNOWN, COMPATIBLE),
    (NOT_KNOWN, NEEDS_DEROGATION),
)


@dataclass(frozen=True)
class ResultRow:
    """One parcel of an assessment, ready to be stored."""

    parcel_id: int
    verdict: str
    so_far: str
    usable_m2: float | None
    pitches_low: int | None
    pitches_high: int | None
    score_low: float
    score_high: float
    rank: int | None
    rank_low: int | None
    rank_high: int | None
    conditions: list[str]
    unknown: list[str]

    def values(self) -> list[Any]:
        """All columns after the parcel, in their order."""
        return list(self.__dict__.values())[1:]


@dataclass(frozen=True)
class Assessment:
    """What was concluded for n parcels; every array has length n.

    Attributes
    ----------
    table : the measurements as they count on `as_of`.
    verdict, so_far : words of the design.
    score_low, score_high : 0..1, equal where certain.
    rank, rank_low, rank_high : 1-based, 0 for incompatible parcels; the ends of an interval also where none was made.
    usable_m2 : usable area, NaN = unknown.
    pitches_low, pitches_high : estimate of how many pitches fit; high is -1 where unknown.
    """

    table: MeasurementTable
    profile: Profile
    as_of: date
    law_region: str
    constraints: list[ConstraintResult]
    criteria: list[CriterionResult]
    verdict: ObjectArray
    so_far: ObjectArray
    score_low: FloatArray
    score_high: FloatArray
    rank: NDArray[np.int64]
    rank_low: NDArray[np.int64]
    rank_high: NDArray[np.int64]
    usable_m2: FloatArray
    pitches_low: NDArray[np.int64]
    pitches_high: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.table)

    def contributions(self, index: int) -> list[tuple[str, float, float, float]]:
        """(criterion, weight, low, high) of one parcel; they sum to its score."""
        weights = self.profile.weights
        return [
            (one.criterion.id, weights[one.criterion.id], weights[one.criterion.id] * float(one.low[index]),
             weights[one.criterion.id] * float(one.high[index]))
            for one in self.criteria
        ]  # fmt: skip

    def open_conditions(self, index: int) -> list[str]:
        """Constraints of one parcel that are conditional or need a derogation."""
        wanted = (CONDITIONAL, DEROGATION)
        return [one.constraint.id for one in self.constraints if one.state[index] in wanted]

    def rows(self) -> Iterator[ResultRow]:
        """All parcels as rows to store."""
        for at in range(len(self)):
            ranked = self.rank[at] > 0
            known = not np.isnan(self.usable_m2[at])
            yield ResultRow(
                int(self.table.parcel_id[at]), str(self.verdict[at]), str(self.so_far[at]),
                float(self.usable_m2[at]) if known else None,
                int(self.pitches_low[at]) if self.pitches_high[at] >= 0 else None,
                int(self.pitches_high[at]) if self.pitches_high[at] >= 0 else None,
                float(self.score_low[at]), float(self.score_high[at]),
                int(self.rank[at]) if ranked else None, int(self.rank_low[at]) or None, int(self.rank_high[at]) or None,
                self.open_conditions(at), unknown_layers(self.constraints, at, self.table),
            )  # fmt: skip


def assess(
    table: MeasurementTable,
    profile: Profile,
    *,
    as_of: date,
    law_region: str | None = None,
    usable_m2: FloatArray | Interval | None = None,
) -> Assessment:
    """Assess n parcels.

    Parameters
    ----------
    table : measurements.
    profile : set of criteria.
    as_of : day whose law applies.
    law_region : whose law, where it is not the region's (German-speaking Community).
    usable_m2 : area left of each parcel outside buildings, land in use and the `exclusion_set` of the profile, square
        metres, gardens of dwellings not yet taken off; bounds where it is not known. None = what the table has, which
        leaves only buildings and land in use out.

    Notes
    -----
    Zoning and hazards whose dataset is later than `as_of` are unknown.
    """
    table = on_day(table, as_of)
    occupation = next(one for one in profile.constraints if isinstance(one, Occupation))
    context = _context(profile, as_of, law_region or profile.region, table, _usable(table, occupation, usable_m2))
    if usable_m2 is not None:
        cut_out = exclusion_set(profile, as_of, context.law_region)
        context = replace(context, usable_layers=tuple(dict.fromkeys((*context.usable_layers, *cut_out))))
    constraints = [evaluate_constraint(one, table, context) for one in profile.constraints]
    area_low, area_high = context.usable(table.area_m2)
    asked = [one.within(context.law_region) for one in profile.criteria]
    criteria = [evaluate_criterion(one, table, context.usable_m2, (area_low, area_high)) for one in asked]
    low, high = scores_of(profile, criteria, len(table))
    states = [one.state for one in constraints]
    found, known = verdict(states), so_far(states)
    rank, rank_low, rank_high = ranks(found, known, low, high, table.capakey)
    return Assessment(
        table, profile, as_of, context.law_region, constraints, criteria, found, known, low, high,
        rank, rank_low, rank_high, context.usable_m2,
        _pitches(profile, area_low, area_low)[0], _pitches(profile, area_high, area_high)[1],
    )  # fmt: skip


def _usable(
    table: MeasurementTable, occupation: Occupation, given: FloatArray | Interval | None
) -> tuple[FloatArray, FloatArray]:
    """Bounds of the usable area: never more than the parcel less its buildings, land in use and gardens."""
    most = usable_area(table, occupation)
    unknown = np.isnan(most)
    low, high = np.where(unknown, 0.0, most), np.where(unknown, table.area_m2, most)
    if given is None:
        return low, high
    least, largest = (given.low, given.high) if isinstance(given, Interval) else (given, given)
    # Where nobody knows how many dwellings there are, none need be left.
    gardens = table.dwellings * occupation.garden.value
    left = np.maximum(np.where(np.isnan(least) | np.isnan(gardens), 0.0, least - gardens), 0.0)
    room = np.maximum(np.where(np.isnan(largest), table.area_m2, largest) - np.nan_to_num(gardens), 0.0)
    high = np.minimum(high, room)
    # An area that is given whole settles what the table alone leaves open.
    return np.minimum(left, high), high


def _context(
    profile: Profile, as_of: date, law_region: str, table: MeasurementTable, usable: tuple[FloatArray, FloatArray]
) -> Context:
    low, high = usable
    return Context(profile.site_type, as_of, law_region, np.where(low == high, high, np.nan), low, high)


#: The name other programs use.
score = assess


def scores_of(profile: Profile, criteria: list[CriterionResult], n: int) -> tuple[FloatArray, FloatArray]:
    """Scores low and high of n parcels, summed criterion by criterion in their order."""
    weights = profile.weights
    low, high = np.zeros(n), np.zeros(n)
    for one in criteria:
        low = low + weights[one.criterion.id] * one.low
        high = high + weights[one.criterion.id] * one.high
    return low, high


def _pitches(profile: Profile, usable: FloatArray, area: FloatArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Estimate: usable area without roads and green, by the area of one pitch; 0 to the whole of `area` if unknown."""
    net = 1.0 - profile.pitch.roads_and_green.value
    known = ~np.isnan(usable)
    low = np.where(known, np.nan_to_num(usable) * net / profile.pitch.area_high.value, 0.0)
    high = np.where(known, np.nan_to_num(usable), area) * net / profile.pitch.area_low.value
    return np.floor(low).astype(np.int64), np.floor(high).astype(np.int64)


def ranks(
    found: ObjectArray, known: ObjectArray, low: FloatArray, high: FloatArray, keys: ObjectArray
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Rank and rank interval of each parcel, 0 for incompatible ones.

    Parameters
    ----------
    found, known : verdict and verdict so far.
    low, high : score interval.
    keys : CAPAKEYs, which break ties so that the order is stable.

    Returns
    -------
    rank, best rank and worst rank that the intervals allow within the group, each of shape (n,).
    """
    n = len(found)
    rank, best, worst = (np.zeros(n, dtype=np.int64) for _ in range(3))
    before = 0
    for group_verdict, group_so_far in GROUPS:
        rows = np.flatnonzero((found == group_verdict) & (known == group_so_far))
        if not len(rows):
            continue
        middle = (low[rows] + high[rows]) / 2
        order = np.lexsort((keys[rows].astype(str), -middle))
        rank[rows[order]] = before + np.arange(1, len(rows) + 1)
        # Surely better: their worst score beats my best. Possibly better: their best reaches my worst.
        lows, highs = np.sort(low[rows]), np.sort(high[rows])
        surely = len(rows) - np.searchsorted(lows, high[rows], side="right")
        possibly = len(rows) - np.searchsorted(highs, low[rows], side="left") - 1
        best[rows] = np.minimum(before + 1 + surely, rank[rows])
        worst[rows] = np.maximum(before + 1 + possibly, rank[rows])
        before += len(rows)
    return rank, best, worst


__all__ = ["GROUPS", "INCOMPATIBLE", "Assessment", "ResultRow", "assess", "ranks", "score"]

"""Assemblies: groups of up to six neighbouring parcels that together reach a usable area, the best first.

Pure, on arrays. A parcel that fails a constraint is never part of one, unless it fails by its size alone. At least one
parcel must have access to a road, or it must be unknown whether one has. Groups are ranked within the groups of verdicts of
a list; there those that no other beats in score, number of parcels, number of owners and compactness at once come first,
then those that only these beat, and so on; within each such front by score. Of groups that share more than half of their
usable area the first is listed, and the others are counted.

Owners: parcels of the municipality, the welfare centre, the province, the region, the community, the federal state and the
railway are one owner's each (by municipality where there is one in each); any other class, and an unknown owner, counts
as its own, so that the number of owners is an upper bound.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geodata.measure.adjacency import TOLERANCE, Adjacency
from sites.candidates.group_assessment import assess_groups, usable_interval
from sites.candidates.growth import MOST, Land, grow
from sites.suitability.model import Distance, Profile, UsableArea
from sites.suitability.score import GROUPS, Assessment
from sites.suitability.states import DEROGATION, FAIL, PASS, UNKNOWN

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
#: Rows of the parcels of groups -> diameter of the largest circle in each, metres.
Widths = Callable[[Ints], Floats]

#: Classes of which one owner holds all, in a municipality and everywhere.
_ONE_HERE = ("municipality", "cpas_ocmw")
_ONE = ("province", "region", "community", "federal", "rail_manager")
#: Groups looked at closely, by verdict, number of parcels and number of owners: those of the best score.
_CLOSELY = 60
#: Groups of one verdict that are compared with each other.
_COMPARED = 4000
#: Groups that share more than this part of their usable area are variants of one another.
_SAME = 0.5


@dataclass(frozen=True, eq=False)
class Assemblies:
    """Groups in the order in which they are listed; every array has length g.

    Attributes
    ----------
    assessment : of the groups.
    members : rows of the parcels in the assessment they come from, rising, -1 where there are no more, shape (g, MOST).
    usable_low, usable_high : usable area, square metres.
    owners : most owners there may be.
    frontage : parcels with access to a road; -1 where it is not known of any and none has it.
    front : 1 = no group of the same verdict beats it.
    variants : groups like it that are not listed.
    found : groups found in all.
    """

    assessment: Assessment
    members: Ints
    usable_low: Floats
    usable_high: Floats
    owners: Ints
    frontage: Ints
    front: Ints
    variants: Ints
    found: int

    def __len__(self) -> int:
        return len(self.members)

    def rows(self, index: int) -> list[int]:
        """Rows of the parcels of one group."""
        return [int(one) for one in self.members[index] if one >= 0]


def area_for(profile: Profile, pitches: int) -> float:
    """Usable area in which so many pitches may fit, square metres: the low norm of a pitch, with roads and green.

    Never less than the least room for a site.
    """
    room = pitches * profile.pitch.area_low.value / (1.0 - profile.pitch.roads_and_green.value)
    least = max((one.minimum.value for one in profile.constraints if isinstance(one, UsableArea)), default=0.0)
    # The count of pitches is rounded down: a hair more, so that none is lost by rounding.
    return max(room * (1.0 + 1e-9), least)


def may_join(assessment: Assessment) -> Flags:
    """Which parcels may be part of a group: those that fail nothing but the room for a site, shape (n,)."""
    barred = np.zeros(len(assessment), dtype=bool)
    for one in assessment.constraints:
        if not isinstance(one.constraint, UsableArea):
            barred |= one.state == FAIL
    return ~barred


def find_assemblies(
    assessment: Assessment, beside: Adjacency, wanted_m2: float, *, limit: int = 20, widths: Widths | None = None
) -> Assemblies:
    """The best groups.

    Parameters
    ----------
    assessment : of n parcels.
    beside : neighbours among them.
    wanted_m2 : usable area a group must reach, square metres; where that of a parcel is unknown, all of it may be usable.
    limit : most groups listed.
    widths : gives the width of groups, where shapes are at hand; None = that of the widest parcel counts.
    """
    land, access = _land(assessment), _access(assessment)
    groups = grow(land, beside, wanted_m2)
    here = groups >= 0
    reached = (access[np.maximum(groups, 0)] != 0) & here
    groups = groups[reached.any(axis=1)]
    owners = _owners(land.owner, groups)
    closely = _closely(assessment, groups, owners, land)
    chosen, owners = groups[closely], owners[closely]
    width = None if widths is None else widths(chosen)
    found = assess_groups(assessment, chosen, _shared(beside, chosen), width)
    order, front = _ordered(found, (chosen >= 0).sum(axis=1), owners)
    listed, variants = _apart(chosen, order, land.usable_m2, limit)
    made = of_members(assessment, beside, chosen[listed], None if width is None else width[listed])
    return replace(made, front=front[listed], variants=variants, found=len(groups))


def of_members(assessment: Assessment, beside: Adjacency, members: Ints, width_m: Floats | None = None) -> Assemblies:
    """Groups of given parcels, in the order given; each as a front of its own, with no variants.

    Parameters
    ----------
    members : rows of the parcels, rising, -1 where there are no more, shape (g, MOST).
    width_m : diameter of the largest circle in each group, metres; None = that of its widest parcel.
    """
    low, high = usable_interval(assessment, members)
    owner = owner_numbers(assessment.table.owner_class, assessment.table.nis)
    once, none = np.ones(len(members), dtype=np.int64), np.zeros(len(members), dtype=np.int64)
    return Assemblies(
        assess_groups(assessment, members, _shared(beside, members), width_m), members, low, high, _owners(owner, members),
        _frontage(_access(assessment), members), once, none, len(members),
    )  # fmt: skip


def _land(assessment: Assessment) -> Land:
    table = assessment.table
    usable = np.where(np.isnan(assessment.usable_m2), table.area_m2, assessment.usable_m2)
    value = (assessment.score_low + assessment.score_high) / 2.0
    owner = owner_numbers(table.owner_class, table.nis)
    return Land(may_join(assessment), usable, value, owner, table.area_m2, table.perimeter_m)


def owner_numbers(classes: NDArray[np.object_], nis: NDArray[np.object_]) -> Ints:
    """Number of the owner of each parcel; below 0 where the class does not tell that two parcels have the same."""
    numbers: dict[tuple[str, str], int] = {}
    out = np.full(len(classes), -1, dtype=np.int64)
    for at, (name, code) in enumerate(zip(classes, nis, strict=True)):
        if name in _ONE_HERE or name in _ONE:
            key = (str(name), str(code) if name in _ONE_HERE else "")
            out[at] = numbers.setdefault(key, len(numbers))
    return out


def _access(assessment: Assessment) -> Ints:
    """Access to a road by parcel: 1 yes, 0 no, -1 unknown (also where nothing asks for it)."""
    for one in assessment.constraints:
        if isinstance(one.constraint, Distance) and one.constraint.to == "road":
            state: Ints = np.where(one.state == PASS, 1, np.where(one.state == UNKNOWN, -1, 0)).astype(np.int64)
            return state
    return np.full(len(assessment), -1, dtype=np.int64)


def _frontage(access: Ints, members: Ints) -> Ints:
    here = members >= 0
    given = access[np.maximum(members, 0)]
    sure = ((given == 1) & here).sum(axis=1)
    found: Ints = np.where((sure == 0) & ((given < 0) & here).any(axis=1), -1, sure).astype(np.int64)
    return found


def _owners(owner: Ints, groups: Ints) -> Ints:
    """Most owners of each group."""
    given = np.where(groups >= 0, owner[np.maximum(groups, 0)], -1)
    alone = ((given < 0) & (groups >= 0)).sum(axis=1)
    known = np.sort(given, axis=1)
    new = (known >= 0) & np.concatenate([np.ones((len(known), 1), bool), known[:, 1:] != known[:, :-1]], axis=1)
    found: Ints = (alone + new.sum(axis=1)).astype(np.int64)
    return found


def _shared(beside: Adjacency, groups: Ints) -> Floats:
    """Metres of border within each group, without what the tolerance adds at either end of a border."""
    shared = np.maximum(beside.metres - 2.0 * TOLERANCE, 0.0)
    keys = beside.first * beside.count + beside.second
    total = np.zeros(len(groups))
    if not len(keys):
        return total
    for a in range(MOST):
        for b in range(a + 1, MOST):
            there = groups[:, b] >= 0
            wanted = groups[there, a] * beside.count + groups[there, b]
            at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
            total[there] += np.where(keys[at] == wanted, shared[at], 0.0)
    return total


def _closely(assessment: Assessment, groups: Ints, owners: Ints, land: Land) -> Ints:
    """Groups worth a close look: the best by score of each verdict, number of parcels and number of owners."""
    if not len(groups):
        return np.empty(0, dtype=np.int64)
    opened, departs = (
        np.any([one.state == state for one in assessment.constraints if not isinstance(one.constraint, UsableArea)], 0)
        for state in (UNKNOWN, DEROGATION)
    )
    opened = opened | np.isnan(assessment.usable_m2)
    at, here = np.maximum(groups, 0), groups >= 0
    kind = 2 * (opened[at] & here).any(axis=1) + (departs[at] & here).any(axis=1)
    weight = land.area_m2[at] * here
    score = (land.value[at] * weight).sum(axis=1) / weight.sum(axis=1)
    part = (kind * (MOST + 1) + here.sum(axis=1)) * (MOST + 1) + owners
    order = np.lexsort((np.arange(len(groups)), -score, part))
    starts = np.flatnonzero(np.diff(part[order], prepend=-1))
    place = np.arange(len(order)) - np.repeat(starts, np.diff([*starts, len(order)]))
    return np.sort(order[place < _CLOSELY])


def _ordered(found: Assessment, parcels: Ints, owners: Ints) -> tuple[Ints, Ints]:
    """Order of the groups, and the front of each within its verdict (0: none, as it is not compatible)."""
    middle = (found.score_low + found.score_high) / 2.0
    front = np.zeros(len(found), dtype=np.int64)
    order: list[Ints] = []
    for word, known in GROUPS:
        rows = np.flatnonzero((found.verdict == word) & (found.so_far == known))
        rows = rows[np.argsort(-middle[rows], kind="stable")][:_COMPARED]
        if not len(rows):
            continue
        front[rows] = fronts(
            np.stack([middle[rows], -parcels[rows], -owners[rows], found.table.compactness[rows]], axis=1)
        )
        order.append(rows[np.lexsort((found.table.capakey[rows].astype(str), -middle[rows], front[rows]))])
    return (np.concatenate(order) if order else np.empty(0, np.int64)), front


def fronts(figures: Floats) -> Ints:
    """Front of each row, from 1: rows that none beats, then rows that only those beat, and so on; more is better.

    A row beats another where it is nowhere less and somewhere more. Shape (n, figures) -> (n,).
    """
    n = len(figures)
    beats = np.ones((n, n), dtype=bool)
    more = np.zeros((n, n), dtype=bool)
    for column in figures.T:
        beats &= column[:, None] >= column[None, :]
        more |= column[:, None] > column[None, :]
    beats &= more
    beaten, out = beats.sum(axis=0), np.zeros(n, dtype=np.int64)
    front = 0
    while (out == 0).any():
        front += 1
        rows = np.flatnonzero((out == 0) & (beaten == 0))
        out[rows] = front
        beaten = beaten - beats[rows].sum(axis=0)
    return out


def _apart(groups: Ints, order: Ints, usable: Floats, limit: int) -> tuple[Ints, Ints]:
    """Groups to list, and how many like each of them are left out."""
    listed: list[int] = []
    variants: list[int] = []
    held: list[dict[int, float]] = []
    for row in order.tolist():
        mine = {int(one): float(usable[one]) for one in groups[row] if one >= 0}
        total = sum(mine.values())
        like = next(
            (
                at
                for at, other in enumerate(held)
                if sum(area for one, area in mine.items() if one in other) > _SAME * min(total, sum(other.values()))
            ),
            None,
        )
        if like is not None:
            variants[like] += 1
        elif len(listed) < limit:
            listed.append(row)
            variants.append(0)
            held.append(mine)
    return np.array(listed, dtype=np.int64), np.array(variants, dtype=np.int64)

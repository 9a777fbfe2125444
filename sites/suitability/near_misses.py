"""What would help where little is compatible: which single thing stands in the way of how much land.

Contract: pure. A parcel that one constraint alone keeps out would have, without it, the verdict of the others; that is
counted, never promised. Nothing here says that a hazard can be lifted: constraints that nobody can lift are counted apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sites.suitability.findings import can_be_overridden
from sites.suitability.model import Zoning
from sites.suitability.score import Assessment
from sites.suitability.states import COMPATIBLE, CONDITIONAL, FAIL, INCOMPATIBLE, NEEDS_DEROGATION, NOT_KNOWN, verdict

Mask = NDArray[np.bool_]
#: Fewer compatible candidates than this, and a list says what would help.
FEW = 3


@dataclass(frozen=True)
class Wishes:
    """What a list is filtered by: pitches that must fit at most, owners, least area; None = all."""

    pitches: int | None = None
    owners: Sequence[str] | None = None
    min_area_m2: float | None = None

    def mask(self, assessment: Assessment, *, pitches: int | None = None, owners: bool = True) -> Mask:
        """Parcels that meet the wishes; `pitches` instead of those wanted, `owners` False = whoever owns them."""
        out: Mask = np.ones(len(assessment), dtype=bool)
        wanted = self.pitches if pitches is None else pitches
        if wanted is not None:
            out &= (assessment.pitches_high >= wanted) | (assessment.pitches_high < 0)
        if self.min_area_m2 is not None:
            out &= assessment.table.area_m2 >= self.min_area_m2
        if owners and self.owners is not None:
            classes = np.array([one or "unknown" for one in assessment.table.owner_class], dtype=object)
            out &= np.isin(classes.astype(str), list(self.owners))
        return out


@dataclass(frozen=True)
class Obstacle:
    """One constraint.

    Attributes
    ----------
    fails, area_m2 : parcels that fail it, and their area, whatever else they fail.
    alone : parcels that fail it and nothing else.
    then : verdict without it -> number, of the parcels that fail it alone and meet the wishes.
    liftable : a plan can be made anew, a measurement can be wrong, land in use can be given up; a hazard stays.
    """

    constraint: str
    fails: int
    area_m2: float
    alone: int
    then: dict[str, int]
    liftable: bool


@dataclass(frozen=True)
class NearMisses:
    """What stands in the way, and what would help.

    Attributes
    ----------
    compatible : candidates that are compatible and meet the wishes.
    on_condition : of these, with a release or a step owed under the plan.
    unknown : not known, but compatible so far, and meet the wishes; by layer that is missing alone.
    derogation : need a derogation and meet the wishes.
    fewer : pitches -> compatible candidates with room for them, down to where there are enough.
    other_owners : compatible candidates that only the wish for an owner keeps out.
    obstacles : every constraint, the one that excludes most land first.
    """

    compatible: int
    on_condition: int
    unknown: int
    waiting_for: dict[str, int]
    derogation: int
    fewer: dict[int, int]
    other_owners: int
    obstacles: tuple[Obstacle, ...]


def near_misses(assessment: Assessment, wishes: Wishes, unknown_layers: Sequence[Sequence[str]]) -> NearMisses:
    """Count what would help.

    Parameters
    ----------
    unknown_layers : names of the layers that are missing per parcel, of length n.
    """
    meets = wishes.mask(assessment)
    good = assessment.verdict == COMPATIBLE
    waiting = meets & (assessment.verdict == NOT_KNOWN) & (assessment.so_far == COMPATIBLE)
    waiting_for: dict[str, int] = {}
    for at in np.flatnonzero(waiting).tolist():
        if len(unknown_layers[at]) == 1:
            name = unknown_layers[at][0]
            waiting_for[name] = waiting_for.get(name, 0) + 1
    zoning = next(one for one in assessment.constraints if isinstance(one.constraint, Zoning))
    return NearMisses(
        compatible=int((good & meets).sum()),
        on_condition=int((good & meets & (zoning.state == CONDITIONAL)).sum()),
        unknown=int(waiting.sum()),
        waiting_for=dict(sorted(waiting_for.items(), key=lambda item: (-item[1], item[0]))),
        derogation=int((meets & (assessment.verdict == NEEDS_DEROGATION)).sum()),
        fewer=_fewer(assessment, wishes, good),
        other_owners=0 if wishes.owners is None else int((good & wishes.mask(assessment, owners=False) & ~meets).sum()),
        obstacles=_obstacles(assessment, meets),
    )


def _fewer(assessment: Assessment, wishes: Wishes, good: Mask) -> dict[int, int]:
    """Compatible candidates for fewer pitches, one fewer each time, until there are enough."""
    out: dict[int, int] = {}
    for pitches in range((wishes.pitches or 1) - 1, 0, -1):
        count = int((good & wishes.mask(assessment, pitches=pitches)).sum())
        if count > max(out.values(), default=int((good & wishes.mask(assessment)).sum())):
            out[pitches] = count
        if count >= FEW:
            break
    return out


def _obstacles(assessment: Assessment, meets: Mask) -> tuple[Obstacle, ...]:
    states = np.stack([one.state for one in assessment.constraints])
    fails = states == FAIL
    number = fails.sum(0)
    out = []
    for at, one in enumerate(assessment.constraints):
        alone = fails[at] & (number == 1)
        rows = np.flatnonzero(alone & meets)
        then: dict[str, int] = {}
        if len(rows):
            rest = [states[other][rows] for other in range(len(states)) if other != at]
            words, counts = np.unique(verdict(rest).astype(str), return_counts=True)
            then = {str(word): int(count) for word, count in zip(words, counts, strict=True) if word != INCOMPATIBLE}
        out.append(
            Obstacle(
                one.constraint.id,
                int(fails[at].sum()),
                float(assessment.table.area_m2[fails[at]].sum()),
                int(alone.sum()),
                then,
                isinstance(one.constraint, Zoning) or can_be_overridden(one.constraint),
            )
        )
    return tuple(sorted(out, key=lambda one: (-one.area_m2, one.constraint)))

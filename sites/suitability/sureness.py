"""How sure the ranks of an assessment are, and what other ways of ranking say; see `sites.suitability.robustness`."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from geodata.measure.table import FloatArray
from sites.suitability.alternatives import Check, checks
from sites.suitability.robustness import DRAWS, keys_of, smaa
from sites.suitability.score import GROUPS, Assessment

#: Of more ranked candidates than this only the first are drawn: a rank of a hundred thousandth is nobody's question.
MOST = 100_000


@dataclass(frozen=True)
class Sureness:
    """n parcels; every array has length n.

    Attributes
    ----------
    first, top : share of the draws on rank 1, and among the first ten; NaN where nothing was drawn.
    """

    first: FloatArray
    top: FloatArray


def values_of(assessment: Assessment) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Values of the criteria low and high, shape (n, k), and their weights, in the order of the profile."""
    weights = assessment.profile.weights
    low = np.stack([one.low for one in assessment.criteria], axis=1)
    high = np.stack([one.high for one in assessment.criteria], axis=1)
    return low, high, np.array([weights[one.criterion.id] for one in assessment.criteria])


def made_sure(assessment: Assessment, seed: int, *, draws: int = DRAWS) -> tuple[Assessment, Sureness]:
    """The assessment with rank intervals from many draws of weights and unknown values, and how often each is on top.

    Ranks themselves stay; an interval always holds the rank.
    """
    n = len(assessment)
    first, top = np.full(n, np.nan), np.full(n, np.nan)
    ranked = np.flatnonzero(assessment.rank > 0)
    ranked = ranked[np.argsort(assessment.rank[ranked])][:MOST]
    if not len(ranked):
        return assessment, Sureness(first, top)
    ranked = np.sort(ranked)
    low, high, weights = values_of(assessment)
    found = smaa(
        low[ranked], high[ranked], weights, keys=keys_of(assessment.table.capakey[ranked]),
        tier=tiers(assessment)[ranked], draws=draws, seed=seed,
    )  # fmt: skip
    first[ranked], top[ranked] = found.first, found.top
    rank = assessment.rank[ranked]
    best, worst = assessment.rank_low.copy(), assessment.rank_high.copy()
    best[ranked], worst[ranked] = np.minimum(found.rank_low, rank), np.maximum(found.rank_high, rank)
    return replace(assessment, rank_low=best, rank_high=worst), Sureness(first, top)


def tiers(assessment: Assessment) -> np.ndarray:
    """Verdict group of each parcel, 0 = listed first."""
    out = np.full(len(assessment), len(GROUPS), dtype=np.int64)
    for at, (found, known) in enumerate(GROUPS):
        out[(assessment.verdict == found) & (assessment.so_far == known)] = at
    return out


def other_rankings(assessment: Assessment) -> tuple[list[Check], np.ndarray]:
    """Other ways of ranking the compatible candidates, and the rows they are about."""
    rows = np.flatnonzero(tiers(assessment) == 0)
    low, high, weights = values_of(assessment)
    return checks((low[rows] + high[rows]) / 2.0, weights), rows

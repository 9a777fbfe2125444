"""How sure the ranks of an assessment are, and what other ways of ranking say; see `sites.suitability.robustness`."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from geodata.measure.table import FloatArray
from sites.suitability.alternatives import Check, checks
from sites.suitability.robustness import DRAWS, TOP, Nationwide, Robustness, keys_of, smaa, smaa_nationwide
from sites.suitability.score import GROUPS, Assessment

#: Of more ranked candidates than this not every rank of every draw is kept: a rank of a hundred thousandth is nobody's
#: question. How often each is among the first `TOP_OF_MANY` is, and so are the rank intervals of the first `SHORTLIST`.
MOST = 100_000
TOP_OF_MANY = 1000
SHORTLIST = 1000


@dataclass(frozen=True)
class Sureness:
    """n parcels; every array has length n.

    Attributes
    ----------
    first, top : share of the draws on rank 1, and among the first `of`; NaN for what is not ranked.
    of : ten, or `TOP_OF_MANY` of more than `MOST` ranked candidates.
    """

    first: FloatArray
    top: FloatArray
    of: int


def top_of(ranked: int) -> int:
    """Among how many first the share of the draws is kept, of so many ranked candidates."""
    return TOP if ranked <= MOST else TOP_OF_MANY


def values_of(assessment: Assessment) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Values of the criteria low and high, shape (n, k), and their weights, in the order of the profile."""
    weights = assessment.profile.weights
    low = np.stack([one.low for one in assessment.criteria], axis=1)
    high = np.stack([one.high for one in assessment.criteria], axis=1)
    return low, high, np.array([weights[one.criterion.id] for one in assessment.criteria])


def made_sure(assessment: Assessment, seed: int, *, draws: int = DRAWS) -> tuple[Assessment, Sureness]:
    """The assessment with rank intervals from many draws of weights and unknown values, and how often each is on top.

    Ranks themselves stay; an interval always holds the rank. Of more than `MOST` ranked candidates only the first
    `SHORTLIST` have an interval; the ends of the others are 0.
    """
    n = len(assessment)
    first, top = np.full(n, np.nan), np.full(n, np.nan)
    ranked = np.flatnonzero(assessment.rank > 0)
    of = top_of(len(ranked))
    if not len(ranked):
        return assessment, Sureness(first, top, of)
    low, high, weights = values_of(assessment)
    given = (low[ranked], high[ranked], weights)
    keys, tier = keys_of(assessment.table.capakey[ranked]), tiers(assessment)[ranked]
    best, worst = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    found: Robustness | Nationwide
    if len(ranked) <= MOST:
        found, told = smaa(*given, keys=keys, tier=tier, draws=draws, seed=seed), ranked
    else:
        short = np.argsort(assessment.rank[ranked])[:SHORTLIST]
        found = smaa_nationwide(*given, keys=keys, tier=tier, of=of, shortlist=short, draws=draws, seed=seed)
        told = ranked[short]
    first[ranked], top[ranked] = found.first, found.top
    rank = assessment.rank[told]
    best[told], worst[told] = np.minimum(found.rank_low, rank), np.maximum(found.rank_high, rank)
    return replace(assessment, rank_low=best, rank_high=worst), Sureness(first, top, of)


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

"""Scores and ranks under other weights: computed on reading, never stored, always beside the published ones."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from geodata.errors import UsageError
from sites.suitability.score import Assessment, ranks, scores_of


def with_weights(assessment: Assessment, weights: Mapping[str, float]) -> Assessment:
    """The assessment with other weights; verdicts stay as they are.

    Parameters
    ----------
    weights : criterion -> weight, 0 or more; those left out keep theirs. They are compared, not summed to anything.

    Raises
    ------
    UsageError
        When a criterion is none of the profile's, or no weight is left.
    """
    profile = assessment.profile
    known = {one.id for one in profile.criteria}
    for name, weight in weights.items():
        if name not in known:
            raise UsageError(f"{name} is no criterion of {profile.id}.", f"Use: {', '.join(sorted(known))}.")
        if not math.isfinite(weight) or weight < 0:
            raise UsageError(f"{weight:g} is no weight of {name}.", "Give a number of 0 or more.")
    criteria = [one.model_copy(update={"weight": float(weights.get(one.id, one.weight))}) for one in profile.criteria]
    if not sum(one.weight for one in criteria) > 0:
        raise UsageError("No weight is left.", "Give at least one criterion a weight above 0.")
    other = profile.model_copy(update={"criteria": criteria})
    results = [replace(one, criterion=new) for one, new in zip(assessment.criteria, criteria, strict=True)]
    low, high = scores_of(other, results, len(assessment))
    rank, best, worst = ranks(assessment.verdict, assessment.so_far, low, high, assessment.table.capakey)
    return replace(
        assessment, profile=other, criteria=results, score_low=low, score_high=high, rank=rank, rank_low=best,
        rank_high=worst,
    )  # fmt: skip

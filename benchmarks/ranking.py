"""How sure ranks are: a thousand weight sets, ranks after a change of weights, beside scikit-criteria and pymcdm.

    python -m benchmarks --only ranking [--parcels 1000000]

Values are made up: ten criteria, one value in a hundred not known, municipalities of 2 000 candidates in four verdict groups.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pymcdm.methods
import skcriteria
from skcriteria.agg.simple import WeightedSumModel
from skcriteria.agg.topsis import TOPSIS

from sites.suitability.alternatives import topsis, weighted_sum
from sites.suitability.robustness import smaa, smaa_nationwide

CRITERIA = 10
MUNICIPALITY = 20_000
DRAWS = 1000


def run(candidates: int) -> None:
    """Print the seconds of each, and the ratios."""
    warnings.simplefilter("ignore")
    _smaa(some(2_000), 16)
    for count in sorted({min(200_000, candidates), candidates}):
        low, high, weights, keys, group, tier = some(count)
        _tell(f"SMAA, {count} candidates, {DRAWS} weight sets, ranks by municipality", *_timed(
            lambda low=low, high=high, weights=weights, keys=keys, group=group, tier=tier: smaa(
                low, high, weights, keys=keys, group=group, tier=tier, draws=DRAWS, seed=1)))  # fmt: skip
        _tell("  the first 1 000 of all, and ranks of a shortlist of 50", *_timed(
            lambda low=low, high=high, weights=weights, keys=keys, tier=tier: smaa_nationwide(
                low, high, weights, keys=keys, tier=tier, shortlist=np.arange(50), draws=DRAWS, seed=1)))  # fmt: skip
    low, high, weights, keys, _, tier = some(MUNICIPALITY)
    _tell(f"SMAA, a municipality of {MUNICIPALITY}", *_timed(
        lambda: smaa(low, high, weights, keys=keys, tier=tier, draws=DRAWS, seed=1)))  # fmt: skip
    again = min(_timed(lambda: np.argsort(-weighted_sum(low, weights), kind="stable")) for _ in range(7))
    _tell(f"weights changed, {MUNICIPALITY} candidates ranked anew", *again)
    _libraries(*some(candidates))


def _libraries(low: Any, _: Any, weights: Any, keys: Any, group: Any, tier: Any) -> None:
    """The same matrix in both libraries, which have no weight sets: one of ours against one call of theirs."""
    matrix = skcriteria.mkdm(low, [max] * CRITERIA, weights=weights)
    kinds = np.ones(CRITERIA)
    closeness = pymcdm.methods.TOPSIS(normalization_function=_as_they_are)
    plain = pymcdm.methods.WSM(normalization_function=_as_they_are)
    ours = _least(lambda: topsis(low, weights))
    _ratio("TOPSIS, scikit-criteria (ranks too)", ours, _least(lambda: TOPSIS().evaluate(matrix)))
    _ratio("TOPSIS, pymcdm", ours, _least(lambda: closeness(low, weights, kinds, validation=False)))
    ours = _least(lambda: np.argsort(-weighted_sum(low, weights), kind="stable"))
    simple = _least(lambda: WeightedSumModel().evaluate(matrix))
    other = _least(lambda: plain.rank(plain(low, weights, kinds, validation=False)))
    _ratio("weighted sum and rank among all, scikit-criteria", ours, simple)
    _ratio("weighted sum and rank among all, pymcdm", ours, other)
    _, many = _timed(lambda: smaa(low, low, weights, keys=keys, group=group, tier=tier, draws=DRAWS, seed=1))
    _ratio("one of a thousand weight sets (ranks by municipality), scikit-criteria", many / DRAWS, simple)
    _ratio("one of a thousand weight sets (ranks by municipality), pymcdm", many / DRAWS, other)


def some(count: int) -> tuple[Any, ...]:
    """Values low and high, weights, keys, municipalities, verdict groups."""
    draw = np.random.default_rng(44)
    low = draw.random((count, CRITERIA))
    high = np.where(draw.random((count, CRITERIA)) < 0.01, 1.0, low)
    weights = draw.uniform(5, 20, CRITERIA)
    keys = draw.integers(0, 2**63, count).astype(np.uint64)
    return low, high, weights / weights.sum(), keys, np.arange(count) // 2000, draw.integers(0, 4, count)


def _smaa(given: tuple[Any, ...], draws: int) -> None:
    low, high, weights, keys, group, tier = given
    smaa(low, high, weights, keys=keys, group=group, tier=tier, draws=draws, seed=1)


def _as_they_are(column: Any, cost: bool = False) -> Any:
    return column


def _timed(work: Callable[[], Any]) -> tuple[float, float]:
    started, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - started, time.process_time() - used


def _least(work: Callable[[], Any]) -> float:
    """Processor seconds of the quickest of three."""
    return min(_timed(work)[1] for _ in range(3))


def _tell(what: str, seconds: float, processor: float) -> None:
    print(f"  {what:<72}{seconds:9.3f} s  (processor {processor:.3f} s)")


def _ratio(what: str, ours: float, theirs: float) -> None:
    print(f"  {what:<72}{theirs:9.3f} s, ours {ours:.4f} s (processor), {theirs / ours:.1f} times")

"""Other ways to rank the same candidates, as checks beside the published weighted sum, and the weights under which one would win.

Contract: pure. TOPSIS and the ordered weighted average work on the same values 0..1 with fixed ends (0 = worst, 1 = best),
never on the best and worst of the candidates at hand, so that adding one changes no score of another. Nothing here decides a
verdict or a rank that is shown as the result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.stats import kendalltau

from geodata.errors import UsageError
from geodata.measure.table import FloatArray
from sites.suitability.robustness import LEAST, MOST

#: Two candidates whose scores differ by less stand on one place.
_SAME = 1e-9
#: Answers of the solver of linear programmes; any other means that it found out nothing.
_SOLVED, _NO_SUCH_WEIGHTS = 0, 2


def weighted_sum(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Score of each candidate, summed criterion by criterion in their order, shape (n,)."""
    out = np.zeros(len(values))
    for at, weight in enumerate(weights):
        out = out + weight * values[:, at]
    return out


def topsis(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Closeness to the ideal, 0..1: distance to the worst end over the sum of the distances to both ends, shape (n,).

    Hwang and Yoon, Multiple Attribute Decision Making (1981), with the ends of the published value functions as ideal and
    anti-ideal. Where no criterion has a weight, 0.
    """
    weighted = values * weights
    best = np.sqrt(((weights - weighted) ** 2).sum(axis=1))
    worst = np.sqrt((weighted**2).sum(axis=1))
    total = best + worst
    out: FloatArray = np.divide(worst, total, out=np.zeros(len(values)), where=total > 0)
    return out


def owa(values: FloatArray, weights: FloatArray, attitude: float) -> FloatArray:
    """Ordered weighted average: how good a candidate is to somebody careful (0), neutral (0.5) or hopeful (1), shape (n,).

    Yager's weights that follow from the importance of each criterion (Quantifier guided aggregation, International Journal of
    Intelligent Systems 11, 1996): the values are ordered from best to worst, and the one after a share s of the weights counts
    for Q(s_after) - Q(s_before), with Q(s) = s ** ((1 - attitude) / attitude). At 0.5 it is the weighted sum, at 0 the worst
    value, at 1 the best.

    Raises
    ------
    UsageError
        When the attitude is not 0..1.
    """
    if not 0.0 <= attitude <= 1.0:
        raise UsageError(f"{attitude:g} is no attitude to risk.", "Give 0 (careful) to 1 (hopeful).")
    order = np.argsort(-values, axis=1, kind="stable")
    sorted_values = np.take_along_axis(values, order, axis=1)
    share = np.cumsum(np.broadcast_to(weights, values.shape)[np.arange(len(values))[:, None], order], axis=1)
    share = np.clip(share / np.sum(weights), 0.0, 1.0)
    counted = weights[order] > 0
    out: FloatArray
    if attitude == 0.0:
        out = np.where(counted, sorted_values, np.inf).min(axis=1)
    elif attitude == 1.0:
        out = np.where(counted, sorted_values, -np.inf).max(axis=1)
    else:
        reached = share ** ((1.0 - attitude) / attitude)
        out = (np.diff(reached, axis=1, prepend=0.0) * sorted_values).sum(axis=1)
    return out


@dataclass(frozen=True)
class Check:
    """Another ranking beside the published one.

    Attributes
    ----------
    name : topsis, careful, hopeful.
    agreement : Kendall's tau-b of the two rankings, -1..1; NaN for fewer than two candidates.
    moves : rank in this ranking less the published rank, shape (n,): below 0 = better here.
    """

    name: str
    agreement: float
    moves: Any


def checks(values: FloatArray, weights: FloatArray) -> list[Check]:
    """The published ranking against TOPSIS and a careful and a hopeful reading.

    Parameters
    ----------
    values : middle of each criterion's interval, shape (n, k).
    weights : published weights, summing to one.
    """
    published = places(weighted_sum(values, weights))
    others = {
        "topsis": topsis(values, weights),
        "careful": owa(values, weights, 0.25),
        "hopeful": owa(values, weights, 0.75),
    }
    out = []
    for name, scores in others.items():
        mine = places(scores)
        agreement = float(kendalltau(published, mine).statistic) if len(values) > 1 else float("nan")
        out.append(Check(name, agreement, mine - published))
    return out


def places(scores: FloatArray) -> Any:
    """Rank of each score, 1 = best; the same score, the same rank."""
    order = np.sort(-np.round(scores / _SAME))
    return np.searchsorted(order, -np.round(scores / _SAME), side="left") + 1


@dataclass(frozen=True)
class Winning:
    """Weights under which a candidate is first.

    Attributes
    ----------
    weights : they sum to one, shape (k,).
    within : inside the range in which the weights are drawn (half to one and a half of the published ones).
    change : sum of the absolute differences to the published weights, 0..2.
    """

    weights: FloatArray
    within: bool
    change: float


def winning_weights(
    low: FloatArray, high: FloatArray, weights: FloatArray, index: int, rivals: NDArray[np.int64] | None = None
) -> Winning | None:
    """The weights nearest to the published ones under which a candidate would be first, or share that place.

    Parameters
    ----------
    low, high : values of the criteria, 0..1, shape (n, k); what is not known is taken at its middle.
    weights : published weights, summing to one.
    index : the candidate.
    rivals : rows it is compared with, those of its verdict group for instance; None = all.

    Returns
    -------
    None when there are none: some other candidate, or a mixture of others, is better under all weights.

    Raises
    ------
    UsageError
        When the linear programme could not be solved, so that nothing is known.

    Notes
    -----
    A linear programme: least sum of absolute changes, such that no other candidate scores more.
    """
    values = (low + high) / 2.0
    better = (values if rivals is None else values[rivals]) - values[index]
    if (better > 0).all(axis=1).any():
        return None
    better = np.unique(better[(better > 0).any(axis=1)], axis=0)
    weights = np.asarray(weights, dtype=np.float64)
    if not (better @ weights > 0).any():
        return Winning(weights, True, 0.0)
    for within in (True, False):
        chosen = _nearest(better, weights, within)
        if chosen is not None:
            return Winning(chosen, within, float(np.abs(chosen - weights).sum()))
    return None


def _nearest(better: FloatArray, weights: FloatArray, within: bool) -> FloatArray | None:
    """The nearest weights under which no row of `better` sums to more than 0; None when there are none."""
    k = len(weights)
    ends = [(LEAST * one, MOST * one) if within else (0.0, 1.0) for one in weights]
    # Unknowns: the weights, then how far each is from the published one.
    apart = np.eye(k)
    rules = np.concatenate(
        [
            np.concatenate([better, np.zeros((len(better), k))], axis=1),
            np.concatenate([apart, -apart], axis=1),
            np.concatenate([-apart, -apart], axis=1),
        ]
    )
    found = linprog(
        np.concatenate([np.zeros(k), np.ones(k)]),
        A_ub=rules,
        b_ub=np.concatenate([np.zeros(len(better)), weights, -weights]),
        A_eq=np.concatenate([np.ones(k), np.zeros(k)])[None, :],
        b_eq=[1.0],
        bounds=[*ends, *[(0.0, None)] * k],
        method="highs",
        options={"primal_feasibility_tolerance": 1e-10},
    )
    if found.status == _NO_SUCH_WEIGHTS:
        return None
    if found.status != _SOLVED or found.x is None:
        raise UsageError("The weights that would win could not be worked out.", "Compare with fewer candidates.")
    chosen: FloatArray = found.x[:k]
    return chosen

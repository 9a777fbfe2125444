"""Kernels of the robustness of ranks: scores under many weights, and ranks read off a sorted list.

Contract: pure arrays. A score is summed criterion by criterion in their order, so that it is the same bit for bit whatever
the number of threads; what is not known is drawn from a hash of seed, candidate, draw and criterion, so that it does not
depend on which other candidates are there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from geodata.measure.jit import njit

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_UNIT = 1.0 / (1 << 53)


@njit
def _part(key: Any, at: Any) -> Any:
    """A number of 0 to 1 (not reached) that follows from a key and a counter (SplitMix64)."""
    z = key + np.uint64(at + 1) * _GOLDEN
    z = (z ^ (z >> np.uint64(30))) * _FIRST
    z = (z ^ (z >> np.uint64(27))) * _SECOND
    z = z ^ (z >> np.uint64(31))
    return np.float64(z >> np.uint64(11)) * _UNIT


@njit
def scores(low: Any, high: Any, keys: Any, weights: Any, first: Any, out: Any) -> None:
    """Scores of n candidates under the weights of several draws.

    low, high : values of the criteria, shape (n, k). keys : (n,). weights : (d, k). first : number of the first draw.
    out : written, shape (d, n).
    """
    n, k = low.shape
    for i in range(n):
        known = True
        for j in range(k):
            if high[i, j] > low[i, j]:
                known = False
        for d in range(len(weights)):
            total = 0.0
            if known:
                for j in range(k):
                    total += weights[d, j] * low[i, j]
            else:
                for j in range(k):
                    value = low[i, j]
                    if high[i, j] > value:
                        value += _part(keys[i], (first + d) * k + j) * (high[i, j] - value)
                    total += weights[d, j] * value
            out[d, i] = total


@njit
def sortable(score: Any, segment: Any, shift: Any, scale: Any, out: Any) -> None:
    """One whole number per candidate that sorts by segment, then by falling whole score, then by place.

    shift : number of bits of a place. scale : largest whole score, a power of two less one.
    """
    for i in range(len(score)):
        s = min(max(score[i], 0.0), 1.0)
        out[i] = ((segment[i] * (scale + 1) + (scale - np.int64(s * scale))) << shift) + i


@njit
def ranks_of(ordered: Any, score: Any, group: Any, shift: Any, out: Any) -> None:
    """Rank within its group of each candidate, 1 = best. out : written, shape (n,).

    ordered : sorted numbers of `sortable`, changed in place: whole scores are coarser than scores, so those that are equal
    are put in the order of their exact scores. shift : number of bits of a place.
    """
    mask = (np.int64(1) << shift) - 1
    for at in range(1, len(ordered)):
        here, to = ordered[at], at
        while (
            to > 0 and ordered[to - 1] >> shift == here >> shift and score[ordered[to - 1] & mask] < score[here & mask]
        ):
            ordered[to] = ordered[to - 1]
            to -= 1
        ordered[to] = here
    rank, last = 0, np.int64(-1)
    for at in range(len(ordered)):
        i = ordered[at] & mask
        if group[i] != last:
            rank, last = 0, group[i]
        rank += 1
        out[i] = rank


def scores_plain(low: Any, high: Any, keys: Any, weights: Any, first: int, out: Any) -> None:
    """What `scores` does, to the last bit, in numpy: for a machine without numba."""
    k = low.shape[1]
    for d in range(len(weights)):
        out[d] = 0.0
        for j in range(k):
            z = keys + np.uint64((((first + d) * k + j + 1) * int(_GOLDEN)) % (1 << 64))
            z = (z ^ (z >> np.uint64(30))) * _FIRST
            z = (z ^ (z >> np.uint64(27))) * _SECOND
            part = ((z ^ (z >> np.uint64(31))) >> np.uint64(11)).astype(np.float64) * _UNIT
            out[d] += weights[d, j] * (low[:, j] + part * (high[:, j] - low[:, j]))


def ranks_plain(score: Any, group: Any, segment: Any, out: Any) -> None:
    """What `sortable`, a sort and `ranks_of` do, in numpy; segments of a group follow one another."""
    order = np.lexsort((-score, segment))
    starts = np.flatnonzero(np.append(True, np.diff(group[order]) != 0))
    lengths = np.diff(np.append(starts, len(order)))
    out[order] = np.arange(len(order)) - np.repeat(starts, lengths) + 1

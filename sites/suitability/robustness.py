"""How sure a rank is: stochastic multicriteria acceptability analysis (SMAA).

The weights of a profile are a choice. They are drawn again and again, each between half and one and a half of what is
published, and the candidates ranked each time; a criterion of which the value is not known is drawn between its bounds. What
comes out is how often a candidate is first or among the first ten, and between which ranks it lies in nine draws of ten. No
draw moves a candidate out of its verdict group. Source of the method: Lahdelma, Hokkanen and Salminen, SMAA, European Journal
of Operational Research 106 (1998); the range of the weights is our choice.

Contract: pure and repeatable bit for bit, whatever the number of threads; adding or taking away candidates changes no score of
another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodata.errors import UsageError
from geodata.measure.chunks import in_chunks, threads
from geodata.measure.jit import HAVE_NUMBA
from geodata.measure.table import FloatArray
from sites.suitability.smaa_kernel import ranks_of, ranks_plain, scores, scores_plain, sortable

Ints = NDArray[np.int64]

DRAWS = 1000
#: Weights are drawn between these multiples of the published ones. Our choice, shown with every result.
LEAST, MOST = 0.5, 1.5
#: The middle nine tenths of the draws make the rank interval.
TAIL = 0.05
#: A candidate counts as being at the top when it is among so many.
TOP = 10
#: Candidates that are ranked at a time: groups are put together up to this.
_BATCH = 1 << 16
#: Draws scored in one pass over the candidates.
_TOGETHER = 8
#: Candidates whose ranks are sorted at a time.
_SORTED = 1 << 12


@dataclass(frozen=True)
class Robustness:
    """n candidates under many weights; every array has length n.

    Attributes
    ----------
    rank_low, rank_high : the ranks within the group between which nine draws of ten lie; 1 = best.
    rank_middle : median rank.
    first, top : share of the draws on rank 1, and among the first `TOP`, 0..1.
    draws, seed : how it was drawn.
    """

    rank_low: Ints
    rank_high: Ints
    rank_middle: Ints
    first: FloatArray
    top: FloatArray
    draws: int
    seed: int


@dataclass(frozen=True)
class Nationwide:
    """n candidates ranked together: too many to keep every rank.

    Attributes
    ----------
    first, top : share of the draws in which a candidate is first, and among the first `of`, shape (n,).
    rank_low, rank_high : bounds of nine draws of ten, for the candidates of the shortlist only.
    """

    first: FloatArray
    top: FloatArray
    of: int
    shortlist: Ints
    rank_low: Ints
    rank_high: Ints


def keys_of(names: Iterable[str]) -> NDArray[np.uint64]:
    """Numbers that stand for candidates in every draw, from their keys."""
    told = [hashlib.blake2b(str(name).encode(), digest_size=8).digest() for name in names]
    return np.frombuffer(b"".join(told), dtype="<u8").astype(np.uint64)


def _seeded(keys: NDArray[np.uint64], seed: int) -> NDArray[np.uint64]:
    """The keys from which unknown values are drawn: another seed, other draws."""
    out: NDArray[np.uint64] = np.asarray(keys, dtype=np.uint64) ^ np.random.SeedSequence([seed, 1]).generate_state(
        1, np.uint64
    )
    return out


def drawn_weights(weights: FloatArray, draws: int, seed: int) -> FloatArray:
    """Weights of every draw, shape (draws, k), each row summing to one; PCG64 of the seed."""
    rng = np.random.Generator(np.random.PCG64(seed))
    drawn = np.asarray(weights, dtype=np.float64) * rng.uniform(LEAST, MOST, (draws, len(weights)))
    out: FloatArray = drawn / drawn.sum(axis=1, keepdims=True)
    return out


def smaa(
    low: FloatArray,
    high: FloatArray,
    weights: FloatArray,
    *,
    keys: NDArray[np.uint64],
    group: Ints | None = None,
    tier: Ints | None = None,
    draws: int = DRAWS,
    seed: int,
    workers: int | None = None,
) -> Robustness:
    """Ranks of candidates within their groups under many weights.

    Parameters
    ----------
    low, high : values of the criteria, 0..1, equal where known, shape (n, k).
    weights : published weights, summing to one, shape (k,).
    keys : `keys_of` the candidates, shape (n,).
    group : municipality of each; None = all together. tier : verdict group, 0 = best; None = one for all.
    workers : threads; those of this process where None.

    Raises
    ------
    UsageError
        When the arrays do not fit together, or there is no draw.

    Notes
    -----
    Every rank of every draw of the largest group is kept: two bytes each, four from 65 536 candidates on. Equal scores
    stand in the order of the rows.
    """
    n = _checked(low, high, weights, keys, draws)
    of = np.zeros(n, dtype=np.int64) if group is None else np.asarray(group, dtype=np.int64)
    level = np.zeros(n, dtype=np.int64) if tier is None else np.asarray(tier, dtype=np.int64)
    drawn = drawn_weights(weights, draws, seed)
    low_rank, high_rank, middle = (np.zeros(n, dtype=np.int64) for _ in range(3))
    out = Robustness(low_rank, high_rank, middle, np.zeros(n), np.zeros(n), draws, seed)
    seeded = _seeded(keys, seed)
    order = np.lexsort((level, of))
    for rows in _batches(order, of):
        ranks = _ranks(low[rows], high[rows], seeded[rows], of[rows], level[rows], drawn, workers)
        for at in range(0, len(rows), _SORTED):
            _told(out, rows[at : at + _SORTED], ranks[at : at + _SORTED])
    return out


def _told(out: Robustness, rows: Ints, ranks: NDArray[Any]) -> None:
    """Write what the ranks of some candidates say; sorts `ranks`."""
    out.first[rows] = (ranks == 1).mean(axis=1)
    out.top[rows] = (ranks <= TOP).mean(axis=1)
    best, middle, worst = _places(out.draws)
    ranks.partition((best, middle, worst), axis=1)
    out.rank_low[rows], out.rank_middle[rows], out.rank_high[rows] = ranks[:, best], ranks[:, middle], ranks[:, worst]


def smaa_nationwide(
    low: FloatArray,
    high: FloatArray,
    weights: FloatArray,
    *,
    keys: NDArray[np.uint64],
    tier: Ints | None = None,
    of: int = 1000,
    shortlist: Ints | None = None,
    draws: int = DRAWS,
    seed: int,
    workers: int | None = None,
) -> Nationwide:
    """How often each candidate is among the first `of` of all, and rank intervals of a shortlist.

    Parameters
    ----------
    As `smaa`; `shortlist` : rows whose ranks are wanted.
    """
    n = _checked(low, high, weights, keys, draws)
    level = np.zeros(n, dtype=np.float64) if tier is None else np.asarray(tier, dtype=np.float64)
    wanted = np.empty(0, dtype=np.int64) if shortlist is None else np.asarray(shortlist, dtype=np.int64)
    drawn = drawn_weights(weights, draws, seed)
    count, firsts = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    ranks = np.zeros((len(wanted), draws), dtype=np.int64)
    for first, block in _scored(low, high, _seeded(keys, seed), drawn, workers):
        block -= 2.0 * level  # a score never moves a candidate out of its group
        for at, one in enumerate(block):
            if n > of:
                count += one >= np.partition(one, n - of)[n - of]
            if n:
                firsts[np.argmax(one)] += 1
            if len(wanted):
                # Only what is at least as good as the last of the shortlist has a part in its ranks.
                mine = one[wanted]
                ordered = np.sort(one[one >= mine.min()])
                ranks[:, first + at] = len(ordered) - np.searchsorted(ordered, mine, side="right") + 1
    share = np.ones(n) if n <= of else count / draws
    best, _, worst = _places(draws)
    ordered_ranks = np.sort(ranks, axis=1)
    return Nationwide(firsts / draws, share, of, wanted, ordered_ranks[:, best], ordered_ranks[:, worst])


def _checked(low: FloatArray, high: FloatArray, weights: FloatArray, keys: NDArray[np.uint64], draws: int) -> int:
    n, k = (int(one) for one in np.shape(low))
    if np.shape(high) != (n, k) or np.shape(weights) != (k,) or np.shape(keys) != (n,):
        raise UsageError("Values, weights and keys do not fit together.", "Give (n, k), (n, k), (k,) and (n,).")
    if draws < 1:
        raise UsageError(f"{draws} draws say nothing.", f"Take {DRAWS}.")
    return n


def _batches(order: Ints, group: Ints) -> Iterator[Ints]:
    """Rows of whole groups, put together up to `_BATCH`; a larger group is a batch of its own."""
    if not len(order):
        return
    starts = np.flatnonzero(np.append(True, np.diff(group[order]) != 0))
    ends = np.append(starts[1:], len(order))
    begin = 0
    for at, end in enumerate(ends.tolist()):
        if at + 1 == len(ends) or ends[at + 1] - begin > _BATCH:
            yield order[begin:end]
            begin = end


def _ranks(
    low: FloatArray,
    high: FloatArray,
    keys: NDArray[np.uint64],
    group: Ints,
    tier: Ints,
    drawn: FloatArray,
    workers: int | None,
) -> NDArray[Any]:
    """Rank of each candidate in each draw, shape (n, draws)."""
    n = len(low)
    _, place = np.unique(np.stack([group, tier], axis=1), axis=0, return_inverse=True)
    segment = place.reshape(-1).astype(np.int64)
    shift = max(n - 1, 1).bit_length()
    scale = (1 << min(62 - shift - int(segment.max(initial=0)).bit_length(), 40)) - 1
    ranks = np.empty((n, len(drawn)), dtype=np.uint16 if n < 1 << 16 else np.uint32)

    def work(first: int, last: int) -> None:
        score, one = np.empty((last - first, n)), np.empty(n, dtype=np.int64)
        found = np.empty((last - first, n), dtype=ranks.dtype)
        _score(low, high, keys, drawn[first:last], first, score)
        for at in range(last - first):
            if HAVE_NUMBA:
                sortable(score[at], segment, shift, scale, one)
                one.sort()
                ranks_of(one, score[at], group, shift, found[at])
            else:
                ranks_plain(score[at], group, segment, found[at])
        # Written by draw and turned around a block at a time: single columns of so wide an array are far apart.
        ranks[:, first:last] = found.T

    in_chunks(work, len(drawn), workers, _TOGETHER)
    return ranks


_score = scores if HAVE_NUMBA else scores_plain


def _scored(
    low: FloatArray, high: FloatArray, keys: NDArray[np.uint64], drawn: FloatArray, workers: int | None
) -> Iterator[tuple[int, FloatArray]]:
    """Scores of some draws at a time, shape (draws, n), in the order of the draws."""
    several = threads(workers)

    def work(first: int) -> FloatArray:
        weights = drawn[first : first + _TOGETHER]
        out = np.empty((len(weights), len(low)))
        _score(low, high, keys, weights, first, out)
        return out

    firsts = list(range(0, len(drawn), _TOGETHER))
    with ThreadPoolExecutor(several) as pool:
        for at in range(0, len(firsts), several):
            part = firsts[at : at + several]
            yield from zip(part, pool.map(work, part), strict=True)


def _places(draws: int) -> tuple[int, int, int]:
    """Places of the lower end, the middle and the upper end among sorted draws."""
    return int(TAIL * (draws - 1)), (draws - 1) // 2, int(np.ceil((1 - TAIL) * (draws - 1)))

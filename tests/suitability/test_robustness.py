"""How sure a rank is: many weights, unknown values drawn, ranks within groups; against a plain count of every draw."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.errors import UsageError
from sites.suitability import robustness, smaa_kernel
from sites.suitability.robustness import Robustness, drawn_weights, keys_of, smaa, smaa_nationwide

KEYS = keys_of(f"24062A{at:04d}/00A000" for at in range(400))


def some(seed: int, n: int, k: int = 5, unknown: float = 0.2) -> tuple[Any, Any, Any, Any, Any]:
    """Values low and high, weights, groups and tiers."""
    draw = np.random.default_rng(seed)
    low = draw.random((n, k))
    high = np.where(draw.random((n, k)) < unknown, 1.0, low)
    weights = draw.uniform(0.5, 2, k)
    return low, high, weights / weights.sum(), draw.integers(0, 3, n), draw.integers(0, 3, n)


def mixed(key: int, at: int) -> float:
    """The hash by hand, in Python's whole numbers."""
    mask = (1 << 64) - 1
    z = (key + (at + 1) * 0x9E3779B97F4A7C15) & mask
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    return ((z ^ (z >> 31)) >> 11) / 2**53


def by_hand(low: Any, high: Any, weights: Any, keys: Any, group: Any, tier: Any, draws: int, seed: int) -> Any:
    """Ranks of every draw, shape (n, draws), counted one by one."""
    n, k = low.shape
    keys = keys ^ np.random.SeedSequence([seed, 1]).generate_state(1, np.uint64)
    ranks = np.zeros((n, draws), dtype=int)
    for d, row in enumerate(drawn_weights(weights, draws, seed)):
        score = []
        for i in range(n):
            total = 0.0
            for j in range(k):
                value = low[i, j]
                if high[i, j] > low[i, j]:
                    value += mixed(int(keys[i]), d * k + j) * (high[i, j] - low[i, j])
                total += row[j] * value
            score.append(total)
        for i in range(n):
            mine = (tier[i], -score[i], i)
            ranks[i, d] = 1 + sum(group[o] == group[i] and (tier[o], -score[o], o) < mine for o in range(n))
    return ranks


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 25), st.integers(1, 12))
def test_equal_to_counting_every_draw(seed: int, n: int, draws: int) -> None:
    low, high, weights, group, tier = some(seed, n)
    found = smaa(low, high, weights, keys=KEYS[:n], group=group, tier=tier, draws=draws, seed=seed)
    ranks = by_hand(low, high, weights, KEYS[:n], group, tier, draws, seed)
    np.testing.assert_allclose(found.first, (ranks == 1).mean(axis=1))
    np.testing.assert_allclose(found.top, (ranks <= 10).mean(axis=1))
    ordered = np.sort(ranks, axis=1)
    for at in range(n):
        assert ordered[at, 0] <= found.rank_low[at] <= found.rank_middle[at] <= found.rank_high[at] <= ordered[at, -1]
        inside = ((ranks[at] >= found.rank_low[at]) & (ranks[at] <= found.rank_high[at])).mean()
        assert inside >= 0.9 - 1e-9
    for one in set(group.tolist()):
        assert found.first[group == one].sum() == pytest.approx(1.0), "somebody is first in every draw"


def same(one: Robustness, other: Robustness, rows: Any = slice(None)) -> bool:
    names = ("rank_low", "rank_high", "rank_middle", "first", "top")
    return all(np.array_equal(getattr(one, name)[rows], getattr(other, name)) for name in names)


def test_repeats_bit_for_bit_whatever_the_threads_and_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    low, high, weights, group, tier = some(7, 300)
    told = {"keys": KEYS[:300], "group": group, "tier": tier, "draws": 60, "seed": 2012}
    first = smaa(low, high, weights, workers=1, **told)
    assert same(first, smaa(low, high, weights, workers=3, **told))
    monkeypatch.setattr(robustness, "_BATCH", 1)
    assert same(first, smaa(low, high, weights, workers=2, **told))
    assert not same(first, smaa(low, high, weights, workers=1, **{**told, "seed": 2013}))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31))
def test_candidates_of_other_groups_change_nothing(seed: int) -> None:
    low, high, weights, group, tier = some(seed, 60)
    all_of_them = smaa(low, high, weights, keys=KEYS[:60], group=group, tier=tier, draws=40, seed=1)
    rows = np.flatnonzero(group == 1)
    alone = smaa(low[rows], high[rows], weights, keys=KEYS[:60][rows], tier=tier[rows], draws=40, seed=1)
    assert same(all_of_them, alone, rows)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31))
def test_who_is_better_in_every_respect_never_ranks_below(seed: int) -> None:
    low, _, weights, _, tier = some(seed, 30, unknown=0.0)
    low[1] = np.minimum(low[0] + 0.05, 1.0)
    tier[1] = tier[0]
    found = smaa(low, low, weights, keys=KEYS[:30], tier=tier, draws=50, seed=seed)
    assert found.rank_low[1] <= found.rank_low[0] and found.rank_high[1] <= found.rank_high[0]
    assert found.top[1] >= found.top[0]
    # A verdict group is never left, whatever the weights.
    for better in range(2):
        above, below = found.rank_high[tier <= better], found.rank_low[tier > better]
        assert not len(above) or not len(below) or above.max() < below.min()


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 50))
def test_ranked_together_as_one_group(seed: int, of: int) -> None:
    low, high, weights, _, tier = some(seed, 80)
    shortlist = np.array([0, 5, 79])
    found = smaa_nationwide(
        low, high, weights, keys=KEYS[:80], tier=tier, of=of, shortlist=shortlist, draws=40, seed=seed
    )  # fmt: skip
    ranks = by_hand(low, high, weights, KEYS[:80], np.zeros(80), tier, 40, seed)
    np.testing.assert_allclose(found.top, (ranks <= of).mean(axis=1))
    np.testing.assert_allclose(found.first, (ranks == 1).mean(axis=1))
    ordered = np.sort(ranks[shortlist], axis=1)
    np.testing.assert_array_equal(found.rank_low, ordered[:, 1])
    np.testing.assert_array_equal(found.rank_high, ordered[:, 38])
    few = smaa_nationwide(low[:5], high[:5], weights, keys=KEYS[:5], of=10, draws=3, seed=1)
    assert (few.top == 1).all() and len(few.rank_low) == 0


def test_an_unknown_value_widens_the_ranks_and_what_does_not_fit_is_refused() -> None:
    low, _, weights, _, _ = some(3, 40, unknown=0.0)
    closed, open_ = low.copy(), low.copy()
    low[4], closed[4], open_[4] = 0.0, 0.5, 1.0
    known = smaa(closed, closed, weights, keys=KEYS[:40], draws=200, seed=1)
    wide = smaa(low, open_, weights, keys=KEYS[:40], draws=200, seed=1)
    assert wide.rank_low[4] < known.rank_low[4] and wide.rank_high[4] > known.rank_high[4]
    with pytest.raises(UsageError, match="do not fit"):
        smaa(low, open_[:3], weights, keys=KEYS[:40], seed=1)
    with pytest.raises(UsageError, match="draws"):
        smaa(low, low, weights, keys=KEYS[:40], seed=1, draws=0)
    assert len(smaa(low[:0], low[:0], weights, keys=KEYS[:0], seed=1).first) == 0


def test_scores_closer_than_the_sorted_numbers_keep_their_order() -> None:
    # So many groups that whole scores are coarse: the second of each group is better by less than they can tell.
    n = 60_000
    low = np.full((n, 2), 0.5)
    low[1::2] += 1e-12
    found = smaa(low, low, np.array([0.5, 0.5]), keys=np.arange(n).astype(np.uint64), group=np.arange(n) // 2, draws=2, seed=1)  # fmt: skip
    assert (found.rank_middle[1::2] == 1).all() and (found.rank_middle[::2] == 2).all()


def test_another_seed_draws_other_unknown_values() -> None:
    low = np.array([[0.0], [0.5]])
    told = {"keys": KEYS[:2], "draws": 200}
    shares = [float(smaa(low, low + [[1.0], [0.0]], np.array([1.0]), seed=seed, **told).first[0]) for seed in range(20)]
    assert len(set(shares)) > 1, "with one criterion the weight is always one: only the value is drawn"
    assert np.mean(shares) == pytest.approx(0.5, abs=0.03)


def test_without_compiled_kernels_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    low, high, weights, group, tier = some(11, 90)
    told = {"keys": KEYS[:90], "group": group, "tier": tier, "draws": 30, "seed": 5}
    compiled = smaa(low, high, weights, **told)
    monkeypatch.setattr(robustness, "HAVE_NUMBA", False)
    monkeypatch.setattr(robustness, "_score", smaa_kernel.scores_plain)
    assert same(compiled, smaa(low, high, weights, **told))

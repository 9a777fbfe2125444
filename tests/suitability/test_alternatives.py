"""TOPSIS, ordered weighted average and weights that win: against scikit-criteria, pymcdm and worked examples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pymcdm.methods
import pytest
import skcriteria
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import OptimizeResult
from skcriteria.agg.simple import WeightedSumModel
from skcriteria.agg.topsis import TOPSIS

from geodata.errors import UsageError
from sites.suitability import alternatives
from sites.suitability.alternatives import checks, owa, places, topsis, weighted_sum, winning_weights


def some(seed: int, n: int = 12, k: int = 4) -> tuple[Any, Any]:
    draw = np.random.default_rng(seed)
    weights = draw.uniform(0.2, 2, k)
    return draw.random((n, k)), weights / weights.sum()


def as_they_are(column: Any, cost: bool = False) -> Any:
    """Values are 0..1 already."""
    return column


#: The libraries warn of a best and a worst candidate, which are there on purpose.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pymcdm")


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31))
def test_the_weighted_sum_is_that_of_both_libraries(seed: int) -> None:
    values, weights = some(seed)
    mine = weighted_sum(values, weights)
    matrix = skcriteria.mkdm(values, [max] * 4, weights=weights)
    np.testing.assert_allclose(mine, WeightedSumModel().evaluate(matrix).e_.score, atol=1e-12)
    plain = pymcdm.methods.WSM(normalization_function=as_they_are)
    np.testing.assert_allclose(mine, plain(values, weights, np.ones(4)), atol=1e-12)
    assert mine == pytest.approx((values * weights).sum(axis=1), abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31))
def test_topsis_is_that_of_both_libraries_where_the_ends_are_among_the_candidates(seed: int) -> None:
    values, weights = some(seed)
    # They take the ends from the candidates at hand: with a best and a worst one there, these are ours.
    values[0], values[1] = 0.0, 1.0
    mine = topsis(values, weights)
    matrix = skcriteria.mkdm(values, [max] * 4, weights=weights)
    np.testing.assert_allclose(mine, TOPSIS().evaluate(matrix).e_.similarity, atol=1e-12)
    plain = pymcdm.methods.TOPSIS(normalization_function=as_they_are)
    np.testing.assert_allclose(mine, plain(values, weights, np.ones(4)), atol=1e-12)


def test_topsis_asks_nobody_who_else_is_there() -> None:
    values, weights = some(4)
    np.testing.assert_array_equal(topsis(values, weights)[:5], topsis(values[:5], weights))
    assert topsis(np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([0.5, 0.5])).tolist() == [0.0, 1.0]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.floats(0.01, 0.99))
def test_an_attitude_lies_between_the_worst_and_the_best_value(seed: int, attitude: float) -> None:
    values, weights = some(seed)
    found = owa(values, weights, attitude)
    assert (found >= values.min(axis=1) - 1e-9).all() and (found <= values.max(axis=1) + 1e-9).all()
    np.testing.assert_allclose(owa(values, weights, 0.5), weighted_sum(values, weights), atol=1e-12)
    np.testing.assert_array_equal(owa(values, weights, 0.0), values.min(axis=1))
    np.testing.assert_array_equal(owa(values, weights, 1.0), values.max(axis=1))
    assert (owa(values, weights, min(attitude + 0.005, 1.0)) >= found - 1e-9).all(), "more hope, no lower score"


def test_ordered_average_by_hand() -> None:
    # Best value 0.8 with a weight of 1/4, then 0.4 with 3/4; at 1/3, Q(s) = s squared: 1/16 * 0.8 + 15/16 * 0.4.
    assert owa(np.array([[0.4, 0.8]]), np.array([0.75, 0.25]), 1 / 3)[0] == pytest.approx(0.8 / 16 + 0.4 * 15 / 16)
    with pytest.raises(UsageError, match="attitude"):
        owa(np.array([[0.4, 0.8]]), np.array([0.75, 0.25]), 1.5)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31))
def test_who_dominates_never_ranks_below_in_any_of_them(seed: int) -> None:
    values, weights = some(seed)
    values[1] = np.minimum(values[0] + 0.1, 1.0)
    for score in (weighted_sum, topsis, lambda v, w: owa(v, w, 0.25), lambda v, w: owa(v, w, 0.75)):
        found = score(values, weights)
        assert found[1] >= found[0] - 1e-12
        np.testing.assert_array_equal(found[:6], score(values[:6], weights), err_msg="others change nothing")


def test_checks_tell_where_they_differ() -> None:
    values, weights = some(9, 30)
    told = {one.name: one for one in checks(values, weights)}
    assert set(told) == {"topsis", "careful", "hopeful"}
    assert all(-1 <= one.agreement <= 1 and one.moves.sum() == 0 for one in told.values())
    assert places(np.array([0.3, 0.9, 0.3, 0.1])).tolist() == [2, 1, 2, 4]
    alone = checks(values[:1], weights)
    assert all(np.isnan(one.agreement) and one.moves.tolist() == [0] for one in alone)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.integers(0, 11))
def test_weights_that_win_do_win(seed: int, index: int) -> None:
    values, weights = some(seed)
    found = winning_weights(values, values, weights, index)
    if found is None:
        # None of many weights makes it the first.
        drawn = np.random.default_rng(seed).dirichlet(np.ones(4), 400)
        assert ((values @ drawn.T).argmax(axis=0) != index).all()
        return
    assert found.weights.sum() == pytest.approx(1) and (found.weights >= -1e-12).all()
    score = values @ found.weights
    assert score[index] >= score.max() - 1e-7
    inside = (found.weights >= 0.5 * weights - 1e-9) & (found.weights <= 1.5 * weights + 1e-9)
    assert inside.all() or not found.within
    if weighted_sum(values, weights).argmax() == index:
        assert found.change == pytest.approx(0, abs=1e-9) and found.within


def test_who_is_dominated_cannot_win() -> None:
    values, weights = some(2)
    values[3] = values[7] - 0.01
    assert winning_weights(values, values, weights, 3) is None
    one = np.array([[0.9, 0.1], [0.1, 0.9]])
    wide = winning_weights(one, one, np.array([0.9, 0.1]), 1)
    assert wide is not None and not wide.within and wide.weights[1] == pytest.approx(0.5)
    # Better by a hair in every respect, and better than a mixture of two: no weights either way.
    hair = np.array([[0.5, 0.5], [0.5 + 1e-12, 0.5 + 1e-12]])
    assert winning_weights(hair, hair, np.array([0.5, 0.5]), 0) is None
    mixture = np.array([[0.4, 0.4], [1.0, 0.0], [0.0, 1.0]])
    assert winning_weights(mixture, mixture, np.array([0.5, 0.5]), 0) is None
    among = winning_weights(mixture, mixture, np.array([0.5, 0.5]), 0, rivals=np.array([1]))
    assert among is not None and among.within and among.weights[0] == pytest.approx(0.4)


def test_a_solver_that_gives_up_is_no_proof_that_nothing_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.array([[0.9, 0.1], [0.1, 0.8]])

    def gave_up(*_: Any, **__: Any) -> Any:
        return OptimizeResult(status=4, x=None)

    monkeypatch.setattr(alternatives, "linprog", gave_up)
    with pytest.raises(UsageError, match="worked out"):
        winning_weights(values, values, np.array([0.5, 0.5]), 1)

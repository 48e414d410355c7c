"""The share of success by a budget: held to counts, to Kaplan-Meier and to another's Aalen-Johansen."""

from __future__ import annotations

import numpy as np
import pytest

from tasklaws.assess.budget.survival import CUT, FAILURE, SUCCESS, incidence


def drawn(seed: int, n: int = 60, limits: tuple[float, ...] = (15.0,)) -> tuple[np.ndarray, ...]:
    """Return amounts, kinds and limits of attempts, in whole tokens so that many tie."""
    rng = np.random.default_rng(seed)
    ended = rng.integers(1, 25, n).astype(float)
    bound = np.array(limits)[rng.integers(len(limits), size=n)]
    kind = np.where(ended > bound, CUT, rng.choice([SUCCESS, FAILURE], n))
    return np.minimum(ended, bound), kind, bound


@pytest.mark.parametrize("seed", range(5))
def test_under_one_limit_it_is_the_plain_share_at_every_budget(seed: int) -> None:
    amount, kind, _ = drawn(seed)
    budgets = np.arange(16.0)
    plain = [np.mean((kind == SUCCESS) & (amount <= budget)) for budget in budgets]
    assert incidence(amount, kind, budgets).success.tolist() == plain


@pytest.mark.parametrize("seed", range(5))
def test_under_one_limit_it_is_kaplan_meier_with_failures_at_risk_until_the_limit(seed: int) -> None:
    survfunc = pytest.importorskip("statsmodels.duration.survfunc")
    amount, kind, bound = drawn(seed)
    until = np.where(kind == FAILURE, bound, amount)
    known = survfunc.SurvfuncRight(until, (kind == SUCCESS).astype(int))
    own = incidence(amount, kind, known.surv_times)
    np.testing.assert_allclose(own.success, 1 - known.surv_prob, atol=1e-12)


def test_under_several_limits_kaplan_meier_with_known_limits_comes_close() -> None:
    survfunc = pytest.importorskip("statsmodels.duration.survfunc")
    amount, kind, bound = drawn(1, 20_000, (6.0, 11.0, 20.0))
    known = survfunc.SurvfuncRight(np.where(kind == FAILURE, bound, amount), (kind == SUCCESS).astype(int))
    own = incidence(amount, kind, known.surv_times)
    truth = known.surv_times / 48  # half of the attempts succeed, evenly within 24 tokens
    assert np.abs(own.success - (1 - known.surv_prob)).max() < 0.01
    assert np.abs(own.success - truth).max() < 0.015


def test_failures_taken_for_cuts_would_promise_far_too_much() -> None:
    amount, kind, _ = drawn(2, 2000)
    wrong = incidence(amount, np.where(kind == FAILURE, CUT, kind), np.array([15.0])).success[0]
    right = incidence(amount, kind, np.array([15.0])).success[0]
    assert right == pytest.approx(15 / 48, abs=0.03)
    assert wrong == pytest.approx(1 - np.sqrt(1 - 15 / 24), abs=0.03)


@pytest.mark.parametrize("seed", range(5))
def test_it_is_the_cumulative_incidence_of_statsmodels(seed: int) -> None:
    survfunc = pytest.importorskip("statsmodels.duration.survfunc")
    amount, kind, _ = drawn(seed, limits=(5.0, 9.0, 20.0))
    known = survfunc.CumIncidenceRight(amount, kind)
    own = incidence(amount, kind, np.asarray(known.times, dtype=float))
    np.testing.assert_allclose(own.success, known.cinc[0], atol=1e-12)


def test_the_influence_of_an_attempt_is_what_its_weight_changes() -> None:
    amount, kind, _ = drawn(3, 25, (5.0, 9.0, 20.0))
    budgets, often = np.array([0.5, 3.0, 8.0, 14.0, 20.0]), 4000
    own = incidence(amount, kind, budgets)
    for one in range(len(amount)):
        more = np.append(np.repeat(amount, often), amount[one])
        changed = incidence(more, np.append(np.repeat(kind, often), kind[one]), budgets).success
        np.testing.assert_allclose((changed - own.success) * often, own.influence[one], atol=2e-5)
    np.testing.assert_allclose(own.influence.sum(axis=0), 0, atol=1e-12)


def test_at_risk_are_failures_and_those_still_running() -> None:
    amount, kind = np.array([2.0, 3.0, 4.0, 6.0]), np.array([SUCCESS, FAILURE, CUT, SUCCESS])
    assert incidence(amount, kind, np.array([1.0, 2.0, 3.0, 5.0, 6.0])).at_risk.tolist() == [4, 4, 3, 2, 2]


def test_a_budget_is_known_where_all_have_ended_or_some_went_as_far() -> None:
    budget = np.array([9.0])
    assert incidence(np.array([2.0, 3.0]), np.array([SUCCESS, FAILURE]), budget).known[0]
    assert not incidence(np.array([2.0, 3.0]), np.array([SUCCESS, CUT]), budget).known[0]
    assert incidence(np.array([2.0, 9.0]), np.array([SUCCESS, CUT]), budget).known[0]

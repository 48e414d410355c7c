from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit, log_expit
from tests.unit.infer.horizon.made_up import AGENTS, drawn, usual

from tasklaws.core.errors import BadInput, UnknownName
from tasklaws.infer.horizon import logistic
from tasklaws.infer.horizon.cells import Floats, HorizonCells
from tasklaws.infer.horizon.curves import KINDS, LN2, UNSURE, CurveFits, fit_curves, held_out_log_score
from tasklaws.infer.horizon.kernel import ALL_FAIL, FEW, OK, RISING, SEPARATED
from tasklaws.theory.horizons import CURVES, horizon, success

LARGEST = 1e6
"""Shape at which a Lomax is an exponential."""


def log_odds_fall(curve: str, shape: float) -> float:
    """Return the fall of the log-odds per doubling at one half, by the difference of the curve itself."""
    near = CURVES[curve].success(np.exp2(np.array([-1e-4, 1e-4])), shape)
    return float(-np.diff(np.log(near / (1 - near)))[0] / 2e-4)


def log_hazard(curve: str, away: Floats, shape: float) -> Floats:
    """Return the logarithm of -log(success)."""
    if curve == "lomax":
        reach = LN2 / shape
        inner = np.logaddexp(0, LN2 * away + reach + math.log(-math.expm1(-reach)))
        return math.log(shape) + np.log(np.maximum(inner, 1e-300))
    return math.log(LN2) + LN2 * away * (shape if curve == "weibull" else 1)


def height(curve: str, x: Floats, won: Floats, lost: Floats, at: tuple[float, float]) -> float:
    """Return the log likelihood of (median, shape), written as the definition says it."""
    away = x - at[0]
    if curve == "log_logistic":
        eta = -LN2 * at[1] * away
        return float(won @ log_expit(eta) + lost @ log_expit(-eta))
    hazard = np.exp(np.minimum(log_hazard(curve, away, at[1]), 690))
    return float(-won[won > 0] @ hazard[won > 0] + lost[lost > 0] @ np.log(-np.expm1(-hazard[lost > 0])))


def shares(made: HorizonCells, agent: int) -> tuple[Floats, Floats]:
    """Return the weights of an agent's successes and failures as shares of all its weight."""
    won, asked = made.weight[agent] * made.k[agent], made.weight[agent] * made.n[agent]
    return won / asked.sum(), (asked - won) / asked.sum()


def highest(curve: str, made: HorizonCells, agent: int, starts: list[list[float]]) -> float:
    """Return the largest log likelihood per weight that a general optimiser finds."""
    won, lost = shares(made, agent)
    most = math.log(LARGEST) if curve == "lomax" else 14

    def loss(at: Floats) -> float:
        shape = 1.0 if curve == "exponential" else math.exp(np.clip(at[-1], -14, most))
        return -height(curve, made.doublings, won, lost, (at[0], shape))

    free = 1 if curve == "exponential" else 2
    options = {"xatol": 1e-9, "fatol": 1e-14, "maxiter": 400}
    return max(-minimize(loss, at[:free], method="Nelder-Mead", options=options).fun for at in starts)


@pytest.mark.parametrize("curve", KINDS)
def test_every_fit_is_at_the_top(curve: str) -> None:
    searched = 0
    for seed in range(24):
        made, _ = drawn(seed)
        found = fit_curves(made, curve)
        for a in np.flatnonzero(found.state == OK):
            ours = height(curve, made.doublings, *shares(made, a), (found.log2_median[a], found.shape[a]))
            middle = made.doublings[made.n[a] > 0].mean()
            here = [found.log2_median[a], math.log(found.shape[a])]
            assert found.log_likelihood[a] / (made.weight[a] @ made.n[a]) == pytest.approx(ours, abs=1e-9)
            starts = [[middle - 2, 1], [middle, -1], [middle + 2, 0], here]
            assert highest(curve, made, a, starts) < ours + 1e-9, (seed, a)
            searched += 1
    assert searched > 20


@pytest.mark.parametrize("curve", KINDS)
def test_a_known_curve_is_recovered(curve: str) -> None:
    shape = {"exponential": 1.0, "log_logistic": 0.7, "weibull": 0.5, "lomax": 0.4}[curve]
    x = np.linspace(-3, 9, 25)
    rate = success(curve, np.exp2(x), 8.0, shape)
    names = tuple(f"task{t}" for t in range(25))
    made = HorizonCells(("a",), names, np.arange(25), x, rate[None], *np.ones((2, 1, 25)))
    found = fit_curves(made, curve)
    assert (found.log2_median[0], found.shape[0]) == pytest.approx((3, shape), rel=1e-6)
    assert found.success(x)[0] == pytest.approx(rate, rel=1e-6)
    assert 2 ** found.doublings_at(0.8)[0] == pytest.approx(horizon(curve, 0.8, 8.0, shape), rel=1e-6)


@pytest.mark.parametrize("curve", KINDS)
@pytest.mark.parametrize("shape", [0.05, 0.6, 1.0, 3.0])
def test_rates_and_times_are_those_of_the_theory(curve: str, shape: float) -> None:
    shape = 1.0 if curve == "exponential" else shape
    made = CurveFits(curve, *np.array([[3.0], [shape]]), np.zeros(1, np.int8), np.zeros(1), np.zeros(1))
    x = np.linspace(-4, 12, 30)
    assert made.success(x)[0] == pytest.approx(success(curve, np.exp2(x), 8.0, shape), rel=1e-9)
    for rate in (0.2, 0.5, 0.99):
        there = made.doublings_at(rate)
        assert made.success(there)[0, 0] == pytest.approx(rate, rel=1e-9)


def test_the_log_logistic_is_the_logistic() -> None:
    for seed in range(40):
        made, penalty = drawn(seed)
        one, other = logistic.fit(made, penalty), fit_curves(made, "log_logistic", penalty)
        assert np.array_equal(one.state, other.state)
        assert other.doublings_at(0.8) == pytest.approx(one.doublings_at(0.8), rel=1e-6, nan_ok=True)


@pytest.mark.parametrize("curve", ["weibull", "lomax", "log_logistic"])
@pytest.mark.parametrize("penalty", [0.01, 0.3])
def test_the_penalty_is_on_the_fall_of_log_odds_at_one_half(curve: str, penalty: float) -> None:
    made = usual(3)
    found = fit_curves(made, curve, penalty)
    for a in range(3):
        won, lost = made.weight[a] * made.k[a], made.weight[a] * (made.n[a] - made.k[a])

        def worth(median: float, shape: float, won: Floats = won, lost: Floats = lost) -> float:
            told = height(curve, made.doublings, won, lost, (median, shape))
            return told - penalty / 2 * log_odds_fall(curve, shape) ** 2

        top = worth(found.log2_median[a], found.shape[a])
        for turn in np.linspace(0, 2 * np.pi, 12):
            away = found.log2_median[a] + 0.01 * np.cos(turn), found.shape[a] * np.exp(0.01 * np.sin(turn))
            assert worth(*away) < top + 1e-9


def test_states_are_those_of_the_logistic_where_curves_can_have_them() -> None:
    for seed in range(60):
        made, _ = drawn(seed)
        states = logistic.fit(made).state
        assert np.array_equal(fit_curves(made, "weibull").state, states)
        exponential, lomax = fit_curves(made, "exponential").state, fit_curves(made, "lomax").state
        assert np.array_equal(lomax, np.where(states == SEPARATED, OK, states))
        assert np.array_equal(exponential, np.where(states == RISING, OK, lomax))


@pytest.mark.parametrize("curve", KINDS)
def test_rates_are_rates_and_fall_whatever_the_cells(curve: str) -> None:
    for seed in range(60):
        made, penalty = drawn(seed)
        found = fit_curves(made, curve, penalty)
        x = np.linspace(-60, 60, 241)
        rate = found.success(x)[found.state != FEW]
        assert ((rate >= 0) & (rate <= 1)).all()
        assert (np.diff(rate) <= 1e-15).all()
        assert np.isnan(found.doublings_at(0.8)[np.isin(found.state, (RISING, FEW))]).all()


def test_the_limit_of_a_weibull_with_a_gap_is_the_first_failure() -> None:
    x, k, n = np.array([1.0, 2.0, 6.0, 8.0]), np.array([[3.0, 1, 0, 0]]), np.array([[3.0, 1, 2, 5]])
    made = HorizonCells(("a",), tuple("abcd"), np.zeros(4, int), x, k, n, np.ones((1, 4)))
    found = fit_curves(made, "weibull")
    assert (found.state[0], found.log2_median[0]) == (SEPARATED, 6)
    assert (found.shape[0], found.log_likelihood[0]) == (np.inf, 0)
    penalties = (1e-2, 1e-10, 1e-60, 1e-250)
    medians = [fit_curves(made, "weibull", penalty).log2_median[0] for penalty in penalties]
    assert medians == sorted(medians)
    assert 5.9 < medians[-1] < 6
    assert found.success(np.array([5.9, 6.1]))[0] == pytest.approx([1, 0])


def by_hand(made: HorizonCells, curve: str, family: int) -> Floats:
    """Return the log scores of one family, told from the others."""
    out = made.family == family
    rest = replace(made, n=np.where(out, 0, made.n), k=np.where(out, 0, made.k))
    rate = (1 - UNSURE) * fit_curves(rest, curve).success(made.doublings) + UNSURE / 2
    told = made.weight * (made.k * np.log(rate) + (made.n - made.k) * np.log1p(-rate))
    return told[:, out].sum(1)


@pytest.mark.parametrize("curve", KINDS)
def test_held_out_scores_are_told_from_the_other_families(curve: str) -> None:
    made = usual(4)
    score = held_out_log_score(made, curve)
    assert score.shape == (3, 6)
    for family in range(6):
        assert score[:, family] == pytest.approx(by_hand(made, curve, family), rel=1e-12)
    assert np.all(score.sum(1) < fit_curves(made, curve).log_likelihood)


def test_families_of_one_fold_are_left_out_together() -> None:
    made = usual(5)
    merged = replace(made, family=made.family // 2)
    pairs = held_out_log_score(made, "weibull", np.array([0, 0, 1, 1, 2, 2]))
    together = pairs.reshape(3, 3, 2).sum(2)
    assert together == pytest.approx(held_out_log_score(merged, "weibull"), rel=1e-12)
    assert not np.allclose(pairs, held_out_log_score(made, "weibull"))
    with pytest.raises(BadInput, match=r"folds has shape \(2,\)"):
        held_out_log_score(made, "weibull", np.zeros(2, int))


def test_scores_are_finite_or_null_whatever_the_cells() -> None:
    for seed in range(30):
        made, _ = drawn(seed)
        for curve in KINDS:
            score = held_out_log_score(made, curve)
            families = [made.family == f for f in range(score.shape[1])]
            asked = np.array([[made.n[a, one].any() for one in families] for a in range(AGENTS)])
            assert (np.isnan(score) | (score <= 0)).all()
            assert np.isnan(score[~asked]).all()
            assert (score > -np.inf)[np.isfinite(score)].all()


def test_the_true_curve_has_the_best_held_out_score() -> None:
    rng = np.random.default_rng(6)
    x = rng.uniform(0, 10, 400)
    for curve, shape in (("exponential", 1.0), ("log_logistic", 1.5), ("weibull", 0.35), ("lomax", 0.3)):
        n = np.full((1, 400), 50.0)
        k = rng.binomial(50, success(curve, np.exp2(x), 32.0, shape))[None].astype(float)
        names = tuple(f"task{t}" for t in range(400))
        made = HorizonCells(("a",), names, np.arange(400) % 40, x, k, n, np.full(n.shape, 1 / n.sum()))
        scores = {name: held_out_log_score(made, name).sum() for name in KINDS}
        assert max(scores.values()) - scores[curve] < 1e-4, (curve, scores)
        assert scores[curve] - min(scores.values()) > 1e-3


def test_an_agent_without_a_success_is_told_by_its_rate() -> None:
    made = usual(7)
    made.k[0] = 0
    found = fit_curves(made, "weibull")
    assert found.state[0] == ALL_FAIL
    assert np.array_equal(found.success(made.doublings)[0], np.zeros(24))
    assert held_out_log_score(made, "weibull")[0].sum() == pytest.approx(math.log1p(-UNSURE / 2))


def test_unknown_curves_are_refused_by_name() -> None:
    with pytest.raises(UnknownName, match="weibul"):
        fit_curves(usual(0), "weibul")
    assert set(KINDS) == set(CURVES)


def test_rates_of_a_logistic_are_its_own() -> None:
    made = usual(8)
    one = logistic.fit(made)
    expected = expit(one.level[:, None] + one.slope[:, None] * made.doublings)
    assert fit_curves(made, "log_logistic").success(made.doublings) == pytest.approx(expected, rel=1e-9)

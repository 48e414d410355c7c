"""P23 and P14c: horizons of typical tasks and of tasks at random, and what noisy labels do to both.

The simulations share the assumptions of the closed forms: algebra, not facts about models.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from tasklaws.core.errors import BadInput, BadPlan, NoAnswer, UnknownName
from tasklaws.theory import frailty
from tasklaws.theory.horizons import (
    CURVES,
    horizon,
    marginal_horizon,
    marginal_success,
    success,
    typical_horizon,
    typical_over_marginal,
    typical_over_marginal_nearly,
    with_label_noise,
)

N = 400_000


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("shape", [0.5, 1.0, 2.0])
def test_horizon_is_where_success_has_the_rate(curve: str, shape: float) -> None:
    for rate in (0.05, 0.5, 0.8, 0.99):
        assert success(curve, horizon(curve, rate, 60, shape), 60, shape) == pytest.approx(rate)
    assert horizon(curve, 0.5, 60, shape) == pytest.approx(60)


def test_curves_meet_where_they_are_one_another() -> None:
    minutes = np.array([1.0, 20, 60, 300])
    np.testing.assert_allclose(success("weibull", minutes, 60, 1), success("exponential", minutes, 60))
    np.testing.assert_allclose(success("lomax", minutes, 60, 1), success("log_logistic", minutes, 60, 1))
    np.testing.assert_allclose(
        success("lomax", minutes, 60, 1e7), success("exponential", minutes, 60), rtol=1e-5
    )


@pytest.mark.parametrize("shape", [0.5, 1.0, 2.0])
def test_lomax_is_the_curve_of_frailty(shape: float) -> None:
    minutes = np.array([1.0, 20, 60, 300])
    hazard = frailty.time_at(0.5, 1.0, shape) / 60
    np.testing.assert_allclose(
        success("lomax", minutes, 60, shape), frailty.survival(minutes, hazard, shape), rtol=1e-12
    )
    assert horizon("lomax", 0.8, 60, shape) == pytest.approx(60 * frailty.horizon_ratio(shape))


@pytest.mark.parametrize(
    ("curve", "shape", "low", "high"), [("weibull", 0.6, 0.14, 0.16), ("weibull", 2.0, 0.5, 0.6)]
)
def test_weibull_failure_times_are_the_curve(curve: str, shape: float, low: float, high: float) -> None:
    failed = 60 / math.log(2) ** (1 / shape) * np.random.default_rng(1).weibull(shape, N)
    at = horizon(curve, 0.8, 60, shape)
    assert low < at / 60 < high
    assert abs((failed > at).mean() - 0.8) < 4 * math.sqrt(0.16 / N)


# --- P23 --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spread", "exact", "nearly"), [(0.5, 1.08, 1.06), (1, 1.30, 1.25), (2, 2.32, 2.13), (3, 4.68, 4.16)]
)
def test_typical_over_marginal(spread: float, exact: float, nearly: float) -> None:
    assert typical_over_marginal(0.8, 1, spread) == pytest.approx(exact, abs=0.006)
    assert typical_over_marginal_nearly(0.8, 1, spread) == pytest.approx(nearly, abs=0.006)


@pytest.mark.parametrize("slope", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("spread", [0.5, 2.0, 6.0])
def test_tasks_at_random_are_solved_at_the_rate_of_their_horizon(slope: float, spread: float) -> None:
    rng = np.random.default_rng(2)
    for rate in (0.2, 0.5, 0.8, 0.95):
        at = marginal_horizon(rate, 60, slope, spread)
        logits = slope * math.log(60 / at) + spread * rng.standard_normal(N)
        solved = rng.random(N) < expit(logits)
        assert abs(solved.mean() - rate) < 4 * math.sqrt(rate * (1 - rate) / N)
        typical = slope * math.log(60 / typical_horizon(rate, 60, slope))
        assert expit(typical) == pytest.approx(rate)


def test_horizons_at_one_half_coincide_and_without_spread_all_do() -> None:
    assert typical_over_marginal(0.5, 1, 3) == pytest.approx(1)
    assert typical_over_marginal(0.99, 0.4, 0) == pytest.approx(1)
    below, above = typical_over_marginal(0.2, 1, 2), typical_over_marginal(0.8, 1, 2)
    assert below == pytest.approx(1 / above)


@pytest.mark.parametrize("spread", [0.0, 1.0, 5.0, 25.0])
def test_quadrature_is_finer_than_needed(spread: float) -> None:
    z = np.linspace(-10, 10, 400_001)
    weights = np.exp(-(z**2) / 2) / np.exp(-(z**2) / 2).sum()
    for logits in (-6.0, 0.0, 2.5):
        finest = expit(logits + spread * z) @ weights
        assert float(marginal_success(logits, spread)) == pytest.approx(finest, rel=1e-9)


def test_extreme_rates_and_spreads_are_solved() -> None:
    for rate in (1e-6, 0.01, 0.999999):
        for spread in (0.1, 10, 30):
            logits = math.log(rate / (1 - rate)) + math.log(typical_over_marginal(rate, 1, spread))
            assert float(marginal_success(logits, spread)) == pytest.approx(rate, rel=1e-6)


# --- P14c -------------------------------------------------------------------------------------------------

FIGURES = [(0, 1.00, 0.81), (0.5, 0.90, 0.87), (1, 0.70, 1.00), (1.5, 0.51, 1.26)]


@pytest.mark.parametrize(("noise", "slope", "level"), FIGURES)
def test_label_noise_flattens_and_moves_as_in_the_formal_model(
    noise: float, slope: float, level: float
) -> None:
    # its own figures are simulated about a true level of .8; the last digits are its noise
    found = with_label_noise(1, math.exp(0.8), noise, 2, 1)
    assert found.slope == pytest.approx(slope, abs=0.006)
    assert math.log(found.median) == pytest.approx(level, abs=0.021)


@pytest.mark.parametrize("noise", [0.5, 1.5])
def test_label_noise_is_that_of_simulated_fits(noise: float) -> None:
    rng = np.random.default_rng(3)
    true = 2 * rng.standard_normal(N)
    solved = rng.random(N) < expit(0.7 * (0.8 - true))
    seen = true + noise * rng.standard_normal(N)
    design = np.column_stack([np.ones(N), -seen])

    def loss(ab: np.ndarray) -> tuple[float, np.ndarray]:
        logits = design @ ab
        gradient = design.T @ (expit(logits) - solved)
        return float(np.logaddexp(0, logits).sum() - logits[solved].sum()) / N, gradient / N

    fitted = minimize(loss, [0.0, 0.5], jac=True, options={"gtol": 1e-9}).x
    rates = expit(design @ fitted)
    bread = np.linalg.inv(design.T @ (design * (rates * (1 - rates))[:, None]))
    meat = design.T @ (design * ((solved - rates) ** 2)[:, None])
    error = np.sqrt(np.diag(bread @ meat @ bread))
    expected = with_label_noise(0.7, math.exp(0.8), noise, 2, 1)
    truth = np.array([expected.slope * math.log(expected.median), expected.slope])
    assert (np.abs(fitted - truth) < 4 * error).all()


def test_label_noise_does_not_depend_on_the_unit_and_pushes_away_from_the_centre() -> None:
    plain, scaled = with_label_noise(0.8, 90, 1, 2, 30), with_label_noise(0.8, 90 / 60, 1, 2, 30 / 60)
    assert plain.slope == pytest.approx(scaled.slope)
    assert plain.median == pytest.approx(60 * scaled.median)
    assert plain.median > 90
    assert with_label_noise(0.8, 10, 1, 2, 30).median < 10
    assert with_label_noise(0.8, 30, 1, 2, 30).median == pytest.approx(30)


def test_attenuation_formula_is_near() -> None:
    # slope x reliability / sqrt(1 + .346 x what is left of the variance): Carroll et al., section 4.8
    for noise in (0.5, 1.0, 1.5):
        kept = 4 / (4 + noise**2)
        nearly = kept / math.sqrt(1 + 0.346 * noise**2 * kept)
        assert with_label_noise(1, 1, noise, 2, 1).slope == pytest.approx(nearly, rel=0.03)


# --- bad input --------------------------------------------------------------------------------------------


def test_bad_input_is_refused_in_three_parts() -> None:
    with pytest.raises(UnknownName, match=r"no curve of success called 'weibul'\. Did you mean 'weibull'\?"):
        success("weibul", 1, 1)
    with pytest.raises(BadInput, match=r"the horizon at one half is 0\. It must be a finite .* Correct it"):
        horizon("lomax", 0.5, 0)
    with pytest.raises(BadInput, match=r"the rate of success is 0\. It must lie strictly .* Correct it"):
        typical_over_marginal(0, 1, 1)
    with pytest.raises(BadPlan, match=r"the spread of the tasks' log-odds is -1"):
        marginal_success(0, -1)


def test_tasks_out_of_reach_of_the_curve_have_no_fit() -> None:
    with pytest.raises(
        NoAnswer, match=r"no-fit: no logistic .* sure to end .* within reach .* Move their centre"
    ):
        with_label_noise(40, 1e9, 5, 0.01, 1e-9)

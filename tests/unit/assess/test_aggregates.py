"""Scores of means from joint draws."""

from __future__ import annotations

import numpy as np
import pytest
import scoringrules
from scipy.stats import kstest

from tasklaws.assess.aggregates import crps_draws, mean_draws, observed_draws, score_mean


@pytest.mark.parametrize("seed", range(5))
def test_crps_draws_agrees_with_scoringrules(seed: int) -> None:
    rng = np.random.default_rng(seed)
    draws, observed = rng.normal(size=200), float(rng.normal())
    assert crps_draws(draws, observed) == pytest.approx(
        float(scoringrules.crps_ensemble(observed, draws)), rel=1e-9
    )


@pytest.mark.parametrize("phi", [0.5, 1.0])
def test_observed_draws_have_the_variance_of_the_count(phi: float) -> None:
    draws = observed_draws(
        np.full((20_000, 1), 0.3), np.array([80.0]), np.array([phi]), np.random.default_rng(0)
    )
    assert draws.mean() == pytest.approx(0.3, abs=0.002)
    assert draws.var() == pytest.approx(phi * 0.21 / 80, rel=0.05)


def test_mean_draws_take_weights() -> None:
    rates = np.tile([0.2, 0.8], (5000, 1))
    draws = mean_draws(
        rates, np.array([50.0, 50.0]), np.ones(2), np.random.default_rng(0), np.array([3.0, 1.0])
    )
    assert draws.mean() == pytest.approx(0.35, abs=0.005)


def test_score_mean_is_calibrated_when_tasks_share_a_shock() -> None:
    """The PIT of the suite mean is uniform when the outcome is drawn from the joint forecast."""
    rng, pits = np.random.default_rng(1), []
    n, noise = np.full(20, 40.0), np.ones(20)
    for _ in range(300):
        rates = 1 / (1 + np.exp(-(rng.normal(0, 0.4, (201, 1)) + rng.normal(0, 0.3, (201, 20)))))
        observed = float((rng.binomial(40, rates[-1]) / 40).mean())
        pits.append(score_mean(mean_draws(rates[:-1], n, noise, rng), observed, rng).pit)
    assert kstest(pits, "uniform").pvalue > 1e-3


def test_score_mean_reports_points_and_quantiles() -> None:
    found = score_mean(np.linspace(0.3, 0.5, 1001), 0.45, np.random.default_rng(0))
    assert found.error == pytest.approx(-5)
    assert found.quantiles[4] == pytest.approx(0.4)
    assert found.pit == pytest.approx(0.75, abs=0.01)

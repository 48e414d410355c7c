"""The predictive distribution of counts against scipy and against its own definition."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.special import gammaln, logsumexp
from scipy.stats import binom

from tasklaws.infer import counts

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats


def _mass(rate: float, n: int, phi: float) -> Floats:
    log_c, bend = counts.coefficients(n, phi)
    mass, _ = counts.count_distribution(np.array([rate]), np.ones(1), phi, log_c, bend)
    return np.asarray(mass)


def _log_scores(rates: Floats, weights: Floats, n: int, phi: float, k: Floats, *, uniform: float) -> Floats:
    """Return log scores of several counts, one task each."""
    shape = (1, len(k), len(rates))
    return np.asarray(
        counts.log_scores(
            np.broadcast_to(rates, shape).copy(),
            np.broadcast_to(weights, shape).copy(),
            np.full(len(k), phi),
            np.full((1, len(k)), float(n)),
            k[None].astype(float),
            uniform,
        )[0]
    )


@pytest.mark.parametrize("seed", range(20))
def test_count_distribution_equals_scipy_binom_at_phi_1(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, rate = int(rng.integers(1, 3000)), float(rng.choice([rng.random(), 1e-5, 1 - 1e-5]))
    np.testing.assert_allclose(_mass(rate, n, 1.0), binom.pmf(np.arange(n + 1), n, rate), atol=1e-11)


@pytest.mark.parametrize("phi", [0.2, 0.5, 0.9, 1.5, 2.0])
@pytest.mark.parametrize("rate", [0.1, 0.45, 0.9])
def test_count_distribution_has_variance_phi_times_binomial(phi: float, rate: float) -> None:
    n = 400
    mass, j = _mass(rate, n, phi), np.arange(n + 1)
    mean = mass @ j
    assert mass.sum() == pytest.approx(1, abs=1e-12)
    assert mean == pytest.approx(n * rate, rel=0.01)
    assert mass @ (j - mean) ** 2 == pytest.approx(phi * n * rate * (1 - rate), rel=0.03)


@pytest.mark.parametrize("phi", [0.3, 1.0, 1.7])
@pytest.mark.parametrize("uniform", [0.0, 0.01])
def test_log_scores_of_all_counts_sum_to_1(phi: float, uniform: float) -> None:
    n, rng = 60, np.random.default_rng(2)
    rates, weights = rng.random(25), rng.dirichlet(np.ones(25))
    total = np.exp(_log_scores(rates, weights, n, phi, np.arange(n + 1), uniform=uniform)).sum()
    assert total == pytest.approx(1, abs=1e-10)


@pytest.mark.parametrize("seed", range(20))
def test_log_scores_equal_the_definition(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, phi = int(rng.integers(1, 500)), float(rng.uniform(0.2, 2))
    rates, weights = rng.uniform(0.001, 0.999, 7), rng.dirichlet(np.ones(7))
    j = np.arange(n + 1)
    logs = (
        -gammaln(j / phi + 1)
        - gammaln((n - j) / phi + 1)
        + j / phi * (np.log(rates) - np.log1p(-rates))[:, None]
    )
    mass = weights @ np.exp(logs - logsumexp(logs, axis=1, keepdims=True))
    expected = np.log(0.99 * mass + 0.01 / (n + 1))
    np.testing.assert_allclose(
        _log_scores(rates, weights, n, phi, j, uniform=0.01), expected, rtol=1e-8, atol=1e-8
    )


def test_log_scores_are_nan_where_nothing_is_attempted_or_observed() -> None:
    half = np.full((1, 3, 1), 0.5)
    scores = counts.log_scores(
        half, np.ones_like(half), np.ones(3), np.array([[0.0, 10, 10]]), np.array([[0.0, np.nan, 5]]), 0.01
    )[0]
    assert np.isnan(scores[:2]).all()
    assert np.isfinite(scores[2])


def test_log_scores_on_a_grid_of_many_attempts_stay_near_the_exact_ones() -> None:
    n, k = 40_000, np.array([12_000, 12_200])
    found = _log_scores(np.array([0.3]), np.ones(1), n, 1.0, k, uniform=0.0)
    np.testing.assert_allclose(found, binom.logpmf(k, n, 0.3), atol=0.02)


@pytest.mark.parametrize("seed", range(10))
def test_quantiles_and_crps_equal_sums_over_the_counts(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(2, 200)), 0
    mass = _mass(float(rng.random()), n, float(rng.uniform(0.3, 1.5)))
    k = int(rng.integers(0, n + 1))
    cumulative, levels = np.cumsum(mass), np.array([0.05, 0.5, 0.95])
    expected = [np.argmax(cumulative >= level - 1e-12) for level in levels]
    np.testing.assert_array_equal(counts.quantile_counts(mass, levels), expected)
    assert counts.crps_counts(mass, k) == pytest.approx(
        ((cumulative[:-1] - (np.arange(n) >= k)) ** 2).sum(), abs=1e-9
    )
    spread = np.abs(np.subtract.outer(np.arange(n + 1), np.arange(n + 1)))
    assert counts.noise_counts(mass) == pytest.approx(0.5 * mass @ spread @ mass, abs=1e-9)
    assert counts.pit_counts(mass, k, 0.25) == pytest.approx(cumulative[k] - 0.75 * mass[k], abs=1e-9)

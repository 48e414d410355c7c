"""Scores against slow oracles, calibration and propriety."""

from __future__ import annotations

import numpy as np
import pytest
import scoringrules
from scipy.stats import binom, kstest

from tasklaws.assess.scores import covered, expected_rate, noise_crps, score, summarise
from tasklaws.core.errors import BadInput
from tasklaws.infer import counts as kernels
from tasklaws.infer.arrays import Floats, RateForecast


def _forecast(points: Floats, phi: float = 1.0, uniform: float = 0.01) -> RateForecast:
    points = np.asarray(points, dtype=float)
    even = np.full(points.shape, 1 / points.shape[-1])
    return RateForecast(points, even, np.full(points.shape[1], phi), uniform=uniform)


def _mixture(points: Floats, weights: Floats, n: int) -> Floats:
    return np.asarray(weights @ binom.pmf(np.arange(n + 1), n, points[:, None]))


def _slow_phi(points: Floats, weights: Floats, n: int, phi: float) -> Floats:
    from scipy.special import gammaln, logsumexp

    j = np.arange(n + 1)
    p = np.clip(points[:, None], 1e-12, 1 - 1e-12)
    logs = -gammaln(j / phi + 1) - gammaln((n - j) / phi + 1) + (j * np.log(p) + (n - j) * np.log1p(-p)) / phi
    return np.asarray(weights @ np.exp(logs - logsumexp(logs, axis=1, keepdims=True)))


@pytest.mark.parametrize("seed", range(25))
def test_score_equals_slow_binomial_mixture(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 400))
    points = rng.beta(rng.uniform(0.05, 5), rng.uniform(0.05, 5), 30)
    points[:2] = 0, 1
    weights = rng.dirichlet(np.ones(30))
    phi = float(rng.choice([1.0, 0.3, 0.6, 1.7]))
    pmf = _mixture(points, weights, n) if phi == 1 else _slow_phi(points, weights, n, phi)
    k = int(rng.integers(0, n + 1))
    forecast = RateForecast(points[None, None], weights[None, None], np.array([phi]))
    scores = score(forecast, np.array([[n]], float), np.array([[k]], float), rng)
    summary = summarise(forecast, np.array([[n]], float))
    cdf = np.cumsum(pmf)
    assert scores.log_score[0, 0] == pytest.approx(np.log(0.99 * pmf[k] + 0.01 / (n + 1)), abs=1e-8)
    assert scores.crps[0, 0] == pytest.approx(
        100 / n * ((cdf[:-1] - (np.arange(n) >= k)) ** 2).sum(), abs=1e-7
    )
    assert cdf[k] - pmf[k] - 1e-9 <= scores.pit[0, 0] <= cdf[k] + 1e-9
    assert summary.p_none[0, 0] == pytest.approx(pmf[0], abs=1e-9)
    assert summary.p_all[0, 0] == pytest.approx(pmf[-1], abs=1e-9)
    assert summary.mean[0, 0] == pytest.approx((pmf * np.arange(n + 1)).sum() / n, abs=1e-9)
    assert summary.quantiles[0, 0, 4] * n == pytest.approx(np.searchsorted(cdf, 0.5 - 1e-12), abs=1e-6)


def test_crps_agrees_with_scoringrules_on_an_ensemble_of_counts() -> None:
    rng = np.random.default_rng(2)
    points = rng.beta(4, 7, 50)
    n, k = 173, 88
    exact = score(_forecast(points[None, None]), np.array([[n]], float), np.array([[k]], float), rng).crps[
        0, 0
    ]
    draws = rng.binomial(n, rng.choice(points, 40_000)) / n
    assert exact == pytest.approx(100 * float(scoringrules.crps_ensemble(k / n, draws)), rel=0.02)


@pytest.mark.parametrize("phi", [0.3, 1.0])
def test_counts_beyond_the_exact_axis_are_placed_on_a_grid(
    phi: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A grid of 16,384 steps gives the scores of the exact axis."""
    points = np.random.default_rng(3).beta(30, 50, 40)
    n, k = 40_000, 14_321.0
    forecast = _forecast(points[None, None], phi)
    gridded = score(forecast, np.array([[n]], float), np.array([[k]]), np.random.default_rng(0))
    log_c, bend = kernels.coefficients(n, phi)
    weights = np.full(40, 1 / 40)
    pmf, norm = kernels.count_distribution(points, weights, phi, log_c, bend)
    assert gridded.log_score[0, 0] == pytest.approx(
        kernels.log_density(points, weights, n, phi, k, norm, 0.01), abs=1e-3
    )
    assert gridded.crps[0, 0] == pytest.approx(kernels.crps_counts(pmf, k) / n * 100, abs=1e-2)


def test_pit_is_uniform_and_coverage_nominal_when_the_truth_is_drawn_from_the_forecast() -> None:
    rng = np.random.default_rng(4)
    rates = rng.beta(0.8, 2, (1, 3000, 60))
    n = rng.integers(1, 60, (1, 3000)).astype(float)
    chosen = rates[0, np.arange(3000), rng.integers(0, 60, 3000)]
    k = rng.binomial(n.astype(int), chosen).astype(float)
    pit = score(_forecast(rates), n, k, rng).pit[0]
    assert kstest(pit, "uniform").pvalue > 1e-4
    for level in (0.5, 0.8, 0.9):
        assert covered(pit, level).mean() == pytest.approx(level, abs=4 * np.sqrt(level * (1 - level) / 3000))


@pytest.mark.parametrize("phi", [0.5, 1.0])
def test_scores_are_proper(phi: float) -> None:
    """The true forecast has the best expected log score and CRPS among shifted and widened ones."""
    rng = np.random.default_rng(5)
    n, z = 40, np.linspace(-2, 2, 81)
    density = np.exp(-0.5 * z**2)

    def points(shift: float, width: float) -> Floats:
        return np.asarray(1 / (1 + np.exp(-(-0.4 + shift + width * z))))

    def expected(shift: float, width: float) -> tuple[float, float]:
        weights = (density / density.sum())[None, None]
        forecast = RateForecast(
            points(shift, width)[None, None].repeat(n + 1, 1),
            weights.repeat(n + 1, 1),
            np.full(n + 1, phi),
            uniform=0.0,
        )
        counts = np.arange(n + 1.0)[None]
        found = score(forecast, np.full((1, n + 1), float(n)), counts, rng)
        return float(truth @ found.log_score[0]), float(truth @ found.crps[0])

    truth = _slow_phi(points(0, 0.5), density / density.sum(), n, phi)
    best_log, best_crps = expected(0, 0.5)
    for shift, width in ((0.2, 0.5), (-0.2, 0.5), (0, 0.25), (0, 0.9), (0.1, 0.6)):
        log_score, crps = expected(shift, width)
        assert log_score < best_log
        assert crps > best_crps


def test_noise_crps_is_the_expected_crps_of_one_who_knows_the_rate() -> None:
    n, p = 30, 0.37
    pmf = binom.pmf(np.arange(n + 1), n, p)
    forecast = _forecast(np.full((1, n + 1, 1), p))
    all_counts = score(
        forecast, np.full((1, n + 1), float(n)), np.arange(n + 1.0)[None], np.random.default_rng(0)
    )
    assert noise_crps(np.array([[p]]), np.array([[n]], float), np.ones(1))[0, 0] == pytest.approx(
        pmf @ all_counts.crps[0]
    )


def test_scores_are_finite_at_certain_forecasts_that_fail() -> None:
    forecast = _forecast(np.array([[[0.0], [1.0], [0.0]]]))
    n, k = np.array([[50.0, 50.0, 50.0]]), np.array([[50.0, 0.0, 0.0]])
    found = score(forecast, n, k, np.random.default_rng(0))
    np.testing.assert_allclose(found.log_score[0, :2], np.log(0.01 / 51), rtol=1e-6)
    np.testing.assert_allclose(found.crps[0], [100, 100, 0], atol=1e-6)


def test_fractional_counts_lie_between_their_neighbours() -> None:
    forecast = _forecast(np.full((1, 3, 1), 0.4))
    found = score(forecast, np.full((1, 3), 100.0), np.array([[45.0, 45.5, 46.0]]), np.random.default_rng(0))
    assert found.log_score[0, 0] > found.log_score[0, 1] > found.log_score[0, 2]
    assert found.crps[0, 0] < found.crps[0, 1] < found.crps[0, 2]


def test_cells_without_attempts_or_forecast_are_not_scored() -> None:
    forecast = _forecast(np.array([[[0.4], [np.nan], [0.2]]]))
    found = score(
        forecast, np.array([[10.0, 10.0, 0.0]]), np.array([[3.0, 3.0, 0.0]]), np.random.default_rng(0)
    )
    assert np.isfinite(found.crps[0]).tolist() == [True, False, False]
    assert np.isnan(expected_rate(forecast)[0, 1])


def test_score_refuses_counts_out_of_range() -> None:
    with pytest.raises(BadInput, match="k = 11 of n = 10"):
        score(
            _forecast(np.full((1, 1, 1), 0.4)),
            np.array([[10.0]]),
            np.array([[11.0]]),
            np.random.default_rng(0),
        )


def test_score_refuses_other_shapes() -> None:
    with pytest.raises(BadInput, match="must agree"):
        score(
            _forecast(np.full((1, 2, 1), 0.4)),
            np.array([[10.0]]),
            np.array([[1.0]]),
            np.random.default_rng(0),
        )

"""Replicates: what is drawn, what is shared, and that they agree with profiles."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit

from tasklaws.forms import FORMS
from tasklaws.infer.curves.bootstrap import bootstrap, quantiles
from tasklaws.infer.curves.covariance import covariance
from tasklaws.infer.curves.fit import Fits, fit_batch
from tasklaws.infer.curves.intervals import intervals
from tasklaws.infer.curves.problem import Options, Points

X = np.linspace(0.0, 3.0, 8)[None]
LEVEL, SLOPE = 2, 3


def _fits(n: int = 60, problems: int = 2, objective: str = "binomial") -> Fits:
    rate = np.repeat(expit(0.2 + 1.2 * (X - 1.5)), problems, axis=0)
    y = np.random.default_rng(0).binomial(n, rate) / n
    return fit_batch(FORMS["logistic"], Points(X, y, np.full(y.shape, float(n))), Options(objective))


def _replicates(fits: Fits, count: int, shock_sd: float = 0.0, seed: int = 1) -> Fits:
    return bootstrap(fits, count, np.random.default_rng(seed), shock_sd)


def test_replicates_stand_problem_by_problem_around_their_law() -> None:
    fits = _fits()
    fits.params[1, LEVEL] += 2.0
    means = _replicates(fits, 200).params.reshape(2, 200, -1).mean(axis=1)
    np.testing.assert_allclose(means[:, LEVEL], fits.params[:, LEVEL], atol=0.1)


def test_the_same_seed_gives_the_same_replicates_and_another_seed_others() -> None:
    fits = _fits()
    one, two, other = (_replicates(fits, 10, 0.1, seed).params for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, two)
    assert (one[:, LEVEL] != other[:, LEVEL]).all()


def test_a_shock_is_one_draw_for_all_problems() -> None:
    fits = _fits(n=1_000_000)
    alike = [
        np.corrcoef(*_replicates(fits, 100, sd).params[:, LEVEL].reshape(2, 100))[0, 1] for sd in (0.3, 0.0)
    ]
    assert alike[0] > 0.99
    assert abs(alike[1]) < 0.3


def test_replicates_spread_as_the_errors_say_with_and_without_a_shock() -> None:
    fits = _fits(n=400, problems=1)
    for sd in (0.0, 0.3):
        spread = _replicates(fits, 600, sd).params[:, [LEVEL, SLOPE]].std(axis=0)
        np.testing.assert_allclose(spread, covariance(fits, sd).sd[0, [LEVEL, SLOPE]], rtol=0.1)


def test_quantiles_lie_near_the_ends_of_profiles() -> None:
    fits = _fits()
    lower, upper = quantiles(_replicates(fits, 800), 2)
    found = intervals(fits)
    for name in ("level", "slope"):
        j, at = found.names.index(name), fits.form.names.index(name)
        width = found.upper[:, j] - found.lower[:, j]
        np.testing.assert_allclose(lower[:, at], found.lower[:, j], atol=0.15 * width.max())
        np.testing.assert_allclose(upper[:, at], found.upper[:, j], atol=0.15 * width.max())


def test_gaussian_replicates_have_the_spread_of_the_residuals() -> None:
    y = np.random.default_rng(0).normal(3, 0.5, (1, 8))
    fits = fit_batch(FORMS["constant"], Points(X, y, np.ones_like(y)), Options("gaussian"))
    replicates = _replicates(fits, 2000)
    assert replicates.points.y.std() == pytest.approx(y.std(ddof=1), rel=0.05)
    assert replicates.params[:, 0].std() == pytest.approx(y.std(ddof=1) / np.sqrt(8), rel=0.06)


def test_gaussian_replicates_are_noisier_where_the_precision_is_low() -> None:
    y, n = np.random.default_rng(0).normal(3, 0.5, (1, 8)), np.array([[1.0] * 4 + [100.0] * 4])
    drawn = _replicates(fit_batch(FORMS["constant"], Points(X, y, n), Options("gaussian")), 1000).points.y
    assert drawn[:, :4].std() / drawn[:, 4:].std() == pytest.approx(10, rel=0.1)


def test_correlated_instances_give_wider_replicates() -> None:
    fits = _fits(objective="beta_binomial")
    loose = fit_batch(fits.form, fits.points, Options("beta_binomial", shape=0.2))
    spreads = [_replicates(f, 300).points.y.std(axis=0).mean() for f in (fits, loose)]
    assert spreads[1] > 2 * spreads[0]


def _robust(width: float, weight: float = 1.0) -> Fits:
    """Return the mean log of 8 values, of which the second problem lacks 3."""
    y = np.exp(np.random.default_rng(0).normal(1, 0.1, (2, 8)))
    n = np.ones((2, 8))
    n[1, :3] = 0
    points = Points(X, y, n, np.full((2, 8), weight))
    return fit_batch(FORMS["constant"], points, Options("log_huber", shape=width))


def test_under_a_robust_loss_the_same_points_get_random_weights() -> None:
    fits = _robust(0.01, weight=3.0)
    found = _replicates(fits, 1000).points
    tile = np.repeat([0, 1], 1000)
    np.testing.assert_array_equal(found.y, fits.points.y[tile])
    np.testing.assert_array_equal(found.n, fits.points.n[tile])
    assert stats.kstest(found.weight.ravel() / 3.0, "expon").pvalue > 0.001
    assert np.abs(np.corrcoef(found.weight.T) - np.eye(8)).max() < 0.15


def test_random_weights_spread_a_mean_as_its_error_says() -> None:
    """All residuals are within Huber's width, so that the law is a mean of logs."""
    fits = _robust(9.0)
    spread = _replicates(fits, 2000).params.reshape(2, 2000).std(axis=1)
    np.testing.assert_allclose(spread, covariance(fits).sd[:, 0], rtol=0.15)


def test_replicates_of_losses_surround_their_law() -> None:
    rng = np.random.default_rng(0)
    x = np.linspace(0.0, 3.0, 20)[None]
    y = (1.8 + 2.0 * 10 ** (-0.5 * x)) * np.exp(rng.normal(0, 0.01, x.shape))
    fits = fit_batch(FORMS["power_floor"], Points(x, y, np.ones_like(y)), Options("log_huber"))
    lower, upper = quantiles(_replicates(fits, 200), 1)
    assert (lower[0, :3] < fits.params[0, :3]).all()
    assert (fits.params[0, :3] < upper[0, :3]).all()


def test_a_cell_without_attempts_stays_without() -> None:
    fits = _fits()
    n = fits.points.n.copy()
    n[0, 2] = 0
    some = fit_batch(fits.form, Points(X, fits.points.y, n))
    assert (_replicates(some, 5).points.n[:5, 2] == 0).all()


def test_a_problem_without_a_law_has_replicates_without_a_law() -> None:
    fits = _fits()
    n = fits.points.n.copy()
    n[0, 1:] = 0
    replicates = _replicates(fit_batch(fits.form, Points(X, fits.points.y, n)), 5)
    assert np.isnan(replicates.params[:5]).all()
    assert np.isfinite(replicates.params[5:]).all()


def test_quantiles_leave_out_what_did_not_settle() -> None:
    replicates = _replicates(_fits(problems=1), 200)
    usual = quantiles(replicates, 1)
    replicates.params[:3, LEVEL] = 1e6
    replicates.ended[:3] = 1
    for one, other in zip(usual, quantiles(replicates, 1), strict=True):
        np.testing.assert_allclose(one[0, LEVEL], other[0, LEVEL], atol=0.05)

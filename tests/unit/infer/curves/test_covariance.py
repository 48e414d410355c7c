"""Error bars to first order, and the shock that a rung gives all tasks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit, logit

from tasklaws.forms import FORMS
from tasklaws.infer.curves.covariance import covariance, dispersion, rung_shock
from tasklaws.infer.curves.fit import Fits, fit_batch
from tasklaws.infer.curves.problem import Options, Points

X = np.linspace(0.0, 3.0, 8)[None]
LEVEL, SLOPE = 2, 3


def _fits(
    problems: int = 6, n: int = 60, seed: int = 0, shock: float = 0.0, objective: str = "binomial"
) -> Fits:
    rng = np.random.default_rng(seed)
    level, slope = rng.normal(0, 1, (problems, 1)), rng.uniform(0.7, 2, (problems, 1))
    z = level + slope * (X[0] - 1.5) + rng.normal(0, shock, 8)
    points = Points(X, rng.binomial(n, expit(z)) / n, np.full(z.shape, float(n)))
    return fit_batch(FORMS["logistic"], points, Options(objective))


def test_model_covariance_is_that_of_a_generalised_linear_model() -> None:
    fits = _fits()
    found = covariance(fits).model[:, LEVEL : SLOPE + 1, LEVEL : SLOPE + 1]
    for b in range(6):
        won = fits.points.y[b] * fits.points.n[b]
        cells = np.stack([won, fits.points.n[b] - won], axis=1)
        glm = sm.GLM(cells, sm.add_constant(X[0] - 1.5), family=sm.families.Binomial()).fit(tol=1e-12)
        np.testing.assert_allclose(found[b], glm.cov_params(), rtol=1e-4)


def test_without_shock_or_weights_counts_are_as_sure_as_the_model_says() -> None:
    errors = covariance(_fits())
    np.testing.assert_allclose(errors.inflation[:, [LEVEL, SLOPE]], 1, rtol=1e-9)
    np.testing.assert_allclose(errors.robust, errors.model, rtol=1e-8, atol=1e-15)


def test_parameters_that_were_not_fitted_have_no_error() -> None:
    errors = covariance(_fits())
    assert (errors.sd[:, [0, 1, 4]] == 0).all()
    assert np.isnan(errors.inflation[:, [0, 1, 4]]).all()


def test_a_shock_raises_every_variance() -> None:
    fits = _fits()
    inflations = [covariance(fits, sd).inflation[:, [LEVEL, SLOPE]] for sd in (0.1, 0.2, 0.4)]
    assert (np.diff([np.ones_like(inflations[0]), *inflations], axis=0) > 0).all()


def test_variance_of_a_constant_under_a_shock_is_known_exactly() -> None:
    p, n, sd = 0.3, 50.0, 0.4
    points = Points(X, np.full((1, 8), p), np.full((1, 8), n))
    errors = covariance(fit_batch(FORMS["constant"], points), sd)
    assert errors.model[0, 0, 0] == pytest.approx(p * (1 - p) / (8 * n), rel=1e-6)
    expected = p * (1 - p) / (8 * n) + (sd * p * (1 - p)) ** 2 / 8
    assert errors.robust[0, 0, 0] == pytest.approx(expected, rel=1e-6)


def test_a_weight_of_a_half_on_every_point_doubles_the_model_variance_but_not_the_robust_one() -> None:
    fits = _fits()
    half = replace(fits, points=replace(fits.points, weight=np.full(fits.points.y.shape, 0.5)))
    np.testing.assert_allclose(covariance(half).model, 2 * covariance(fits).model, rtol=1e-8, atol=1e-14)
    np.testing.assert_allclose(covariance(half).robust, covariance(fits).robust, rtol=1e-8, atol=1e-14)


def test_gaussian_errors_are_those_of_the_residuals() -> None:
    y = np.random.default_rng(0).normal(3, 0.5, (4, 8))
    fits = fit_batch(FORMS["constant"], Points(X, y, np.ones_like(y)), Options("gaussian"))
    np.testing.assert_allclose(dispersion(fits), y.var(axis=1, ddof=1), rtol=1e-6)
    np.testing.assert_allclose(covariance(fits).sd[:, 0], y.std(axis=1, ddof=1) / np.sqrt(8), rtol=1e-6)


def test_log_huber_errors_are_robust() -> None:
    """For a mean whose residuals are all within Huber's width: White's variance of the log residuals."""
    y = np.exp(np.random.default_rng(0).normal(1, 0.1, (1, 8)))
    fits = fit_batch(FORMS["constant"], Points(X, y, np.ones_like(y)), Options("log_huber", shape=9.0))
    at = fits.params[0, 0]
    assert at == pytest.approx(np.exp(np.log(y).mean()), rel=1e-6)
    expected = at * np.sqrt((np.log(at / y) ** 2).sum()) / 8
    assert covariance(fits).sd[0, 0] == pytest.approx(expected, rel=1e-5)


def test_errors_under_a_narrow_huber_loss_are_those_of_a_median() -> None:
    """Its curvature is the density of the residuals about 0, not that of the parabolas of the descent."""
    rng, points, sd = np.random.default_rng(0), 400, 0.1
    y = np.exp(rng.normal(1, sd, (40, points)))
    x = np.linspace(0.0, 3.0, points)[None]
    fits = fit_batch(FORMS["constant"], Points(x, y, np.ones_like(y)), Options("log_huber", shape=1e-3))
    relative = covariance(fits).sd[:, 0] / fits.params[:, 0]
    assert relative.mean() == pytest.approx(np.sqrt(np.pi / 2) * sd / np.sqrt(points), rel=0.1)


@pytest.mark.parametrize("width", [1e-3, 0.1, 9.0])
def test_robust_errors_agree_with_replicates(width: float) -> None:
    rng = np.random.default_rng(0)
    x = np.linspace(0.0, 3.0, 40)[None]
    y = (1.8 + 2.0 * 10 ** (-0.5 * x)) * np.exp(rng.normal(0, 0.01, (400, 40)))
    options = Options("log_huber", shape=width, exact=True)
    fits = fit_batch(FORMS["power_floor"], Points(x, y, np.ones_like(y)), options)
    errors = np.median(covariance(fits).sd[:, :3], axis=0)
    np.testing.assert_allclose(errors, fits.params[:, :3].std(axis=0), rtol=0.2)


def test_beta_binomial_errors_grow_with_the_correlation() -> None:
    fits = _fits(objective="beta_binomial")
    loose = replace(fits, options=Options("beta_binomial", shape=0.2))
    assert (covariance(loose).sd[:, SLOPE] > 2 * covariance(fits).sd[:, SLOPE]).all()


def test_problems_without_a_law_fail_no_other() -> None:
    fits = _fits()
    n = fits.points.n.copy()
    n[2, 1:] = 0
    some = fit_batch(FORMS["logistic"], replace(fits.points, n=n))
    kept = np.arange(6) != 2
    np.testing.assert_allclose(covariance(some, 0.1).sd[kept], covariance(fits, 0.1).sd[kept], rtol=1e-9)


def test_a_direction_that_the_data_do_not_set_has_no_error_to_first_order() -> None:
    """All of a task's attempts failed: neither level nor slope is seen."""
    points = Points(X, np.zeros((1, 8)), np.full((1, 8), 20.0))
    assert np.isfinite(covariance(fit_batch(FORMS["logistic"], points)).sd).all()


@pytest.mark.parametrize("sd", [0.1, 0.3])
def test_the_shock_of_rungs_is_found_within_a_fifth(sd: float) -> None:
    found = [rung_shock(_fits(40, 200, seed, sd)) for seed in range(40)]
    assert np.sqrt(np.mean(np.square(found))) == pytest.approx(sd, rel=0.2)


def test_where_there_is_no_shock_little_is_found() -> None:
    assert np.median([rung_shock(_fits(40, 200, seed)) for seed in range(20)]) < 0.03


def test_a_shock_is_for_counts_only() -> None:
    with pytest.raises(ValueError, match="counts"):
        rung_shock(_fits(objective="gaussian"))


def test_first_order_errors_agree_with_replicates() -> None:
    rng, n, sd = np.random.default_rng(0), 400, 0.2
    z = 0.3 + 1.1 * (X[0] - 1.5) + rng.normal(0, sd, (600, 8))
    points = Points(X, rng.binomial(n, expit(z)) / n, np.full(z.shape, float(n)))
    fits = fit_batch(FORMS["logistic"], points)
    spread = fits.params[:, [LEVEL, SLOPE]].std(axis=0)
    np.testing.assert_allclose(covariance(fits, sd).sd[:, [LEVEL, SLOPE]].mean(axis=0), spread, rtol=0.1)
    assert logit(fits.heights().mean()) == pytest.approx(0.2, abs=0.2)

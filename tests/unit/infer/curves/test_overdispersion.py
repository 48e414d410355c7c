"""Correlation of instances within a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import betabinom

from tasklaws.forms import FORMS
from tasklaws.infer.curves.fit import fit_batch
from tasklaws.infer.curves.overdispersion import GRID, fit_overdispersed, pearson
from tasklaws.infer.curves.problem import Options, Points

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats

X = np.linspace(0.0, 3.0, 24)[None]
N = 60
LOGISTIC = FORMS["logistic"]


def _points(rho: float, problems: int = 30, seed: int = 0, x: Floats = X) -> Points:
    rng = np.random.default_rng(seed)
    rate = expit(rng.normal(0, 0.7, (problems, 1)) + 1.2 * (x[0] - 1.5))
    if rho:
        m = (1 - rho) / rho
        rate = rng.beta(rate * m, (1 - rate) * m)
    return Points(x, rng.binomial(N, rate) / N, np.full(rate.shape, float(N)))


@pytest.mark.parametrize("rho", [0.05, 0.2])
def test_the_correlation_is_found(rho: float) -> None:
    found = np.asarray(fit_overdispersed(LOGISTIC, _points(rho)).options.shape)
    assert found.mean() == pytest.approx(rho, rel=0.2)


def test_independent_instances_have_next_to_none() -> None:
    found = np.asarray(fit_overdispersed(LOGISTIC, _points(0.0)).options.shape)
    assert np.median(found) < 0.003


def test_independent_instances_of_few_rungs_never_have_much() -> None:
    """Beyond what explains the residuals, a larger correlation bends the law away and enlarges them again."""
    found = np.asarray(fit_overdispersed(LOGISTIC, _points(0.0, 100, x=X[:, ::3].copy())).options.shape)
    assert found.max() < 0.1


def test_the_law_is_that_of_its_correlation() -> None:
    points = _points(0.05, 4)
    fits = fit_overdispersed(LOGISTIC, points)
    again = fit_batch(LOGISTIC, points, Options("beta_binomial", shape=fits.options.shape))
    np.testing.assert_array_equal(again.params, fits.params)
    assert fits.options.objective == "beta_binomial"


def test_the_correlation_makes_the_residuals_as_large_as_their_number_less_that_of_parameters() -> None:
    fits = fit_overdispersed(LOGISTIC, _points(0.1, 20))
    np.testing.assert_allclose(pearson(fits), 24 - 2, rtol=0.06)


def test_pearsons_statistic_is_of_the_variance_of_scipy() -> None:
    fits = fit_batch(LOGISTIC, _points(0.1, 3), Options("beta_binomial", shape=0.3))
    height, m = fits.heights(), 0.7 / 0.3
    expected = N**2 * (fits.points.y - height) ** 2 / betabinom.var(N, height * m, (1 - height) * m)
    np.testing.assert_allclose(pearson(fits), expected.sum(axis=1), rtol=1e-9)


def test_residuals_smaller_than_chance_have_the_least_correlation() -> None:
    y = np.round(N * expit(1.2 * (X - 1.5))) / N
    fits = fit_overdispersed(LOGISTIC, Points(X, y, np.full(y.shape, float(N))))
    assert fits.options.shape == pytest.approx(GRID[0])
    binomial = fit_batch(LOGISTIC, fits.points)
    np.testing.assert_allclose(fits.params, binomial.params, rtol=1e-2, atol=1e-6)


def test_fits_say_that_their_correlation_was_estimated() -> None:
    assert fit_overdispersed(LOGISTIC, _points(0.1, 2)).options.shape_estimated
    assert not fit_batch(LOGISTIC, _points(0.1, 2), Options("beta_binomial")).options.shape_estimated


@pytest.mark.parametrize("few", [1, 2])
def test_a_problem_with_too_few_points_fails_no_other(few: int) -> None:
    points = _points(0.1, 3)
    n = points.n.copy()
    n[1, few:] = 0
    some, whole = fit_overdispersed(LOGISTIC, Points(X, points.y, n)), fit_overdispersed(LOGISTIC, points)
    assert some.status(1) == "too_few_points"
    np.testing.assert_array_equal(some.params[[0, 2]], whole.params[[0, 2]])


def test_known_parameters_stay_known() -> None:
    floors = np.array([0.0, 0.1, 0.2, 0.25])
    reach = np.array([1.0, 0.95, 0.9, 0.85])
    fits = fit_overdispersed(LOGISTIC, _points(0.1, 4), Options(fixed={"floor": floors, "reach": reach}))
    np.testing.assert_array_equal(fits.params[:, 0], floors)
    np.testing.assert_array_equal(fits.params[:, 1], reach)


def test_points_of_no_weight_say_nothing() -> None:
    points = _points(0.1, 4)
    weight = np.ones(points.y.shape)
    weight[:, ::3] = 0
    one = fit_overdispersed(LOGISTIC, Points(X, points.y, points.n, weight))
    other = fit_overdispersed(LOGISTIC, Points(X, points.y, np.where(weight > 0, points.n, 0.0)))
    np.testing.assert_array_equal(one.options.shape, other.options.shape)

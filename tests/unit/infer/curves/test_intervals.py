"""Profile intervals: their ends are where the objective has risen enough."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit

from tasklaws.core.errors import BadInput
from tasklaws.forms import FORMS
from tasklaws.infer.curves.covariance import covariance
from tasklaws.infer.curves.fit import Fits, fit_batch
from tasklaws.infer.curves.intervals import Intervals, intervals
from tasklaws.infer.curves.problem import Options, Points

X = np.linspace(0.0, 3.0, 8)[None]
LOGISTIC = FORMS["logistic"]
RISE = 0.5 * stats.chi2.ppf(0.9, 1)


def _points(problems: int = 6, n: int = 40, seed: int = 0) -> Points:
    rng = np.random.default_rng(seed)
    level, slope = rng.normal(0, 1, (problems, 1)), rng.uniform(0.7, 2, (problems, 1))
    rate = expit(level + slope * (X[0] - 1.5))
    return Points(X, rng.binomial(n, rate) / n, np.full(rate.shape, float(n)))


def _of(found: Intervals, name: str) -> Any:
    j = found.names.index(name)
    return found.value[:, j], found.lower[:, j], found.upper[:, j]


def _risen(fits: Fits, name: str, end: Any, **more: Any) -> Any:
    """Return by how much the best fit with a parameter held at `end` is worse."""
    options = Options(fits.options.objective, fixed={name: end} | more, freed=(), exact=True)
    return fit_batch(fits.form, fits.points, options).objective - fits.objective


@pytest.mark.parametrize("name", ["level", "slope"])
@pytest.mark.parametrize("side", [1, 2])
def test_at_an_end_the_best_other_fit_has_risen_by_the_quantile(name: str, side: int) -> None:
    fits = fit_batch(LOGISTIC, _points())
    risen = _risen(fits, name, _of(intervals(fits), name)[side])
    np.testing.assert_allclose(risen, RISE, rtol=5e-3)


@pytest.mark.parametrize("side", [1, 2])
def test_at_an_end_of_a_reading_the_curve_through_it_has_risen_by_the_quantile(side: int) -> None:
    fits = fit_batch(LOGISTIC, _points())
    end = _of(intervals(fits), "middle")[side]
    np.testing.assert_allclose(_risen(fits, "origin", end, level=0.0), RISE, rtol=5e-3)


def test_a_reading_is_where_the_curve_has_its_level() -> None:
    fits = fit_batch(LOGISTIC, _points())
    middle = _of(intervals(fits), "middle")[0]
    np.testing.assert_allclose(middle, 1.5 - fits.params[:, 2] / fits.params[:, 3], rtol=1e-9)
    heights = [fits.heights(np.array([[place]]))[b, 0] for b, place in enumerate(middle)]
    np.testing.assert_allclose(heights, 0.5, atol=1e-9)


@pytest.mark.parametrize("name", ["logistic", "gumbel", "mirrored_gumbel", "persistence_drift"])
def test_values_lie_between_their_ends_and_nothing_is_open_where_data_are_plenty(name: str) -> None:
    found = intervals(fit_batch(FORMS[name], _points(n=400)))
    assert not found.open.any()
    assert (found.lower < found.value).all()
    assert (found.value < found.upper).all()


def test_intervals_shrink_to_those_of_the_errors() -> None:
    fits = fit_batch(LOGISTIC, _points(n=100_000))
    value, lower, upper = _of(intervals(fits), "slope")
    half = stats.norm.ppf(0.95) * covariance(fits).sd[:, 3]
    np.testing.assert_allclose(upper - value, half, rtol=0.02)
    np.testing.assert_allclose(value - lower, half, rtol=0.02)


def test_a_higher_level_and_a_shock_widen_intervals() -> None:
    fits = fit_batch(LOGISTIC, _points())
    usual, wide, shaken = intervals(fits), intervals(fits, level=0.99), intervals(fits, shock_sd=0.3)
    for other in (wide, shaken):
        assert (other.lower < usual.lower).all()
        assert (other.upper > usual.upper).all()


def test_a_gaussian_mean_has_students_interval() -> None:
    y = np.random.default_rng(0).normal(3, 0.5, (4, 8))
    found = intervals(fit_batch(FORMS["constant"], Points(X, y, np.ones_like(y)), Options("gaussian")))
    half = stats.t.ppf(0.95, 7) * y.std(axis=1, ddof=1) / np.sqrt(8)
    np.testing.assert_allclose(found.upper[:, 0] - y.mean(axis=1), half, rtol=2e-3)
    np.testing.assert_allclose(y.mean(axis=1) - found.lower[:, 0], half, rtol=2e-3)


def test_an_end_at_a_natural_bound_is_that_bound() -> None:
    """Losses that fall in a straight line on log axes leave room for no irreducible loss at all."""
    rng = np.random.default_rng(0)
    y = 3.0 * 10 ** (-0.5 * X[0]) * np.exp(rng.normal(0, 0.02, (3, 8)))
    found = intervals(fit_batch(FORMS["power_floor"], Points(X, y, np.ones_like(y)), Options("gaussian")))
    _, lower, upper = _of(found, "irreducible")
    assert (lower == 0).all()
    assert (upper > 0).all()
    assert not found.open[:, found.names.index("irreducible")].any()


def test_an_end_that_the_data_do_not_set_is_open() -> None:
    y = (X > 1.4).astype(float)
    found = intervals(fit_batch(LOGISTIC, Points(X, y, np.full(y.shape, 5.0))))
    _, lower, upper = _of(found, "slope")
    assert np.isfinite(lower).all()
    assert np.isnan(upper).all()
    assert "slope" in found.weak(0)


def test_a_flat_task_has_no_middle() -> None:
    y = np.full((1, 8), 0.5)
    y[0] += 0.2 * np.array([1, -1, 1, -1, -1, 1, -1, 1])
    found = intervals(fit_batch(LOGISTIC, Points(X, y, np.full((1, 8), 30.0))))
    assert found.weak(0) == ("middle",)
    assert _of(found, "slope")[1] == 0


def test_a_step_has_its_threshold_between_two_rungs() -> None:
    y = np.where(X > 1.4, 0.9, 0.1)
    found = intervals(fit_batch(FORMS["step"], Points(X, y, np.full(y.shape, 60.0))))
    value, lower, upper = _of(found, "threshold")
    assert X[0, 3] == lower[0] < value[0] < upper[0] == X[0, 4]


def test_a_step_that_may_be_elsewhere_has_a_wider_threshold() -> None:
    y = np.where(X > 1.4, 0.9, 0.1)
    y[0, 3:5] = 0.5
    found = intervals(fit_batch(FORMS["step"], Points(X, y, np.full(y.shape, 4.0))))
    _, lower, upper = _of(found, "threshold")
    assert lower[0] <= X[0, 2]
    assert upper[0] >= X[0, 5]


@pytest.mark.parametrize("name", ["low", "gain"])
@pytest.mark.parametrize("side", [1, 2])
def test_at_an_end_of_a_steps_level_the_best_step_anywhere_has_risen_by_the_quantile(
    name: str, side: int
) -> None:
    """The threshold is not known, so that the interval is the widest over its places."""
    y = np.where(X > 1.4, 0.7, 0.3) + 0.12 * np.sin(5.0 * X)
    fits = fit_batch(FORMS["step"], Points(X, y, np.full(y.shape, 12.0)))
    end = _of(intervals(fits), name)[side]
    np.testing.assert_allclose(_risen(fits, name, end), RISE, rtol=5e-3)
    known = fit_batch(FORMS["step"], fits.points, Options(fixed={"threshold": fits.params[:, 2]}))
    sign = 1 if side == 2 else -1
    assert (sign * (end - _of(intervals(known), name)[side]) >= -1e-3).all()


def test_intervals_allow_for_the_error_of_an_estimated_correlation() -> None:
    points = _points()
    known = fit_batch(LOGISTIC, points, Options("beta_binomial", shape=0.02))
    guessed = replace(known, options=replace(known.options, shape_estimated=True))
    free = 8 - 2
    rises = [0.5 * stats.chi2.ppf(0.9, 1), 0.5 * stats.t.ppf(0.95, free) ** 2]
    for fits, rise in zip((known, guessed), rises, strict=True):
        end = _of(intervals(fits), "slope")[2]
        held = Options("beta_binomial", shape=0.02, fixed={"slope": end}, exact=True)
        risen = fit_batch(LOGISTIC, points, held).objective - fits.objective
        np.testing.assert_allclose(risen, rise, rtol=5e-3)


def test_a_better_fit_that_a_profile_meets_is_taken() -> None:
    """A fit is spoilt on purpose: its profile comes upon the true one and starts again from there."""
    fits = fit_batch(LOGISTIC, _points(1))
    worse = fits.params + np.array([0, 0, 0.5, 0.5, 0])
    there = Options(fixed={"level": worse[:, 2], "slope": worse[:, 3]})
    objective = fit_batch(LOGISTIC, fits.points, there).objective
    found = intervals(replace(fits, params=worse, objective=objective))
    np.testing.assert_allclose(found.fits.params, fits.params, atol=1e-4)


def test_problems_without_a_law_have_no_interval_and_fail_no_other() -> None:
    points = _points()
    n = points.n.copy()
    n[2, 1:] = 0
    found = intervals(fit_batch(LOGISTIC, Points(X, points.y, n)))
    assert np.isnan(found.value[2]).all()
    assert np.isnan(found.lower[2]).all()
    assert np.isfinite(found.lower[[0, 1, 3, 4, 5]]).all()


def test_log_huber_has_no_profile_and_is_refused_in_three_parts() -> None:
    y = np.linspace(3, 2, 8)[None]
    fits = fit_batch(FORMS["power_floor"], Points(X, y, np.ones_like(y)), Options("log_huber"))
    with pytest.raises(BadInput) as caught:
        intervals(fits)
    assert caught.value.what
    assert caught.value.need
    assert "bootstrap" in caught.value.way_out

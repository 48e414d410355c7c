"""Fits of batches against other people's fits, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.optimize import minimize
from scipy.special import expit, huber
from scipy.stats import betabinom

from tasklaws.core.errors import BadInput, NoAnswer, TasklawsError, UnknownName
from tasklaws.forms import FORMS
from tasklaws.infer.curves.fit import again, better, deepened, fit_batch, refuse_short
from tasklaws.infer.curves.intervals import intervals
from tasklaws.infer.curves.problem import Options, Points

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats
    from tasklaws.infer.curves.fit import Fits

LOGISTIC = FORMS["logistic"]
X = np.linspace(0.0, 3.0, 8)[None]
MIDDLE = 1.5
LEVEL, SLOPE = 2, 3


def _counts(problems: int = 12, n: int = 40, seed: int = 0) -> Points:
    """Return counts of rising tasks, as rates."""
    rng = np.random.default_rng(seed)
    level, slope = rng.normal(0, 1.5, (problems, 1)), rng.uniform(0.5, 3, (problems, 1))
    rate = expit(level + slope * (X[0] - MIDDLE))
    return Points(X, rng.binomial(n, rate) / n, np.full(rate.shape, float(n)))


def _losses(problems: int = 6, seed: int = 0) -> Points:
    rng = np.random.default_rng(seed)
    y = 1.8 + rng.uniform(1, 3, (problems, 1)) * 10 ** (-rng.uniform(0.3, 0.8, (problems, 1)) * X[0])
    return Points(X, y * np.exp(rng.normal(0, 0.01, y.shape)), np.ones_like(y))


def _least(function: Any, start: Floats, bounds: list[tuple[float, float]]) -> float:
    """Return the least value that a general optimiser finds."""
    starts = [start, *np.random.default_rng(0).uniform(*np.transpose(bounds), (3, len(bounds)))]
    return min(minimize(function, s, bounds=bounds, method="L-BFGS-B").fun for s in starts)


# Agreement


@pytest.mark.parametrize("seed", range(4))
def test_binomial_fits_are_those_of_a_generalised_linear_model(seed: int) -> None:
    points = _counts(seed=seed)
    fits = fit_batch(LOGISTIC, points, Options(exact=True))
    for b in range(len(points.y)):
        won = points.y[b] * points.n[b]
        cells = np.stack([won, points.n[b] - won], axis=1)
        glm = sm.GLM(cells, sm.add_constant(X[0] - MIDDLE), family=sm.families.Binomial()).fit(tol=1e-14)
        np.testing.assert_allclose(fits.params[b, [LEVEL, SLOPE]], glm.params, rtol=1e-6, atol=1e-6)
        assert 2 * fits.objective[b] == pytest.approx(glm.deviance, rel=1e-6)


def test_cells_of_few_attempts_separable_ones_among_them_are_fitted_as_well_as_can_be() -> None:
    """Where 0s and 1s separate, there is no free optimum: the best slope is the steepest of the box."""
    rng = np.random.default_rng(0)
    y = np.concatenate(
        [rng.integers(0, 3, (30, 8)) / 2, rng.integers(0, 2, (10, 8)), np.sort(rng.integers(0, 2, (10, 8)))]
    )
    points = Points(X, y.astype(float), np.full(y.shape, 2.0))
    fits = fit_batch(LOGISTIC, points)
    assert np.isin(y, (0, 1)).all(axis=1).sum() >= 20
    for b in range(len(y)):

        def deviance(q: Floats, row: Floats = y[b]) -> float:
            z = q[0] + q[1] * (X[0] - MIDDLE)
            return float(2 * (np.logaddexp(0, z) - row * z).sum())

        known = np.where((y[b] > 0) & (y[b] < 1), y[b], 0.5)
        entropy = 2 * np.where(
            (y[b] > 0) & (y[b] < 1), known * np.log(known) + (1 - known) * np.log(1 - known), 0
        )
        least = _least(deviance, fits.params[b, [LEVEL, SLOPE]], [(-30, 30), (0, 20)]) + entropy.sum()
        assert fits.objective[b] <= least + 1e-6


def test_gaussian_fits_of_a_line_are_least_squares() -> None:
    """A logistic curve far out in its box is not a line, but a mean is a mean."""
    rng = np.random.default_rng(0)
    y, n = rng.uniform(1, 5, (4, 8)), rng.uniform(0.5, 2, (4, 8))
    fits = fit_batch(FORMS["constant"], Points(X, y, n), Options("gaussian"))
    np.testing.assert_allclose(fits.params[:, 0], (n * y).sum(axis=1) / n.sum(axis=1), rtol=1e-9)


@pytest.mark.parametrize("name", ["logistic", "gumbel"])
def test_uncorrelated_beta_binomial_fits_are_binomial(name: str) -> None:
    points = _counts()
    one = fit_batch(FORMS[name], points)
    other = fit_batch(FORMS[name], points, Options("beta_binomial", shape=1e-6))
    np.testing.assert_allclose(other.params, one.params, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("rho", [0.01, 0.1, 0.5])
def test_beta_binomial_fits_are_the_most_likely_ones(rho: float) -> None:
    points, m = _counts(), (1 - rho) / rho
    fits = fit_batch(LOGISTIC, points, Options("beta_binomial", shape=rho))
    for b in range(len(points.y)):

        def unlikely(q: Floats, b: int = b) -> float:
            f = np.clip(expit(q[0] + q[1] * (X[0] - MIDDLE)), 1e-12, 1 - 1e-12)
            return float(-betabinom.logpmf(np.rint(points.y[b] * 40), 40, f * m, (1 - f) * m).sum())

        found = fits.params[b, [LEVEL, SLOPE]]
        assert unlikely(found) <= _least(unlikely, found, [(-30, 30), (0, 20)]) + 1e-5


def test_log_huber_fits_are_as_good_as_a_general_optimisers() -> None:
    points, width = _losses(), 0.02
    fits = fit_batch(FORMS["power_floor"], points, Options("log_huber", shape=width, exact=True))
    for b in range(len(points.y)):

        def loss(q: Floats, b: int = b) -> float:
            f = q[0] + q[1] * 10 ** (-q[2] * X[0])
            return float(huber(width, np.log(f / points.y[b])).sum()) * 1e4

        box = [(0.01, points.y[b].max()), (0.01, 5 * points.y[b].max()), (0.0, 20.0)]
        least = _least(loss, fits.params[b, :3], box) / 1e4
        assert loss(fits.params[b, :3]) / 1e4 == pytest.approx(fits.objective[b], rel=1e-9)
        assert fits.objective[b] <= least * (1 + 1e-6)


def test_log_huber_fits_hardly_see_an_outlier() -> None:
    points = _losses()
    y = points.y.copy()
    y[:, 3] *= 2
    clean = fit_batch(FORMS["power_floor"], points, Options("log_huber"))
    robust = fit_batch(FORMS["power_floor"], replace(points, y=y), Options("log_huber"))
    squares = fit_batch(FORMS["power_floor"], replace(points, y=y), Options("gaussian"))
    at_end = [abs(f.heights()[:, -1] / clean.heights()[:, -1] - 1).max() for f in (robust, squares)]
    assert at_end[0] < 0.02 < at_end[1]


@pytest.mark.parametrize("name", sorted(set(FORMS) - {"broken_power", "joint_loss", "log_power"}))
def test_a_curve_of_the_form_itself_is_found_again(name: str) -> None:
    form = FORMS[name]
    x = np.linspace(0.0, 3.0, 16)[None]
    values = {"level": 0.4, "slope": 1.6, "exponent": 0.6, "drift": 0.8, "irreducible": 0.3, "amount": 1.2}
    values |= {"low": 0.1, "gain": 0.5, "threshold": 1.3}
    start = [values.get(p.name, p.fixed) for p in form.parameters]
    truth = [
        MIDDLE if p.name == "origin" and p.fixed == 0.5 else v
        for p, v in zip(form.parameters, start, strict=True)
    ]
    truth = [3.0 if p.name == "last" else v for p, v in zip(form.parameters, truth, strict=True)]
    y = form.curve(x, np.array(truth, dtype=float))[None]
    objective = "gaussian" if form.outcome != "rate" else "binomial"
    fits = fit_batch(form, Points(x, y, np.full(y.shape, 1e6)), Options(objective))
    np.testing.assert_allclose(fits.heights(), y, atol=1e-5)


# The batch


def test_problems_of_a_batch_do_not_touch_each_other() -> None:
    points = _counts()
    together = fit_batch(LOGISTIC, points)
    for b in range(len(points.y)):
        alone = fit_batch(LOGISTIC, Points(X, points.y[b : b + 1], points.n[b : b + 1]))
        np.testing.assert_array_equal(alone.params[0], together.params[b])


def test_points_of_no_weight_are_as_good_as_absent() -> None:
    points = _counts()
    gone = np.zeros(points.y.shape, dtype=bool)
    gone[:, [2, 5]] = True
    weightless = fit_batch(LOGISTIC, replace(points, weight=np.where(gone, 0.0, 1.0)))
    unknown = fit_batch(LOGISTIC, replace(points, n=np.where(gone, 0.0, points.n)))
    here = np.flatnonzero(~gone[0])
    fewer = fit_batch(LOGISTIC, Points(X.take(here, 1), points.y.take(here, 1), points.n.take(here, 1)))
    np.testing.assert_array_equal(weightless.params, unknown.params)
    np.testing.assert_allclose(fewer.params, unknown.params, atol=1e-4)
    assert weightless.n_points.tolist() == [6] * 12


def test_the_order_of_arrays_in_memory_does_not_matter() -> None:
    points = _counts()
    turned = Points(X, np.asfortranarray(points.y), np.asfortranarray(points.n))
    one, other = fit_batch(LOGISTIC, turned), fit_batch(LOGISTIC, points)
    np.testing.assert_array_equal(one.params, other.params)
    np.testing.assert_array_equal(intervals(one, 0.1).upper, intervals(other, 0.1).upper)


def test_what_is_not_known_is_not_read() -> None:
    points = _counts()
    n = points.n.copy()
    n[:, 3] = 0
    y = points.y.copy()
    y[:, 3] = np.nan
    one, other = fit_batch(LOGISTIC, replace(points, n=n)), fit_batch(LOGISTIC, Points(X, y, n))
    np.testing.assert_array_equal(one.params, other.params)


def test_weights_are_repeats() -> None:
    points = _counts()
    twice = fit_batch(LOGISTIC, replace(points, weight=np.full(points.y.shape, 2.0)))
    np.testing.assert_allclose(twice.params, fit_batch(LOGISTIC, points).params, atol=1e-5)
    np.testing.assert_allclose(twice.objective, 2 * fit_batch(LOGISTIC, points).objective, rtol=1e-6)


def test_a_problem_with_too_few_points_gets_nan_and_fails_no_other() -> None:
    points = _counts(3)
    n = points.n.copy()
    n[1, 2:] = 0
    fits = fit_batch(LOGISTIC, replace(points, n=n))
    assert [fits.status(b) for b in range(3)] == ["ok", "too_few_points", "ok"]
    assert np.isnan(fits.params[1]).all()
    assert np.isnan(fits.objective[1])
    assert np.isnan(fits.heights()[1]).all()
    np.testing.assert_array_equal(fits.params[[0, 2]], fit_batch(LOGISTIC, points).params[[0, 2]])


def test_fixed_values_hold_in_every_problem() -> None:
    points, floors = _counts(3), np.array([0.0, 0.1, 0.2])
    fits = fit_batch(LOGISTIC, points, Options(fixed={"floor": floors, "reach": np.array([1.0, 0.9, 0.8])}))
    np.testing.assert_array_equal(fits.params[:, 0], floors)
    assert (fits.heights() >= floors[:, None]).all()
    assert fits.n_fitted.tolist() == [2, 2, 2]


def test_freed_parameters_are_fitted() -> None:
    fits = fit_batch(LOGISTIC, _counts(3), Options(freed=("floor",)))
    assert fits.n_fitted.tolist() == [3, 3, 3]
    assert fits.fitted[:, 0].all()


def test_bounds_are_kept_and_reported() -> None:
    points = _counts(5)
    fits = fit_batch(LOGISTIC, points, Options(bounds={"slope": (0.0, 0.2)}))
    assert (fits.params[:, SLOPE] == 0.2).all()
    assert fits.at_bound == [("slope",)] * 5
    assert fits.status(0) == "at_bound"


def test_endless_bounds_are_no_bounds_to_be_at() -> None:
    fits = fit_batch(LOGISTIC, _counts(5), Options(bounds={"slope": (-np.inf, np.inf)}))
    assert fits.at_bound == [()] * 5


def test_a_freed_floor_and_reach_never_exceed_1_together() -> None:
    y = np.array([[0.3, 0.3, 0.4, 0.8, 1.0, 1.0, 1.0, 1.0], [0.0, 0.9, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]])
    fits = fit_batch(LOGISTIC, Points(X, y, np.full(y.shape, 40.0)), Options(freed=("floor", "reach")))
    assert fits.n_fitted.tolist() == [4, 4]
    far = fits.heights(np.array([[-1e3, 1e3]]))
    assert (far >= 0).all()
    assert (far <= 1).all()
    assert far[:, 1] == pytest.approx(1, abs=0.01)


def test_some_problems_of_a_batch_are_as_they_were() -> None:
    points, floors = _counts(3), np.array([0.0, 0.1, 0.2])
    weighted = replace(points, weight=np.random.default_rng(0).uniform(1, 2, points.y.shape))
    options = Options("beta_binomial", shape=np.array([0.01, 0.05, 0.1]), fixed={"floor": floors})
    fits = fit_batch(LOGISTIC, weighted, options)
    some = fits.only(np.array([True, False, True]))
    np.testing.assert_array_equal(some.params, fits.params[[0, 2]])
    alone = fit_batch(LOGISTIC, some.points, some.options)
    np.testing.assert_array_equal(alone.params, some.params)
    np.testing.assert_array_equal(alone.objective, some.objective)


# Once more


@pytest.mark.parametrize("name", ["logistic", "gumbel", "step", "two_stage"])
def test_the_same_values_give_the_same_laws_again(name: str) -> None:
    points = _counts()
    fits = fit_batch(FORMS[name], points)
    once_more = again(fits, points)
    np.testing.assert_allclose(once_more.objective, fits.objective, atol=1e-5)
    np.testing.assert_allclose(once_more.heights(), fits.heights(), atol=1e-3)


def test_replicates_of_a_problem_stand_together() -> None:
    points = _counts(3)
    fits = fit_batch(LOGISTIC, points)
    tile = np.repeat(np.arange(3), 4)
    copies = again(fits, Points(X, points.y[tile], points.n[tile]))
    np.testing.assert_allclose(copies.params, fits.params[tile], atol=1e-5)


def test_other_values_at_the_same_places_are_fitted_from_the_former_laws() -> None:
    fits, others = fit_batch(LOGISTIC, _counts()), _counts(seed=9)
    np.testing.assert_allclose(again(fits, others).params, fit_batch(LOGISTIC, others).params, atol=1e-4)


@pytest.mark.parametrize("name", ["gumbel", "two_stage"])
def test_deeper_fits_are_never_worse(name: str) -> None:
    fits = fit_batch(FORMS[name], _counts())
    assert (deepened(fits).objective <= fits.objective * (1 + 1e-9)).all()


def _spoilt(fits: Fits) -> Fits:
    """Return the fits with parameters, and their objectives, that are not the best."""
    worse = fits.params + np.array([0, 0, 1.0, 0.5, 0])
    there = Options(fixed={"level": worse[:, LEVEL], "slope": worse[:, SLOPE]})
    return replace(fits, params=worse, objective=fit_batch(LOGISTIC, fits.points, there).objective)


def test_better_fits_are_taken_where_they_are_looked_for_and_there_only() -> None:
    fits, which = fit_batch(LOGISTIC, _counts()), np.arange(12) % 2 == 0
    spoilt = _spoilt(fits)
    found = better(spoilt, which)
    np.testing.assert_allclose(found.params[which], fits.params[which], atol=1e-4)
    np.testing.assert_allclose(found.objective[which], fits.objective[which], rtol=1e-6)
    np.testing.assert_array_equal(found.params[~which], spoilt.params[~which])
    np.testing.assert_array_equal(found.objective[~which], spoilt.objective[~which])


def test_a_fit_that_is_better_already_is_kept() -> None:
    fits = fit_batch(LOGISTIC, _counts())
    boast = replace(fits, objective=fits.objective - 1.0)
    np.testing.assert_array_equal(better(boast, np.ones(12, dtype=bool)).params, fits.params)
    np.testing.assert_array_equal(better(boast, np.ones(12, dtype=bool)).objective, boast.objective)


# Refusals


def _refused(error: type[TasklawsError], points: Points, options: Options | None = None) -> TasklawsError:
    with pytest.raises(error) as caught:
        fit_batch(LOGISTIC, points, options)
    return caught.value


def test_an_unknown_objective_or_parameter_is_refused_with_the_nearest_name() -> None:
    points = _counts(1)
    assert "'binomial'" in str(_refused(UnknownName, points, Options("binomal")))
    for options in (Options(fixed={"slop": 1.0}), Options(freed=("slop",)), Options(bounds={"slop": (0, 1)})):
        message = str(_refused(UnknownName, points, options))
        assert "parameter of 'logistic'" in message
        assert "'slope'" in message


@pytest.mark.parametrize(
    ("value", "objective", "word"),
    [
        (np.nan, "binomial", "finite"),
        (np.inf, "gaussian", "finite"),
        (1.5, "binomial", "1.5"),
        (-0.25, "beta_binomial", "-0.25"),
        (0.0, "log_huber", "positive"),
        (-3.0, "log_huber", "-3"),
    ],
)
def test_values_that_the_objective_cannot_take_are_refused_in_three_parts(
    value: float, objective: str, word: str
) -> None:
    points = _counts(2)
    points.y[points.y == 0] = 0.5
    points.y[1, 4] = value
    error = _refused(BadInput, points, Options(objective))
    assert error.what
    assert error.need
    assert error.way_out
    assert word in str(error)


def test_rates_may_be_beyond_0_and_1_for_gaussian_fits() -> None:
    points = _counts(2)
    points.y[1, 4] = 1.5
    assert np.isfinite(fit_batch(LOGISTIC, points, Options("gaussian")).objective).all()


def test_points_at_one_place_are_refused_in_three_parts() -> None:
    points = _counts(2)
    error = _refused(BadInput, replace(points, x=np.full((1, 8), 2.5)))
    assert "2.5" in error.what
    assert error.need
    assert error.way_out


def test_a_place_that_is_not_finite_is_refused() -> None:
    x = X.copy()
    x[0, 3] = np.nan
    assert _refused(BadInput, replace(_counts(2), x=x)).way_out


def test_too_few_points_for_a_form_are_refused_in_three_parts() -> None:
    with pytest.raises(NoAnswer) as caught:
        refuse_short(FORMS["broken_power"], 20)
    error = caught.value
    assert error.reason == "too-few-points"
    assert "20 points" in error.what
    assert "6 free parameters" in error.what
    assert "60 points" in error.need
    assert error.way_out
    assert error.exit_code == 4


def test_enough_points_are_not_refused() -> None:
    refuse_short(FORMS["broken_power"], 60)
    refuse_short(LOGISTIC, 3)
    with pytest.raises(NoAnswer, match="3 free parameters"):
        refuse_short(LOGISTIC, 3, ("reach",))


@pytest.mark.parametrize("fixed", [{"slope": 1000.0}, {"slope": 1000.0, "level": 3.0}])
def test_a_curve_that_overflows_fails_no_batch(fixed: dict[str, float]) -> None:
    fits = fit_batch(LOGISTIC, _counts(2), Options(fixed=fixed))
    assert np.isfinite(fits.objective).all()
    assert fits.status(0) in {"ok", "not_converged"}

"""Weights of forms by Akaike's criterion and by held-out scores."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import betabinom

from tasklaws.forms import FORMS
from tasklaws.infer.curves.covariance import covariance
from tasklaws.infer.curves.fit import fit_batch
from tasklaws.infer.curves.problem import Options, Points
from tasklaws.infer.curves.weights import (
    UNIFORM,
    _log_score,
    aic_weights,
    corrected_aic,
    held_out_scores,
    predicted,
    stacked_weights,
)

X = np.linspace(0.0, 3.0, 8)[None]
LOGISTIC = FORMS["logistic"]


def _points(problems: int = 20, n: int = 200, seed: int = 0) -> Points:
    rng = np.random.default_rng(seed)
    rate = expit(rng.normal(0, 0.7, (problems, 1)) + 1.5 * (X[0] - 1.5))
    return Points(X, rng.binomial(n, rate) / n, np.full(rate.shape, float(n)))


def test_criterion_of_counts_by_hand() -> None:
    fits = fit_batch(LOGISTIC, _points(3))
    for b in range(3):
        y, f = fits.points.y[b], fits.heights()[b]
        lost = [
            200 * (p * math.log(p / q) if p > 0 else 0.0)
            for r, h in zip(y, f, strict=True)
            for p, q in ((r, h), (1 - r, 1 - h))
        ]
        assert corrected_aic(fits)[b] == pytest.approx(2 * sum(lost) + 2 * 2 + 2 * 2 * 3 / (8 - 2 - 1))


def test_criterion_of_values_counts_their_spread_as_a_parameter() -> None:
    y = np.random.default_rng(0).normal(3, 0.5, (1, 8))
    fits = fit_batch(FORMS["constant"], Points(X, y, np.ones_like(y)), Options("gaussian"))
    expected = 8 * math.log(y.var()) + 2 * 2 + 2 * 2 * 3 / (8 - 2 - 1)
    assert corrected_aic(fits)[0] == pytest.approx(expected, rel=1e-6)


def test_criterion_is_undefined_where_points_are_as_few_as_parameters() -> None:
    points = _points(2)
    n = points.n.copy()
    n[0, 3:] = 0
    found = corrected_aic(fit_batch(LOGISTIC, Points(X, points.y, n)))
    assert np.isnan(found[0])
    assert np.isfinite(found[1])


def test_weights_sum_to_one_and_follow_differences_only() -> None:
    criteria = np.random.default_rng(0).normal(50, 5, (10, 4))
    weights = aic_weights(criteria)
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    np.testing.assert_allclose(aic_weights(criteria + np.arange(10)[:, None] * 1e3), weights, rtol=1e-8)
    np.testing.assert_allclose(
        weights[:, 0] / weights[:, 1], np.exp(0.5 * (criteria[:, 1] - criteria[:, 0])), rtol=1e-9
    )


def test_an_undefined_criterion_gets_no_weight_and_a_row_of_them_stays_undefined() -> None:
    weights = aic_weights(np.array([[1.0, np.nan, 1.0], [np.nan] * 3]))
    assert weights[0].tolist() == [0.5, 0.0, 0.5]
    assert np.isnan(weights[1]).all()


def test_a_perfect_fit_is_not_left_out() -> None:
    """Without residuals the criterion of values is minus infinity: there is nothing better."""
    y = np.full((1, 8), 3.0)
    fits = fit_batch(FORMS["constant"], Points(X, y, np.ones_like(y)), Options("gaussian"))
    criteria = np.array([[corrected_aic(fits)[0], 10.0]])
    assert aic_weights(criteria)[0].tolist() == [1.0, 0.0]


def test_perfect_fits_share_their_weight() -> None:
    criteria = np.array([[-np.inf, 10.0, -np.inf], [-np.inf, np.nan, 3.0]])
    assert aic_weights(criteria).tolist() == [[0.5, 0.0, 0.5], [1.0, 0.0, 0.0]]


def test_criteria_prefer_the_form_that_made_the_data() -> None:
    points = _points()
    forms = [LOGISTIC, FORMS["constant"], FORMS["mirrored_gumbel"]]
    weights = aic_weights(np.stack([corrected_aic(fit_batch(form, points)) for form in forms], axis=1))
    assert weights.mean(axis=0).argmax() == 0
    assert (weights[:, 1] < 1e-6).all()


def test_predictions_are_the_curve_and_its_error() -> None:
    fits = fit_batch(LOGISTIC, _points(4))
    new = np.array([[3.5, 4.0]])
    mean, variance = predicted(fits, new)
    np.testing.assert_array_equal(mean, fits.heights(new))
    errors = covariance(fits).robust
    for b in range(4):
        slope = np.zeros((2, 5))
        slope[:, 2] = mean[b] * (1 - mean[b])
        slope[:, 3] = slope[:, 2] * (new[0] - 1.5)
        np.testing.assert_allclose(variance[b], np.diag(slope @ errors[b] @ slope.T), rtol=1e-8)


def test_a_shock_adds_to_the_variance_of_a_prediction() -> None:
    fits = fit_batch(LOGISTIC, _points(4))
    (mean, quiet), (_, shaken) = (predicted(fits, X, sd) for sd in (0.0, 0.3))
    assert (shaken - quiet >= (0.3 * mean * (1 - mean)) ** 2 - 1e-15).all()


def test_log_score_is_that_of_a_beta_binomial_with_a_uniform_share() -> None:
    mean, variance, n = 0.3, 0.004, 50
    total = mean * (1 - mean) / variance - 1
    won = np.arange(51.0)
    mass = betabinom.pmf(won, n, mean * total, (1 - mean) * total)
    expected = np.log((1 - UNIFORM) * mass + UNIFORM / (n + 1))
    found = _log_score(won, np.full(51, 50.0), np.full(51, mean), np.full(51, variance))
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert np.exp(found).sum() == pytest.approx(1, abs=1e-6)


def test_a_cell_without_attempts_scores_nothing() -> None:
    assert _log_score(np.zeros(1), np.zeros(1), np.full(1, 0.3), np.full(1, 0.01)).tolist() == [0.0]


def test_held_out_points_are_not_seen_by_the_law_that_is_scored_on_them() -> None:
    points, held = _points(5), np.arange(8) >= 6
    fits = fit_batch(LOGISTIC, points)
    early = fit_batch(LOGISTIC, Points(X, points.y, np.where(held, 0.0, points.n)))
    mean, variance = predicted(early, X[:, held])
    expected = _log_score(points.n[:, held] * points.y[:, held], points.n[:, held], mean, variance).sum(
        axis=1
    )
    np.testing.assert_allclose(held_out_scores(fits, held), expected, rtol=1e-9)


def test_a_problem_without_a_law_has_no_score() -> None:
    points = _points(3)
    n = points.n.copy()
    n[1, 1:6] = 0
    scores = held_out_scores(fit_batch(LOGISTIC, Points(X, points.y, n)), np.arange(8) >= 6)
    assert np.isnan(scores).tolist() == [False, True, False]


def test_held_out_scores_prefer_the_form_that_made_the_data() -> None:
    points, held = _points(), np.arange(8) >= 6
    forms = [LOGISTIC, FORMS["constant"], FORMS["mirrored_gumbel"]]
    weights = stacked_weights([held_out_scores(fit_batch(form, points), held, 0.05) for form in forms])
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    assert weights.mean(axis=0).argmax() == 0
    assert weights[:, 0].mean() > 0.5


def test_a_form_without_a_law_of_a_problem_gets_no_weight_there() -> None:
    weights = stacked_weights([np.array([-3.0, np.nan, -4.0]), np.array([-3.0, -2.0, np.nan])])
    assert weights[1].tolist() == [0.0, 1.0]
    assert weights[2].tolist() == [1.0, 0.0]
    np.testing.assert_allclose(weights.sum(axis=1), 1)

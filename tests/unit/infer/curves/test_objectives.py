"""Objectives against the distributions of scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special, stats

from tasklaws.infer.curves.objectives import (
    BETA_BINOMIAL,
    BEYOND,
    BINOMIAL,
    GAUSSIAN,
    LOG_HUBER,
    OBJECTIVES,
    curvature,
    digamma,
    pull,
    scale,
    value,
)

HEIGHTS = (0.02, 0.3, 0.5, 0.97)
SHAPES = {GAUSSIAN: 0.0, BINOMIAL: 0.0, BETA_BINOMIAL: 0.05, LOG_HUBER: 0.1}
KINDS = sorted(SHAPES)


def test_every_objective_has_a_name() -> None:
    assert sorted(OBJECTIVES.values()) == KINDS


@pytest.mark.parametrize("x", [1e-8, 1e-3, 0.5, 1.4616, 1.0, 9.999, 10.0, 33.3, 1e8])
def test_digamma_is_that_of_scipy(x: float) -> None:
    assert digamma(x) == pytest.approx(special.digamma(x), rel=1e-13, abs=1e-13)


@pytest.mark.parametrize("won", [0, 3, 20])
@pytest.mark.parametrize("f", HEIGHTS)
def test_binomial_value_is_what_is_lost_of_the_log_likelihood(won: int, f: float) -> None:
    lost = stats.binom.logpmf(won, 20, won / 20) - stats.binom.logpmf(won, 20, f)
    assert value(BINOMIAL, f, won / 20, 20.0, 0.0) == pytest.approx(lost, abs=1e-12)


@pytest.mark.parametrize("won", [0, 3, 20])
@pytest.mark.parametrize("rho", [1e-3, 0.05, 0.5])
def test_beta_binomial_value_is_minus_the_log_probability_of_the_count(won: int, rho: float) -> None:
    m = (1 - rho) / rho
    for f in HEIGHTS:
        expected = -stats.betabinom.logpmf(won, 20, f * m, (1 - f) * m)
        assert value(BETA_BINOMIAL, f, won / 20, 20.0, rho) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("r", [-2.0, -0.1, -0.01, 0.0, 0.05, 0.1, 3.0])
def test_log_huber_value_is_hubers_loss_of_the_log_residual(r: float) -> None:
    expected = special.huber(0.1, r)
    assert value(LOG_HUBER, 2.0 * math.exp(r), 2.0, 1.0, 0.1) == pytest.approx(expected, abs=1e-14)


def test_gaussian_value_is_half_the_weighted_square() -> None:
    assert value(GAUSSIAN, 2.0, 5.0, 3.0, 0.0) == 0.5 * 3 * 9


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("f", HEIGHTS)
@pytest.mark.parametrize("y", [0.1, 0.4, 0.9])
def test_pull_is_the_slope_of_the_value(kind: int, f: float, y: float) -> None:
    shape, h = SHAPES[kind], 1e-6 * f
    slope = (value(kind, f + h, y, 30.0, shape) - value(kind, f - h, y, 30.0, shape)) / (2 * h)
    assert pull(kind, f, y, 30.0, shape) == pytest.approx(slope, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("y", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_no_value_is_below_0(kind: int, y: float) -> None:
    heights = np.concatenate([np.geomspace(1e-12, 0.5, 60), 1 - np.geomspace(1e-12, 0.5, 60)])
    observed = y if kind != LOG_HUBER else y + 0.01
    assert min(value(kind, f, observed, 30.0, SHAPES[kind]) for f in heights) >= -1e-12


@pytest.mark.parametrize("kind", [GAUSSIAN, BINOMIAL, LOG_HUBER])
@pytest.mark.parametrize("y", HEIGHTS)
def test_a_curve_through_the_point_costs_nothing(kind: int, y: float) -> None:
    assert value(kind, y, y, 30.0, SHAPES[kind]) == pytest.approx(0, abs=1e-12)
    assert pull(kind, y, y, 30.0, SHAPES[kind]) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("f", HEIGHTS)
def test_binomial_curvature_is_the_expected_square_of_the_pull(f: float) -> None:
    won = np.arange(21)
    pulls = np.array([pull(BINOMIAL, f, k / 20, 20.0, 0.0) for k in won])
    expected = (stats.binom.pmf(won, 20, f) * pulls**2).sum()
    assert curvature(BINOMIAL, f, 0.5, 20.0, 0.0) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("f", HEIGHTS)
def test_beta_binomial_curvature_is_one_over_the_variance_of_the_rate(f: float) -> None:
    rho = 0.05
    m = (1 - rho) / rho
    variance = stats.betabinom.var(20, f * m, (1 - f) * m) / 20**2
    assert curvature(BETA_BINOMIAL, f, 0.5, 20.0, rho) == pytest.approx(1 / variance, rel=1e-9)


@pytest.mark.parametrize(("at", "share"), [(-0.5, BEYOND), (-0.05, 1.0), (0.0, 1.0), (0.2, BEYOND)])
def test_log_huber_curvature_is_a_share_of_that_of_a_parabola_above_the_loss(at: float, share: float) -> None:
    """Of the least such parabola: with a little less curvature it would cross the loss."""
    delta, y = 0.1, 2.0
    f = y * math.exp(at)
    bend = curvature(LOG_HUBER, f, y, 1.0, delta) * f * f / share
    slope = pull(LOG_HUBER, f, y, 1.0, delta) * f
    away = np.linspace(-1, 1, 201)
    above, below = (
        special.huber(delta, at) + slope * (away - at) + 0.5 * b * (away - at) ** 2
        for b in (bend, 0.9 * bend)
    )
    assert (above - special.huber(delta, away)).min() >= -1e-12
    assert (below - special.huber(delta, away)).min() < 0


@pytest.mark.parametrize("f", HEIGHTS)
def test_uncorrelated_instances_are_binomial(f: float) -> None:
    for function in (pull, curvature):
        one = function(BETA_BINOMIAL, f, 0.3, 20.0, 1e-7)
        assert one == pytest.approx(function(BINOMIAL, f, 0.3, 20.0, 0.0), rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("kind", [BINOMIAL, BETA_BINOMIAL])
@pytest.mark.parametrize("f", [0.0, 1.0, -0.1, 1.1])
def test_rates_at_and_beyond_the_ends_have_finite_objectives(kind: int, f: float) -> None:
    for function in (value, pull, curvature):
        assert math.isfinite(function(kind, f, 0.4, 30.0, SHAPES[kind]))


def test_log_huber_is_infinite_where_the_curve_is_not_positive() -> None:
    assert value(LOG_HUBER, 0.0, 1.0, 1.0, 0.1) == math.inf
    assert value(LOG_HUBER, -1.0, 1.0, 1.0, 0.1) == math.inf


def test_scale_is_the_size_of_a_bad_miss() -> None:
    assert scale(GAUSSIAN, 3.0, 2.0, 0.0) == value(GAUSSIAN, 0.0, 3.0, 2.0, 0.0)
    assert scale(LOG_HUBER, 3.0, 2.0, 0.1) == pytest.approx(0.01)
    assert scale(BINOMIAL, 0.3, 2.0, 0.0) == 2

"""The spread of baselines: beta points, beta-binomial likelihood, inner folds and the fitted drift."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta, betabinom

from tasklaws.assess.baselines.b1_persistence import forecast
from tasklaws.assess.spread import POINTS, beta_points, inner_folds, log_beta_binomial, noise_factors
from tasklaws.infer.arrays import Floats, LadderArrays, TargetArrays


def _ladder(k: Floats, n: float, sizes: tuple[str, ...], *, identical: bool = False) -> LadderArrays:
    tasks, rungs = k.shape
    x = np.arange(float(rungs))
    names = tuple(f"t{i}" for i in range(tasks))
    zero = np.zeros(tasks)
    rung_names = tuple(f"r{i}" for i in range(rungs))
    attempts = np.full(k.shape, n)
    return LadderArrays(
        names, names, rung_names, k, attempts, zero, zero + 1, x[:, None], x, sizes, identical_items=identical
    )


@pytest.mark.parametrize("variance", [1e-4, 0.02, 0.3, 0.95])
@pytest.mark.parametrize("mean", [0.004, 0.3, 0.97])
def test_beta_points_keep_mean_and_quantiles(mean: float, variance: float) -> None:
    points = beta_points(np.array([[mean]]), np.array([[variance]]))[0, 0]
    concentration = 1 / variance - 1
    law = beta(mean * concentration, (1 - mean) * concentration)
    assert points.mean() == pytest.approx(mean, abs=0.5 / POINTS)
    assert (np.diff(points) >= 0).all()
    edges = law.ppf(np.arange(POINTS + 1) / POINTS)
    assert (points >= edges[:-1] - 1e-9).all()
    assert (points <= edges[1:] + 1e-9).all()


@pytest.mark.parametrize("seed", range(10))
def test_log_beta_binomial_equals_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = rng.integers(1, 300, 20).astype(float)
    k = np.rint(rng.random(20) * n)
    mean, variance = rng.uniform(0.02, 0.98, 20), rng.uniform(0.001, 0.9, 20)
    c = 1 / variance - 1
    np.testing.assert_allclose(
        log_beta_binomial(k, n, mean, variance),
        betabinom(n, mean * c, (1 - mean) * c).logpmf(k),
        rtol=1e-6,
        atol=1e-7,
    )


def test_inner_folds_never_show_the_size_they_hold_out() -> None:
    ladder = _ladder(np.full((3, 6), 4.0), 10, ("a", "a", "b", "b", "c", "c"))
    folds = [(train.sizes, held.models) for train, held, _ in inner_folds(ladder, 1)]
    assert folds == [(("a", "a"), ("r2", "r3")), (("a", "a", "b", "b"), ("r4", "r5"))]


def test_inner_folds_of_two_sizes_leave_out_one_run_of_the_last() -> None:
    ladder = _ladder(np.full((3, 4), 4.0), 10, ("a", "a", "b", "b"))
    folds = [(train.rungs, held.models) for train, held, _ in inner_folds(ladder, 2)]
    assert folds == [(("r0", "r1", "r3"), ("r2",)), (("r0", "r1", "r2"), ("r3",))]


@pytest.mark.parametrize("drift", [0.0, 0.6])
def test_persistence_is_as_wide_as_the_drift_it_has_seen(drift: float) -> None:
    rng = np.random.default_rng(7)
    z = rng.normal(0, 0.8, (60, 1)) + np.cumsum(rng.normal(0, drift, (60, 6)), axis=1)
    k = rng.binomial(400, 1 / (1 + np.exp(-z))).astype(float)
    ladder = _ladder(k, 400, tuple("abcdef"))
    found = forecast(
        ladder, TargetArrays(("next",), np.array([[6.0]]), np.array([6.0]), np.full((1, 60), 400.0))
    )
    spread = np.median(found.points.std(axis=2))
    expected = np.median(np.sqrt(0.25 / 400 + (0.25 * drift) ** 2))
    assert 0.6 * expected < spread < 1.6 * expected


def test_noise_factors_are_below_one_for_identical_items_only() -> None:
    k = np.full((3, 3), 30.0)
    assert noise_factors(_ladder(k, 100, tuple("abc"))) == (1.0,)
    assert min(noise_factors(_ladder(k, 100, tuple("abc"), identical=True))) < 1
    assert noise_factors(_ladder(k / 10, 8, tuple("abc"), identical=True)) == (1.0,)

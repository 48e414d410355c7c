from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.optimize import approx_fprime, minimize
from scipy.special import expit, log_expit

from tasklaws.infer.irt import rasch, two_parameter
from tasklaws.infer.irt.two_parameter import LOG_SLOPE_SD

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats

NEAR = 1.0
"""A prior of abilities that is narrow enough for a general optimiser to settle."""


def log_posterior(at: Floats, k: Floats, n: Floats, floor: Floats) -> float:
    """Return the log posterior, written as the definition says it."""
    tasks, models = k.shape
    ability, difficulty, log_slope = at[:models], at[models : models + tasks], at[models + tasks :]
    eta = np.exp(log_slope)[:, None] * (ability - difficulty[:, None])
    c = floor[:, None]
    right = np.where(c > 0, np.log(np.maximum(c, 1e-300) + (1 - c) * expit(eta)), log_expit(eta))
    told = (k * right + (n - k) * (np.log1p(-c) + log_expit(-eta))).sum()
    prior = (ability**2).sum() / NEAR**2 + (difficulty**2).sum() / NEAR**2
    return float(told - (prior + (log_slope**2).sum() / LOG_SLOPE_SD**2) / 2)


def drawn(rng: np.random.Generator, tasks: int, models: int) -> tuple[Floats, Floats]:
    n = rng.choice([0.0, 2.0, 16.0, 40.0], (tasks, models))
    slope = np.exp(rng.normal(size=(tasks, 1)) * LOG_SLOPE_SD)
    rate = expit(slope * (rng.normal(size=models) - rng.normal(size=(tasks, 1)) * 1.5))
    return rng.binomial(n.astype(int), rate) * rng.choice([1.0, 0.5]), n


@pytest.mark.parametrize("seed", range(20))
def test_the_kernel_climbs_as_high_as_a_general_optimiser(seed: int) -> None:
    rng = np.random.default_rng(seed)
    k, n = drawn(rng, int(rng.integers(1, 7)), int(rng.integers(1, 6)))
    floor = np.full(len(k), rng.choice([0.0, 0.25]))
    found = two_parameter.fit(k, n, floor, ability_sd=NEAR, difficulty_sd=NEAR)
    start = np.zeros(k.shape[1] + 2 * len(k))
    oracle = minimize(lambda at: -log_posterior(at, k, n, floor), start, method="BFGS")
    assert found.converged
    assert found.log_posterior >= -oracle.fun - 1e-5


@pytest.mark.parametrize("floor", [0.0, 0.25])
def test_the_rates_are_those_of_a_top(floor: float) -> None:
    rng = np.random.default_rng(8)
    k, n = drawn(rng, 6, 5)
    chance = np.full(6, floor)
    _, found = rasch.climb(k, n, floor, (NEAR, NEAR, LOG_SLOPE_SD), sloped=True)
    at = np.concatenate([part[0] for part in found[:3]])
    assert np.abs(approx_fprime(at, log_posterior, 1e-7, k, n, chance)).max() < 1e-3
    shown = two_parameter.fit(k, n, floor, ability_sd=NEAR, difficulty_sd=NEAR)
    eta = np.exp(found[2][0])[:, None] * (found[0][0] - found[1][0][:, None])
    assert shown.rate(floor) == pytest.approx(floor + (1 - floor) * expit(eta), abs=1e-12)
    assert shown.log_slope.mean() == pytest.approx(0, abs=1e-12)


def test_errors_are_those_of_the_inverse_curvature() -> None:
    rng = np.random.default_rng(9)
    tasks, models, n = 4, 3, 60.0
    ability, difficulty = rng.normal(size=models), rng.normal(size=tasks)
    k = rng.binomial(60, expit(ability - difficulty[:, None])).astype(float)
    asked, floor = np.full(k.shape, n), np.zeros(tasks)
    found = two_parameter.fit(k, asked, ability_sd=NEAR, difficulty_sd=NEAR)
    _, raw = rasch.climb(k, asked, 0.0, (NEAR, NEAR, LOG_SLOPE_SD), sloped=True)
    theta, b, log_slope = (part[0] for part in raw[:3])
    slope = np.exp(log_slope)
    weight = asked * found.rate() * (1 - found.rate())

    def along(t: int, m: int) -> Floats:
        out = np.zeros(models + 2 * tasks)
        out[m], out[models + t], out[models + tasks + t] = slope[t], -slope[t], slope[t] * (theta[m] - b[t])
        return out

    curvature = np.diag([NEAR**-2] * (models + tasks) + [LOG_SLOPE_SD**-2] * tasks)
    for t in range(tasks):
        for m in range(models):
            curvature += weight[t, m] * np.outer(along(t, m), along(t, m))
    covariance = np.linalg.inv(curvature)
    centre = (slope[:, None] ** 2 * weight).sum(0)
    centre = centre / centre.sum()

    def told(at: Floats) -> Floats:
        unit = np.exp(at[models + tasks :].mean())
        places = (at[: models + tasks] - centre @ at[:models]) * unit
        return np.concatenate([places, at[models + tasks :] - at[models + tasks :].mean()])

    at = np.concatenate([theta, b, log_slope])
    jacobian = np.array([approx_fprime(at, lambda one, i=i: told(one)[i], 1e-7) for i in range(at.size)])
    expected = np.sqrt(np.einsum("ij,jl,il->i", jacobian, covariance, jacobian))
    ours = np.concatenate([found.ability_se, found.difficulty_se, found.log_slope_se])
    assert ours == pytest.approx(expected, rel=1e-4)
    assert log_posterior(at, k, asked, floor) == pytest.approx(found.log_posterior, abs=1e-8)


def test_slopes_are_found_where_models_are_many() -> None:
    rng = np.random.default_rng(10)
    ability, difficulty = rng.normal(size=200), rng.normal(size=30)
    log_slope = rng.normal(size=30) * LOG_SLOPE_SD
    log_slope -= log_slope.mean()
    rate = expit(np.exp(log_slope)[:, None] * (ability - difficulty[:, None]))
    found = two_parameter.fit(rng.binomial(20, rate), np.full(rate.shape, 20.0))
    miss = (found.log_slope - log_slope) / found.log_slope_se
    assert np.sqrt(np.mean((found.log_slope - log_slope) ** 2)) < 0.08
    assert 0.6 < np.sqrt(np.mean(miss**2)) < 1.4


def test_with_slopes_held_it_is_the_model_of_one_slope() -> None:
    rng = np.random.default_rng(11)
    k, n = drawn(rng, 8, 5)
    sloped, plain = two_parameter.fit(k, n, log_slope_sd=1e-4), rasch.fit(k, n)
    assert sloped.ability == pytest.approx(plain.ability, abs=1e-5)
    assert sloped.difficulty_se == pytest.approx(plain.difficulty_se, abs=1e-5)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_nothing_and_all_solved_stay_finite(share: float) -> None:
    n = np.full((3, 4, 5), 8.0)
    n[1] = 0
    found = two_parameter.fit(share * n, n, 0.25)
    assert found.converged.all()
    assert all(np.isfinite(part).all() for part in (found.ability, found.difficulty_se, found.log_slope_se))


def test_many_data_sets_are_fitted_as_each_alone() -> None:
    rng = np.random.default_rng(12)
    sets = [drawn(rng, 6, 4) for _ in range(3)]
    k, n = (np.stack(part) for part in zip(*sets, strict=True))
    every, one = two_parameter.fit(k, n), two_parameter.fit(k[2], n[2])
    assert (every.log_slope[2] == one.log_slope).all()
    assert every.difficulty_se.shape == (3, 6)

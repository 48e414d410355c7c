from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.optimize import approx_fprime, minimize
from scipy.special import expit, xlog1py, xlogy

from tasklaws.infer.irt import rasch

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats

PRECISIONS = rasch.ABILITY_SD**-2, rasch.DIFFICULTY_SD**-2


def log_posterior(at: Floats, k: Floats, n: Floats, floor: Floats) -> float:
    """Return the log posterior, written as the definition says it."""
    models = k.shape[1]
    ability, difficulty = at[:models], at[models:]
    rate = floor[:, None] + (1 - floor[:, None]) * expit(ability - difficulty[:, None])
    rate = np.clip(rate, 1e-300, 1 - 1e-16)
    told = (xlogy(k, rate) + xlog1py(n - k, -rate)).sum()
    return float(told - (PRECISIONS[0] * (ability**2).sum() + PRECISIONS[1] * (difficulty**2).sum()) / 2)


def drawn(rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return counts of any kind: none, all, cells that were not asked, parts of successes, floors."""
    tasks, models = rng.integers(1, 7), rng.integers(1, 6)
    n = rng.choice([0.0, 1.0, 8.0, 50.0], (tasks, models))
    rate = expit(rng.normal(size=models) * 2 - rng.normal(size=(tasks, 1)) * rng.choice([0.0, 1.0, 5.0]))
    k = rng.binomial(n.astype(int), rate).astype(float)
    match rng.integers(5):
        case 0:
            k[:] = 0
        case 1:
            k[:] = n
        case 2:
            k *= rng.uniform(size=k.shape)
        case _:
            pass
    return k, n


@pytest.mark.parametrize("seed", range(40))
def test_the_kernel_finds_what_a_general_optimiser_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    k, n = drawn(rng)
    floor = np.zeros(len(k))
    found = rasch.fit(k, n)
    start = np.zeros(sum(k.shape))
    oracle = minimize(
        lambda at: -log_posterior(at, k, n, floor), start, method="BFGS", options={"gtol": 1e-6}
    )
    at = np.concatenate([found.ability, found.difficulty])
    assert found.converged
    assert found.log_posterior == pytest.approx(log_posterior(at, k, n, floor), abs=1e-8)
    assert found.log_posterior >= -oracle.fun - 1e-9
    assert np.abs(at - oracle.x).max() < 1e-3 or found.log_posterior > -oracle.fun + 1e-9


@pytest.mark.parametrize("seed", range(40))
def test_with_floors_the_kernel_ends_on_a_top(seed: int) -> None:
    rng = np.random.default_rng(seed)
    k, n = drawn(rng)
    floor = rng.choice([0.0, 0.25, 0.5], len(k))
    found = rasch.fit(k, n, floor)
    at = np.concatenate([found.ability, found.difficulty])
    slope = approx_fprime(at, log_posterior, 1e-6, k, n, floor)
    assert found.converged
    assert np.abs(slope).max() < 1e-3
    assert found.log_posterior >= log_posterior(np.zeros(at.size), k, n, floor)


def test_errors_are_those_of_the_inverse_curvature() -> None:
    rng = np.random.default_rng(5)
    n = np.full((5, 4), 20.0)
    n[2, 1] = 0
    k = rng.binomial(n.astype(int), expit(rng.normal(size=4) - rng.normal(size=(5, 1)))).astype(float)
    found = rasch.fit(k, n)
    at = np.concatenate([found.ability, found.difficulty])
    rate = found.rate()
    weight = n * rate * (1 - rate)
    design = np.concatenate([np.tile(np.eye(4), (5, 1)), -np.repeat(np.eye(5), 4, axis=0)], axis=1)
    curvature = design.T @ (weight.reshape(-1, 1) * design) + np.diag(
        [PRECISIONS[0]] * 4 + [PRECISIONS[1]] * 5
    )
    covariance = np.linalg.inv(curvature)
    centre = np.concatenate([weight.sum(0) / weight.sum(), np.zeros(5)])
    away = np.eye(9) - centre
    expected = np.sqrt(np.einsum("ij,jl,il->i", away, covariance, away))
    assert np.concatenate([found.ability_se, found.difficulty_se]) == pytest.approx(expected, rel=1e-9)
    assert at.shape == (9,)


def test_many_data_sets_are_fitted_as_each_alone_and_attempts_broadcast() -> None:
    rng = np.random.default_rng(2)
    n = rng.choice([0, 8], (7, 4)).astype(float)
    k = rng.binomial(n.astype(int), 0.4, (3, 2, 7, 4)).astype(float)
    every = rasch.fit(k, n, 0.1)
    full = rasch.fit(k, np.broadcast_to(n, k.shape), 0.1)
    one = rasch.fit(k[2, 1], n, 0.1)
    assert every.ability.shape == (3, 2, 4)
    assert every.converged.shape == (3, 2)
    assert (every.difficulty[2, 1] == one.difficulty).all()
    assert (every.difficulty_se == full.difficulty_se).all()
    assert one.log_posterior == every.log_posterior[2, 1]


def test_a_model_that_was_never_asked_changes_nothing_for_the_others() -> None:
    rng = np.random.default_rng(3)
    n = np.full((6, 4), 10.0)
    k = rng.binomial(10, 0.5, (6, 4)).astype(float)
    wider = rasch.fit(np.column_stack([k, np.zeros(6)]), np.column_stack([n, np.zeros(6)]))
    alone = rasch.fit(k, n)
    assert wider.ability[:4] == pytest.approx(alone.ability, abs=1e-6)
    assert wider.difficulty_se == pytest.approx(alone.difficulty_se, abs=1e-6)
    assert wider.ability[4] == 0
    assert wider.ability_se[4] > rasch.ABILITY_SD * 0.99


def test_what_answers_tell_of_abilities_does_not_depend_on_their_prior(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(4)
    n, k = np.full((20, 5), 30.0), rng.binomial(30, [0.2, 0.3, 0.5, 0.7, 0.8], (20, 5)).astype(float)
    wide = rasch.told(k, n, np.zeros(20))[0]
    monkeypatch.setattr(rasch, "ABILITY_SD", 1.0)
    narrow = rasch.told(k, n, np.zeros(20))[0]
    shrunk = rasch.fit(k, n, ability_sd=1.0).ability
    assert np.ptp(narrow) == pytest.approx(np.ptp(wide), rel=0.02)
    assert np.ptp(shrunk) < np.ptp(wide)


@pytest.mark.parametrize("tasks", [8, 60])
def test_errors_of_difficulties_are_as_large_as_they_say(tasks: int) -> None:
    rng = np.random.default_rng(6)
    ability, difficulty = np.linspace(-1.5, 1.5, 6), rng.normal(size=tasks)
    n = np.full((tasks, 6), 12.0)
    k = rng.binomial(12, expit(ability - difficulty[:, None]), (300, tasks, 6)).astype(float)
    found = rasch.fit(k, n)
    rate = expit(ability - difficulty[:, None])
    centre = (rate * (1 - rate)).sum(0)
    miss = found.difficulty - found.ability @ centre[:, None] / centre.sum() - difficulty
    miss += ability @ centre / centre.sum()
    inside = (np.abs(miss) < 1.645 * found.difficulty_se).mean()
    assert 0.88 < inside < 0.93

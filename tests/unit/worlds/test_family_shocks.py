"""W14: residuals of a model are correlated within families, and not between them."""

from __future__ import annotations

from math import sqrt

import numpy as np
import polars as pl
import pytest
from scipy.special import expit, logit

from tasklaws.spec.world import Drawn, WorldOptions
from tasklaws.worlds import WORLDS
from tasklaws.worlds.family_shocks import DIFFICULTIES, FAMILIES, SHOCK_SD

RUNGS, N, SEEDS = 10, 8, 40


def _world(seed: int, n: int) -> Drawn:
    runs = n * RUNGS * len(FAMILIES) * len(DIFFICULTIES)
    return WORLDS["family_shocks"].draw(WorldOptions(rungs=RUNGS, runs=runs, seed=seed))


def _shocks(world: Drawn) -> np.ndarray:
    return np.array([[own[family] for family in FAMILIES] for own in world.truth["shocks"].values()])


def _residuals(world: Drawn, n: int) -> np.ndarray:
    """Return standardised residuals from what size and difficulty say, of shape (models, families, tasks)."""
    counted = [
        table.group_by("task_id", maintain_order=True).agg(pl.col("score").mean()) for table in world.runs
    ]
    means = np.array([own["score"].to_numpy() for own in counted])
    assert counted[0]["task_id"].to_list() == list(world.truth["difficulty"])
    ability = np.array(list(world.truth["ability"].values()))
    rates = expit(ability[:, None] - np.array(list(world.truth["difficulty"].values())))
    found = (means - rates) / np.sqrt(rates * (1 - rates) / n)
    return found.reshape(RUNGS, len(FAMILIES), len(DIFFICULTIES))


def _within(residuals: np.ndarray) -> float:
    """Return the mean product of residuals of two tasks of one family (D2)."""
    tasks = residuals.shape[2]
    pairs = residuals.sum(axis=2) ** 2 - (residuals**2).sum(axis=2)
    return float(pairs.mean() / (tasks * (tasks - 1)))


def test_residuals_are_correlated_within_families() -> None:
    rng = np.random.default_rng(0)
    residuals = np.concatenate([_residuals(_world(seed, N), N) for seed in range(5)])
    flat = residuals.reshape(len(residuals), -1)
    null = [_within(flat[:, rng.permutation(flat.shape[1])].reshape(residuals.shape)) for _ in range(500)]
    assert _within(residuals) > max(null)


def test_residuals_of_different_families_are_not_correlated() -> None:
    means = np.concatenate([_residuals(_world(seed, N), N).mean(axis=2) for seed in range(SEEDS)])
    products = np.array([(row.sum() ** 2 - (row**2).sum()) / (row.size * (row.size - 1)) for row in means])
    assert abs(products.mean()) <= 4 * products.std() / sqrt(products.size)


def test_shocks_have_the_stated_spread_and_mean_nothing() -> None:
    drawn = np.concatenate([_shocks(_world(seed, 1)).ravel() for seed in range(SEEDS)])
    assert abs(drawn.mean()) <= 4 * SHOCK_SD / sqrt(drawn.size)
    assert abs(drawn.std() - SHOCK_SD) <= 4 * SHOCK_SD / sqrt(2 * drawn.size)


@pytest.mark.parametrize("seed", [0, 1])
def test_log_odds_of_every_task_are_shifted_by_its_family(seed: int) -> None:
    n = 4000
    world = _world(seed, n)
    ability = np.array(list(world.truth["ability"].values()))[:, None, None]
    means = np.array(
        [
            own.group_by("task_id", maintain_order=True).agg(pl.col("score").mean())["score"].to_numpy()
            for own in world.runs
        ]
    ).reshape(RUNGS, len(FAMILIES), len(DIFFICULTIES))
    inner = (means > 0.02) & (means < 0.98)
    with np.errstate(divide="ignore"):
        found = logit(means) - ability + np.array(DIFFICULTIES)
    errors = 1 / np.sqrt(n * means * (1 - means), where=inner, out=np.full(means.shape, np.inf))
    away = (found - _shocks(world)[:, :, None])[inner] / errors[inner]
    assert inner.mean() > 0.8
    assert np.abs(away).max() < 4.5

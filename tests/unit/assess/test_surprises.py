"""Surprises: silent on null worlds with a shared shock, and able to name a planted one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from tasklaws.assess.surprises import NO_JOINT, TOO_FEW_TASKS, Surprises, adjusted_p, find_surprises
from tasklaws.infer.arrays import Floats, RateForecast

TASKS, DRAWS = 60, 600
NAMES = tuple(f"t{i}" for i in range(TASKS))


def _world(
    rng: np.random.Generator, shock_sd: float = 0.5, n: float = 50.0
) -> tuple[RateForecast, Floats, Floats]:
    """Return a forecast with a shared shock, attempts, and counts drawn from it."""
    centre = rng.normal(0, 1.2, TASKS)
    joint = centre + shock_sd * rng.normal(size=(DRAWS + 1, 1)) + 0.3 * rng.normal(size=(DRAWS + 1, TASKS))
    points = expit(joint[:-1].T)[None]
    forecast = RateForecast(points, np.full(points.shape, 1 / DRAWS), np.ones(TASKS), expit(joint[:-1])[None])
    attempts = np.full(TASKS, n)
    return forecast, attempts, rng.binomial(int(n), expit(joint[-1])).astype(float)


def _run(seed: int, lift: float = 0.0) -> Surprises:
    rng = np.random.default_rng(seed)
    forecast, n, k = _world(rng)
    k[0] = round(lift * n[0] + (1 - lift) * k[0])
    return find_surprises(forecast, 0, NAMES, n, k, rng)


def test_find_surprises_raises_few_false_alarms_in_null_worlds() -> None:
    """Under the null at most 10 % of worlds have a surprise (4 standard errors allowed), and p is level."""
    found = [_run(seed) for seed in range(120)]
    alarms = np.mean([s.rows["surprise"].any() for s in found])
    assert alarms < 0.1 + 4 * np.sqrt(0.09 / 120)
    small = np.mean(np.concatenate([s.rows["p"].to_numpy() for s in found]) < 0.05)
    assert 0.03 < small < 0.07
    shock_p = np.array([s.shock.p for s in found])
    assert np.mean(shock_p < 0.05) < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 120)
    assert 0.35 < shock_p.mean() < 0.65


def test_find_surprises_without_taking_the_shock_out_would_mix_it_into_the_tasks() -> None:
    """Take the joint draws away from a shocked world: the tasks' p then lean together."""
    rng = np.random.default_rng(3)
    forecast, n, _ = _world(rng)
    k = np.rint(n * expit(np.mean(np.log(forecast.points / (1 - forecast.points)), axis=2)[0] + 1.2))
    plain = RateForecast(forecast.points, forecast.weights, forecast.noise)
    blind = find_surprises(plain, 0, NAMES, n, k, np.random.default_rng(0))
    seen = find_surprises(forecast, 0, NAMES, n, k, np.random.default_rng(0))
    assert blind.shock.reason == NO_JOINT
    assert blind.rows["pit"].mean() > 0.9
    assert abs(seen.rows["pit"].mean() - 0.5) < 0.15
    assert seen.shock.p is not None
    assert seen.shock.p < 0.05
    assert seen.shock.points is not None
    assert seen.shock.points > 10


def test_find_surprises_names_a_planted_surprise() -> None:
    rows = _planted().rows
    assert rows.filter("surprise")["task_id"].to_list() == ["t0"]
    assert rows["direction"][0] == "above"


def _planted() -> Surprises:
    rng = np.random.default_rng(5)
    forecast, n, k = _world(rng)
    z = np.log(forecast.points / (1 - forecast.points)).mean()
    points = forecast.points.copy()
    points[0, 0] = expit(-2.5 + (np.log(points[0, 0] / (1 - points[0, 0])) - z) * 0.3)
    k[0] = n[0]
    changed = RateForecast(points, forecast.weights, forecast.noise, np.swapaxes(points, 1, 2))
    return find_surprises(changed, 0, NAMES, n, k, rng)


def test_find_surprises_on_few_tasks_states_why_there_is_no_shock() -> None:
    rng = np.random.default_rng(0)
    forecast, n, k = _world(rng)
    n = n.copy()
    n[3:] = 0
    found = find_surprises(forecast, 0, NAMES, n, np.where(n > 0, k, 0), rng)
    assert found.shock.reason == TOO_FEW_TASKS
    assert found.rows["p"].null_count() == TASKS - 3
    assert found.rows["direction"].null_count() == TASKS - 3


def test_adjusted_p_matches_the_published_procedure() -> None:
    scipy_stats = pytest.importorskip("scipy.stats")
    p = np.random.default_rng(1).random(40) ** 2
    np.testing.assert_allclose(adjusted_p(p), scipy_stats.false_discovery_control(p))

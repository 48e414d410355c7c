"""Simulation and extrapolation against what is known of noise in times."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from tasklaws.infer.horizon import logistic
from tasklaws.infer.horizon.cells import HorizonCells
from tasklaws.infer.horizon.mixed import fit_mixed
from tasklaws.infer.horizon.simex import ADDED, _followed_back, simex

SLOPE, HORIZON, SPREAD = 0.7, 1.4, 2.9


def made_up(seed: int, noise: float, tasks: int = 200) -> HorizonCells:
    rng = np.random.default_rng(seed)
    true = rng.normal(0, SPREAD, tasks)
    n = np.full((1, tasks), 8.0)
    k = rng.binomial(8, 1 / (1 + np.exp(SLOPE * (true - HORIZON))))[None].astype(float)
    seen = true + noise * rng.normal(size=tasks)
    return HorizonCells(("a",), tuple(map(str, range(tasks))), np.arange(tasks), seen, k, n, n / n.sum() / 8)


def means(noise: float) -> tuple[np.ndarray, np.ndarray]:
    """Return mean slope and horizon at one half of plain and mended fits."""
    plain, mended = [], []
    for seed in range(12):
        cells = made_up(seed, noise)
        told = np.full(len(cells.tasks), noise)
        for into, fitted in ((plain, logistic.fit(cells)), (mended, simex(cells, told, seed, copies=20))):
            into.append((fitted.slope[0], fitted.doublings_at(0.5)[0]))
    return np.mean(plain, axis=0), np.mean(mended, axis=0)


def test_a_parabola_is_followed_back_exactly() -> None:
    level, slope = 1 - 2 * ADDED + 0.5 * ADDED**2, -0.5 + 0.1 * ADDED
    lines = np.stack([level, slope], axis=1)[..., None]
    np.testing.assert_allclose(_followed_back(lines)[:, 0], [3.5, -0.6])


def test_without_noise_nothing_changes() -> None:
    cells = made_up(0, 0.0)
    plain, mended = logistic.fit(cells), simex(cells, np.zeros(len(cells.tasks)), 1)
    np.testing.assert_allclose(mended.level, plain.level, rtol=1e-9)
    np.testing.assert_allclose(mended.slope, plain.slope, rtol=1e-9)


def test_some_noise_is_taken_out() -> None:
    (slope, horizon), (mended, mended_horizon) = means(0.25 * SPREAD)
    assert abs(mended + SLOPE) < 0.4 * abs(slope + SLOPE)
    assert abs(mended_horizon - HORIZON) < 0.6 * abs(horizon - HORIZON) + 0.05


def test_of_much_noise_a_part_is_taken_out() -> None:
    (slope, horizon), (mended, mended_horizon) = means(0.75 * SPREAD)
    assert slope > -0.45
    assert -SLOPE < mended < slope - 0.05
    assert HORIZON < mended_horizon < horizon


def test_it_agrees_with_the_mixed_model_where_noise_is_small() -> None:
    cells = made_up(3, 0.2 * SPREAD)
    told = np.full(len(cells.tasks), 0.2 * SPREAD)
    mended, mixed = simex(cells, told, 0, copies=200), fit_mixed(cells, told)
    assert mended.doublings_at(0.5)[0] == pytest.approx(mixed.marginal(0.5)[0], abs=0.1)


def test_the_seed_decides() -> None:
    cells = made_up(0, 1.0)
    told = np.full(len(cells.tasks), 1.0)
    one, same, other = (simex(cells, told, seed).level[0] for seed in (1, 1, 2))
    assert one == same != other
    assert math.isfinite(other)


@pytest.mark.parametrize(
    ("k", "state"), [(0.0, logistic.ALL_FAIL), (8.0, logistic.ALL_PASS)], ids=["fail", "pass"]
)
def test_what_ended_one_way_stays_so(k: float, state: int) -> None:
    cells = replace(made_up(0, 1.0), k=np.full((1, 200), k))
    fitted = simex(cells, np.full(200, 1.0), 0)
    assert fitted.state[0] == state
    assert np.isinf(fitted.doublings_at(0.5)[0])

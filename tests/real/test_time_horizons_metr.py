"""METR's time horizons of its runs of January 2025 (skipped where ../shared/data is absent).

What METR's code says was read from a run of its version of 2026-01-20 on this file; exact optima are found
anew here by SciPy. Intervals are compared with rows drawn by their index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from benchmarks.time_horizon import LEVELS, PENALTY, Rows, by_newton, read
from scipy.optimize import minimize
from scipy.special import expit

from tasklaws.infer.horizon.logistic import ALL_FAIL, OK, LogisticFits, bootstrap, fit

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.infer.arrays import Floats

BY_METR = {
    "Claude 3 Opus": (4.0501, 0.245394),
    "Claude 3.5 Sonnet (New)": (60.5227, 3.50567),
    "Claude 3.5 Sonnet (Old)": (22.0672, 1.4327),
    "GPT-4 0314": (3.66946, 0.296716),
    "GPT-4 Turbo": (3.44541, 0.198493),
    "GPT-4o": (6.98164, 0.347898),
    "davinci-002": (0.0, 0.0),
    "gpt-3.5-turbo-instruct": (1.83192e-06, 9.97584e-09),
    "human": (1161.15, 88.2055),
    "o1": (42.4493, 0.793289),
    "o1-preview": (37.8924, 1.90228),
}
"""Minutes at one half and at .8."""

OUTSIDE = "gpt-3.5-turbo-instruct"
"""Its time horizon lies far below the shortest task."""

ENDS, INNER = (0.025, 0.975), (0.1, 0.5, 0.9)
"""Quantiles that are compared: interval ends take thousands of draws until their errors are known."""


@pytest.fixture(scope="module")
def rows(shared_data: Path) -> Rows:
    """Return METR's runs."""
    file = shared_data / "metr" / "runs_2025-01.jsonl.gz"
    if not file.is_file():
        pytest.skip(f"{file.name} is not in ../shared/data/metr")
    return read(file)


def test_the_weights_are_those_that_metr_states(rows: Rows) -> None:
    assert len(rows.score) == 7063
    assert np.abs(rows.cells.weight[rows.agent, rows.task] - rows.published).max() < 1e-9


@pytest.mark.parametrize(("place", "success"), [(0, 0.5), (1, 0.8)])
def test_time_horizons_are_those_of_metrs_code(rows: Rows, place: int, success: float) -> None:
    minutes = 2 ** fit(rows.cells, PENALTY).doublings_at(success)
    assert set(rows.cells.agents) == set(BY_METR)
    told = [BY_METR[agent][place] for agent in rows.cells.agents]
    assert minutes == pytest.approx(told, rel=0.01)


def test_time_horizons_are_at_the_exact_optimum(rows: Rows) -> None:
    cells, found = rows.cells, fit(rows.cells, PENALTY)
    for a, agent in enumerate(cells.agents):
        if found.state[a] == ALL_FAIL:
            continue
        own = rows.agent == a
        x, y, w = cells.doublings[rows.task[own]], rows.score[own], rows.published[own]

        def loss(at: Floats, x: Floats = x, y: Floats = y, w: Floats = w) -> tuple[float, Floats]:
            eta = at[0] + at[1] * x
            slack = w * (expit(eta) - y)
            value = w @ (np.logaddexp(0, eta) - y * eta) + PENALTY / 2 * at[1] ** 2
            return value, np.array([slack.sum(), slack @ x + PENALTY * at[1]])

        level, slope = minimize(loss, np.zeros(2), jac=True, method="BFGS", options={"gtol": 1e-12}).x
        for success in (0.5, 0.8):
            exact = 2 ** ((np.log(success / (1 - success)) - level) / slope)
            assert 2 ** found.doublings_at(success)[a] == pytest.approx(exact, rel=1e-4), agent


def test_one_agent_only_fails_and_one_is_told_outside_the_tasks(rows: Rows) -> None:
    cells, found = rows.cells, fit(rows.cells, PENALTY)
    failing = cells.agents.index("davinci-002")
    assert [a for a, state in enumerate(found.state) if state != OK] == [failing]
    assert found.state[failing] == ALL_FAIL
    shortest = [cells.doublings[asked].min() for asked in cells.n > 0]
    longest = [cells.doublings[asked].max() for asked in cells.n > 0]
    half = found.doublings_at(0.5)
    beyond = {cells.agents[a] for a in np.flatnonzero((half < shortest) | (half > longest))}
    assert beyond == {"davinci-002", OUTSIDE}


def quantiles(draws: Floats, levels: tuple[float, ...]) -> tuple[Floats, Floats]:
    """Return quantiles and their Monte Carlo standard errors; draws that are not finite are left out."""
    draws, p = draws[np.isfinite(draws)], np.array(levels)
    spread = np.sqrt(p * (1 - p) / draws.size)
    below, above = (np.quantile(draws, np.clip(p + s * spread, 0, 1)) for s in (-1, 1))
    return np.quantile(draws, p), (above - below) / 2


def deviations(ours: LogisticFits, level: Floats, slope: Floats, levels: tuple[float, ...]) -> Floats:
    """Return differences of quantiles in Monte Carlo standard errors, of shape (agents, 2, levels)."""
    states = np.where(np.isfinite(level), OK, ALL_FAIL).astype(np.int8)
    theirs, told = LogisticFits(level, slope, states), []
    for success in (0.5, 0.8):
        own, other = ours.doublings_at(success, rising=True), theirs.doublings_at(success)
        for a in np.flatnonzero((states == OK).any(0)):
            (at, error), (at_other, error_other) = (quantiles(one[:, a], levels) for one in (own, other))
            told.append((at - at_other) / np.hypot(error, error_other))
    return np.array(told)


def test_draws_of_counts_have_the_law_of_rows_drawn_by_index(rows: Rows) -> None:
    ours = bootstrap(rows.cells, 10_000, 0, LEVELS, PENALTY)
    theirs = by_newton(rows, 1000, np.random.default_rng(1))
    away = deviations(ours, *theirs, INNER)
    assert away.shape == (20, 3)
    # of 60 comparisons one goes beyond 4 errors by chance in some 300 trials
    assert np.abs(away).max() < 4
    whole_families = bootstrap(rows.cells, 10_000, 0, ["family"], PENALTY)
    assert np.abs(deviations(whole_families, *theirs, INNER)).max() > 4


@pytest.mark.slow
def test_interval_ends_are_those_of_rows_drawn_by_index(rows: Rows) -> None:
    ours = bootstrap(rows.cells, 10_000, 2, LEVELS, PENALTY)
    rng = np.random.default_rng(3)
    parts = [by_newton(rows, 1000, rng) for _ in range(10)]
    level, slope = (np.concatenate(part) for part in zip(*parts, strict=True))
    away = deviations(ours, level, slope, ENDS)
    assert away.shape == (20, 2)
    assert np.abs(away).max() < 3
    without_runs = bootstrap(rows.cells, 10_000, 2, penalty=PENALTY)
    assert np.abs(deviations(without_runs, level, slope, ENDS)).max() > 3

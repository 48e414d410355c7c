"""Do people fall into two groups? Two normal modes of one spread against one, in log time.

The likelihood ratio of the two has no chi-squared law. Its law under one mode depends on the number of
baselines alone, not on their mean or spread, so it is drawn for the number at hand; where people give up, for
times that are cut off there. A few baselines tell nothing at one task, so all tasks are also tried together:
by a mixture that they share, which takes it that people spread alike at all tasks, and by combining the tests
of single tasks, which does not.

Source: formal model, D13; McLachlan 1987 (bootstrap of the likelihood ratio).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import chdtrc, expit, ndtr, ndtri

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from numpy.typing import NDArray

    from tasklaws.infer.arrays import Floats
    from tasklaws.infer.human_times.attempts import Attempts

    Worlds: TypeAlias = dict[tuple[int, float], Floats]

LEVEL = 0.05
SPLITS = 7
STEPS = 150
LEAST_VARIANCE = 1e-6
FEWEST = 5
"""Baselines of one task at which it is tried by itself."""
TASKS = 3
"""Tasks that are tried by themselves from which the tests are combined."""
DRAWS, POOLED_DRAWS = 999, 299
MANY = 500
"""Times beyond which a third of the draws must do."""
TENTH = 10
"""Limits are rounded to a tenth of a spread, so that tasks may share their worlds."""
FARTHEST = 4.0
"""Spreads beyond which a limit cuts off nothing."""
CORNERS = (0.1, 0.3)
"""Shares of the slowest, and of the fastest, that are first taken for a group of their own."""
POOLED_STEPS = 60


def likelihood_ratios(logs: Floats) -> Floats:
    """Return twice the log likelihood ratio of two modes of one spread over one, for each row of log times.

    Args:
        logs: of shape (worlds, baselines). EM starts from several splits, and its highest end counts.
    """
    y = np.sort(logs - logs.mean(1, keepdims=True), axis=1)
    y = y / y.std(1, keepdims=True)
    n = y.shape[1]
    best = np.zeros(len(y))
    for first in np.unique(np.linspace(1, n - 1, min(SPLITS, n - 1)).round().astype(int)):
        best = np.maximum(best, _from_split(y, int(first)))
    return best


def _from_split(y: Floats, first: int) -> Floats:
    """Return the ratio that EM reaches from the split into the `first` smallest and the rest."""
    n = y.shape[1]
    upper = np.broadcast_to(np.arange(n) >= first, y.shape).astype(float)
    for _ in range(STEPS):
        share, low, high, variance = _moments(y, upper)
        slope = (high - low) / variance
        odds = np.log(share / (1 - share)) - slope * (high + low) / 2
        upper = expit(odds[:, None] + slope[:, None] * y)
    share, low, high, variance = _moments(y, upper)
    logs = [
        np.log(part)[:, None] - (y - mean[:, None]) ** 2 / (2 * variance[:, None])
        for part, mean in ((share, high), (1 - share, low))
    ]
    height = np.logaddexp(*logs).sum(1) - n * np.log(variance) / 2
    return np.asarray(2 * (height + n / 2))


def _moments(y: Floats, upper: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the upper share, both means and the common variance; the rows of `y` have mean 0, variance 1."""
    share = np.clip(upper.mean(1), 1e-9, 1 - 1e-9)
    sum_high = (upper * y).mean(1)
    low, high = -sum_high / (1 - share), sum_high / share
    variance = 1 - share * high**2 - (1 - share) * low**2
    return share, low, high, np.maximum(variance, LEAST_VARIANCE)


def critical_value(n: int, worlds: int, rng: np.random.Generator) -> float:
    """Return the ratio that one mode exceeds in 5 % of worlds of `n` baselines."""
    return float(np.quantile(likelihood_ratios(rng.standard_normal((worlds, n))), 1 - LEVEL))


class Test(NamedTuple):
    """How far two modes are from what one mode gives."""

    statistic: float
    """Twice the log likelihood ratio."""
    critical: float
    """What one mode exceeds in a share LEVEL of worlds."""
    p: float
    n: int


def two_modes(
    log_minutes: Floats, rng: np.random.Generator, room: float = np.inf, worlds: Worlds | None = None
) -> Test | None:
    """Return the test of one task, None of fewer than `FEWEST` times or of equal ones.

    Args:
        log_minutes: of those who finished.
        rng: draws the null.
        room: by how many spreads the limit lies above the median; times beyond it were given up.
        worlds: ratios of one mode that were drawn before, which tasks of one number of times share.
    """
    n, worlds = log_minutes.size, {} if worlds is None else worlds
    if n < FEWEST or not log_minutes.std() > 0:
        return None
    place = n, np.inf if room > FARTHEST else round(room * TENTH) / TENTH
    if place not in worlds:
        worlds[place] = likelihood_ratios(one_mode(np.full(n, place[1]), DRAWS, rng))
    return _test(float(likelihood_ratios(log_minutes[None])[0]), worlds[place], n)


def one_mode(room: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """Return standard normal times below `room`, of shape (draws, times)."""
    return np.asarray(ndtri(rng.random((draws, room.size)) * ndtr(room)))


def _test(seen: float, null: Floats, n: int) -> Test:
    p = (1 + int((null >= seen).sum())) / (1 + null.size)
    return Test(seen, float(np.quantile(null, 1 - LEVEL)), p, n)


def combined(tests: Sequence[Test | None]) -> float | None:
    """Return how likely such tests are with one mode at every task; None for fewer than `TASKS` tests.

    Source: Fisher, "Statistical methods for research workers", 1932.
    """
    found = [test.p for test in tests if test is not None]
    return float(chdtrc(2 * len(found), -2 * np.log(found).sum())) if len(found) >= TASKS else None


def two_modes_pooled(
    attempts: Attempts, rng: np.random.Generator, room: Floats | None = None, draws: int | None = None
) -> Test | None:
    """Return the test of all tasks together, of those who finished: one share, distance and spread for all.

    None where fewer than `FEWEST` times more than tasks were finished.

    Args:
        attempts: of people.
        rng: draws the null.
        room: by how many spreads the limit of each task lies above its median, of shape (tasks,).
        draws: worlds of one mode; None for as many as are quickly drawn.
    """
    kept = attempts.successes()
    kept = kept.kept(kept.finished[kept.task] > 1)
    told = kept.finished > 0
    if kept.task.size - told.sum() < FEWEST:
        return None
    limits = np.full(kept.tasks, np.inf) if room is None else room
    draws = draws or (POOLED_DRAWS if kept.task.size <= MANY else POOLED_DRAWS // 3)
    null = pooled_ratios(one_mode(limits[kept.task], draws, rng), kept.task)
    return _test(float(pooled_ratios(kept.log_minutes[None], kept.task)[0]), null, kept.task.size)


def pooled_ratios(logs: Floats, task: NDArray[np.int_]) -> Floats:
    """Return twice the log likelihood ratio of two modes over one, with a place for each task.

    Args:
        logs: of shape (worlds, times).
        task: of each time, of shape (times,).
    """
    own = (task[:, None] == np.unique(task)).astype(float)
    own /= own.sum(0)
    counts = 1 / own.max(0)
    y = logs - (logs @ own) @ (own * counts).T
    y = y / y.std(1, keepdims=True)
    order = np.argsort(np.argsort(y, axis=1), axis=1) / y.shape[1]
    best = np.zeros(len(y))
    for part in CORNERS:
        for first in (order >= 1 - part, order >= part):
            best = np.maximum(best, _pooled_from(y, own, counts, first.astype(float)))
    return best


def _pooled_from(y: Floats, own: Floats, counts: Floats, upper: Floats) -> Floats:
    """Return the ratio that EM reaches from `upper`; rows of `y` have mean 0 in each task and variance 1."""
    spread_out, n = (own * counts).T, y.shape[1]
    for step in range(POOLED_STEPS + 1):
        share = np.clip(upper.mean(1), 1e-9, 1 - 1e-9)
        in_task = upper @ own
        apart = (upper * y).sum(1) / np.maximum(upper.sum(1) - (in_task**2 * counts).sum(1), 1e-9)
        low = y + apart[:, None] * (in_task @ spread_out)
        high = low - apart[:, None]
        variance = ((1 - upper) * low**2 + upper * high**2).mean(1)
        variance = np.maximum(variance, LEAST_VARIANCE)
        odds = (low**2 - high**2) / (2 * variance[:, None]) + np.log(share / (1 - share))[:, None]
        if step < POOLED_STEPS:
            upper = expit(odds)
    height = np.logaddexp(0.0, odds).sum(1) + n * np.log(1 - share)
    height -= (low**2).sum(1) / (2 * variance) + n * np.log(variance) / 2
    return np.asarray(2 * (height + n / 2))

"""Forecasts of one next size: from the target itself, or from another metric through its link.

Both routes see the smaller sizes alone. Both allow for a shock of the next models that all tasks share, and
for what a line over few sizes does not know; the score is the log probability of every count together.

Source: formal model, D8 (held-out rungs) and F3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, gammaln, logsumexp

from tasklaws.assess.metric_links import Answers, bend, learnt, lengths, odds
from tasklaws.assess.rung_regression import regress
from tasklaws.infer.irt import rasch

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats

LEAST_SIZES = 3
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(15)
LOG_WEIGHTS = np.log(WEIGHTS / WEIGHTS.sum())
EDGE = 1e-6
LEAST_SHOCK = 0.1
"""Variance of a shock that a few rungs cannot rule out, in squared logits."""


def gains(answers: Answers, x: Floats, sizes: np.ndarray) -> Floats:
    """Return how much better each next size is told through the other metric, in nats for each answer.

    Args:
        answers: of every model.
        x: place of each model.
        sizes: number of each model's size along the ladder, from 0.
    """
    made = []
    for size in range(LEAST_SIZES, int(sizes.max(initial=-1)) + 1):
        past, new = np.flatnonzero(sizes < size), np.flatnonzero(sizes == size)
        tasks = np.asarray((answers.n[:, past] > 0).any(axis=1) & (answers.n[:, new] > 0).any(axis=1))
        own = _part(answers, tasks)
        if not tasks.any():
            continue
        through, direct = _through(own, x, past, new), _direct(own, x, past, new)
        if through is not None and direct is not None:
            made.append((through - direct) / own.n[:, new].sum())
    return np.array(made)


def _part(answers: Answers, tasks: np.ndarray, models: np.ndarray | slice = slice(None)) -> Answers:
    """Return the answers of some tasks and models."""
    k, n, hazard = (part[tasks][:, models] for part in (answers.k, answers.n, answers.hazard))
    return Answers(k, n, answers.floor[tasks], hazard, answers.lengths)


def _line(x: Floats) -> Floats:
    return np.column_stack([np.ones(len(x)), x])


def _direct(answers: Answers, x: Floats, past: np.ndarray, new: np.ndarray) -> float | None:
    """Return the log score of abilities on a line over the ladder."""
    seen = _part(answers, np.ones(len(answers.k), dtype=bool), past)
    fit = rasch.fit(seen.k, seen.n, seen.floor)
    line = regress(fit.ability, fit.ability_se**2, _line(x[past]))
    if line is None:
        return None
    total = 0.0
    for model in new:
        mean, variance = line.ahead(np.array([1.0, x[model]]))
        shift = mean + np.sqrt(variance + LEAST_SHOCK) * NODES
        total += _score(answers, model, shift[:, None] - fit.difficulty, LOG_WEIGHTS)
    return total


def _through(answers: Answers, x: Floats, past: np.ndarray, new: np.ndarray) -> float | None:
    """Return the log score through the other metric's log hazard on a line, and the link learnt so far."""
    seen = _part(answers, np.ones(len(answers.k), dtype=bool), past)
    link, log_hazard = learnt(seen), np.log(np.clip(seen.hazard * lengths(seen), EDGE, None))
    known = seen.n > 0
    easy = _mean((log_hazard - _mean(log_hazard, known)).T, known.T)
    mean = _mean(log_hazard - easy[:, None], known)
    spread = np.full(len(past), 1e-4)
    line = regress(mean, spread, _line(x[past]))
    beyond = regress(link.value, link.covariance, np.ones((len(past), 1)))
    if line is None or beyond is None:
        return None
    total = 0.0
    for model in new:
        at, variance = line.ahead(np.array([1.0, x[model]]))
        off, own = beyond.ahead(np.ones(1))
        hazard = np.exp(at + np.sqrt(variance) * NODES[:, None] + easy)
        levels = link.slope[0] * odds(hazard) + link.slope[1] * bend(odds(hazard))
        shift = off + np.sqrt(own + LEAST_SHOCK) * NODES
        grid = (levels[:, None] + shift[:, None]).reshape(-1, len(easy))
        total += _score(answers, model, grid, np.add.outer(LOG_WEIGHTS, LOG_WEIGHTS).ravel())
    return total


def _mean(values: Floats, known: np.ndarray) -> Floats:
    return np.asarray(np.where(known, values, 0.0).sum(0) / np.maximum(known.sum(0), 1))


def _score(answers: Answers, model: int, level: Floats, log_weight: Floats) -> float:
    """Return the log probability of one model's counts under levels of shape (nodes, tasks)."""
    k, n = answers.k[:, model], answers.n[:, model]
    rate = np.clip(answers.floor + (1 - answers.floor) * expit(level), EDGE, 1 - EDGE)
    told = k * np.log(rate) + (n - k) * np.log1p(-rate)
    ways = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return float(logsumexp(told.sum(1) + log_weight) + ways.sum())

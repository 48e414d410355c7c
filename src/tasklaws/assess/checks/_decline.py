"""A decline of rates over size: a level for each model, coefficients that all share, errors by model.

Levels take up the shocks of rungs. A weak ridge keeps what no answer tells finite. Leading axes are data sets
of one design, which are climbed together.

Source: Liang & Zeger 1986 (clustered errors).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import expit

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats

BEND = 5
"""Sizes from which the decline may bend."""
RIDGE = 0.01
"""Precision of all coefficients around 0: a standard deviation of 10 logits."""
ROUNDS, LONGEST, CLOSE = 40, 2.0, 1e-4
"""Of climbing: steps, their greatest length and the length that ends it, in logits."""
LEAST = 1e-9


class Fit(NamedTuple):
    """A decline over size, or many of the same design; leading axes are those of the counts."""

    eta: Floats
    """Of shape (..., tasks, models), in logits."""
    level: Floats
    """Of shape (..., models)."""
    along: Floats
    """Coefficients of the columns, of shape (..., coefficients)."""
    reach: Floats
    """By how much one more success in a cell moves the last of them, of shape (..., tasks, models)."""


def decline(size: Floats) -> Floats:
    """Return the columns of a line over log size, of a bend where there are sizes enough."""
    log = np.log(size)
    z = 2 * (log - log.min()) / np.ptp(log) - 1
    return np.column_stack([z, z**2] if len(np.unique(size)) >= BEND else [z])


def rate(eta: Floats, floor: Floats) -> Floats:
    """Return floor + (1 - floor) logistic(eta), of shape (..., tasks, models)."""
    return np.asarray(floor[:, None] + (1 - floor[:, None]) * expit(eta))


def fit(k: Floats, n: Floats, floor: Floats, columns: Floats, start: Fit | None = None) -> Fit:
    """Return the decline by Fisher scoring: a level for each model, and a coefficient for each column.

    Args:
        k: successes, of shape (..., tasks, models).
        n: attempts, of shape (tasks, models).
        floor: chance rates, of shape (tasks,).
        columns: of shape (tasks, coefficients).
        start: a fit of this design from which to climb.
    """
    lead, models = k.shape[:-2], k.shape[-1]
    level = np.zeros((*lead, models)) + (0 if start is None else start.level)
    along = np.zeros((*lead, columns.shape[1])) + (0 if start is None else start.along)
    for _ in range(ROUNDS):
        eta = level[..., None, :] + (along @ columns.T)[..., None]
        weight, gain = _information(eta, n, floor)
        score = gain * (k - n * rate(eta, floor))
        total, inverse, centre = _profile(weight, columns)
        up = score.sum(-2) - RIDGE * level
        off = score.sum(-1) @ columns - RIDGE * along - (centre @ up[..., None])[..., 0]
        step = (inverse @ off[..., None])[..., 0]
        lift = up / total - (step[..., None, :] @ centre)[..., 0, :]
        longest = np.maximum(np.abs(step).max(-1), np.abs(lift).max(-1))
        short = np.minimum(1, LONGEST / np.maximum(longest, LEAST))[..., None]
        level, along = level + short * lift, along + short * step
        if longest.max() < CLOSE:
            break
    toward = inverse[..., -1, :]
    own = (toward @ columns.T)[..., None] - (toward[..., None, :] @ centre)
    return Fit(eta, level, along, own * gain)


def _information(eta: Floats, n: Floats, floor: Floats) -> tuple[Floats, Floats]:
    """Return the information of each cell on its logit, and how far one more success pulls that logit."""
    logistic = expit(eta)
    mean = np.clip(rate(eta, floor), LEAST, 1 - LEAST)
    slope = (1 - floor[:, None]) * logistic * (1 - logistic)
    gain = slope / (mean * (1 - mean))
    return n * slope * gain, gain


def _profile(weight: Floats, columns: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the information on levels, the inverse of that on coefficients beyond them, and column means."""
    total = weight.sum(-2) + RIDGE
    summed = columns.T @ weight
    centre = summed / total[..., None, :]
    squares = (columns.T * weight.sum(-1)[..., None, :]) @ columns
    system = squares - summed @ np.swapaxes(centre, -1, -2)
    return total, np.linalg.inv(system + RIDGE * np.eye(columns.shape[1])), centre


def by_model(found: Fit, k: Floats, n: Floats, floor: Floats) -> Floats:
    """Return the standard error of the last coefficient, clustered by model."""
    pulled = (found.reach * (k - n * rate(found.eta, floor))).sum(-2)
    models = k.shape[-1]
    return np.asarray(np.sqrt(models / (models - 1) * (pulled**2).sum(-1) + LEAST))


def scatter(found: Fit, columns: Floats, k: Floats, n: Floats, floor: Floats) -> float:
    """Return the standard deviation of cells around the decline beyond chance of answers, by moments."""
    weight, _ = _information(found.eta, n, floor)
    total, inverse, centre = _profile(weight, columns)
    own = columns.T[:, :, None] - centre[:, None, :]
    leverage = weight * (1 / total + np.einsum("qtm,qp,ptm->tm", own, inverse, own))
    free, mean, logistic = np.maximum(1 - leverage, 0), rate(found.eta, floor), expit(found.eta)
    beyond = (k - n * mean) ** 2 - n * mean * (1 - mean) * free
    moved = (n * (1 - floor[:, None]) * logistic * (1 - logistic)) ** 2 * free
    return float(np.sqrt(max(0.0, beyond.sum() / max(moved.sum(), LEAST))))

"""The most likely lines of a family, by Fisher scoring with halved steps.

Source: McCullagh & Nelder 1989, section 2.5.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.assess.planning._hazards import LOWEST, precision, prior, told
from tasklaws.assess.planning.hazard_line import HazardLine

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats

STEPS, HALVINGS, CLOSE = 60, 20, 1e-8
TOP = 6.0
"""Log hazard that counts as all wrong but by chance: exp(-e^6) is 1e-175."""


def fit(k: Floats, n: Floats, x: Floats, floor: Floats) -> HazardLine:
    """Return the most likely lines of a family under the wide priors.

    Args:
        k: successes, of shape (tasks, models).
        n: attempts, of the same shape; 0 is not observed.
        x: place of each model, of shape (models,).
        floor: chance rates, of shape (tasks,).
    """
    start = HazardLine(np.zeros(len(k)), 0.0, np.asarray(x, float), np.asarray(n, float), floor)
    theta = _climb(k, start)
    return replace(start, level=theta[:-2] + theta[-2], slope=float(theta[-1]) / start.length)


def _climb(k: Floats, design: HazardLine) -> Floats:
    """Return the top of the posterior, by Fisher scoring with halved steps."""
    theta = np.zeros(len(k) + 2)
    height = _height(theta, k, design)
    for _ in range(STEPS):
        step = _step(theta, k, design)
        for _ in range(HALVINGS):
            reached = _height(theta + step, k, design)
            if reached >= height:
                break
            step = step / 2
        else:
            break
        theta, gained, height = theta + step, reached - height, reached
        if gained < CLOSE:
            break
    return theta


def _step(theta: Floats, k: Floats, design: HazardLine) -> Floats:
    eta, places = _eta(theta, design), design.places
    rate, grown = _rate(eta, design.floor), _growth(eta, design.floor)
    pull = (k - design.n * rate) * grown / (rate * (1 - rate))
    gradient = np.concatenate([pull.sum(1), [pull.sum(), -(pull * places).sum()]])
    gradient -= prior(len(k)) * theta
    return np.linalg.solve(precision(design.n * told(eta, design.floor), places), gradient)


def _height(theta: Floats, k: Floats, design: HazardLine) -> float:
    rate = _rate(_eta(theta, design), design.floor)
    told = k * np.log(rate) + (design.n - k) * np.log1p(-rate)
    return float(told.sum() - (prior(len(k)) * theta**2).sum() / 2)


def _eta(theta: Floats, design: HazardLine) -> Floats:
    along = theta[-2] - theta[-1] * design.places
    return np.asarray(theta[:-2, None] + along)


def _rate(eta: Floats, floor: Floats) -> Floats:
    right = np.exp(-np.exp(np.clip(eta, LOWEST, TOP)))
    return np.clip(floor[:, None] + (1 - floor[:, None]) * right, 1e-300, 1 - 1e-14)


def _growth(eta: Floats, floor: Floats) -> Floats:
    hazard = np.exp(np.clip(eta, LOWEST, TOP))
    return -(1 - floor[:, None]) * hazard * np.exp(-hazard)

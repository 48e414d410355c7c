"""How another metric leads to the target: a link from shares to rates, known or learnt, and what it leaves.

A link gives each task on each model a level in logits; what a model does beyond that is its shift. If the
metric tells all, shifts do not grow along the ladder.

Source: formal model, D8 (sufficiency) and P1 (independent tokens: rate = share ^ length).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from tasklaws.assess.rung_regression import regress

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats

STEPS, CLOSE, EDGE, FAR = 60, 1e-8, 1e-10, 30.0
SHIFT_SD = 4.0
"""Of the prior of shifts: wide."""
SHAPE_SD = (1.0, 0.5)
"""Of the prior of a learnt link's slope, around 1, and of its bend, around 0."""
LENGTH = (2.0, 1.5)
"""Mean and standard deviation of the prior of the log of an answer's effective length."""
LEAST_ERROR = 1.5
"""Models whose shift has a larger error say nothing of it."""
NEEDED = 4
"""Models that must say something."""


@dataclass(frozen=True)
class Answers:
    """Right answers beside what another metric said; arrays of shape (tasks, models)."""

    k: Floats
    n: Floats
    floor: Floats
    """Of shape (tasks,)."""
    hazard: Floats
    """-log share of the other metric."""
    lengths: bool
    """The share is of tokens or parts, of which an answer has an unknown number."""


@dataclass(frozen=True)
class Shifts:
    """How far each model lies beyond a link, in logits."""

    value: Floats
    covariance: Floats
    slope: Floats
    """Of a learnt link: its slope and its bend; 1 and 0 otherwise."""


def odds(hazard: Floats) -> Floats:
    """Return the logit of the rate exp(-hazard)."""
    return np.asarray(-np.log(np.expm1(np.clip(hazard, EDGE, FAR))))


def lengths(answers: Answers) -> Floats:
    """Return the effective length of each task's answers, of shape (tasks, 1); 1 where a loss holds it."""
    return np.exp(_log_length(answers))[:, None]


def independent(answers: Answers) -> Shifts:
    """Return the shifts beyond the link of independent tokens, the lengths fitted."""
    return _shifts(answers, odds(answers.hazard * lengths(answers)), ())


def learnt(answers: Answers) -> Shifts:
    """Return the shifts beyond a smooth link that the tasks of the family taught, within models."""
    level = odds(answers.hazard * lengths(answers))
    return _shifts(answers, level, (level, bend(level)))


def bend(level: Floats) -> Floats:
    """Return a column that bends a line of logits around its middle and is straight far away."""
    return np.asarray(np.logaddexp(0.0, level) - level / 2)


def drift(shifts: Shifts, x: Floats) -> tuple[float, float] | None:
    """Return how shifts grow with `x`, in logits for each unit, and p of 0; None where too few models say."""
    use = np.diagonal(shifts.covariance) < LEAST_ERROR**2
    if use.sum() < NEEDED:
        return None
    columns = np.column_stack([np.ones(int(use.sum())), x[use] - x[use].mean()])
    line = regress(shifts.value[use], shifts.covariance[np.ix_(use, use)], columns)
    return None if line is None else (float(line.beta[1]), line.p(1))


def _log_length(answers: Answers) -> Floats:
    """Return the log of each task's effective length, of shape (tasks,)."""
    if not answers.lengths:
        return np.zeros(len(answers.k))
    at = np.full(len(answers.k), LENGTH[0])
    for _ in range(STEPS):
        hazard = np.clip(answers.hazard * np.exp(at)[:, None], EDGE, FAR)
        earned, chance = np.exp(-hazard), answers.floor[:, None]
        rate = np.clip(chance + (1 - chance) * earned, EDGE, 1 - EDGE)
        slope = -(1 - chance) * earned * hazard
        pull = ((answers.k - answers.n * rate) / (rate * (1 - rate)) * slope).sum(1)
        weight = (answers.n * slope**2 / (rate * (1 - rate))).sum(1)
        step = (pull - (at - LENGTH[0]) / LENGTH[1] ** 2) / (weight + LENGTH[1] ** -2)
        at = at + np.clip(step, -1, 1)
        if np.abs(step).max(initial=0) < CLOSE:
            break
    return np.asarray(at)


def _shifts(answers: Answers, level: Floats, shapes: tuple[Floats, ...]) -> Shifts:
    """Return the shift of each model, the coefficients of `shapes` fitted with them."""
    models = answers.k.shape[1]
    known = answers.n > 0
    row, column = np.nonzero(known)
    design = np.zeros((len(row), models + len(shapes)))
    design[np.arange(len(row)), column] = 1
    for i, shape in enumerate(shapes):
        design[:, models + i] = shape[known]
    centre = np.r_[np.zeros(models), [1.0, 0.0][: len(shapes)]]
    precision = np.r_[np.full(models, SHIFT_SD**-2), [sd**-2 for sd in SHAPE_SD][: len(shapes)]]
    fixed = np.zeros(len(row)) if shapes else level[known]
    k, n, chance = answers.k[known], answers.n[known], answers.floor[row]
    at, information = _climb((k, n, chance, fixed, design), centre, precision)
    covariance: Floats = np.linalg.inv(information).astype(float)
    shape = at[models:] if shapes else np.array([1.0, 0.0])
    return Shifts(at[:models], covariance[:models, :models], shape)


def _climb(
    data: tuple[Floats, Floats, Floats, Floats, Floats], centre: Floats, precision: Floats
) -> tuple[Floats, Floats]:
    """Return the most likely coefficients under normal priors, and the information on them."""
    k, n, chance, fixed, design = data
    at = centre.copy()

    def height(place: Floats) -> float:
        rate = np.clip(chance + (1 - chance) * expit(fixed + design @ place), EDGE, 1 - EDGE)
        told = k * np.log(rate) + (n - k) * np.log1p(-rate)
        return float(told.sum() - (precision * (place - centre) ** 2).sum() / 2)

    reached = height(at)
    for _ in range(STEPS):
        even = expit(np.clip(fixed + design @ at, -FAR, FAR))
        rate = np.clip(chance + (1 - chance) * even, EDGE, 1 - EDGE)
        slope = (1 - chance) * even * (1 - even)
        pull = (k - n * rate) / (rate * (1 - rate)) * slope
        weight = n * slope**2 / (rate * (1 - rate))
        information = design.T @ (weight[:, None] * design) + np.diag(precision)
        step = np.linalg.solve(information, design.T @ pull - precision * (at - centre))
        size = min(1.0, 3.0 / max(np.abs(step).max(initial=0), EDGE))
        while size > CLOSE and height(at + size * step) < reached:
            size /= 2
        at = at + size * step
        before, reached = reached, height(at)
        if reached - before < CLOSE:
            break
    return at, information

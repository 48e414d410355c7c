"""Smooth curves of a family over its ladder, and draws from them: what a family without a step looks like.

The rate of a task at place x is floor + (1 - floor) G(slope (x - middle) - difficulty), one slope for all
tasks. Links G differ in where the curve bends; their levels are in logits: all rise equally fast where they
are steepest. The slope is capped, for no data refute a smooth curve that may be as steep as it likes.

Source: formal model, D14 and 0b.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import expit, xlog1py, xlogy

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats

LINKS = ("logistic", "gumbel", "mirrored", "flat")
"""The last is the logistic link with a slope of 0: a family on which all models are alike."""
STEEP = np.e / 4
"""A Gumbel curve of this many units rises as fast, where steepest, as a logistic curve of one."""
DIFFICULTY_SD = 4.0
MOST_STEPS, HALVINGS, CLOSE = 100, 12, 1e-6
EDGE, FAR = 1e-9, 30.0


@dataclass(frozen=True)
class SmoothCurves:
    """The most likely curve of each link in `LINKS`, on the places and chance rates that it was fitted to."""

    slope: Floats
    """In logits for each unit of the places, of shape (links,)."""
    level: Floats
    """In logits, of shape (links, tasks, models)."""
    floor: Floats
    """Of shape (tasks,)."""
    height: Floats
    """Log posterior of the answers, of shape (links,)."""

    def rates(self, shock: Floats | float = 0.0) -> Floats:
        """Return rates of shape (draws, links, tasks, models) under shocks of shape (draws, models)."""
        moved = self.level + np.atleast_2d(shock)[:, None, None, :]
        chance = self.floor[:, None]
        return np.asarray(chance + (1 - chance) * _links(moved)[0])


class _Answers(NamedTuple):
    """What curves are fitted to."""

    k: Floats
    n: Floats
    chance: Floats
    """Of shape (tasks, 1)."""
    away: Floats
    """Place of each model, from the middle of the ladder."""
    most: Floats
    """Cap of the slope of each link."""


def fit(k: Floats, n: Floats, floor: Floats, x: Floats, cap: float) -> SmoothCurves:
    """Return the smooth curves most likely to give `k` of `n`, of shape (tasks, models).

    Args:
        k: successes.
        n: attempts; 0 where a model was not asked.
        floor: chance rates, of shape (tasks,).
        x: place of each model.
        cap: largest slope, in logits for each unit of `x`.
    """
    answers = _Answers(k, n, floor[:, None], x - x.mean(), np.array([cap, cap, cap, 0.0]))
    slope, difficulty = np.zeros(len(LINKS)), np.zeros((len(LINKS), len(k)))
    height = _height(answers, slope, difficulty)
    for _ in range(MOST_STEPS):
        step = _step(answers, slope, difficulty)
        before = height
        slope, difficulty, height = _gain(answers, (slope, difficulty), step, before)
        if (height - before < CLOSE).all():
            break
    return SmoothCurves(slope, _level(answers, slope, difficulty), floor, height)


def _level(answers: _Answers, slope: Floats, difficulty: Floats) -> Floats:
    return np.asarray(slope[:, None, None] * answers.away - difficulty[..., None])


def _links(level: Floats) -> tuple[Floats, Floats]:
    """Return G and its slope under each link, which the third axis from the end tells apart."""
    logistic, gumbel, mirrored, flat = np.moveaxis(np.clip(level, -FAR, FAR), -3, 0)
    low, high = np.exp(-STEEP * gumbel), np.exp(STEEP * mirrored)
    even = expit(np.stack([logistic, flat]))
    rise = even * (1 - even)
    rates = np.stack([even[0], np.exp(-low), -np.expm1(-high), even[1]], axis=-3)
    slopes = np.stack([rise[0], STEEP * low * np.exp(-low), STEEP * high * np.exp(-high), rise[1]], axis=-3)
    return rates, slopes


def _height(answers: _Answers, slope: Floats, difficulty: Floats) -> Floats:
    """Return the log posterior of each link."""
    k, n, chance = answers[:3]
    p = np.clip(chance + (1 - chance) * _links(_level(answers, slope, difficulty))[0], EDGE, 1 - EDGE)
    told = (xlogy(k, p) + xlog1py(n - k, -p)).sum((-2, -1))
    return np.asarray(told - (difficulty**2).sum(-1) / (2 * DIFFICULTY_SD**2))


def _step(answers: _Answers, slope: Floats, difficulty: Floats) -> tuple[Floats, Floats]:
    """Return the step of Fisher scoring that keeps every slope between 0 and its cap."""
    k, n, chance, away, most = answers
    penalty = 1 / DIFFICULTY_SD**2
    rate, rise = _links(_level(answers, slope, difficulty))
    p, along = np.clip(chance + (1 - chance) * rate, EDGE, 1 - EDGE), (1 - chance) * rise
    pull, weight = (k - n * p) / (p * (1 - p)) * along, n * along**2 / (p * (1 - p))
    own, shared = weight.sum(-1) + penalty, weight @ away
    up = -pull.sum(-1) - penalty * difficulty
    steeper = (pull @ away).sum(-1) + (shared * up / own).sum(-1)
    curvature = (weight @ away**2).sum(-1) - (shared**2 / own).sum(-1)
    step = np.clip(slope + steeper / np.maximum(curvature, EDGE), 0, most) - slope
    return step, (up + shared * step[:, None]) / own


def _gain(
    answers: _Answers, at: tuple[Floats, Floats], step: tuple[Floats, Floats], height: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return where the step leads, halved for each link until it does not lose, and the height there."""
    size = np.ones(len(LINKS))
    for _ in range(HALVINGS):
        slope, difficulty = at[0] + size * step[0], at[1] + size[:, None] * step[1]
        reached = _height(answers, slope, difficulty)
        lost = reached < height
        if not lost.any():
            break
        size = np.where(lost, size / 2, size)
    size = np.where(lost, 0.0, size)
    return at[0] + size * step[0], at[1] + size[:, None] * step[1], np.where(lost, height, reached)

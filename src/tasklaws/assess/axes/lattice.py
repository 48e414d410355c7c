"""Success rates on a lattice of logits, and how likely counts are on it, with luck of a model at a task.

Two models of one ability do not do alike at one task. The rate of a model at a task is therefore beta
distributed around logistic(ability - difficulty); `luck` is the share of p (1 - p) that is its variance. The
mean is that of the logistic curve, so abilities and difficulties keep their meaning whatever the luck is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betainc, expit, xlog1py, xlogy

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats

END = 12.0
"""Logits beyond which a rate is 0 or 1."""
WIDEST, FINEST = 0.2, 0.02
"""Steps of the lattice, in logits: .05 and .1 move no skill on real studies by more than .005."""
PER_ERROR = 2.5
"""The step is so many times 1 / sqrt(attempts): at even chances a logit errs by 2 / sqrt(attempts)."""
LUCKS = (0.001, 0.02, 0.06, 0.12, 0.22, 0.36)
"""Shares that are weighed."""
EDGE = 1e-12


@dataclass(frozen=True, eq=False)
class Cells:
    """How likely the counts of each model at each task are."""

    log_likelihood: Floats
    """At each rate above chance, of shape (tasks, models, points)."""
    step: float
    """Between two points, in logits."""

    def given(self, luck: float) -> Floats:
        """Return the same with luck, at each logit of ability - difficulty, of the same shape."""
        top = self.log_likelihood.max(-1, keepdims=True)
        mixed = np.exp(self.log_likelihood - top) @ rates_given(luck, self.step).T
        return np.asarray(np.log(np.maximum(mixed, np.finfo(float).tiny)) + top)


def cells(k: Floats, n: Floats, floor: Floats) -> Cells:
    """Return how likely `k` successes of `n`, of shape (tasks, models), are; `floor` has shape (tasks,)."""
    step = float(np.clip(PER_ERROR / np.sqrt(max(n.max(initial=1.0), 1.0)), FINEST, WIDEST))
    chance = floor[:, None, None]
    p = np.clip(chance + (1 - chance) * expit(points(step)), EDGE, 1 - EDGE)
    return Cells(np.asarray(xlogy(k[..., None], p) + xlog1py((n - k)[..., None], -p)), step)


@lru_cache(maxsize=8)
def points(step: float) -> Floats:
    """Return the logits of the lattice, 0 in their middle."""
    half = int(END / step)
    return np.asarray(np.arange(-half, half + 1) * step, dtype=float)


@lru_cache(maxsize=4 * len(LUCKS))
def rates_given(luck: float, step: float) -> Floats:
    """Return the probability of each rate (columns) at each logit of ability - difficulty (rows)."""
    at, size = points(step), (1 - luck) / luck
    below = betainc(size * expit(at)[:, None], size * expit(-at)[:, None], expit(at[:-1] + step / 2))
    left = np.diff(np.pad(below, ((0, 0), (1, 1)), constant_values=(0.0, 1.0)), axis=1)
    # to the right of the mean by symmetry: differences of numbers near 1 would round small tails away
    return np.where(at < at[:, None], left, left[::-1, ::-1])


def normal(grid: Floats, mean: Floats, sd: Floats) -> Floats:
    """Return probabilities of the points of `grid`, of shape (..., points), of normal laws cut at its ends.

    A spread below the step of the grid counts as the step.
    """
    step = grid[1] - grid[0]
    at, wide = np.clip(mean, grid[0], grid[-1])[..., None], np.maximum(sd, step)[..., None]
    height = np.exp(-(((grid - at) / wide) ** 2) / 2)
    return np.asarray(height / height.sum(-1, keepdims=True))

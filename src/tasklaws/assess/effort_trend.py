"""Whether what effort adds changes along a ladder: the trend of the log ratio of two scores.

Where a share e of attempts fails for no lack of ability, the log of the score is lower by -log(1 - e). If e
is the same on every rung, high and low effort differ by a constant in the log of the score; if it is not,
the law fitted at low effort has a wrong slope, and the trend of the log ratio is how wrong it is.

The line through the rungs weighs each by its own uncertainty and a shock of its own. Its standard error is
scaled by the scatter of the rungs around it, and never below what counting alone makes of it.

Source: formal model, P15 and D15; Knapp & Hartung 2003 (doi:10.1002/sim.1482), with a scale of at
least 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import t as student

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats

SIZE = 0.05
"""Probability below which a trend is said to be there; its interval has the rest."""
LEAST_RUNGS = 4
"""Rungs that a line and the scatter around it need."""
LEAST_SUCCESSES = 5
"""Successes at high effort without which a rung has nothing to compare."""


@dataclass(frozen=True)
class Trend:
    """How the log of the ratio of two scores changes along a ladder; undefined with a reason."""

    rungs: int
    """Sizes that the line goes through."""
    slope: float | None
    """Change of log (score at high effort / score at low effort) per unit of the axis."""
    lower: float | None
    upper: float | None
    p: float | None
    """Of the test that nothing changes, two-sided."""
    first: float | None
    """Score at high effort over that at low effort on the first of these rungs, by the line."""
    last: float | None
    reason: str | None = None

    @property
    def flag(self) -> bool | None:
        """Return whether the trend differs from nothing at the level of `SIZE`."""
        return None if self.p is None else self.p < SIZE


def log_ratio(low: Floats, high: Floats, n_low: Floats, n_high: Floats) -> tuple[Floats, Floats]:
    """Return log(high score / low score) of every rung and its variance, of shape (rungs,) each.

    Efforts count as independent: where they share draws the variance is rather too large than too small.

    Args:
        low: successes at low effort, of shape (tasks, rungs).
        high: successes at high effort, of the same shape.
        n_low: attempts at low effort.
        n_high: attempts at high effort.
    """
    (at_low, var_low), (at_high, var_high) = _log_score(low, n_low), _log_score(high, n_high)
    return at_high - at_low, var_low + var_high


def _log_score(k: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return the log of each rung's score and its variance; half a success is added, and its variance."""
    whole = k.sum(axis=0) + 0.5
    counting = (k * (1 - k / n) * n / np.maximum(n - 1, 1)).sum(axis=0)
    return np.log(whole / (n.sum(axis=0) + 0.5)), (counting + 0.25) / whole**2


def trend(x: Floats, low: Floats, high: Floats, n_low: Floats, n_high: Floats) -> Trend:
    """Return the trend along `x` of what high effort adds to a score.

    Args:
        x: place of each rung, of shape (rungs,).
        low: successes at low effort, of shape (tasks, rungs).
        high: successes at high effort, of the same shape.
        n_low: attempts at low effort, above 0.
        n_high: attempts at high effort, above 0.
    """
    told = high.sum(axis=0) >= LEAST_SUCCESSES
    rungs = np.unique(x[told]).size
    if rungs < LEAST_RUNGS:
        why = f"{rungs} of the {LEAST_RUNGS} rungs that a trend needs have {LEAST_SUCCESSES} successes"
        return Trend(rungs, None, None, None, None, None, None, why)
    place, free = x[told], int(told.sum()) - 2
    ratio, variance = log_ratio(low[:, told], high[:, told], n_low[:, told], n_high[:, told])
    design = np.column_stack([np.ones(place.size), place - place.mean()])
    weights = 1 / (variance + _shock(design, ratio, 1 / variance))
    line, spread = _line(design, ratio, weights)
    scatter = float(weights @ (ratio - design @ line) ** 2) / free
    error, slope = float(np.sqrt(spread[1, 1] * max(1.0, scatter))), float(line[1])
    half = float(student.isf(SIZE / 2, free)) * error
    p = float(2 * student.sf(abs(slope) / error, free))
    ends = np.exp(line[0] + slope * (np.array([place.min(), place.max()]) - place.mean()))
    return Trend(place.size, slope, slope - half, slope + half, p, float(ends[0]), float(ends[1]))


def _line(design: Floats, y: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return intercept and slope by weighted least squares, and the inverse of their information."""
    spread: Floats = np.linalg.inv(design.T @ (weights[:, None] * design)).astype(np.float64)
    return spread @ (design.T @ (weights * y)), spread


def _shock(design: Floats, y: Floats, weights: Floats) -> float:
    """Return the variance of the rungs' own shocks by moments: the scatter that counting leaves unexplained.

    Source: DerSimonian & Laird 1986 (doi:10.1016/0197-2456(86)90046-2), with a slope.
    """
    line, spread = _line(design, y, weights)
    scatter = weights @ (y - design @ line) ** 2
    room = weights.sum() - np.trace(spread @ (design.T @ (weights[:, None] ** 2 * design)))
    return max(0.0, float((scatter - (y.size - design.shape[1])) / room))

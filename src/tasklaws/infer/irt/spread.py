"""How far the difficulties of tasks spread, the noise of their estimates taken out.

The standard deviation of estimates is too large, as each of them has an error. Here difficulties and
abilities are integrated out (by Laplace's method, around the top for each standard deviation), and what is
left is a likelihood of the standard deviation alone, of which 0 is a proper end: all tasks alike.

Source: Tierney & Kadane 1986 (Laplace's method); formal model, 0b.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.infer.irt.kernel import marginal

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats

GRID = 8.0 * (np.arange(65) / 64) ** 1.5
"""Standard deviations that are weighed, in logits."""
ABILITY_SD = 10.0
"""Wide: abilities are free, the rungs' shocks among them."""
FALL = 2.705543454095404 / 2
"""Of the log likelihood from its top to the ends of an interval of 90 %: half of that quantile of chi2(1)."""


@dataclass(frozen=True)
class Spread:
    """Standard deviation of the difficulties of a family's tasks, in logits."""

    sd: float
    """Most likely."""
    lower: float
    """0 where tasks may all be alike."""
    upper: float
    """Infinite where the data set no bound."""
    grid: Floats
    log_likelihood: Floats
    """Of the standard deviations in `grid`; its highest is 0."""


def difficulty_sd(k: Floats, n: Floats, floor: Floats | float = 0.0) -> Spread:
    """Return the standard deviation of difficulties with its interval of 90 %, abilities free.

    Args:
        k: successes, of shape (tasks, models).
        n: attempts, of the same shape; 0 is not observed.
        floor: chance rate, one for all or of shape (tasks,).
    """
    k, n = np.broadcast_arrays(np.asarray(k, float), np.asarray(n, float))
    chance = np.require(np.broadcast_to(np.asarray(floor, float), k.shape[:1]), float, ["C", "W"])
    out = np.zeros(len(GRID))
    marginal(
        np.require(k, float, ["C", "W"]), np.require(n, float, ["C", "W"]), chance, ABILITY_SD, GRID, out
    )
    out -= out.max()
    return Spread(_top(out), *_ends(out), GRID, out)


def _top(height: Floats) -> float:
    """Return where a parabola through the highest point and its neighbours is highest."""
    at = int(height.argmax())
    if at in {0, len(height) - 1}:
        return float(GRID[at])
    around = slice(at - 1, at + 2)
    bend, slope, _ = np.polyfit(GRID[around] - GRID[at], height[around], 2)
    return float(np.clip(GRID[at] - slope / (2 * bend), GRID[at - 1], GRID[at + 1])) if bend < 0 else GRID[at]


def _ends(height: Floats) -> tuple[float, float]:
    """Return the ends of the standard deviations that are likely enough."""
    at = int(height.argmax())
    rise, fall = np.maximum.accumulate(height[: at + 1]), np.maximum.accumulate(-height[at:])
    lower = float(np.interp(-FALL, rise, GRID[: at + 1])) if rise[0] < -FALL else 0.0
    upper = float(np.interp(FALL, fall, GRID[at:])) if fall[-1] > FALL else np.inf
    return lower, upper

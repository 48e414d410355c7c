"""A second correction for noise in human times, by adding more of it: simulation and extrapolation (SIMEX).

Logistics are fitted to times with ever more noise added, and level and slope are followed back along a
parabola to where there would be none. It assumes nothing of the law of true times and needs no repeats, so
it is a check of `mixed`. It mends the plain logistic and so speaks of the *marginal* time horizon only. A
parabola falls short where noise is strong: a quarter as noisy as tasks differ, times lose nearly all of
their bias in slope and horizon, half as noisy 70 % of it, three quarters as noisy half.

Source: Cook and Stefanski, Journal of the American Statistical Association 1994; formal model P14c.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.infer.horizon.kernel import STEEP
from tasklaws.infer.horizon.logistic import OK, RISING, LogisticFits, fit
from tasklaws.infer.horizon.mixed import noise_of

if TYPE_CHECKING:
    from tasklaws.infer.horizon.cells import Floats, HorizonCells

ADDED = np.array([0.0, 0.5, 1.0, 1.5, 2.0])
"""Variance that is added, in units of that of the noise which is there."""
BACK = -1.0
"""What adding would take the noise away."""


def simex(
    cells: HorizonCells, time_sd: Floats, seed: int, copies: int = 50, penalty: float = 0.0
) -> LogisticFits:
    """Return the logistic of each agent in true time; arrays have shape (agents,).

    Args:
        cells: counts and weights.
        time_sd: standard deviation of the error of each task's time, in doublings, of shape (tasks,).
        seed: of the added noise.
        copies: how often each amount of noise is added, half of them with the signs turned.
        penalty: on half the square of the slope.
    """
    noise = noise_of(cells, time_sd)
    drawn = np.random.default_rng(seed).standard_normal((max(copies // 2, 1), noise.size))
    plain = fit(cells, penalty)
    lines = np.array([_mean_line(cells, root * noise, drawn, penalty) for root in np.sqrt(ADDED)])
    level, slope = _followed_back(lines)
    usable = np.isin(plain.state, (OK, RISING)) & np.isfinite(slope)
    state = np.where(usable, np.where(slope < 0, OK, RISING), plain.state).astype(np.int8)
    return LogisticFits(np.where(usable, level, plain.level), np.where(usable, slope, plain.slope), state)


def _mean_line(cells: HorizonCells, noise: Floats, drawn: Floats, penalty: float) -> Floats:
    """Return mean level and slope with so much noise added, of shape (2, agents); NaN if one is infinite."""
    moved = [sign * noise * one for one in (drawn if noise.any() else drawn[:1]) for sign in (1, -1)]
    found = [fit(replace(cells, doublings=cells.doublings + one), penalty) for one in moved]
    states, slopes = np.array([one.state for one in found]), np.array([one.slope for one in found])
    finite = (np.isin(states, (OK, RISING)) & (np.abs(slopes) < STEEP)).all(axis=0)
    lines = np.array([(one.level, one.slope) for one in found])
    return np.where(finite, np.where(finite, lines, 0.0).mean(axis=0), np.nan)


def _followed_back(lines: Floats) -> Floats:
    """Return where parabolas through `lines`, of shape (amounts, 2, agents), are without any noise."""
    powers = np.stack([np.ones_like(ADDED), ADDED, ADDED**2], axis=1)
    weights = np.array([1.0, BACK, BACK**2]) @ np.linalg.pinv(powers)
    followed: Floats = np.tensordot(weights, lines, axes=1)
    return followed

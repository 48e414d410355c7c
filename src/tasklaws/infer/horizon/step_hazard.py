"""Does a step go wrong more often behind the first error of its run? The hazard within runs, from step data.

A run errs at each step with the hazard of its agent until its first error, and with `times` that hazard from
then on. Only how many steps were right is known, not which; that is enough, for the number of right steps
among runs with an error tells the second hazard, and runs without one tell the first. The likelihood is exact
(`theory.self_conditioning`), profiled over the agents' own hazards.

Source: formal model P22; arXiv 2509.09677 (accuracy of a step falls behind errors).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import chi2

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tasklaws.infer.arrays import Floats

POINTS, ZOOMS = 41, 3
DEEP = 8.0
"""Log likelihood below the top down to which is looked at in the end; coarser grids look deeper."""
WIDER = 6.0
LOG_HAZARD = (np.log(1e-4), np.log(8.0))
LOG_TIMES = (np.log(1 / 32), np.log(256.0))
TINY = 1e-300


@dataclass(frozen=True)
class StepHazard:
    """By how much the hazard of a step changes behind the first error of a run."""

    times: float | None
    lower: float | None
    """None where the data set no bound on that side."""
    upper: float | None
    p: float | None
    """Of the null that it does not change."""
    reason: str | None = None


def fit(right: Mapping[int, Floats], level: float = 0.9) -> StepHazard:
    """Return the change of hazard behind the first error, the same for all agents.

    Args:
        right: number of steps -> how many runs of each agent had 0, 1, ... steps right, (agents, steps + 1).
        level: of the interval, by the profile likelihood.
    """
    torn = sum(float(counts[:, :-1].sum()) for steps, counts in right.items() if steps > 1)
    if not torn:
        return StepHazard(None, None, None, None, "no run of two steps or more went wrong")
    times = np.linspace(*LOG_TIMES, POINTS)
    agents = next(iter(right.values())).shape[0]
    hazards = np.broadcast_to(np.linspace(*LOG_HAZARD, POINTS), (agents, POINTS))
    for left in reversed(range(ZOOMS)):
        heights, deep = _heights(right, hazards, times), DEEP * WIDER**left
        hazards = _closer(hazards, heights.max(axis=2), deep)
        times = _closer(times[None], _tops(heights).sum(axis=0)[None], deep)[0]
    times = np.unique(np.append(times, 0.0))
    return _told(times, _tops(_heights(right, hazards, times)).sum(axis=0), level)


def _closer(x: Floats, y: Floats, deep: float) -> Floats:
    """Return new even points in each row: where `y` is near its top, and one old step further out."""
    near = y >= y.max(axis=1, keepdims=True) - deep
    first, last = near.argmax(axis=1), x.shape[1] - 1 - near[:, ::-1].argmax(axis=1)
    rows, ends = np.arange(x.shape[0]), x.shape[1] - 1
    low, high = x[rows, np.maximum(first - 1, 0)], x[rows, np.minimum(last + 1, ends)]
    return np.asarray(np.linspace(low, high, POINTS, axis=1))


def _told(times: Floats, profile: Floats, level: float) -> StepHazard:
    place, top = _peak(times, profile)
    fall = float(chi2.ppf(level, 1)) / 2
    inside = profile >= top - fall
    low, high = (
        int(one) for one in np.flatnonzero(inside | (np.arange(times.size) == profile.argmax()))[[0, -1]]
    )
    none = profile[np.searchsorted(times, 0.0)]
    return StepHazard(
        float(np.exp(place)),
        None if low == 0 else float(np.exp(_crossing(times, profile, low - 1, top - fall))),
        None if high == times.size - 1 else float(np.exp(_crossing(times, profile, high, top - fall))),
        float(chi2.sf(2 * max(top - none, 0.0), 1)),
    )


def _crossing(x: Floats, y: Floats, before: int, height: float) -> float:
    """Return where `y` crosses `height` between a point and the next."""
    share = (height - y[before]) / (y[before + 1] - y[before])
    return float(x[before] + np.clip(share, 0.0, 1.0) * (x[before + 1] - x[before]))


def _peak(x: Floats, y: Floats) -> tuple[float, float]:
    """Return place and height of the top of the parabola through the highest point and its neighbours."""
    top = int(np.clip(y.argmax(), 1, y.size - 2))
    a, b, c = np.polyfit(x[top - 1 : top + 2] - x[top], y[top - 1 : top + 2], 2)
    if a >= 0 or y.argmax() in {0, y.size - 1}:
        return float(x[y.argmax()]), float(y.max())
    return float(x[top] - b / (2 * a)), float(c - b**2 / (4 * a))


def _tops(heights: Floats) -> Floats:
    """Return the tops over hazards, the axis in the middle, by parabolas through three even points."""
    at = np.clip(heights.argmax(axis=1), 1, heights.shape[1] - 2)[:, None, :]
    before, here, after = (np.take_along_axis(heights, at + step, 1)[:, 0] for step in (-1, 0, 1))
    bend = before - 2 * here + after
    more = (after - before) ** 2 / np.maximum(-8 * bend, TINY)
    found: Floats = np.maximum(
        here + np.clip(more, 0.0, np.maximum(-bend / 8, 0.0)), np.maximum(before, after)
    )
    return found


def _heights(right: Mapping[int, Floats], log_hazards: Floats, log_times: Floats) -> Floats:
    """Return log likelihoods of shape (agents, hazards, times)."""
    hazard = np.exp(log_hazards)[:, :, None]
    clean = np.broadcast_to(-np.expm1(-hazard), (*log_hazards.shape, log_times.size))
    dirty = -np.expm1(-hazard * np.exp(log_times))
    total = np.zeros(clean.shape)
    for steps, counts in right.items():
        total += (np.log(_law(steps, clean, dirty) + TINY) * counts[:, None, None, :]).sum(-1)
    return total


def _law(steps: int, clean: Floats, dirty: Floats) -> Floats:
    """Return the probabilities of 0 to `steps` right steps, as `right_steps`, on a last axis."""
    torn = np.zeros((*clean.shape, steps + 1))
    whole = np.ones(clean.shape)
    for done in range(steps):
        moved = torn[..., :-1] * (1 - dirty)[..., None]
        torn *= dirty[..., None]
        torn[..., 1:] += moved
        torn[..., done] += whole * clean
        whole = whole * (1 - clean)
    torn[..., -1] += whole
    return torn

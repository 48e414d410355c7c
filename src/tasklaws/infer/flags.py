"""Warnings that travel with a forecast: when history says it is likely to be wrong, or says little.

Source: forecasting recipe section 1 (flags); disagreement between links did not predict misses
there and is no flag.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasklaws.infer.arrays import Floats, LadderArrays, TargetArrays

LONG_RANGE = 1.2
"""Decades of compute beyond the last rung from which forecasts were biased low."""

OFF_FLOOR = 0.02
"""A rung's pooled rate above chance from which it carries information on slopes."""

NEAR_FLOOR_SE = 2.0
BELOW_FLOOR_SE = 3.0
NOT_LAWFUL_KAPPA = 2.0
STEP_LOW, STEP_HIGH = 0.1, 0.9

MEANINGS = {
    "long_range": "more than 1.2 decades beyond the last rung: forecasts were biased low there",
    "at_floor": "half of the training cells or more lie within 2 standard errors of the chance floor",
    "below_floor": "training counts contradict the documented chance floor; it was not used",
    "not_lawful": "the task scatters about its curve more than twice as much as the suite",
    "wide": "the predictive spread is in the top third of the suite, where errors are largest",
    "no_signal_floor": "no rung has solved any instance: only an upper bound is known",
    "saturated": "every rung has solved every instance",
    "one_rung": "only one rung is off the chance floor: its level is carried on, its slope is not known",
    "discontinuous": "one step from below .1 to above .9: only the bracket of the step is known",
}


def below_floor(ladder: LadderArrays) -> NDArray[np.bool_]:
    """Return which tasks' pooled counts lie 3 standard errors below their chance floor, of shape (tasks,)."""
    total, won = ladder.n.sum(axis=1), ladder.k.sum(axis=1)
    error = np.sqrt(np.maximum(total * ladder.floor * (1 - ladder.floor), 1e-12))
    low: NDArray[np.bool_] = won - total * ladder.floor < -BELOW_FLOOR_SE * error
    return low & (ladder.floor > 0)


def near_floor(ladder: LadderArrays) -> NDArray[np.bool_]:
    """Return which cells lie within 2 standard errors of the floor, of shape (tasks, rungs)."""
    n = np.maximum(ladder.n, 1.0)
    p = np.clip(ladder.k / n, 0.5 / n, 1 - 0.5 / n)
    return (ladder.n > 0) & (ladder.k / n - ladder.floor[:, None] < NEAR_FLOOR_SE * np.sqrt(p * (1 - p) / n))


def off_floor_rungs(ladder: LadderArrays) -> NDArray[np.bool_]:
    """Return which rungs' pooled rate lies OFF_FLOOR above the pooled chance rate, of shape (rungs,)."""
    total = np.maximum(ladder.n.sum(axis=0), 1.0)
    above = (ladder.k - ladder.n * ladder.floor[:, None]).sum(axis=0) / total
    return np.asarray(above > OFF_FLOOR)


def target_flags(
    ladder: LadderArrays, target: TargetArrays, kappa: Floats, spread: Floats
) -> tuple[tuple[str, ...], ...]:
    """Return the flags of each task.

    Args:
        ladder: what the forecast was made from.
        target: what it is of.
        kappa: noise scale of each task, of shape (tasks,).
        spread: predictive standard deviation of each task's rate, of shape (tasks,).
    """
    seen = ladder.n > 0
    cells = np.maximum(seen.sum(axis=1), 1)
    known = np.isfinite(spread)
    far = ladder.kind == "size" and float(np.max(target.walk)) - float(ladder.walk.max()) > LONG_RANGE
    raised = {
        "long_range": np.full(len(spread), far),
        "at_floor": near_floor(ladder).sum(axis=1) >= 0.5 * cells,
        "below_floor": below_floor(ladder),
        "not_lawful": kappa > NOT_LAWFUL_KAPPA,
        "wide": known & (spread > (np.quantile(spread[known], 2 / 3) if known.any() else np.inf)),
        "one_rung": np.full(len(spread), len(ladder.rungs) == 1),
        "no_signal_floor": seen.any(axis=1) & (ladder.k.sum(axis=1) == 0),
        "saturated": seen.any(axis=1) & (ladder.k.sum(axis=1) == ladder.n.sum(axis=1)),
        "discontinuous": np.array([_is_step(rate[np.isfinite(rate)]) for rate in ladder.rate], dtype=bool),
    }
    return tuple(tuple(name for name, on in raised.items() if on[t]) for t in range(len(spread)))


def _is_step(rates: Floats) -> bool:
    """Return whether rates, in rung order, are all low up to one rung and all high from the next."""
    high = rates >= STEP_HIGH
    first = int(np.argmax(high)) if high.any() else 0
    return bool(first > 0 and high[first:].all() and (rates[:first] <= STEP_LOW).all())

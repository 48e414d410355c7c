"""One row for each task: its median time with an interval, and what simpler figures would say."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.infer.human_times.geometric import Interval, geometric_mean, median

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasklaws.assess.human_times.laws import Fitted
    from tasklaws.infer.arrays import Floats
    from tasklaws.infer.human_times.pooled import Estimates

BEYOND = "fewer than half finished: the median lies beyond all times, where only the law tells it"
NOBODY_FINISHED = "nobody finished: only that the task takes longer is known"
BUDGET = "most attempts ended with one budget: a success says only that it was enough"
ELSEWHERE = "order alone puts the median elsewhere: the law does not fit this task, see without_law"
WITHIN = "all finished within one budget: only that the task takes less is known"
ONE = "one attempt: its error is that of other tasks"
NO_ATTEMPT = {
    "estimate": "an estimate: nobody was timed",
    "pilot": "pilots alone: they were picked for being short",
}


def task_rows(fitted: Fitted, level: float) -> list[dict[str, Any]]:
    """Return the row of each task."""
    both = _targets(fitted, level)
    return [
        _row(fitted, level, number, told, both)
        for number, told in enumerate(fitted.timed.table.iter_rows(named=True))
    ]


def _targets(fitted: Fitted, level: float) -> tuple[Estimates, Estimates]:
    mean = "geometric_mean" if "geometric_mean" in fitted.fit.law.targets else "median"
    return fitted.fit.estimates("median", level), fitted.fit.estimates(mean, level)


def _row(
    fitted: Fitted,
    level: float,
    number: int,
    told: dict[str, Any],
    both: tuple[Estimates, Estimates],
) -> dict[str, Any]:
    attempts, (medians, means) = fitted.timed.attempts, both
    own = attempts.task == number
    logs, done = attempts.log_minutes[own], attempts.done[own]
    successes, free = geometric_mean(logs[done], level), median(logs, done, level)
    budget = bool(attempts.budget[own].any())
    if budget:
        free = Interval(None, None, None)
    modes = fitted.task_modes[number]
    value = medians.value[number]
    state, reason = (
        ("estimate", NO_ATTEMPT[told["source"]]) if not told["attempt"] else _state(logs, done, value)
    )
    if state == "ok" and not _agree(free, value):
        reason = ELSEWHERE
    if budget and state in {"ok", "extrapolation"}:
        state, reason = "budget", BUDGET
    found = {
        "task_family": told["task_family"],
        "task_id": told["task_id"],
        "source": told["source"],
        "attempts": int(own.sum()),
        "finished": int(done.sum()),
        **(_interval("", medians, number) if told["attempt"] else _stated(told)),
        "log_error": _number(medians.se[number]),
        "status": state,
        "reason": reason,
        **_interval("geometric_mean_", means, number),
        **_minutes("successes_", successes),
        **_minutes("without_law_", free),
        "two_modes_p": None if modes is None else modes.p,
        "recorded_minutes": told["recorded"],
    }
    ratio = told["recorded"] / math.exp(value) if told["recorded"] and np.isfinite(value) else None
    return found | {"recorded_over_median": ratio}


def _state(logs: Floats, done: NDArray[np.bool_], value: float) -> tuple[str, str | None]:
    if not np.isfinite(value):
        return "bound", WITHIN if done.all() else NOBODY_FINISHED
    if value > logs.max():
        return "extrapolation", BEYOND
    return "ok", ONE if logs.size == 1 else None


def _agree(free: Interval, value: float) -> bool:
    """Return whether a median lies within the interval that rests on no law."""
    low = -np.inf if free.lower is None else free.lower
    high = np.inf if free.upper is None else free.upper
    return bool(low <= value <= high)


def _stated(told: dict[str, Any]) -> dict[str, Any]:
    minutes = told["recorded"] if told["recorded"] is not None else told["stated"]
    return {"minutes": minutes, "lower": None, "upper": None}


def _interval(prefix: str, found: Estimates, number: int) -> dict[str, float | None]:
    names = (f"{prefix}minutes", f"{prefix}lower", f"{prefix}upper")
    ends = (found.value[number], found.lower[number], found.upper[number])
    return {name: _exp(end) for name, end in zip(names, ends, strict=True)}


def _minutes(prefix: str, found: Interval) -> dict[str, float | None]:
    names = (f"{prefix}minutes", f"{prefix}lower", f"{prefix}upper")
    return {name: _exp(end) for name, end in zip(names, found, strict=True)}


def _exp(log: float | None) -> float | None:
    return None if log is None or not np.isfinite(log) else math.exp(log)


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None

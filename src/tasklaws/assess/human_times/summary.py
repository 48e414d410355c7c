"""What is said of all tasks together: give-ups and what they hide, two modes, populations, and the axis."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.core.proportions import clopper_pearson
from tasklaws.infer.human_times.axis import axis_errors, reliability
from tasklaws.infer.human_times.mixture import delay, share
from tasklaws.infer.human_times.modes import FEWEST as FEWEST_TIMES
from tasklaws.infer.human_times.modes import TASKS, combined
from tasklaws.infer.human_times.populations import ratios, tasks_shared

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasklaws.assess.human_times.laws import Fitted
    from tasklaws.infer.arrays import Floats
    from tasklaws.infer.human_times.pooled import Estimates

DRAWS = 2000
FEWEST = 3
"""Families from which an interval of a mean over tasks is told."""


def spread(fitted: Fitted, level: float) -> dict[str, Any]:
    """Return the spread of log time between people at one task, within a mode where there are two."""
    found = fitted.fit.of_shape(lambda shape: float(shape[0]), level)
    repeated = fitted.timed.attempts.people - (fitted.timed.attempts.finished > 0)
    assumed = not (repeated[fitted.timed.attempts.finished > 0] > 0).any()
    reason = "assumed: no task was tried twice" if assumed else None
    return dict(zip(("log_sd", "lower", "upper"), map(math.exp, found), strict=True)) | {"reason": reason}


def given_up(fitted: Fitted, level: float) -> dict[str, Any]:
    """Return the share of attempts that was given up."""
    attempts = fitted.timed.attempts
    n, k = attempts.done.size, int((~attempts.done).sum())
    lower, upper = clopper_pearson(k, n, level) if n else (None, None)
    return {"attempts": n, "given_up": k, "share": k / n if n else None, "lower": lower, "upper": upper}


def success_only(
    fitted: Fitted, medians: Estimates, level: float, rng: np.random.Generator
) -> dict[str, Any]:
    """Return by what factor means over those who finished fall short, over tasks where somebody gave up.

    Its interval is by resampling families.
    """
    attempts = fitted.timed.attempts
    finished = attempts.finished
    like_first = attempts.log_minutes - _factors(fitted)[attempts.group]
    means = np.bincount(attempts.task, like_first * attempts.done, attempts.tasks)
    short = means / np.maximum(finished, 1) - medians.value
    own = attempts.told & (finished < attempts.people)
    nothing = {"factor": None, "lower": None, "upper": None, "tasks": int(own.sum())}
    if not own.any():
        return nothing | {"reason": "nobody gave up at a task that others finished"}
    families = np.unique(np.array(fitted.timed.families)[own], return_inverse=True)[1]
    found = nothing | {"factor": math.exp(float(short[own].mean())), "reason": None}
    if families.max() + 1 < FEWEST:
        return found | {"reason": f"no interval: fewer than {FEWEST} families"}
    ends = np.exp(np.quantile(_resampled(short[own], families, rng), [(1 - level) / 2, (1 + level) / 2]))
    return found | {"lower": float(ends[0]), "upper": float(ends[1])}


def _factors(fitted: Fitted) -> Floats:
    """Return the log factor of each population, 0 where they are not told apart."""
    return np.append(0.0, fitted.fit.shape[1:]) if fitted.factors else np.zeros(1)


def _resampled(values: Floats, families: NDArray[np.int_], rng: np.random.Generator) -> Floats:
    """Return means over tasks of families drawn with replacement."""
    sums, counts = np.bincount(families, values), np.bincount(families)
    drawn = rng.integers(counts.size, size=(DRAWS, counts.size))
    return np.asarray(sums[drawn].sum(1) / counts[drawn].sum(1))


def left_out(fitted: Fitted) -> dict[str, Any]:
    """Return whether people who did not finish are missing from the study."""
    found, attempts = fitted.left_out, fitted.timed.attempts
    if found is not None:
        return {"p": found.p, "expected_beyond_limit": found.expected, "reason": None}
    reason = "no limit is stated"
    if not attempts.done.all():
        reason = "some who did not finish are in the study"
    elif np.isfinite(attempts.log_limit).any():
        reason = "no task was finished twice"
    return {"p": None, "expected_beyond_limit": None, "reason": reason}


def modes(fitted: Fitted) -> dict[str, Any]:
    """Return the tests of two modes: of a mixture that all tasks share, and of single tasks combined."""
    test, tried = fitted.modes, sum(one is not None for one in fitted.task_modes)
    told = {"tasks_tested": tried, "combined_p": combined(fitted.task_modes)}
    if test is None:
        return {
            "p": None,
            "statistic": None,
            "critical": None,
            "n": None,
            **told,
            "reason": "too few repeated times",
        }
    reason = (
        None
        if told["combined_p"] is not None
        else f"fewer than {TASKS} tasks of {FEWEST_TIMES} times or more"
    )
    return {
        "p": test.p,
        "statistic": test.statistic,
        "critical": test.critical,
        "n": test.n,
        **told,
        "reason": reason,
    }


def blow_ups(fitted: Fitted, level: float) -> dict[str, Any]:
    """Return the share of people that blows up and its slowdown."""
    if fitted.fit.law.name != "blow_ups":
        empty = dict.fromkeys(
            ("share", "share_lower", "share_upper", "slowdown", "slowdown_lower", "slowdown_upper")
        )
        return empty | {"reason": "two modes were not found, nor asked for"}
    logits = fitted.fit.of_shape(lambda shape: float(shape[1]), level)
    delays = fitted.fit.of_shape(lambda shape: float(shape[2]), level)
    shares = [share(np.array([0.0, logit, 0.0])) for logit in logits]
    slow = [math.exp(delay(np.array([0.0, 0.0, log]))) for log in delays]
    names = ("", "_lower", "_upper")
    return {
        **{f"share{name}": value for name, value in zip(names, shares, strict=True)},
        **{f"slowdown{name}": value for name, value in zip(names, slow, strict=True)},
        "reason": None,
    }


def populations(fitted: Fitted, names: tuple[str, ...], level: float) -> list[dict[str, Any]]:
    """Return how much longer each population takes than the first, over tasks that both tried."""
    rows = []
    found = ratios(fitted.fit, level) if fitted.factors else []
    for number, name in enumerate(names):
        row: dict[str, Any] = {
            "population": name,
            "ratio": None,
            "lower": None,
            "upper": None,
            "tasks_shared": None,
        }
        if number == 0:
            row |= {"ratio": 1.0, "reason": "the others are compared with it"}
        elif not found:
            row |= {"reason": "not compared: no task in common with the first, or another law was taken"}
        else:
            log, lower, upper = found[number - 1]
            row |= {
                "ratio": math.exp(log),
                "lower": math.exp(lower),
                "upper": math.exp(upper),
                "reason": None,
            }
            row["tasks_shared"] = tasks_shared(fitted.timed.attempts, number)
        rows.append(row)
    return rows


def axis(fitted: Fitted, medians: Estimates, level: float, rng: np.random.Generator) -> dict[str, Any]:
    """Return how far the error of these times flattens a slope, and what other numbers of people would do."""
    own = np.isfinite(medians.value)
    found = reliability(medians.value[own], medians.se[own], rng, level)
    if found is None or not found.task_sd > 0:
        nothing = dict.fromkeys(("slope_kept", "lower", "upper", "task_log_sd"))
        return nothing | {"baselines": [], "reason": "fewer than three tasks, or all of one length"}
    rows = axis_errors(_log_sd(fitted), found.task_sd)
    return {
        "slope_kept": found.value,
        "lower": found.lower,
        "upper": found.upper,
        "task_log_sd": found.task_sd,
        "baselines": [row._asdict() for row in rows],
        "reason": None,
    }


def _log_sd(fitted: Fitted) -> float:
    """Return the spread of everybody about a task's mean, blow-ups included."""
    shape = fitted.fit.shape
    within = math.exp(2 * shape[0])
    if fitted.fit.law.name != "blow_ups":
        return math.sqrt(within)
    return math.sqrt(within + share(shape) * (1 - share(shape)) * delay(shape) ** 2)

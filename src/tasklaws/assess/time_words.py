"""Words and the chart that the checks of human time share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.assess.check import Chart, Column, does_not_apply, unknown
from tasklaws.assess.task_times import task_times
from tasklaws.assess.time_axis import Estimate
from tasklaws.assess.time_slopes import offset, times_as_long

if TYPE_CHECKING:
    from tasklaws.assess.check import Finding
    from tasklaws.assess.evidence import Evidence
    from tasklaws.assess.time_axis import TimeAxis

NO_TIMES = "The study has no human times."
DO_NOT = "Do not use human time as the x-axis of difficulty"
STANDS = "the family's own law over the ladder is not touched by this"
LEAST_TASKS = 6
ERRORS = (0.0, 1.0, 2.0)
"""Errors of times without attempts that are tried, in spreads between people; verdicts hold for all."""
TENFOLD = float(np.log(10))
HALF_WIDTH = 1.645
"""Standard errors on either side of a 90 % interval."""
HALF, MOST_TOLD = 0.5, 0.99


def in_play(axis: TimeAxis) -> int:
    """Return how many tasks were sometimes solved and sometimes not: only these have a place of their own."""
    solved, asked = axis.counts.k.sum(1), axis.counts.n.sum(1)
    return int(((solved > axis.counts.floor * asked) & (solved < asked)).sum())


def percent(share: float) -> str:
    """Return a share as a whole percentage, 0 % where it is below."""
    return (
        f"{MOST_TOLD:.0%} or more".replace("%", " %")
        if share >= MOST_TOLD
        else f"{100 * max(share, 0.0):.0f} %"
    )


def tenfold(slope: Estimate) -> str:
    """Return a slope in words, with its interval."""
    low, high = slope.interval
    value, low, high = (TENFOLD * one for one in (slope.value, low, high))
    return f"{value:.1f} logits for ten times the minutes [{low:.1f}, {high:.1f}]"


@dataclass(frozen=True)
class Added:
    """What a family adds to its suite: how long its tasks take people, against others as hard for models."""

    words: str
    """A sentence behind a space; empty where there is nothing to compare with."""
    figures: dict[str, float]
    longer: Estimate | None
    """Logarithm of the factor."""


def added(axis: TimeAxis, family: str) -> Added:
    """Return what a family adds to its suite."""
    shift = offset(axis, family)
    longer = times_as_long(axis, shift) if shift is not None else None
    if shift is None or longer is None:
        return Added("", {}, None)
    figures = {
        "offset_logits": shift.value,
        "offset_se": shift.se,
        "times_as_long": longer[0],
        "times_as_long_lower": longer[1],
        "times_as_long_upper": longer[2],
    }
    said = f"{longer[0]:.2g} times [{longer[1]:.2g}, {longer[2]:.2g}]"
    words = f" Tasks of {family} take people {said} as long as others of the suite that are as hard."
    slope = axis.slope.value
    return Added(words, figures, Estimate(-shift.value / slope, shift.se / slope, shift.free))


def scatter(axis: TimeAxis, family: str, title: str) -> Chart:
    """Return difficulty over human time, one point for each task."""
    minutes, half = np.exp(axis.times.log_minutes), HALF_WIDTH * axis.difficulty_se
    rows = tuple(
        {
            "task": task,
            "minutes": float(minutes[i]),
            "difficulty": float(axis.difficulty[i]),
            "lower": float(axis.difficulty[i] - half[i]),
            "upper": float(axis.difficulty[i] + half[i]),
            "tasks": family if own == family else "other families",
        }
        for i, (task, own) in enumerate(zip(axis.counts.tasks, axis.counts.families, strict=True))
    )
    return Chart(
        title,
        f"Difficulty for models against time for people, {len(rows)} tasks; bars are 90 % intervals.",
        rows,
        Column("minutes", "human time (minutes)", log=True),
        Column("difficulty", "difficulty (logits)"),
        colour=Column("tasks", "tasks"),
        interval=("lower", "upper"),
    )


def without_family(evidence: Evidence) -> Finding:
    """Return the finding of a family that is not among the tasks with both human times and attempts."""
    suite, family = evidence.suite, evidence.family
    known = np.isfinite(task_times(suite).log_minutes)
    if not any(known[i] for i, own in enumerate(suite.counts.families) if own == family):
        return does_not_apply(f"The study has no human times of {family}.")
    return unknown(
        "no-attempts-without-a-limit", f"A limit ended all attempts at {family}, or there are none."
    )

"""Hardness adjustment: were tasks made easier until a pilot was short, so that times understate them?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from scipy.stats import t as student

from tasklaws.assess.check import ALPHA, Check, Finding, does_not_apply, unknown
from tasklaws.assess.checks._adjustment_words import drawn, sentence
from tasklaws.assess.checks._adjustments import (
    adjustments,
    fresh_over_pilot,
    human_minutes,
    shortest_pilots,
    suite_adjustments,
)
from tasklaws.assess.heaping import heap
from tasklaws.assess.many_tests import holm
from tasklaws.infer.irt.rasch import fit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasklaws.assess.evidence import Evidence
    from tasklaws.infer.arrays import Floats

MOST = 0.2
"""Share of tasks that may be adjusted and not timed anew; it moves a horizon by a fifth.

Source: formal model, D10.
"""
LEAST_PAIRS, LEAST_POINTS = 3, 3
LEVEL = 0.95
DRAWS = 399
"""Of the bootstrap of the time horizon's factor."""
MOST_UNDEFINED = 0.05
"""Share of draws without a factor above which its interval has no ends."""
_NO_FACTOR: dict[str, Any] = {"factor": None, "lower": None, "upper": None}


def judge(evidence: Evidence, rng: np.random.Generator) -> Finding:
    """Return whether tasks were fitted to their pilots, by what the study says and what the times show.

    It fails where more than a fifth of the tasks were adjusted and not timed anew, of the family or, where it
    has any, of the suite: whoever sets tasks does so for all families. It fails too where accepted pilots
    crowd below the longest one, or where fresh people need other times than pilots did; these two tests are
    judged together.
    """
    table = adjustments(evidence)
    if not evidence.human.height and np.isnan(human_minutes(evidence)).all():
        return _without_people(table)
    tests = {"heap": _heap(evidence, rng), "fresh": _fresh(evidence)}
    adjusted = dict(zip(tests, holm([one["p"] for one in tests.values()]), strict=True))
    least = min((p for p in adjusted.values() if p is not None), default=None)
    stale = _stale(table, evidence)
    fits, horizon = _fits(evidence, table, rng)
    details = {**stale, **tests, "fits": fits, "horizon": horizon, "tasks": table.to_dicts()}
    broken = stale["without_fresh"] > 0 and max(stale["share"], stale["suite_share"]) > MOST
    failed = [name for name, p in adjusted.items() if p is not None and p <= ALPHA]
    if not broken and not failed and stale["share_at_most"] > MOST:
        return unknown("versions-not-stated", sentence("not-stated", details), **details)
    reason = "stale" if broken else failed[0] if failed else "sound"
    return Finding(
        ok=reason == "sound",
        text=sentence(reason, details),
        statistic=stale["share"] if reason in {"stale", "sound"} else tests[reason]["statistic"],
        lower=tests["fresh"]["lower"] if reason == "fresh" else None,
        upper=tests["fresh"]["upper"] if reason == "fresh" else None,
        p=None if broken else least,
        details=details,
        chart=drawn(evidence, table, reason),
    )


def _without_people(table: pl.DataFrame) -> Finding:
    """Judge a family that nobody was timed at: one version for all of it is a release, not an adjustment."""
    changed = int(table["adjusted"].sum() or 0)
    if not changed or table["version"].n_unique() == 1:
        return does_not_apply("Nobody's times are known and no task was changed by itself.")
    text = f"{changed} of {table.height} tasks were changed, and no human times tell what that did."
    return unknown("no-human-times", text, tasks=table.to_dicts())


def _stale(table: pl.DataFrame, evidence: Evidence) -> dict[str, Any]:
    """Return how many tasks were adjusted and not timed anew, and at most how many where versions lack."""
    suite = suite_adjustments(evidence.suite)
    return {
        "n_tasks": table.height,
        "adjusted": int(table["adjusted"].sum() or 0),
        "without_fresh": _old(table),
        "without_fresh_at_most": _old(table, unstated=True),
        "share": _old(table) / max(table.height, 1),
        "share_at_most": _old(table, unstated=True) / max(table.height, 1),
        "suite_share": _old(suite) / max(suite.height, 1),
    }


def _old(table: pl.DataFrame, *, unstated: bool = False) -> int:
    return table.filter(pl.col("adjusted").fill_null(unstated) & ~pl.col("has_fresh")).height


def _heap(evidence: Evidence, rng: np.random.Generator) -> dict[str, Any]:
    pilots = shortest_pilots(evidence)
    found = heap(pilots, rng)
    if found is None:
        return {"p": None, "statistic": None, "pilots": pilots.size}
    return {
        "p": found.p,
        "statistic": found.close / pilots.size,
        "close": found.close,
        "pilots": pilots.size,
        "threshold_minutes": found.longest,
        "threshold_found": "longest accepted pilot",
        "from_minutes": found.longest * float(np.exp(-found.window)),
    }


def _fresh(evidence: Evidence) -> dict[str, Any]:
    """Test whether fresh people need what pilots did, task by task: Student's t of the log ratio."""
    ratio = fresh_over_pilot(evidence)
    nothing = {"p": None, "statistic": None, "lower": None, "upper": None, "tasks": ratio.size}
    if ratio.size < LEAST_PAIRS or not ratio.std() > 0:
        return nothing
    mean, se = float(ratio.mean()), float(ratio.std(ddof=1) / np.sqrt(ratio.size))
    reach = float(student.ppf((1 + LEVEL) / 2, ratio.size - 1)) * se
    p = float(2 * student.sf(abs(mean) / se, ratio.size - 1))
    return nothing | {"p": p, "statistic": mean, "lower": mean - reach, "upper": mean + reach}


def _fits(
    evidence: Evidence, table: pl.DataFrame, rng: np.random.Generator
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return lines of difficulty on log human time, and the time horizon, with adjusted tasks and without."""
    changed = dict(table.select("task_id", "adjusted").iter_rows())
    kept = np.array([not changed.get(task) for task in evidence.counts.tasks], dtype=bool)
    known = np.isfinite(minutes := human_minutes(evidence)) & (minutes > 0)
    if known.sum() < LEAST_POINTS or not evidence.counts.n.sum():
        return {"all": None, "unadjusted": None}, {"model": None, **_NO_FACTOR, "reason": "too-few-tasks"}
    counts = evidence.counts.unlimited()
    n = np.clip(counts.n, 0.0, None)
    known &= n.sum(axis=1) > 0
    found = fit(np.clip(counts.k, 0.0, n), n, counts.floor)
    logs = np.log(minutes[known])
    lines = {
        "all": _slope(logs, found.difficulty[known]),
        "unadjusted": _slope(logs[kept[known]], found.difficulty[known & kept]),
    }
    last = int(np.flatnonzero(n.sum(axis=0) > 0)[-1])
    factor = horizon_factor(logs, found.difficulty[known], kept[known], float(found.ability[last]), rng)
    return lines, {"model": counts.models[last], **factor}


def _slope(x: Floats, y: Floats) -> dict[str, float] | None:
    """Return the least-squares slope and its standard error; None of fewer than three different places."""
    if np.unique(x).size < LEAST_POINTS:
        return None
    away = x - x.mean()
    slope = float(away @ y / (away @ away))
    rest = y - y.mean() - slope * away
    return {"slope": slope, "se": float(np.sqrt(rest @ rest / (x.size - 2) / (away @ away)))}


def horizon_factor(
    logs: Floats, difficulty: Floats, kept: NDArray[np.bool_], ability: float, rng: np.random.Generator
) -> dict[str, Any]:
    """Return by what factor adjusted tasks move a model's time horizon, with a bootstrap over tasks.

    The time horizon is where the line of difficulty on log human time reaches the model's ability.

    Args:
        logs: log minutes of the tasks.
        difficulty: of the tasks, in logits.
        kept: whether a task was never adjusted.
        ability: of the model, in logits.
        rng: of the bootstrap.
    """
    if kept.all():
        return _NO_FACTOR | {"reason": "no-task-was-adjusted"}
    if np.unique(logs[kept]).size < LEAST_POINTS:
        return _NO_FACTOR | {"reason": "too-few-tasks-were-not-adjusted"}
    drawn = rng.multinomial(logs.size, np.full(logs.size, 1 / logs.size), DRAWS)
    weights = np.vstack([np.ones(logs.size), drawn])
    with_all, without = (_where(logs, difficulty, one, ability) for one in (weights, weights * kept))
    with np.errstate(over="ignore"):
        factors = np.exp(with_all - without)
    factor, draws = factors[0], factors[1:][np.isfinite(factors[1:])]
    if not np.isfinite(factor):
        return _NO_FACTOR | {"reason": "difficulty-does-not-rise-with-human-time"}
    if draws.size < (1 - MOST_UNDEFINED) * DRAWS:
        return _NO_FACTOR | {"factor": float(factor), "reason": "slopes-may-be-0, so the interval is open"}
    lower, upper = (float(end) for end in np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]))
    return {"factor": float(factor), "lower": lower, "upper": upper, "reason": None}


def _where(x: Floats, y: Floats, weights: Floats, ability: float) -> Floats:
    """Return where lines reach `ability`, one for each row of weights; NaN of a line that does not rise."""
    with np.errstate(divide="ignore", invalid="ignore"):
        total = weights.sum(axis=1)
        mean_x, mean_y = weights @ x / total, weights @ y / total
        slope = (weights @ (x * y) / total - mean_x * mean_y) / (weights @ (x * x) / total - mean_x**2)
        where: Floats = mean_x + (ability - mean_y) / slope
    return np.where((slope > 0) & np.isfinite(slope), where, np.nan)


CHECK = Check(
    name="hardness_adjustment",
    diagnostic="D10",
    letter="C7",
    summary="tasks were made easier until a pilot was short, so that their human times understate them",
    source="formal model, D10 and P19; McCrary 2008; Holm 1979",
    status="emerging",
    judge=judge,
)

"""Which tasks were changed after they were made, and what people needed before and after.

What the log of the study tells of adjustments stands beside the versions that the task records state. A time
is one of the task as it is only where it was taken at the version that is in force.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasklaws.spec.life_cycle import numbers_of, same_version
from tasklaws.study.folder import Study
from tasklaws.study.task_history import TaskHistory, task_histories

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tasklaws.assess.evidence import Evidence, Suite
    from tasklaws.infer.arrays import Floats

PILOT = "pilot"
NO_ATTEMPTS = (PILOT, "estimate")
"""Sources of times that are no fresh attempts: estimates are nobody's, pilots were picked."""

SCHEMA = {
    "task_id": pl.String,
    "version": pl.String,
    "adjusted": pl.Boolean,
    "has_pilot": pl.Boolean,
    "has_fresh": pl.Boolean,
}


def adjustments(evidence: Evidence) -> pl.DataFrame:
    """Return what is known of the changes to each task of the family, sorted by task.

    Columns:
        task_id, version: as the study states it, and as adjustments left it; null where nothing is stated.
        adjusted: the log tells so, or the version is above 1; null where neither tells.
        has_pilot: a pilot was timed at this version.
        has_fresh: somebody was timed at this version who is no pilot.

    A time that states no version, and that no adjustment left behind, is taken to be of this version.
    """
    return _changes(evidence.counts.tasks, evidence.tasks, evidence.human, evidence.suite)


def suite_adjustments(suite: Suite) -> pl.DataFrame:
    """Return the same of every task of the suite."""
    return _changes(suite.counts.tasks, suite.tasks, suite.human, suite)


def _changes(counted: Sequence[str], tasks: pl.DataFrame, human: pl.DataFrame, suite: Suite) -> pl.DataFrame:
    histories = _histories(suite)
    versions = dict.fromkeys(counted) | _versions(tasks, suite.metric)
    timed = human.filter(pl.col("minutes").is_not_null())
    now, source = _marked(timed, versions, histories).filter("current"), _source()
    pilots = set(now.filter(source == PILOT)["task_id"])
    fresh = set(now.filter(~source.is_in(NO_ATTEMPTS))["task_id"])
    rows = [
        (task, own, _adjusted(own, histories.get(task)), task in pilots, task in fresh)
        for task, own in sorted(versions.items())
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _histories(suite: Suite) -> dict[str, TaskHistory]:
    """Return what the log of the suite's study tells of tasks; nothing of a suite without a study."""
    return task_histories(Study(suite.folder).log.entries()) if suite.folder else {}


def _versions(tasks: pl.DataFrame, metric: str) -> dict[str, str | None]:
    """Return the version of each task; the record of the target metric stands."""
    if not tasks.height:
        return {}
    told = tasks.sort(pl.col("metric") == metric, maintain_order=True).select("task_id", "version")
    return dict(told.iter_rows())


def _adjusted(version: str | None, history: TaskHistory | None) -> bool | None:
    return True if history and history.made(version) else later(version)


def _marked(
    human: pl.DataFrame, versions: Mapping[str, str | None], histories: Mapping[str, TaskHistory]
) -> pl.DataFrame:
    """Return people's times with the column `current`: taken at the version that is in force."""
    stated = human["task_version"] if "task_version" in human.columns else [None] * human.height
    named = zip(human["task_id"], human["run_id"], stated, strict=True)
    current = [_current(*one, versions, histories) for one in named]
    return human.with_columns(pl.Series("current", current, dtype=pl.Boolean))


def _current(
    task: str,
    run_id: str,
    stated: str | None,
    versions: Mapping[str, str | None],
    histories: Mapping[str, TaskHistory],
) -> bool:
    now = versions.get(task)
    return same_version(histories.get(task, _NOTHING).version_of_time(run_id, stated, now), now)


_NOTHING = TaskHistory()


def _source() -> pl.Expr:
    """Return the source of a time; one that is not stated is an ordinary baseline."""
    return pl.col("source").fill_null("baseline").str.to_lowercase()


def later(version: str | None) -> bool | None:
    """Return whether a version is above 1; None where it is no number."""
    numbers = numbers_of(version)
    return None if numbers is None else numbers > (1,)


def shortest_pilots(evidence: Evidence) -> Floats:
    """Return the shortest pilot of each task that has one, in minutes: the one that was accepted."""
    pilots = _done(evidence).filter(_source() == PILOT)
    least = pilots.group_by("task_id").agg(pl.col("minutes").min()).sort("task_id")
    return least["minutes"].to_numpy().astype(float)


def fresh_over_pilot(evidence: Evidence) -> Floats:
    """Return mean log fresh time less mean log pilot of each task that has both, of shape (tasks,)."""
    source, log = _source(), pl.col("minutes").log()
    means = (
        _done(evidence)
        .group_by("task_id")
        .agg(
            log.filter(~source.is_in(NO_ATTEMPTS)).mean().alias("fresh"),
            log.filter(source == PILOT).mean().alias("pilot"),
        )
        .drop_nulls()
        .sort("task_id")
    )
    return (means["fresh"] - means["pilot"]).to_numpy().astype(float)


def _done(evidence: Evidence) -> pl.DataFrame:
    """Return the times, at the versions in force, of people who finished: giving up is no time of a task."""
    done = evidence.human.filter((pl.col("minutes") > 0) & (pl.col("score").fill_null(1.0) > 0))
    marked = _marked(done, _versions(evidence.tasks, evidence.suite.metric), _histories(evidence.suite))
    return marked.filter("current")


def human_minutes(evidence: Evidence) -> Floats:
    """Return the human time of each counted task, NaN where it is not known."""
    known: dict[str, float] = {}
    if evidence.tasks.height:
        known = dict(evidence.tasks.select("task_id", "human_minutes").drop_nulls().iter_rows())
    return np.array([known.get(task, np.nan) for task in evidence.counts.tasks], dtype=float)

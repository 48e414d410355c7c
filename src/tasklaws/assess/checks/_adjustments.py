"""Which tasks were changed after they were made, and what people needed before and after."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.assess.evidence import Evidence, Suite
    from tasklaws.infer.arrays import Floats

PILOT = "pilot"
NO_ATTEMPTS = (PILOT, "estimate")
"""Sources of times that are no fresh attempts: estimates are nobody's, pilots were picked."""
_VERSION = re.compile(r"v?(\d+(?:\.\d+)*)$", re.IGNORECASE)

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
        task_id, version: as the study states it; null where it does not.
        adjusted: the version is above 1; null where no number is stated.
        has_pilot: a pilot was timed.
        has_fresh: somebody was timed who is no pilot; taken to have worked at this version.
    """
    return _changes(evidence.counts.tasks, evidence.tasks, evidence.human, evidence.suite.metric)


def suite_adjustments(suite: Suite) -> pl.DataFrame:
    """Return the same of every task of the suite."""
    return _changes(suite.counts.tasks, suite.tasks, suite.human, suite.metric)


def _changes(counted: Sequence[str], tasks: pl.DataFrame, human: pl.DataFrame, metric: str) -> pl.DataFrame:
    versions: dict[str, str | None] = dict.fromkeys(counted)
    if tasks.height:
        # The row of the target metric comes last and stands.
        told = tasks.sort(pl.col("metric") == metric, maintain_order=True).select("task_id", "version")
        versions |= dict(told.iter_rows())
    timed = human.filter(pl.col("minutes").is_not_null())
    source = _source()
    pilots = set(timed.filter(source == PILOT)["task_id"])
    fresh = set(timed.filter(~source.is_in(NO_ATTEMPTS))["task_id"])
    rows = [(task, own, later(own), task in pilots, task in fresh) for task, own in sorted(versions.items())]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _source() -> pl.Expr:
    """Return the source of a time; one that is not stated is an ordinary baseline."""
    return pl.col("source").fill_null("baseline").str.to_lowercase()


def later(version: str | None) -> bool | None:
    """Return whether a version is above 1; None where it is no number."""
    found = _VERSION.match(version.strip()) if version else None
    if found is None:
        return None
    numbers = [int(part) for part in found.group(1).split(".")]
    while numbers[-1] == 0 and len(numbers) > 1:
        numbers.pop()
    return numbers > [1]


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
    """Return the times of people who finished: that of giving up is no time of the task."""
    return evidence.human.filter((pl.col("minutes") > 0) & (pl.col("score").fill_null(1.0) > 0))


def human_minutes(evidence: Evidence) -> Floats:
    """Return the human time of each counted task, NaN where it is not known."""
    known: dict[str, float] = {}
    if evidence.tasks.height:
        known = dict(evidence.tasks.select("task_id", "human_minutes").drop_nulls().iter_rows())
    return np.array([known.get(task, np.nan) for task in evidence.counts.tasks], dtype=float)

"""The hazard within runs, from the steps that attempts of a study had right, family by family."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tasklaws.assess.checks._subtask_steps import MILESTONES, lengths_of
from tasklaws.infer.horizon.step_hazard import fit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.assess.evidence import Suite
    from tasklaws.infer.arrays import Floats

FEWEST = 2
"""Steps of a run that can tell."""


@dataclass(frozen=True)
class StepHazards:
    """By how much a step goes wrong more often behind the first error of its run, in one family."""

    lineage: str
    family: str
    times: float | None
    lower: float | None
    upper: float | None
    p: float | None
    """Of the null that errors do not breed errors."""
    runs: int
    reason: str | None = None

    def document(self) -> dict[str, Any]:
        """Return the row as JSON."""
        return asdict(self)


def step_hazards(suite: Suite) -> Iterator[StepHazards]:
    """Yield a row for each family, attempts of which tell how many of their steps were right."""
    own = pl.col("elicitation").fill_null("default") == suite.elicitation
    marked = suite.runs.filter(own & (pl.col("metric") == MILESTONES) & pl.col("score").is_between(0, 1))
    for family in suite.families:
        runs = marked.filter(pl.col("task_family") == family)
        if runs.height:
            yield _row(suite, family, runs)


def _row(suite: Suite, family: str, runs: pl.DataFrame) -> StepHazards:
    told = runs.select("model", "task_id", "instance_id", pl.col("score").alias(MILESTONES))
    length = lengths_of(told)
    told = told.join(length, on=["task_id", "instance_id"], nulls_equal=True, maintain_order="left")
    whole = told.filter((pl.col("length") >= FEWEST) & (pl.col("length") == pl.col("length").round()))
    counted = dict(_counts(whole, suite.models))
    if not counted:
        return StepHazards(suite.lineage, family, None, None, None, None, 0, "no run has two steps or more")
    found = fit(counted)
    return StepHazards(
        suite.lineage, family, found.times, found.lower, found.upper, found.p, whole.height, found.reason
    )


def _counts(told: pl.DataFrame, models: tuple[str, ...]) -> Iterator[tuple[int, Floats]]:
    """Yield steps, and how many runs of each model had 0, 1, ... of them right."""
    place = {model: row for row, model in enumerate(models)}
    for (length,), own in told.group_by("length", maintain_order=True):
        steps = int(length)
        counts = np.zeros((len(models), steps + 1))
        right = (own[MILESTONES] * steps).round().cast(pl.Int64)
        for model, done in zip(own["model"], right, strict=True):
            if model in place:
                counts[place[model], done] += 1
        yield steps, counts

"""Contaminated items: the score without what a tenth of items solved from memory would have given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasklaws.dossier.stress._families import POINTS, Changes
from tasklaws.dossier.stress._rated import QUESTION
from tasklaws.dossier.stress._scenario import Effect, Scenario
from tasklaws.study.attempts import DEFAULT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasklaws.dossier.stress._rated import Rated

    Floats = NDArray[np.float64]

SHARE = 0.1
"""Share of the items that are taken to be known by heart."""
LEAST_MODELS = 3
"""Models that must have been asked the same questions before it is told what they all solve."""


def run(rated: Rated) -> Effect:
    """Return by how much the score is lower if a tenth of the items was solved by memory alone."""
    changes = _changes(rated)
    lower, upper = changes.interval()
    effect = POINTS * changes.mean
    return Effect(
        effect, max(POINTS * lower, -POINTS * SHARE), min(POINTS * upper, 0.0), _method(rated, changes)
    )


def _changes(rated: Rated) -> Changes:
    rows = (
        rated.cells.join(rated.floors, on="task_id", how="left")
        .group_by("task_family")
        .agg(
            pl.coalesce("k", "sum").sum().alias("total"),
            pl.col("n").sum().cast(pl.Float64),
            pl.col("floor").fill_null(0.0).mean(),
        )
        .sort("task_family")
    )
    total, n, floors = (rows[name].to_numpy() for name in ("total", "n", "floor"))
    score = total / n
    change = without(score, floors) - score
    slope = np.where(change > floors - score, SHARE / (1 - SHARE), 1.0)
    variance = slope**2 * (total + 0.5) * (n - total + 0.5) / (n + 1) ** 2 / n
    return Changes(tuple(rows["task_family"]), change, variance, int(n.sum()), rated.families)


def without(score: Floats, floor: Floats, share: float = SHARE) -> Floats:
    """Return the score on the other items if a share of all was solved by memory: at least what guessing has.

    It is (k - c n) / (n - c n), and never above the score itself.
    """
    rest: Floats = (score - share) / (1 - share)
    return np.minimum(np.maximum(rest, floor), score)


def _method(rated: Rated, changes: Changes) -> str:
    text = (
        f"Arithmetic, not detection: (k - c n) / (n - c n) with c = {SHARE:g} in each family, never below "
        f"what guessing scores; mean of {len(changes.families)} families"
    )
    return f"{text}{_always_solved(rated)}."


def _always_solved(rated: Rated) -> str:
    """Return how many of the model's questions every other model solves that was asked them; no verdict."""
    runs = rated.study.runs().filter(
        pl.col("metric") == rated.metric,
        pl.col("elicitation").fill_null(DEFAULT) == rated.elicitation,
        pl.col("instance_id").is_not_null() & pl.col("score").is_not_null(),
    )
    key = [pl.col("task_family"), pl.col("task_id"), pl.col("instance_id").alias("question")]
    asked = runs.group_by(key).agg(
        pl.col("model").n_unique().alias("models"), (pl.col("score") >= 1).all().alias("solved")
    )
    own = runs.filter(pl.col("model") == rated.model).group_by(key).len()
    shared = asked.join(own, on=list(QUESTION), how="semi").filter(pl.col("models") >= LEAST_MODELS)
    if not shared.height:
        return ""
    solved = int(shared["solved"].sum())
    return (
        f"; of {shared.height} questions that at least {LEAST_MODELS} models were asked, all solve {solved}"
    )


SCENARIO = Scenario(
    "contaminated_items",
    "Contaminated items",
    "the score if a tenth of the items had been solved by memory alone",
    source="arithmetic of counts; arXiv 2311.01964 (what leaked items do to scores)",
    status="emerging",
    run=run,
    assumes="Memory solves its items for sure, and they would have been as hard as the others.",
    cannot_tell="Whether any item was seen in training: it is arithmetic on counts, not detection.",
)

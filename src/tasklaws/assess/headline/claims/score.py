"""What the model furthest up the ladder scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tasklaws.assess.headline.claim import Claim
from tasklaws.assess.headline.maker import Maker
from tasklaws.assess.headline.means import Mean, mean_of
from tasklaws.assess.headline.words import count, estimate, outside, percent

if TYPE_CHECKING:
    from tasklaws.assess.headline.known import Known

PLACES = {"released": "the newest", None: "the highest-scoring"}
"""Axis of the ladder -> why this model; on every other axis it is the largest."""


def make(known: Known) -> Claim | None:
    """Return the mean score of the top model over its tasks."""
    if known.top is None or not known.shares:
        return None
    cells = known.of(known.top)
    found, models = mean_of(cells), known.cells["model"].n_unique()
    which = PLACES.get(known.axis, "the largest")
    told = estimate(found.value, found.lower, found.upper)
    return Claim(
        "score",
        f"{known.top}, {which} of {count(models, 'model')}, scores {told} on average over "
        f"{count(found.tasks, 'task')} (metric: {cells['metric'][0]}). The interval is for these tasks only.",
        "observed",
        known.parts(known.top),
        _change(cells, found),
    )


def _change(cells: pl.DataFrame, found: Mean) -> str:
    """Return what would move the score: its limits, where they ended attempts, and what fresh ones may do."""
    beyond = outside(found.lower, found.upper)
    fresh = f"{count(found.attempts, 'fresh attempt')} that average {beyond} (chance alone: one time in ten)."
    limited = int(cells["n_limit"].fill_null(0).sum())
    if not limited:
        return fresh
    spare = pl.min_horizontal(pl.col("n_limit").fill_null(0), pl.col("n") - pl.coalesce("k", "sum"))
    lifted = cells.select((pl.coalesce("k", "sum") + spare) / pl.col("n")).to_series()
    most = float(lifted.sum()) / len(lifted)
    ended = f"the {count(limited, 'attempt')} that a limit ended"
    return f"Had {ended} succeeded, it would be {percent(most)}. Or {fresh}"


CLAIM = Maker("score", 10, make)

"""A cliff at a place that is known beforehand: by how much scores drop there, beyond what size explains.

The gap index looks for a cliff anywhere and has no power over few tasks. Where the paths of the attempts
turn, they name one place, and a test there has power. Rates follow a line in log size, a bend too where there
are five sizes, with a level for each model and a drop beyond the place. What a model's rates stray from this
belongs to the model, so errors are clustered by model; items that are hard for all models add to them. The
studentised drop is compared with families of the same design, models and scatter that have no drop.

A single size that is hard of itself, by more than its place among the sizes and its items tell, is no scatter
of models and is taken for a drop where it falls on the place: hence two sizes on either side, and the width
of a rung step that the check asks for.

Source: formal model, D3 and P8; Cameron, Gelbach & Miller 2011 (clusters of two kinds); Besag & Clifford 1991
(drawing until enough is known).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasklaws.assess.checks._decline import by_model, decline, fit, rate, scatter
from tasklaws.assess.checks._path_turn import answered, size_of, turn

if TYPE_CHECKING:
    from tasklaws.assess.checks._decline import Fit
    from tasklaws.assess.checks._path_turn import Turn
    from tasklaws.assess.checks._rungs import Rungs
    from tasklaws.assess.evidence import Counts, Evidence
    from tasklaws.infer.arrays import Floats

BATCH, BATCHES, ENOUGH = 199, 20, 20
"""Families are drawn by the batch, until enough of them drop as much, or at the last: a p that many tests
share has to be known to a part of itself."""
FEWER = 2_000
"""Cells above which half of the batches have to do."""
BESIDE = 2
"""Sizes that are needed on either side: a drop at a single one is no more than that one being hard."""
LEAST_MODELS = 3
"""Models with successes and failures."""


@dataclass(frozen=True)
class Drop:
    """A drop of scores beyond the place at which paths turn."""

    turn: Turn
    size: float
    """In logits, positive where scores fall."""
    error: float
    p: float
    """One-sided: of the null that there is no drop; 1 where it is not surely wider than a rung step."""
    models: int
    """That tell of it."""
    scatter: float
    """Standard deviation of single cells around the decline, in logits."""
    item_error: float
    """The part of `error` that comes of the choice of items."""


def declared_cliff(rungs: Rungs, evidence: Evidence, rng: np.random.Generator) -> Drop | None:
    """Return the drop where the paths turn; None where no place is named, or too little lies beside it."""
    sizes = {task: own for task in rungs.counts.tasks if (own := size_of(task)) is not None}
    if len(sizes) < len(rungs.counts.tasks) or telling(rungs.counts) < LEAST_MODELS:
        return None
    attempts, size = answered(evidence), np.array(list(sizes.values()))
    at = turn(attempts, sizes)
    if at is None or min(len({*size[size <= at.size]}), len({*size[size > at.size]})) < BESIDE:
        return None
    smooth, beyond = decline(size), np.where(size > at.size, -1.0, 0.0)
    full = np.column_stack([smooth, beyond])
    counts = rungs.counts
    found = fit(counts.k, counts.n, counts.floor, full)
    item = float(np.sqrt(item_variance(found, counts, attempts)))
    error = float(np.hypot(by_model(found, counts.k, counts.n, counts.floor), item))
    drop, sd = float(found.along[-1]), scatter(found, full, counts.k, counts.n, counts.floor)
    p = 1.0
    if drop - error > rungs.step:
        null = fit(counts.k, counts.n, counts.floor, smooth)
        p = _p(drop / error, counts, _Null(null.eta, sd, item, full, found), rng)
    return Drop(at, drop, error, p, telling(counts), sd, item)


@dataclass(frozen=True)
class _Null:
    """Families of one design that have no drop."""

    eta: Floats
    scatter: float
    item_error: float
    columns: Floats
    start: Fit
    """From which fits of them climb."""


def _p(t: float, counts: Counts, null: _Null, rng: np.random.Generator) -> float:
    """Return how often families without a drop have a studentised one of `t` or more."""
    above, drawn, n = 0, 0, np.rint(counts.n)
    last = BATCH * BATCHES // (1 + (n.size > FEWER))
    while above < ENOUGH and drawn < last:
        eta = null.eta + null.scatter * rng.standard_normal((BATCH, *n.shape))
        k = rng.binomial(n.astype(int), rate(eta, counts.floor)).astype(float)
        again = fit(k, n, counts.floor, null.columns, null.start)
        drop = again.along[:, -1] + null.item_error * rng.standard_normal(BATCH)
        above += int((drop >= t * np.hypot(by_model(again, k, n, counts.floor), null.item_error)).sum())
        drawn += BATCH
    return (above + 1) / (drawn + 1)


def telling(counts: Counts) -> int:
    """Return how many models have successes and failures."""
    k, n = counts.k.sum(axis=0), counts.n.sum(axis=0)
    return int(((k > 0) & (k < n)).sum())


def item_variance(found: Fit, counts: Counts, attempts: pl.DataFrame) -> float:
    """Return the variance of the last coefficient from items that are hard for several models at once.

    Products of what different models do at one item, each less its mean at the task: without such items they
    are 0 on average, and so where no two models share an item.
    """
    cells = pl.DataFrame(
        {
            "task_id": np.repeat(counts.tasks, len(counts.models)),
            "model": np.tile(counts.models, len(counts.tasks)),
            "reach": found.reach.ravel(),
        }
    )
    own = (pl.col("reach") * pl.col("score")).sum().alias("pull")
    placed = attempts.drop_nulls("instance_id").join(cells, on=["task_id", "model"])
    pulls = placed.group_by("task_id", "model", "instance_id", maintain_order=True).agg(own)
    centred = pulls.with_columns(pl.col("pull") - pl.col("pull").mean().over("task_id", "model"))
    items = centred.group_by("task_id", "instance_id", maintain_order=True).agg(
        pl.col("pull").sum().alias("all"), (pl.col("pull") ** 2).sum().alias("each")
    )
    tasks = (
        items.group_by("task_id", maintain_order=True)
        .agg(pl.len().alias("items"), (pl.col("all") ** 2 - pl.col("each")).sum().alias("shared"))
        .filter(pl.col("items") > 1)
    )
    found_shared = (tasks["shared"] * tasks["items"] / (tasks["items"] - 1)).sum()
    return max(0.0, float(found_shared))

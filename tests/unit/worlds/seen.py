"""What the tests of worlds look at: runs of a world, and means of their scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tasklaws.spec.world import Drawn, WorldOptions
from tasklaws.worlds import WORLDS
from tasklaws.worlds._ladder import height

if TYPE_CHECKING:
    from collections.abc import Iterator


def drawn(name: str, rungs: int = 8, runs: int = 100_000, seed: int = 0) -> tuple[Drawn, pl.DataFrame]:
    """Return what the world called `name` draws, and its runs in one table."""
    world = WORLDS[name].draw(WorldOptions(rungs, runs, seed))
    return world, pl.concat(list(world.runs))


def cells(world: Drawn, runs: pl.DataFrame) -> pl.DataFrame:
    """Return a row per model and task: log10 of compute, attempts, mean and true rate of each metric."""
    key = ["model", "task_family", "task_id"]
    seen = runs.group_by(*key, "metric", maintain_order=True).agg(pl.len().alias("n"), pl.col("score").mean())
    wide = seen.pivot("metric", index=[*key, "n"], values="score")
    true = pl.DataFrame(world.truth["cells"], infer_schema_length=None).pivot(
        "metric", index=["model", "task_id"], values="rate"
    )
    places = pl.DataFrame(
        {"model": [r.model for r in world.rungs], "height": [height(r) for r in world.rungs]}
    )
    return wide.join(places, on="model").join(true, on=["model", "task_id"], suffix="_true")


def by_task(frame: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield each task and its rows, in the order of the ladder."""
    for (task,), own in frame.group_by("task_id", maintain_order=True):
        yield str(task), own.sort("height")

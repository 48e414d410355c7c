"""What the tests of worlds look at: runs of a world, and means of their scores."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.spec.world import Drawn, WorldOptions
from tasklaws.worlds import WORLDS
from tasklaws.worlds._ladder import height

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True)
class Seen:
    """A world as it was drawn."""

    world: Drawn
    runs: pl.DataFrame

    @property
    def truth(self) -> Mapping[str, Any]:
        """Return the truth of the world."""
        return self.world.truth

    @cached_property
    def cells(self) -> pl.DataFrame:
        """Return a row per model and task: log10 of compute, attempts, mean and true rate of each metric."""
        key = ["model", "task_family", "task_id"]
        means = self.runs.group_by(*key, "metric", maintain_order=True).agg(
            pl.len().alias("n"), pl.col("score").mean()
        )
        true = pl.DataFrame(self.truth["cells"], infer_schema_length=None).pivot(
            "metric", index=["model", "task_id"], values="rate"
        )
        heights = {rung.model: height(rung) for rung in self.world.rungs}
        wide = means.pivot("metric", index=[*key, "n"], values="score")
        placed = wide.with_columns(pl.col("model").replace_strict(heights).alias("height"))
        return placed.join(true, on=["model", "task_id"], suffix="_true")


@lru_cache
def seen(name: str, rungs: int = 8, runs: int = 100_000, seed: int = 0) -> Seen:
    """Return what the world called `name` draws."""
    world = WORLDS[name].draw(WorldOptions(rungs, runs, seed))
    return Seen(world, pl.concat(list(world.runs)))


def by_task(frame: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield each task and its rows, in the order of the ladder."""
    for (task,), own in frame.group_by("task_id", maintain_order=True):
        yield str(task), own.sort("height")

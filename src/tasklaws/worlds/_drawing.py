"""From laws of cells to what a world draws: runs, one table per model, the tasks, and the truth.

A world states a `CellLaw` for each model, task and harness: the true mean of every score, and how attempts
are drawn. The truth is written from the stated means, never from what was drawn.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tasklaws.core.tables import TASKS
from tasklaws.metrics import METRICS
from tasklaws.spec.harness import Harness
from tasklaws.spec.world import Drawn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tasklaws.spec.ladder import Rung
    from tasklaws.spec.world import WorldOptions

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DEFAULT = Harness()


@dataclass(frozen=True, eq=False)
class Texts:
    """A column of few different texts: entry i is ``texts[codes[i]]``."""

    texts: tuple[str, ...]
    codes: Ints


@dataclass(frozen=True, eq=False)
class Attempts:
    """Attempts of one model at one task."""

    scores: Mapping[str, Floats]
    """Metric -> scores, each of shape (attempts,)."""
    outcome: str | Texts = "submitted"
    path: str | Texts | None = None


Draw = Callable[[int, np.random.Generator], Attempts]
"""Return so many attempts."""


@dataclass(frozen=True)
class WorldTask:
    """A task of a world."""

    family: str
    size: int | str
    human_minutes: float | None = None
    floor: float = 0.0
    """What guessing scores in ``exact``."""
    identical_items: bool = False
    """Whether every model answers the same instances; else they are drawn anew."""
    version: str = "1"

    @property
    def task_id(self) -> str:
        """Return the name of the task in every table."""
        return f"{self.family}/{self.size}"


@dataclass(frozen=True, eq=False)
class CellLaw:
    """The law of what one model scores on one task under one harness."""

    rung: Rung
    task: WorldTask
    rates: Mapping[str, float]
    """Metric -> true mean score; every metric that `draw` scores."""
    draw: Draw
    harness: Harness = DEFAULT


def generator(options: WorldOptions, code: str, *part: int) -> np.random.Generator:
    """Return the source of randomness of a world, or of one `part` of it, that its seed stands for."""
    return np.random.default_rng(np.random.SeedSequence(options.seed, spawn_key=(int(code[1:]), *part)))


def binary(rate: float) -> Draw:
    """Return how to draw attempts that are right with probability `rate`, each by itself."""
    return lambda n, rng: Attempts({"exact": right_or_wrong(rate, n, rng)})


def right_or_wrong(rate: float, n: int, rng: np.random.Generator) -> Floats:
    """Return `n` scores, each 1 with probability `rate` and else 0."""
    return (rng.random(n) < rate).astype(float)


def drawn(
    options: WorldOptions,
    code: str,
    rungs: tuple[Rung, ...],
    laws: Sequence[CellLaw],
    *,
    about: Mapping[str, Any],
    human: pl.DataFrame | None = None,
) -> Drawn:
    """Return what a world with these `laws` draws: the same number of attempts from each of them.

    Args:
        options: how much to draw.
        code: code of the world; its randomness is its own.
        rungs: the ladder.
        laws: one for each model, task and harness, in the order in which runs are written.
        about: parameters of the world, and what it is about, for the truth; JSON.
        human: table of the schema ``human_times``.
    """
    n = math.ceil(options.runs / len(laws))
    truth = {**about, "attempts_per_cell": n, "cells": _truth(laws)}
    return Drawn(_tables(options, code, rungs, laws, n), _tasks(laws, n), rungs, truth, human)


def _truth(laws: Sequence[CellLaw]) -> list[dict[str, Any]]:
    return [
        {
            "model": law.rung.model,
            "task_id": law.task.task_id,
            "harness_id": law.harness.harness_id,
            "elicitation": law.harness.elicitation,
            "metric": metric,
            "rate": float(rate),
        }
        for law in laws
        for metric, rate in law.rates.items()
    ]


def _tasks(laws: Sequence[CellLaw], n: int) -> pl.DataFrame:
    metrics = {(law.task.task_id, metric): law.task for law in laws for metric in law.rates}
    rows = [
        {
            "task_id": task_id,
            "task_family": task.family,
            "metric": metric,
            "direction": METRICS[metric].direction,
            "floor": task.floor if metric == "exact" else None,
            "n_items": n,
            "identical_items": task.identical_items,
            "human_minutes": task.human_minutes,
            "human_source": None if task.human_minutes is None else "simulated",
            "version": task.version,
        }
        for (task_id, metric), task in metrics.items()
    ]
    return pl.DataFrame(rows, schema=dict(TASKS.dtypes()))


def _tables(
    options: WorldOptions, code: str, rungs: Sequence[Rung], laws: Sequence[CellLaw], n: int
) -> Iterator[pl.DataFrame]:
    """Yield the runs of each model; what one model draws does not depend on the others."""
    of_model: dict[str, list[CellLaw]] = {rung.model: [] for rung in rungs}
    for law in laws:
        of_model[law.rung.model].append(law)
    for number, (model, own) in enumerate(of_model.items(), start=1):
        yield table(model, own, n, generator(options, code, number))


def table(model: str, laws: Sequence[CellLaw], n: int, rng: np.random.Generator) -> pl.DataFrame:
    """Return `n` attempts from each of the `laws` of one model: a block of n rows per law and metric."""
    attempts = [law.draw(n, rng) for law in laws]
    blocks = [(law, made, metric) for law, made in zip(laws, attempts, strict=True) for metric in law.rates]
    facts = pl.DataFrame([_facts(law, metric) for law, _, metric in blocks], schema=_FACTS)
    labelled = facts.select(pl.all().gather(np.repeat(np.arange(len(blocks)), n)))
    numbers = pl.Series(np.arange(n)).cast(pl.String)
    return labelled.with_columns(
        pl.lit(model).alias("model"),
        pl.lit(0, pl.Int64).alias("epoch"),
        numbers.gather(np.tile(np.arange(n), len(blocks))).alias("instance_id"),
        pl.Series("score", np.concatenate([made.scores[metric] for _, made, metric in blocks])),
        _column("outcome", [made.outcome for _, made, _ in blocks], n),
        _column("path", [made.path for _, made, _ in blocks], n),
    )


_FACTS = dict.fromkeys(("task_family", "task_id", "metric", "unit", "harness_id", "elicitation"), pl.String)


def _facts(law: CellLaw, metric: str) -> dict[str, str | None]:
    unit = METRICS[metric].unit
    return {
        "task_family": law.task.family,
        "task_id": law.task.task_id,
        "metric": metric,
        "unit": None if unit == "share" else unit,
        "harness_id": law.harness.harness_id,
        "elicitation": law.harness.elicitation,
    }


def _column(name: str, blocks: Sequence[str | Texts | None], n: int) -> pl.Series:
    """Return `blocks` of n texts below each other."""
    known = dict.fromkeys(
        text for block in blocks for text in (block.texts if isinstance(block, Texts) else (block,))
    )
    number = {text: i for i, text in enumerate(known)}
    codes = [
        np.array([number[text] for text in block.texts])[block.codes]
        if isinstance(block, Texts)
        else np.full(n, number[block])
        for block in blocks
    ]
    return pl.Series(name, list(known), pl.String).gather(np.concatenate(codes))

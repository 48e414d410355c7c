"""Suites with human times: difficulty and log time of known relation, counts and baselines drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.special import expit
from tests.characteristics.design import drawn_suite

from tasklaws.core.tables import HUMAN_TIMES
from tasklaws.spec.world import WorldOptions
from tasklaws.worlds import WORLDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.assess.evidence import Suite
    from tasklaws.spec.world import Drawn

    Floats = np.ndarray

DRAWN = 32
"""Draws of the tasks and people of a world; counts are drawn anew each time."""
PERSON_SD = 0.6
"""Of log time, between people at one task."""


@dataclass(frozen=True)
class Size:
    """How much is asked of whom."""

    families: int = 10
    tasks: int = 6
    """Of a family."""
    rungs: int = 6
    seeds: int = 1
    """Models of a rung."""
    runs: int = 8
    people: int = 4
    """Baselines of a task."""
    shock: float = 0.0
    """Of a model in a family, in logits."""


def by_family(size: Size) -> np.ndarray:
    """Return the family of each task."""
    return np.repeat(np.arange(size.families), size.tasks)


def timed(difficulty: Floats, log_time: Floats, size: Size, rng: np.random.Generator) -> Suite:
    """Return counts of models from -2.5 to 2.5 logits, and baselines of people who all finish."""
    family = by_family(size)
    ability = np.repeat(np.linspace(-2.5, 2.5, size.rungs), size.seeds)
    shocked = ability + size.shock * rng.normal(size=(size.families, ability.size))
    names = tuple(f"family-{one:02d}" for one in family)
    x = np.repeat(np.arange(size.rungs) / 3 + 18, size.seeds)
    suite = drawn_suite(expit(shocked[family] - difficulty[:, None]), size.runs, rng, x=x, families=names)
    log = log_time[:, None] + PERSON_SD * rng.normal(size=(family.size, size.people))
    return replace(suite, human=baselines(suite.counts.tasks, names, np.exp(log)))


def baselines(tasks: Sequence[str], families: Sequence[str], minutes: Floats) -> pl.DataFrame:
    """Return a table of people who all finish, `minutes` of shape (tasks, people)."""
    each = minutes.shape[1]
    return pl.DataFrame(
        {
            "task_family": np.repeat(families, each),
            "task_id": np.repeat(tasks, each),
            "run_id": [str(i) for i in range(minutes.size)],
            "minutes": minutes.ravel(),
            "score": 1.0,
            "outcome": "submitted",
            "source": "baseline",
        },
        schema=dict(HUMAN_TIMES.dtypes()),
    )


def explaining(share: float, size: Size, rng: np.random.Generator) -> Suite:
    """Return a suite where time explains `share` of difficulty; half of both goes with families."""
    family, half = by_family(size), 0.5 if size.families > 1 else 0.0

    def spread() -> Floats:
        shared, own = rng.normal(size=size.families)[family], rng.normal(size=family.size)
        return np.asarray(np.sqrt(half) * shared + np.sqrt(1 - half) * own)

    time, rest = spread(), spread()
    return timed(2 * (np.sqrt(share) * time + np.sqrt(1 - share) * rest), 1.5 * time, size, rng)


def sloped(
    ratio: float,
    size: Size,
    rng: np.random.Generator,
    *,
    between: float = 1.5,
    residual: float = 0.5,
    first: tuple[float, float, float] | None = None,
) -> Suite:
    """Return a suite with a slope of 1 between families and `ratio` within them, as in the formal model's D6.

    Args:
        ratio: slope within families.
        size: of the suite.
        rng: source of randomness.
        between: spread of the families' mean log times; within families it is .8.
        residual: spread of difficulty around the line, in logits.
        first: slope within the first family, how many times as long its tasks take, and how many times as far
            their log times are spread.
    """
    family = by_family(size)
    mean, own = between * rng.normal(size=size.families)[family], 0.8 * rng.normal(size=family.size)
    slope, longer = np.full(family.size, ratio), np.zeros(family.size)
    if first is not None:
        slope[family == 0], longer[family == 0] = first[0], np.log(first[1])
        own[family == 0] *= first[2]
    difficulty = mean + slope * own + residual * rng.normal(size=family.size)
    return timed(difficulty, mean + own + longer, size, rng)


@lru_cache(maxsize=2 * DRAWN)
def _drawn(name: str, rungs: int, seed: int) -> Drawn:
    return WORLDS[name].draw(WorldOptions(rungs, 1, seed))


def world_suite(name: str, rungs: int, runs: int, rng: np.random.Generator) -> Suite:
    """Return a suite of a world: its baselines, and `runs` attempts at each cell at its true rates."""
    drawn = _drawn(name, rungs, int(rng.integers(DRAWN)))
    cells = pl.DataFrame(drawn.truth["cells"], infer_schema_length=None).pivot(
        "model", index="task_id", values="rate"
    )
    facts = cells.select("task_id").join(drawn.tasks.unique("task_id"), on="task_id", maintain_order="left")
    x = np.array([np.log10(rung.flops or 1.0) for rung in drawn.rungs])
    rates = cells.select([rung.model for rung in drawn.rungs]).to_numpy()
    suite = drawn_suite(rates, runs, rng, x=x, families=tuple(facts["task_family"]))
    names = dict(zip(facts["task_id"], suite.counts.tasks, strict=True))
    tasks = facts.with_columns(pl.col("task_id").replace(names))
    human = suite.human if drawn.human is None else drawn.human.with_columns(pl.col("task_id").replace(names))
    return replace(suite, tasks=tasks, human=human)

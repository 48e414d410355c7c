"""Families with even and with random steps, and families that a cliff parts; some where paths turn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.special import expit
from tests.characteristics.checks.distinct_levels import MANY_RUNS, PLANS, SHOCKS, THE_PLAN, Plan, family
from tests.characteristics.design import Design, corners, drawn_suite, first_family

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from tests.characteristics.design import Floats

    from tasklaws.assess.evidence import Evidence


def random_steps(rng: np.random.Generator, tasks: int) -> Floats:
    """Return difficulties at random places of the ladder, as shares of its length from its middle."""
    return rng.uniform(-0.5, 0.5, tasks)


def even_steps(rng: np.random.Generator, tasks: int) -> Floats:
    """Return evenly spaced difficulties."""
    return np.linspace(-0.5, 0.5, tasks)


def normal_steps(rng: np.random.Generator, tasks: int) -> Floats:
    """Return difficulties that crowd in the middle of the ladder and thin out: not uniform, and no cliff."""
    return 0.25 * rng.standard_normal(tasks)


def one_cliff(rng: np.random.Generator, tasks: int) -> Floats:
    """Return half of the tasks in the ladder's first fifth, and the rest in its last."""
    half = np.where(np.arange(tasks) < tasks // 2, -0.5, 0.3)
    return half + rng.uniform(0, 0.2, tasks)


def two_thresholds(rng: np.random.Generator, tasks: int) -> Floats:
    """Return two difficulties only, three fifths of the ladder apart: a shortcut that some tasks need."""
    return np.where(np.arange(tasks) < tasks // 2, -0.3, 0.3)


@dataclass(frozen=True)
class World:
    """A plan, and how the difficulties of its tasks are spread over the ladder."""

    name: str
    plan: Plan
    shock: float
    shape: Callable[[np.random.Generator, int], Floats]

    def draw(self, rng: np.random.Generator) -> Evidence:
        """Return one family."""
        length = self.plan.step * (self.plan.sizes - 1)
        return family(self.plan, length * self.shape(rng, self.plan.tasks), self.shock, rng)

    @property
    def title(self) -> str:
        """Return the name with the plan and the shock."""
        return f"{self.name}, {self.plan.name}, shock {self.shock:g}"


EVEN = (
    *(World("random steps", plan, shock, random_steps) for plan, shock in corners(PLANS, SHOCKS)),
    *(World("even steps", plan, 0.54, even_steps) for plan in PLANS),
    *(World("normal difficulties", plan, 0.3, normal_steps) for plan in (THE_PLAN, MANY_RUNS)),
)
CLIFFS = tuple(
    World(name, plan, 0.3, shape)
    for name, shape in (
        ("one cliff", one_cliff),
        ("two thresholds", two_thresholds),
    )
    for plan in (THE_PLAN, MANY_RUNS, PLANS[2])
)


@dataclass(frozen=True)
class Turning:
    """A family of five sizes whose attempts turn from one path to another beyond the third."""

    name: str
    decline: tuple[float, float]
    """Logits for each size, and for the square of its number."""
    shock: float
    scatter: float = 0.0
    """Of each model at each size, in logits."""
    task_scatter: float = 0.0
    """Of each size, for all models alike."""
    drop: float = 0.0
    """Beyond the turn, in logits."""
    items: float = 0.0
    """Standard deviation of the items of one size, in logits; all models answer the same."""
    seeds: int = 2
    runs: int = 20

    def draw(self, rng: np.random.Generator) -> Evidence:
        """Return one family, its attempts with it."""
        z, rung = np.arange(5)[:, None], np.repeat(np.arange(8), self.seeds)
        ability = 1.5 + 0.9 * (rung - 3.5) + rng.normal(0, self.shock, len(rung))
        hard = self.decline[0] * z + self.decline[1] * z**2 + self.drop * (z > 2)
        noise = rng.normal(0, self.scatter, (5, len(rung))) + rng.normal(0, self.task_scatter, (5, 1))
        item = rng.normal(0, self.items, (5, 1, self.runs))
        right = rng.random((5, len(rung), self.runs)) < expit((ability - hard + noise)[..., None] + item)
        return with_attempts(right, rung, rng)

    @property
    def title(self) -> str:
        """Return the name with the design and the shock."""
        return f"{self.name}, {8 * self.seeds} models x 5 sizes x {self.runs}, shock {self.shock:g}"


TURN = (1.0, 0.8, 0.5, 0.02, 0.0)
"""Shares of the first path."""


def with_attempts(right: NDArray[np.bool_], rung: NDArray[np.int64], rng: np.random.Generator) -> Evidence:
    """Return a family of answers, of shape (sizes, models, items), with paths that know nothing of them."""
    sizes, models, n = right.shape
    suite = drawn_suite(np.zeros((sizes, models)), n, rng, x=rung / 3 + 18)
    tasks = tuple(f"family/{10 ** (i + 1)}" for i in range(sizes))
    counts = replace(suite.counts, tasks=tasks, k=right.sum(-1).astype(float))
    loop = rng.random(right.shape) < np.array(TURN)[:, None, None]
    runs = pl.DataFrame(
        {
            "model": np.tile(np.repeat(counts.models, n), sizes),
            "task_id": np.repeat(tasks, models * n),
            "instance_id": np.tile([f"item-{i}" for i in range(n)], sizes * models),
            "score": right.ravel().astype(float),
            "path": np.where(loop, "loop", "formula").ravel(),
        }
    ).with_columns(
        pl.lit("family").alias("task_family"),
        pl.lit("exact").alias("metric"),
        pl.lit("default").alias("elicitation"),
        pl.lit("submitted").alias("outcome"),
    )
    named = tuple(f"size-{i}" for i in rung)
    return first_family(replace(suite, counts=counts, sizes=named, runs=runs))


STEADY, BENT = (1.0, 0.0), (0.15, 0.22)
SMOOTH = (
    Turning("paths turn, steady decline", STEADY, 0.0),
    *(Turning("paths turn, bent decline, scatter .5", BENT, shock, 0.5) for shock in (0.3, 0.54)),
    Turning("paths turn, bent decline, scatter .5", BENT, 0.54, 0.5, seeds=1),
    Turning("paths turn, items of sd 1", STEADY, 0.3, items=1.0),
)
DROPS = (Turning("paths turn, a drop of 2.5, scatter .5", STEADY, 0.54, 0.5, drop=2.5),)
ROUGH = Turning("paths turn, each size .5 off the decline", STEADY, 0.54, 0.5, 0.5)
"""A limit of the check, no design of it: five sizes do not tell one that is hard of itself from a drop."""
DESIGNS = (
    *(Design(world.title, "consistent_steps", "null", world.draw) for world in EVEN),
    *(Design(world.title, "consistent_steps", "alternative", world.draw, asked=0.8) for world in CLIFFS),
    *(Design(world.title, "consistent_steps", "null", world.draw) for world in SMOOTH),
    *(Design(world.title, "consistent_steps", "alternative", world.draw, asked=0.8) for world in DROPS),
)

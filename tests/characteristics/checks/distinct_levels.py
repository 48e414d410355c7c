"""Families at the margin of C1, a family that is spread, and copies of one task, some beyond a timeout."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit
from tests.characteristics.design import Design, corners, drawn_counts, first_family

from tasklaws.assess.evidence import suite_from_counts

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.characteristics.design import Floats

    from tasklaws.assess.evidence import Evidence

    Difficulties = Callable[[np.random.Generator, int], Floats]


@dataclass(frozen=True)
class Plan:
    """Who is asked what, how often."""

    name: str
    sizes: int
    seeds: int
    tasks: int
    runs: int
    step: float = 1.0
    """Logits of ability from one size to the next."""


PLANS = (
    Plan("6 rungs x 20 tasks x 8 runs", 6, 1, 20, 8),
    Plan("8 rungs x 7 tasks x 24 runs", 8, 1, 7, 24),
    Plan("16 models of 8 sizes x 6 tasks x 20 runs", 8, 2, 6, 20),
)
THE_PLAN = PLANS[0]
SHOCKS = (0.0, 0.3, 0.54)


def family(
    plan: Plan, difficulty: Floats, shock: float, rng: np.random.Generator, beyond: int = 0
) -> Evidence:
    """Return a family whose difficulties, in logits from the middle of the ladder, are `difficulty`.

    Of its tasks the last `beyond` take longer than the timeout: what would succeed is ended by it.
    """
    size = np.repeat(np.arange(plan.sizes), plan.seeds)
    ability = plan.step * (size - size.mean()) + rng.normal(0, shock, len(size))
    counts = drawn_counts(expit(ability - difficulty[:, None]), plan.runs, rng)
    cut = np.arange(plan.tasks)[:, None] >= plan.tasks - beyond
    counts = replace(counts, k=np.where(cut, 0.0, counts.k), n_limit=np.where(cut, counts.k, 0.0))
    suite = suite_from_counts(counts, size / 3 + 18, seed=int(rng.integers(2**31)))
    return first_family(replace(suite, sizes=tuple(f"size-{i}" for i in size)))


def spread_by(sd: float) -> Difficulties:
    """Return difficulties of exactly this standard deviation, normal in shape."""

    def difficulties(rng: np.random.Generator, tasks: int) -> Floats:
        z = rng.standard_normal(tasks)
        return sd * (z - z.mean()) / z.std(ddof=1)

    return difficulties


@dataclass(frozen=True)
class World:
    """A plan, and what is put into it."""

    name: str
    plan: Plan
    shock: float
    sd: float
    """Of difficulty, in rung steps."""
    beyond: int = 0
    """Tasks beyond the timeout."""

    def draw(self, rng: np.random.Generator) -> Evidence:
        """Return one family."""
        difficulty = spread_by(self.sd * self.plan.step)(rng, self.plan.tasks)
        return family(self.plan, difficulty, self.shock, rng, self.beyond)

    @property
    def title(self) -> str:
        """Return the name with the plan and the shock."""
        return f"{self.name}, {self.plan.name}, shock {self.shock:g}"


MANY_RUNS = replace(THE_PLAN, name="6 rungs x 20 tasks x 32 runs", runs=32)
SOUND = (
    *(World("at the margin", plan, shock, sd=0.5) for plan, shock in corners(PLANS, SHOCKS)),
    World("spread by 1.5 steps", THE_PLAN, 0.54, sd=1.5),
)
COPIES = tuple(
    World(f"copies, {beyond} beyond the timeout", plan, 0.3, sd=0.0, beyond=beyond)
    for plan in (THE_PLAN, MANY_RUNS)
    for beyond in (0, 5, 10)
)
DESIGNS = (
    *(Design(world.title, "distinct_levels", "null", world.draw) for world in SOUND),
    *(Design(world.title, "distinct_levels", "alternative", world.draw, asked=0.95) for world in COPIES),
)

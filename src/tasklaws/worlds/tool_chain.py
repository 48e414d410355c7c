"""W1: a chain of hashes by tool. All sizes are one script, and the timeout of a call says how many end."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tasklaws.families import FAMILIES
from tasklaws.spec.agent import AgentLaw
from tasklaws.spec.harness import Harness
from tasklaws.spec.plan import steps
from tasklaws.spec.world import Drawn, World, WorldOptions
from tasklaws.theory.ceiling import ceiling, without_mistakes
from tasklaws.theory.exact import evaluate
from tasklaws.theory.human_times import time_law
from tasklaws.worlds._drawing import CellLaw, WorldTask, drawn
from tasklaws.worlds._ladder import agent_at, half_at, ladder, skill, stated
from tasklaws.worlds._loops import loop_of, looping
from tasklaws.worlds._people import PERSON

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tasklaws.spec.agent import Agent
    from tasklaws.spec.ladder import Rung
    from tasklaws.spec.plan import Plan

HARNESS = Harness(call_limit=3000.0, tools=("python",))
"""50 minutes: a third of the chains end, and two thirds of the sums."""

CHAINS = tuple(range(1_000_000_000, 10_000_000_000, 500_000_000))
"""Turns, 13 minutes to over two hours of them; all have ten digits, so that the script is the same."""
SUMS = tuple(5_000_000_000 * k for k in (2, 3, 4, 5, 6, 7, 8, 10, 12))
"""Likewise with eleven digits: a turn takes a tenth of the time."""
DIGITS = tuple(range(2, 19, 2))
"""Sizes of additions by hand, which no limit touches: the ordinary family beside the others."""
MINUTES_PER_COLUMN = 0.05

LAW = AgentLaw(
    {"code": skill(19.5, 40, 1.0), "arithmetic": skill(20.5, 16, 0.5), "copying": skill(18.0, 16, 0.5)}
)
"""Nobody knows the formula for the sum."""


def plans() -> dict[WorldTask, Plan]:
    """Return the tasks and their plans."""
    sizes = {"sha_chain": CHAINS, "sum_range": SUMS, "addition": DIGITS}
    found = {(family, size): FAMILIES[family].plan(size) for family, own in sizes.items() for size in own}
    return {WorldTask(family, size, _minutes(plan, size)): plan for (family, size), plan in found.items()}


def _minutes(plan: Plan, size: int) -> float:
    """Return the mean human time: writing, then waiting for the loop; by hand, column by column."""
    return size * MINUTES_PER_COLUMN if loop_of(plan) is None else time_law(plan, PERSON).mean


def laws(
    rungs: Sequence[Rung], harness: Harness = HARNESS, slowness: Callable[[Rung], float] = lambda _: 1.0
) -> list[CellLaw]:
    """Return the law of each model at each task under `harness`, its programs `slowness` times as slow."""
    tasks = plans()
    return [
        _law(rung, task, plan, agent_of(rung, slowness(rung)), harness)
        for rung in rungs
        for task, plan in tasks.items()
    ]


def agent_of(rung: Rung, slowness: float = 1.0) -> Agent:
    """Return the agent that `rung` is, with programs `slowness` times as slow as the plan states."""
    return replace(agent_at(LAW, rung), slowness=slowness)


def _law(rung: Rung, task: WorldTask, plan: Plan, agent: Agent, harness: Harness) -> CellLaw:
    rate = evaluate(plan, agent, harness).success
    return CellLaw(rung, task, {"exact": rate}, looping(plan, agent, harness), harness)


def ceilings(harness: Harness = HARNESS, slowness: float = 1.0) -> dict[str, float]:
    """Return family -> the score that `harness` allows a model without mistakes: x of the formal model."""
    able = replace(without_mistakes(PERSON), slowness=slowness)
    of_family: dict[str, list[Plan]] = defaultdict(list)
    for task, plan in plans().items():
        of_family[task.family].append(plan)
    return {family: ceiling(own, harness, able) for family, own in of_family.items()}


def thresholds() -> dict[str, float]:
    """Return family of loops -> log10 of the compute at which half of the scripts are right."""
    found = {}
    for task, plan in plans().items():
        if loop := loop_of(plan):
            found[task.family] = half_at(LAW.skills["code"], sum(step.tokens for step in steps(loop)))
    return found


def parameters(harness: Harness = HARNESS) -> dict[str, Any]:
    """Return the parameters for the truth."""
    return {"call_limit_seconds": harness.call_limit, **stated(LAW), "thresholds": thresholds()}


def draw(options: WorldOptions) -> Drawn:
    """Return runs in which the score of a family rests at the same ceiling for all able models."""
    rungs = ladder(options.rungs)
    return drawn(options, "W1", rungs, laws(rungs), about={**parameters(), "ceilings": ceilings()})


WORLD = World(
    "tool_chain",
    "W1",
    "sha_chain and sum_range by loops that a tool runs, under a timeout; additions by hand beside them",
    source="seed 000 (sha256^n); formal model, P5",
    status="emerging",
    draw=draw,
    tests="one threshold per family of loops, and a ceiling that the timeout sets, the same for all models",
)

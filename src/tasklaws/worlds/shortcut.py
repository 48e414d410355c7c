"""W3: sums with a shortcut. Scores rest three times: nobody can loop, all can loop, all know the formula."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, cast

import numpy as np

from tasklaws.families import FAMILIES
from tasklaws.families.sum_range import SECONDS_PER_TURN
from tasklaws.spec.agent import AgentLaw, KnowledgeLaw
from tasklaws.spec.plan import OneOf, Way, children, steps
from tasklaws.spec.world import Drawn, World, WorldOptions
from tasklaws.theory.attempts import right
from tasklaws.theory.exact import evaluate
from tasklaws.theory.human_times import time_law
from tasklaws.theory.shortcuts import plateaus, reach
from tasklaws.worlds._drawing import Attempts, CellLaw, Draw, Texts, WorldTask, drawn
from tasklaws.worlds._ladder import agent_at, ladder, skill, stated
from tasklaws.worlds._loops import ended, loop_of, tries
from tasklaws.worlds._people import PERSON
from tasklaws.worlds.tool_chain import HARNESS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.spec.agent import Agent
    from tasklaws.spec.ladder import Rung
    from tasklaws.spec.plan import Repeat

SIZES = {
    "sum_range": tuple(5_000_000_000 * k for k in range(2, 20, 2)),
    "sum_of_squares": tuple(5_000_000_000 * k for k in (2, 3, 4, 5, 6, 7, 8, 10, 12)),
}
"""Numbers to be added. All have eleven digits, so that one script fits them all."""
FORMULA = {"sum_range": "gauss", "sum_of_squares": "pyramid"}
"""What is to be known of each family; the second is learnt later."""

LAW = AgentLaw(
    {"code": skill(19.0, 40, 1.2), "arithmetic": skill(18.5, 60, 1.0)},
    {"gauss": KnowledgeLaw(22.2, 0.12), "pyramid": KnowledgeLaw(22.8, 0.12)},
)


def plan(family: str, size: int) -> OneOf:
    """Return the formula for those who know it, else the loop by tool."""
    formula, loop = children(FAMILIES["sum_range"].plan(size))
    return OneOf((Way(FORMULA[family], formula), Way(None, loop)))


def plans() -> dict[WorldTask, OneOf]:
    """Return the tasks and their plans."""
    found = {(family, size): plan(family, size) for family, own in SIZES.items() for size in own}
    return {WorldTask(*key, time_law(choice, PERSON).mean): choice for key, choice in found.items()}


def laws(rungs: Sequence[Rung]) -> list[CellLaw]:
    """Return the law of each model at each task."""
    tasks = plans()
    return [_law(rung, task, choice) for rung in rungs for task, choice in tasks.items()]


def _law(rung: Rung, task: WorldTask, choice: OneOf) -> CellLaw:
    agent = agent_at(LAW, rung)
    rate = evaluate(choice, agent, HARNESS).success
    return CellLaw(rung, task, {"exact": rate}, _choosing(choice, agent), HARNESS)


def _choosing(choice: OneOf, agent: Agent) -> Draw:
    """Return how to draw attempts: whoever knows the formula uses it, all others loop."""
    formula, loop = choice.ways[0], cast("Repeat", loop_of(choice))
    known = agent.knows[formula.knows or ""]
    worked_out = prod(right(step, agent) for step in steps(formula.plan))

    def draw(n: int, rng: np.random.Generator) -> Attempts:
        knows, worked = rng.random(n) < known, rng.random(n) < worked_out
        ok, cut = tries(loop, agent, HARNESS, n, rng)
        score = np.where(knows, worked, ok & ~cut).astype(float)
        path = Texts(("loop", "closed_form"), knows.astype(np.int64))
        return Attempts({"exact": score}, ended(cut & ~knows), path)

    return draw


def rests() -> dict[str, dict[str, float]]:
    """Return family -> the three scores at which it rests."""
    return {
        family: plateaus(reach(sizes, SECONDS_PER_TURN.value, HARNESS.call_limit))._asdict()
        for family, sizes in SIZES.items()
    }


def draw(options: WorldOptions) -> Drawn:
    """Return runs of two families of sums, each with a formula that is learnt at some rung."""
    rungs = ladder(options.rungs)
    shares = {
        rung.model: {family: agent_at(LAW, rung).knows[bit] for family, bit in FORMULA.items()}
        for rung in rungs
    }
    about = {
        "call_limit_seconds": HARNESS.call_limit,
        **stated(LAW),
        "plateaus": rests(),
        "closed_form": shares,
    }
    return drawn(options, "W3", rungs, laws(rungs), about=about)


WORLD = World(
    "shortcut",
    "W3",
    "sums by a loop under a timeout, or by a formula that models learn at some rung",
    source="seed 000 (sum(1...n)); formal model, P8",
    status="emerging",
    draw=draw,
    tests="three plateaus: nothing, what ends in time, everything; no warning of the last; paths that change",
)

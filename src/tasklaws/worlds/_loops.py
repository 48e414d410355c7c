"""Attempts at loops that a tool runs: is the script right, and does the loop end before its call is cut."""

from __future__ import annotations

from math import inf, prod
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tasklaws.spec.plan import OneOf, Plan, Repeat, steps
from tasklaws.theory.attempts import right
from tasklaws.theory.costs import draw as draw_cost
from tasklaws.theory.exact import evaluate
from tasklaws.worlds._drawing import Attempts, Draw, Texts, binary

if TYPE_CHECKING:
    from tasklaws.spec.agent import Agent
    from tasklaws.spec.harness import Harness

Bools = NDArray[np.bool_]


def loop_of(plan: Plan) -> Repeat | None:
    """Return the loop by tool that everybody takes who knows no shortcut; None where there is none."""
    way = plan.ways[-1].plan if isinstance(plan, OneOf) else plan
    return way if isinstance(way, Repeat) and way.by == "tool" else None


def tries(
    loop: Repeat, agent: Agent, harness: Harness, n: int, rng: np.random.Generator
) -> tuple[Bools, Bools]:
    """Return of `n` attempts whether the script is right, and whether the call is cut; each of shape (n,)."""
    written = prod(right(step, agent) for step in steps(loop))
    limit = inf if harness.call_limit is None else harness.call_limit
    seconds = draw_cost(loop.seconds, n, rng) * loop.times * agent.slowness
    return rng.random(n) < written, seconds > limit


def ended(cut: Bools) -> Texts:
    """Return the outcomes of attempts, of which some were cut."""
    return Texts(("submitted", "limit_time"), cut.astype(np.int64))


def looping(plan: Plan, agent: Agent, harness: Harness) -> Draw:
    """Return how to draw attempts by the loop of `plan`; where there is none, by what `plan` implies."""
    loop = loop_of(plan)
    if loop is None:
        return binary(evaluate(plan, agent, harness).success)

    def draw(n: int, rng: np.random.Generator) -> Attempts:
        ok, cut = tries(loop, agent, harness, n, rng)
        return Attempts({"exact": (ok & ~cut).astype(float)}, ended(cut), "loop")

    return draw

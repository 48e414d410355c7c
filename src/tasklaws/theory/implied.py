"""What a family implies before any model is run: success by size along a ladder, cost, thresholds."""

from __future__ import annotations

import string
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.spec.agent import GENERAL, AgentLaw, KnowledgeLaw, SkillLaw
from tasklaws.spec.metric import OutputLaw
from tasklaws.spec.plan import OneOf, Repeat, children, tools
from tasklaws.spec.step import Step
from tasklaws.spec.structure import knowledge
from tasklaws.theory.aggregation import aggregated
from tasklaws.theory.exact import budgets, evaluate
from tasklaws.theory.masses import Axis, Grid

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from tasklaws.spec.agent import Agent
    from tasklaws.spec.family import Family, Instance
    from tasklaws.spec.harness import Harness
    from tasklaws.spec.plan import Plan

LADDER = tuple(10.0 ** (13 + place / 8) for place in range(89))
"""Training compute of the agents that are shown: eleven decades, in eighths of a decade."""

CELLS = 512
"""Cells of the axis of seconds."""
FAR = 1e9
"""Seconds at which the search for the longest attempt ends."""


@dataclass(frozen=True)
class Assumed:
    """What is assumed of agents where nothing is known: it moves and stretches curves, not their order."""

    exponent: float = 0.3
    """Of the excess loss per token in compute. Ordinary losses fall more slowly; curves are then wider."""
    loss_at: float = 0.01
    """Excess loss (nats per token) at 10^20 flops."""
    known_at: float = 21.0
    """log10 of the compute at which half of the agents know a shortcut."""
    known_within: float = 0.1
    """Decades over which the log-odds of knowing it rise by 1."""

    def law(self, plans: Iterable[Plan], seconds_per_token: float = 0.0) -> AgentLaw:
        """Return agents with one skill for all steps, who learn everything in `plans` at one place."""
        names = {name for plan in plans for name in knowledge(plan)}
        skill = SkillLaw(self.loss_at * 10 ** (20 * self.exponent), self.exponent)
        learnt = KnowledgeLaw(self.known_at, self.known_within)
        return AgentLaw({GENERAL: skill}, dict.fromkeys(sorted(names), learnt), seconds_per_token)


@dataclass(frozen=True)
class Implied:
    """What one task of a family implies along a ladder; arrays of shape (compute,)."""

    size: int
    flops: NDArray[np.float64]
    success: NDArray[np.float64]
    """Under the limits and attempts of the harness, guesses not counted."""
    threshold: float | None
    """log10 of the compute at which success first reaches half of its top; None where it does not rise."""
    seconds_mean: NDArray[np.float64]
    """Mean seconds of an attempt, whatever comes of it."""
    seconds_median: NDArray[np.float64]
    ended_by_limit: NDArray[np.float64]
    """Share of attempts that a limit of the harness turns from success into failure."""
    outputs: tuple[OutputLaw, ...]
    """The law of the answer at each compute, for metrics to say what they expect."""
    solutions: tuple[OutputLaw, ...]
    """The law of what must be written to get there, whatever limits do."""


def implied(
    family: Family, law: AgentLaw, harness: Harness, flops: Sequence[float] = LADDER
) -> tuple[Implied, ...]:
    """Return what each default size of `family` implies for agents of `law` under `harness`."""
    return tuple(_task(family, size, law, harness, np.array(flops)) for size in family.sizes)


def _task(family: Family, size: int, law: AgentLaw, harness: Harness, flops: NDArray[np.float64]) -> Implied:
    plan = family.plan(size)
    agents = [law.agent(c) for c in flops]
    free = replace(harness, call_limit=None, time_limit=None, working_limit=None, token_limit=None)
    axis = _seconds_axis(plan, agents[0], harness)
    laws = [evaluate(plan, agent, harness, axis) for agent in agents]
    success = np.array([aggregated(found.success, harness) for found in laws])
    unlimited = np.array([aggregated(evaluate(plan, agent, free, ()).success, harness) for agent in agents])
    costs = np.array([found.law.all.cells for found in laws])
    places = axis[0].width * np.arange(axis[0].cells)
    middle = np.argmax(np.cumsum(costs, axis=1) >= 0.5 - HALF, axis=1)
    instance = family.instance(size, 0)
    return Implied(
        size,
        flops,
        success,
        threshold(success, flops),
        costs @ places / costs.sum(axis=1),
        places[middle],
        np.maximum(unlimited - success, 0.0),
        tuple(_output(instance, family.chance(size), bool(tools(plan)), float(s)) for s in success),
        tuple(_solution(max(_written(plan), 1), float(s)) for s in unlimited),
    )


HALF = 1e-9
"""Rounding that a median may lie below a half."""


def _seconds_axis(plan: Plan, agent: Agent, harness: Harness) -> Grid:
    """Return an axis of seconds that holds nearly all attempts of the agent that needs most."""
    limit = min([1.0, *budgets(harness).values()])
    end = _longest(plan, agent, harness)
    return (Axis("seconds", max(end, limit, 1e-9) / (CELLS - 2), CELLS),)


def _longest(plan: Plan, agent: Agent, harness: Harness) -> float:
    """Return seconds within which nearly all attempts end, found by doubling."""
    end = 1e-3
    while end < FAR:
        law = evaluate(
            plan,
            agent,
            replace(harness, time_limit=None, working_limit=None),
            (Axis("seconds", end / CELLS, CELLS),),
        ).law.all
        if law.cells.sum() > 1 - 1e-6:
            return end
        end *= 2
    return end


def _output(instance: Instance, chance: float, gated: bool, success: float) -> OutputLaw:
    """Return the law of an answer of which every token is right with probability `success` in all."""
    if instance.choices:
        return OutputLaw(1, chance + (1 - chance) * success, choices=len(instance.choices))
    length = max(len(instance.answer), 1)
    return OutputLaw(length, success ** (1 / length), gated=gated, guess=1 / _symbols(instance.answer))


def _solution(tokens: int, success: float) -> OutputLaw:
    return OutputLaw(tokens, success ** (1 / tokens))


def _written(plan: Plan) -> int:
    """Return the tokens that somebody must write who knows no shortcut."""
    match plan:
        case Step():
            return plan.tokens
        case OneOf():
            return _written(plan.ways[-1].plan)
        case Repeat() if plan.by == "hand":
            return plan.times * _written(plan.part)
        case _:
            return sum(_written(part) for part in children(plan))


def _symbols(answer: str) -> int:
    """Return among how many symbols a guess of one of `answer` is made."""
    if set(answer) <= set(string.digits):
        return 10
    return 16 if len(answer) >= DIGEST and set(answer) <= set(string.hexdigits) else 26


DIGEST = 16
"""Letters from which an answer in hexadecimal digits is taken for a digest."""


def threshold(curve: NDArray[np.float64], flops: NDArray[np.float64]) -> float | None:
    """Return log10 of the compute at which `curve` first reaches half its top; None where it never does."""
    half = float(curve[-1]) / 2
    above = np.flatnonzero(curve >= half)
    if half <= 0 or above[0] == 0:
        return None
    i = int(above[0])
    low, high = np.log10(flops[i - 1 : i + 1])
    return float(low + (high - low) * (half - curve[i - 1]) / (curve[i] - curve[i - 1]))

"""The ceiling: the score that a harness allows, however able the model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tasklaws.spec.agent import GENERAL, Agent
from tasklaws.theory.exact import evaluate

if TYPE_CHECKING:
    from collections.abc import Collection

    from tasklaws.spec.harness import Harness
    from tasklaws.spec.plan import Plan

ABLE = Agent("without mistakes", {GENERAL: 0.0})
"""An agent that makes no mistake, knows no shortcut and writes at no cost of time."""


def without_mistakes(agent: Agent) -> Agent:
    """Return `agent` with every token right; what it knows and how fast it works stay."""
    return replace(agent, error={GENERAL: 0.0})


def ceiling(plans: Collection[Plan], harness: Harness, agent: Agent = ABLE) -> float:
    """Return the mean success of `agent`, without its mistakes, on `plans`: x of the formal model.

    It is the same for all models whose programs run equally fast and who know the same shortcuts.

    Source: formal model, P5: x = share of tasks with n x seconds per turn within the limit of a call.
    """
    able = without_mistakes(agent)
    return sum(evaluate(plan, able, harness).success for plan in plans) / len(plans)

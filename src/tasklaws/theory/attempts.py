"""One step, tried until it succeeds, fails unnoticed, or the attempts are used up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasklaws.spec.cost import Fixed
from tasklaws.theory.cost_laws import CostLaw
from tasklaws.theory.costs import support
from tasklaws.theory.masses import Grid, Mass, at_no_cost, nothing, spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasklaws.spec.agent import Agent
    from tasklaws.spec.cost import Cost
    from tasklaws.spec.harness import Harness
    from tasklaws.spec.step import Step


ROUNDING = 1e-9
"""Share of a limit by which run times may exceed it through rounding."""


def right(step: Step, agent: Agent) -> float:
    """Return the probability that one attempt at `step` is right: (1 - strictness x error) ^ tokens.

    Each wrong token is fatal with the probability `strictness`, independently of the others.

    Source: formal model, section 3.3; for strictness 1 arXiv 2304.15004, section 2.
    """
    fatal = step.strictness * agent.error_at(step.skill)
    return float((1 - fatal) ** step.tokens)


def step_law(step: Step, agent: Agent, harness: Harness, grid: Grid) -> CostLaw:
    """Return the law of `step` with its retries.

    Source: formal model, section 3.2: ok = q f, noticed failure (1-q) nu f, unnoticed (1-q)(1-nu) f; a call
    that is cut at its time limit is a failure that is noticed.
    """
    uncut, cut = _one_try(step, agent, harness, grid)
    q = right(step, agent)
    ok, fail, again = nothing(grid), nothing(grid), at_no_cost(grid)
    for _ in range(step.attempts):
        tried = again * uncut
        ok = ok + q * tried
        fail = fail + (1 - q) * (1 - step.detect) * tried
        again = (1 - q) * step.detect * tried + again * cut
        if again.total == 0:
            break
    return CostLaw(ok, fail + again)


def _one_try(step: Step, agent: Agent, harness: Harness, grid: Grid) -> tuple[Mass, Mass]:
    """Return the cost of one attempt that runs to its end, and of one that is cut at the limit of a call."""
    tokens, token_weights = support(Fixed(step.tokens) if step.spends is None else step.spends)
    limit = harness.call_limit if step.tool is not None else None
    seconds, second_weights, over = _run(step.seconds, agent.slowness, limit)
    weights = np.outer(token_weights, second_weights).ravel()
    costs = {
        "tokens": np.repeat(tokens, len(seconds)),
        "seconds": (tokens[:, None] * agent.seconds_per_token + seconds).ravel(),
    }
    over = np.tile(over, len(tokens))
    return spread(grid, costs, np.where(over, 0.0, weights)), spread(
        grid, costs, np.where(over, weights, 0.0)
    )


def _run(
    cost: Cost, factor: float, limit: float | None
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Return `factor` times the run time, cut at the limit, with weights and whether it was cut."""
    seconds, weights = support(cost)
    seconds = seconds * factor
    over = seconds > (np.inf if limit is None else limit * (1 + ROUNDING))
    return np.where(over, limit or 0.0, seconds), weights, over


def loop_law(cost: Cost, turns: int, agent: Agent, harness: Harness, grid: Grid) -> CostLaw:
    """Return the law of running a loop: it ends, or is cut at the limit of a call, which is a failure."""
    seconds, weights, over = _run(cost, turns * agent.slowness, harness.call_limit)
    costs = {"tokens": np.zeros(len(seconds)), "seconds": seconds}
    return CostLaw(
        spread(grid, costs, np.where(over, 0.0, weights)), spread(grid, costs, np.where(over, weights, 0.0))
    )

"""Answers of many tokens, each right with one probability, and any two of them correlated or not (W5, W6)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.spec.agent import AgentLaw
from tasklaws.theory.score_laws import binarity, correlated_tokens
from tasklaws.worlds._drawing import Attempts, CellLaw, Draw, WorldTask
from tasklaws.worlds._ladder import agent_at, half_at, skill

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tasklaws.spec.ladder import Rung

LENGTHS = (2, 3, 5, 8, 12, 18, 24, 40)
"""Tokens of an answer."""

LAW = AgentLaw(
    {"copying": skill(19.0, 12, 0.4), "addition": skill(20.5, 12, 0.4), "transform": skill(22.0, 12, 0.4)}
)
"""One skill for each family."""


def laws(rungs: Sequence[Rung], correlation: Callable[[Rung], float]) -> list[CellLaw]:
    """Return the law of each model at each task; `correlation` is that of any two of its tokens."""
    tasks = [WorldTask(family, length) for family in LAW.skills for length in LENGTHS]
    return [_law(rung, task, correlation(rung)) for rung in rungs for task in tasks]


def _law(rung: Rung, task: WorldTask, correlation: float) -> CellLaw:
    length, right = int(task.size), 1 - agent_at(LAW, rung).error_at(task.family)
    share = correlated_tokens(length, right, correlation)
    nll = -math.log(share.pmf[-1])
    rates = {"exact": float(share.pmf[-1]), "token_accuracy": share.mean, "reference_nll": nll}
    return CellLaw(rung, task, rates, _answers(length, right, correlation, nll))


def _answers(length: int, right: float, correlation: float, nll: float) -> Draw:
    """Return how to draw answers: each has a probability of its own, from a beta law where tokens correlate.

    The reference is told token by token, each after the right ones before, so that by the chain rule its NLL
    is -log of the probability of the whole, whatever the correlation.
    """

    def draw(n: int, rng: np.random.Generator) -> Attempts:
        strength = (1 - correlation) / correlation if correlation else math.inf
        own = rng.beta(right * strength, (1 - right) * strength, n) if correlation else right
        share = rng.binomial(length, own, n) / length
        return Attempts(
            {
                "exact": (share == 1).astype(float),
                "token_accuracy": share,
                "reference_nll": np.full(n, nll),
            },
            path="by_hand",
        )

    return draw


def binarities(rungs: Sequence[Rung], correlation: Callable[[Rung], float]) -> dict[str, dict[str, float]]:
    """Return model -> task -> how all-or-nothing the share of right tokens is, from 1/length to 1."""
    found: dict[str, dict[str, float]] = {}
    for rung in rungs:
        agent = agent_at(LAW, rung)
        shares = {
            f"{family}/{length}": correlated_tokens(length, 1 - agent.error_at(family), correlation(rung))
            for family in LAW.skills
            for length in LENGTHS
        }
        found[rung.model] = {task: binarity(share) or 0.0 for task, share in shares.items()}
    return found


def thresholds() -> dict[str, float]:
    """Return task -> log10 of the compute at which half of the answers are right; for independent tokens."""
    return {
        f"{family}/{length}": half_at(law, length) for family, law in LAW.skills.items() for length in LENGTHS
    }

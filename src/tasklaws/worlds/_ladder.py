"""Ladders of worlds: models of growing compute, a law of their loss, and skills that grow along them."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.spec.agent import SkillLaw
from tasklaws.spec.ladder import Rung

if TYPE_CHECKING:
    from tasklaws.spec.agent import Agent, AgentLaw

LOWEST, HIGHEST = 18.0, 24.0
"""log10 of the compute of the first and the last model; the others lie evenly between them."""

TOKENS_PER_PARAMETER = 20.0

CORPUS = "simulated"


def loss(n_params: float, n_tokens: float) -> float:
    """Return the held-out loss (nats per token).

    Source: Hoffmann et al., arXiv 2203.15556, approach 3 (equation 10).
    """
    return float(1.69 + 406.4 / n_params**0.34 + 410.7 / n_tokens**0.28)


def ladder(rungs: int, seeds: int = 1) -> tuple[Rung, ...]:
    """Return models at `rungs` sizes from 1e18 to 1e24 floating-point operations, `seeds` of each size."""
    digits = max(2, len(str(rungs)))
    return tuple(
        _rung(f"sim-{place:0{digits}d}" + (f"-seed{seed}" if seeds > 1 else ""), 10.0**height, seed)
        for place, height in enumerate(np.linspace(LOWEST, HIGHEST, rungs), start=1)
        for seed in range(seeds)
    )


def _rung(name: str, flops: float, seed: int) -> Rung:
    n_params = math.sqrt(flops / (6 * TOKENS_PER_PARAMETER))
    n_tokens = TOKENS_PER_PARAMETER * n_params
    return Rung(
        name,
        "simulated",
        n_params,
        n_tokens,
        6 * n_params * n_tokens,
        "stated",
        loss(n_params, n_tokens),
        loss_corpus=CORPUS,
        seed=seed,
        source="drawn by tasklaws",
    )


def flops_of(rung: Rung) -> float:
    """Return the compute of a rung of `ladder`, all of which state it."""
    return rung.flops or 0.0


def height(rung: Rung) -> float:
    """Return log10 of the compute of a rung of `ladder`."""
    return math.log10(flops_of(rung))


def place(rung: Rung) -> float:
    """Return where a rung stands between the foot of the ladder, 0, and its top, 1."""
    return (height(rung) - LOWEST) / (HIGHEST - LOWEST)


def agent_at(law: AgentLaw, rung: Rung) -> Agent:
    """Return the agent that `rung` is under `law`."""
    return law.agent(flops_of(rung), rung.model)


def skill(half_at: float, tokens: int, exponent: float) -> SkillLaw:
    """Return the skill with which `tokens` tokens are all right half of the time at 10^`half_at` of compute.

    Right means (1 - error) ^ tokens = exp(-tokens x amount x flops ^ -exponent): a Gumbel curve in the log
    of compute, which goes from 10 % to 90 % in 1.34 / `exponent` decades (formal model, P3).
    """
    return SkillLaw(math.log(2) / tokens * 10 ** (half_at * exponent), exponent)


def half_at(law: SkillLaw, tokens: int) -> float:
    """Return log10 of the compute at which `tokens` tokens are all right half of the time."""
    return math.log10(tokens * law.amount / math.log(2)) / law.exponent


def stated(law: AgentLaw) -> dict[str, Any]:
    """Return the parameters of `law` for the truth."""
    return {
        "skills": {name: asdict(skill) for name, skill in law.skills.items()},
        "knows": {name: asdict(known) for name, known in law.knows.items()},
    }

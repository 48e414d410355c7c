"""W4: answers of a strict tool: right as a whole, or random. No score of the answer adds to accuracy.

Edit similarity is left out: of random digests it has no mean in closed form. Its kin here is the share of
right digits, which is affine in accuracy for the same reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasklaws.families import FAMILIES
from tasklaws.spec.agent import AgentLaw
from tasklaws.spec.harness import Harness
from tasklaws.spec.metric import OutputLaw
from tasklaws.spec.plan import Plan, steps
from tasklaws.spec.step import Step
from tasklaws.spec.world import Drawn, World, WorldOptions
from tasklaws.theory.exact import evaluate
from tasklaws.theory.score_laws import brier_mean, gated_tokens, grade_mean, nll_mean
from tasklaws.worlds._drawing import Attempts, CellLaw, Draw, WorldTask, drawn, right_or_wrong
from tasklaws.worlds._ladder import agent_at, half_at, ladder, skill, stated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tasklaws.spec.ladder import Rung
    from tasklaws.worlds._drawing import Floats

DIGITS, GUESS = 64, 1 / 16
"""Hexadecimal digits of a digest, and how often a random one is right."""
CHOICES = 4

SIZES = {
    "sha_of": (3, 7, 12, 20, 28, 40),
    "tool_edit": (2, 4, 8, 16, 32, 64),
    "tool_choice": (4, 8, 16, 32, 64),
}
"""Letters that must be passed to the tool."""

LAW = AgentLaw({"copying": skill(20.5, 20, 0.5)})

HARNESS = Harness(tools=("python", "sha256"))


def plan(family: str, size: int) -> Plan:
    """Return one call of a tool; in `tool_choice` its output says which of four digests is the right one."""
    if family == "tool_choice":
        return Step("call sha256", tokens=size, skill="copying", tool="sha256")
    return FAMILIES[family].plan(size)


def laws(rungs: Sequence[Rung]) -> list[CellLaw]:
    """Return the law of each model at each task."""
    tasks = [(family, size, plan(family, size)) for family, own in SIZES.items() for size in own]
    return [_law(rung, family, size, call) for rung in rungs for family, size, call in tasks]


def _law(rung: Rung, family: str, size: int, call: Plan) -> CellLaw:
    agent, tokens = agent_at(LAW, rung), sum(step.tokens for step in steps(call))
    success = evaluate(call, agent, HARNESS).success
    law = OutputLaw(tokens, 1 - agent.error_at("copying"), gated=True, choices=CHOICES)
    nll = nll_mean(law) or 0.0
    if family == "tool_choice":
        task, rates, scores = WorldTask(family, size, floor=1 / CHOICES), _choice_rates(law), _chosen
    else:
        task, rates, scores = WorldTask(family, size), _digest_rates(success), _digest
    return CellLaw(rung, task, {**rates, "reference_nll": nll}, _gated(success, nll, scores), HARNESS)


def _gated(success: float, nll: float, scores: Callable[..., dict[str, Floats]]) -> Draw:
    """Return how to draw attempts whose call is right with `success`; each reference costs the same nats."""

    def draw(n: int, rng: np.random.Generator) -> Attempts:
        found = scores(right_or_wrong(success, n, rng), rng)
        return Attempts({**found, "reference_nll": np.full(n, nll)}, path="call")

    return draw


def _digest_rates(success: float) -> dict[str, float]:
    answer = gated_tokens(DIGITS, success, GUESS)
    return {"exact": float(answer.pmf[-1]), "token_accuracy": answer.mean}


def _digest(right: Floats, rng: np.random.Generator) -> dict[str, Floats]:
    """Return scores of digests: the right one, or digits at random."""
    by_chance = rng.binomial(DIGITS, GUESS, right.size) / DIGITS
    share = np.where(right == 1, 1.0, by_chance)
    return {"exact": (share == 1).astype(float), "token_accuracy": share}


def _choice_rates(law: OutputLaw) -> dict[str, float]:
    """Return the means where all probability is on the right choice, or spread evenly and one is picked."""
    return {"exact": grade_mean(law), "mc_grade": grade_mean(law), "brier": brier_mean(law)}


def _chosen(right: Floats, rng: np.random.Generator) -> dict[str, Floats]:
    even = 1 / CHOICES
    picked = right_or_wrong(even, right.size, rng)
    return {
        "exact": np.where(right == 1, 1.0, picked),
        "mc_grade": np.where(right == 1, 1.0, even),
        "brier": np.where(right == 1, 0.0, 1 - even),
    }


def thresholds() -> dict[str, float]:
    """Return task -> log10 of the compute at which half of the calls are right."""
    return {
        f"{family}/{size}": half_at(
            LAW.skills["copying"], sum(step.tokens for step in steps(plan(family, size)))
        )
        for family, own in SIZES.items()
        for size in own
    }


def draw(options: WorldOptions) -> Drawn:
    """Return runs whose answers are right or random, with scores of the answer and of the process."""
    rungs = ladder(options.rungs)
    about = {
        **stated(LAW),
        "thresholds": thresholds(),
        "affine_in_accuracy": ["token_accuracy", "mc_grade", "brier"],
        "process_metrics": ["reference_nll"],
    }
    return drawn(options, "W4", rungs, laws(rungs), about=about)


WORLD = World(
    "gated_tool",
    "W4",
    "digests by a strict tool: the answer is right, or has nothing to do with the right one",
    source="seed 001 (sha256(i)); formal model, P6",
    status="emerging",
    draw=draw,
    tests="every score of the answer is affine in accuracy; only the NLL of the reference call moves earlier",
)

"""Few-shot: solved examples of the same task in front of the question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.spec.elicitation import Elicitation

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from tasklaws.spec.elicitation import Solver
    from tasklaws.spec.family import Instance
    from tasklaws.spec.transcript import Attempt

SEED = 7_001
"""Seed of the examples: questions are drawn from others."""


def draw(
    solver: Solver, instances: Sequence[Instance], effort: int, rng: np.random.Generator
) -> list[Attempt]:
    """Return the most likely answers behind `effort` examples of the same family and size.

    The examples are named; the solver writes those of a question's own task in front of it, as it writes its
    questions. Where they are too long for it, the attempts at the task say so and have no score.
    """
    tasks = dict.fromkeys((one.family, one.size) for one in instances)
    shots = [f"{family}/{size}/{SEED}/{k}" for family, size in tasks for k in range(effort)]
    return solver.attempts(instances, 0.0, rng, shots=shots)


ELICITATION = Elicitation(
    "few_shot",
    "solved examples of the same family and size in front of the question",
    source="arXiv 2005.14165, section 2 (few-shot); arXiv 2405.19550 (few demonstrations unlock)",
    status="published",
    efforts=(1, 2, 4),
    unit="examples",
    draw=draw,
    fair=True,
)

"""More tokens: the most likely answer, cut after so many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.spec.elicitation import Elicitation

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from tasklaws.spec.elicitation import Solver
    from tasklaws.spec.family import Instance
    from tasklaws.spec.transcript import Attempt


def draw(
    solver: Solver, instances: Sequence[Instance], effort: int, rng: np.random.Generator
) -> list[Attempt]:
    """Return the most likely answers, of `effort` tokens at most."""
    return solver.attempts(instances, 0.0, rng, places=effort)


ELICITATION = Elicitation(
    "more_tokens",
    "the most likely answer within a budget of tokens",
    source="formal model, section 3.1 (harness, limit on tokens)",
    status="emerging",
    efforts=(8, 16, 32, 54),
    unit="tokens",
    draw=draw,
    fair=True,
)

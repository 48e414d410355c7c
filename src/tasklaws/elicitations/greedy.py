"""Greedy: the most likely answer, symbol by symbol."""

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
    solver: Solver,
    instances: Sequence[Instance],
    effort: int,  # noqa: ARG001  there is one only
    rng: np.random.Generator,
) -> list[Attempt]:
    """Return the most likely answers."""
    return solver.attempts(instances, 0.0, rng)


ELICITATION = Elicitation(
    "greedy",
    "the most likely next symbol, each time",
    source="formal model, section 3.1 (harness)",
    status="published",
    efforts=(1,),
    unit="answer",
    draw=draw,
    fair=True,
)

"""Best of n: samples, of which a verifier that knows the right answer takes a right one."""

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
    """Return for each instance the first right one of `effort` samples; where none is right, the first."""
    best = solver.attempts(instances, 1.0, rng)
    for _ in range(effort - 1):
        rivals = solver.attempts(instances, 1.0, rng)
        best = [
            rival if not solver.right(instance, held) and solver.right(instance, rival) else held
            for instance, held, rival in zip(instances, best, rivals, strict=True)
        ]
    return best


ELICITATION = Elicitation(
    "best_of_n",
    "a right one of n samples, as a verifier who knows the answer would choose",
    source="arXiv 2407.21787 (repeated sampling with a verifier); arXiv 2107.03374 (pass@k)",
    status="published",
    efforts=(1, 2, 4, 8),
    unit="samples",
    draw=draw,
    fair=False,
)

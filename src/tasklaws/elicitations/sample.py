"""Sample: one answer drawn from the model's own distribution, at temperature 1."""

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
    """Return one answer each, drawn at temperature 1."""
    return solver.attempts(instances, 1.0, rng)


ELICITATION = Elicitation(
    "sample",
    "one answer drawn at temperature 1",
    source="arXiv 2107.03374, section 2 (a single sample, pass@1)",
    status="published",
    efforts=(1,),
    unit="sample",
    draw=draw,
    fair=True,
)

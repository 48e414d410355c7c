"""Retry on error: another try for as long as the tool reports that it failed."""

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
    """Return the first of `effort` attempts whose tool worked, else the last: first greedy, then samples.

    An attempt without a call of a tool is never made again.
    """
    held = list(solver.attempts(instances, 0.0, rng))
    for _ in range(effort - 1):
        again = [place for place, attempt in enumerate(held) if failed(attempt)]
        if not again:
            break
        tried = solver.attempts([instances[place] for place in again], 1.0, rng)
        for place, attempt in zip(again, tried, strict=True):
            held[place] = attempt
    return held


def failed(attempt: Attempt) -> bool:
    """Return whether the last call of a tool reported anything but success."""
    return bool(attempt.calls) and attempt.calls[-1].outcome != "ok"


ELICITATION = Elicitation(
    "retry_on_error",
    "the most likely answer, and new samples for as long as the tool fails",
    source="arXiv 2304.05128 (feedback from execution, here without its text); formal model, section 3.1",
    status="published",
    efforts=(1, 2, 4),
    unit="attempts",
    draw=draw,
    fair=True,
)

"""Few-shot: solved examples of the same task in front of the question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.spec.elicitation import Ask, Elicitation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.spec.elicitation import Right, Turns
    from tasklaws.spec.family import Instance

SEED = 7_001
"""Seed of the examples: questions are drawn from others."""


def turns(instances: Sequence[Instance], effort: int, right: Right) -> Turns:  # noqa: ARG001  it is fair
    """Return the most likely answers behind `effort` examples of the same family and size.

    The examples are named; the solver writes those of a question's own task in front of it, as it writes its
    questions. Where they are too long for it, the attempts at the task say so and have no score.
    """
    tasks = dict.fromkeys((one.family, one.size) for one in instances)
    shots = tuple(f"{family}/{size}/{SEED}/{k}" for family, size in tasks for k in range(effort))
    return (yield Ask(instances, shots=shots))


ELICITATION = Elicitation(
    "few_shot",
    "solved examples of the same family and size in front of the question",
    source="arXiv 2005.14165, section 2 (few-shot); arXiv 2405.19550 (few demonstrations unlock)",
    status="published",
    efforts=(1, 2, 4),
    unit="examples",
    turns=turns,
    fair=True,
)

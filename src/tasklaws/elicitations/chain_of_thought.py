"""Chain of thought: reasoning is asked for before the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.spec.elicitation import Ask, Elicitation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.spec.elicitation import Right, Turns
    from tasklaws.spec.family import Instance

WORDS = (
    "Think before you answer: work through the question below step by step and write each step out, then "
    "check the steps. Only after that give the answer, alone on the last line."
)


def turns(instances: Sequence[Instance], effort: int, right: Right) -> Turns:  # noqa: ARG001  one effort
    """Return the most likely answers of models that are asked to reason first."""
    return (yield Ask(instances, words=WORDS))


ELICITATION = Elicitation(
    "chain_of_thought",
    "the most likely answer behind reasoning that is asked for",
    source="arXiv 2205.11916 (zero-shot reasoning); arXiv 2201.11903 (chain of thought)",
    status="published",
    efforts=(1,),
    unit="answer",
    turns=turns,
    fair=True,
    prose=True,
)

"""Greedy: the most likely answer, symbol by symbol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.spec.elicitation import Ask, Elicitation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.spec.elicitation import Right, Turns
    from tasklaws.spec.family import Instance


def turns(instances: Sequence[Instance], effort: int, right: Right) -> Turns:  # noqa: ARG001  one effort
    """Return the most likely answers."""
    return (yield Ask(instances))


ELICITATION = Elicitation(
    "greedy",
    "the most likely next symbol, each time",
    source="formal model, section 3.1 (harness)",
    status="published",
    efforts=(1,),
    unit="answer",
    turns=turns,
    fair=True,
)

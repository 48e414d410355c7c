"""More tokens: the most likely answer, cut after so many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.spec.elicitation import Ask, Elicitation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.spec.elicitation import Right, Turns
    from tasklaws.spec.family import Instance


def turns(instances: Sequence[Instance], effort: int, right: Right) -> Turns:  # noqa: ARG001  it is fair
    """Return the most likely answers, of `effort` tokens at most."""
    return (yield Ask(instances, places=effort))


ELICITATION = Elicitation(
    "more_tokens",
    "the most likely answer within a budget of tokens",
    source="formal model, section 3.1 (harness, limit on tokens)",
    status="emerging",
    efforts=(8, 16, 32, 54),
    unit="tokens",
    turns=turns,
    fair=True,
    general_efforts=(256, 1024, 4096, 16384),
)

"""Sample: one answer drawn from the model's own distribution, at temperature 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.spec.elicitation import Ask, Elicitation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.spec.elicitation import Right, Turns
    from tasklaws.spec.family import Instance


def turns(instances: Sequence[Instance], effort: int, right: Right) -> Turns:  # noqa: ARG001  one effort
    """Return one answer each, drawn at temperature 1."""
    return (yield Ask(instances, 1.0))


ELICITATION = Elicitation(
    "sample",
    "one answer drawn at temperature 1",
    source="arXiv 2107.03374, section 2 (a single sample, pass@1)",
    status="published",
    efforts=(1,),
    unit="sample",
    turns=turns,
    fair=True,
)

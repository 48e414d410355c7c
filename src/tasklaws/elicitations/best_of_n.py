"""Best of n: samples, of which a verifier that knows the right answer takes a right one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.spec.elicitation import Ask, Elicitation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.spec.elicitation import Right, Turns
    from tasklaws.spec.family import Instance
    from tasklaws.spec.transcript import Attempt


def turns(instances: Sequence[Instance], effort: int, right: Right) -> Turns:
    """Return for each instance the first right one of `effort` samples; where none is right, the first."""
    drawn = yield Ask(instances, 1.0, rounds=effort)
    return [_best(one, drawn[place :: len(instances)], right) for place, one in enumerate(instances)]


def _best(instance: Instance, samples: Sequence[Attempt], right: Right) -> Attempt:
    return next((sample for sample in samples if right(instance, sample)), samples[0])


ELICITATION = Elicitation(
    "best_of_n",
    "a right one of n samples, as a verifier who knows the answer would choose",
    source="arXiv 2407.21787 (repeated sampling with a verifier); arXiv 2107.03374 (pass@k)",
    status="published",
    efforts=(1, 2, 4, 8),
    unit="samples",
    turns=turns,
    fair=False,
)

"""What metrics share: reading one attempt, and refusing what cannot have been measured."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tasklaws.core.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tasklaws.spec.family import Instance
    from tasklaws.spec.transcript import Attempt

ROUNDING = 1e-6
"""How far above 1 the probabilities of the choices may add up by rounding."""


def only(instance: Instance, attempts: Sequence[Attempt]) -> Attempt:
    """Return the one attempt that a metric which does not aggregate looks at.

    Raises:
        BadInput: there are none or several.
    """
    if len(attempts) != 1:
        raise BadInput(
            f"{len(attempts)} attempts at {instance.instance_id!r} are to be scored as one.",
            "This metric looks at one attempt.",
            "Score the attempts one by one, or use a metric that aggregates.",
        )
    return attempts[0]


def texts(instance: Instance, attempts: Sequence[Attempt]) -> tuple[str, str]:
    """Return the answer given and the right one, without white space around them."""
    return only(instance, attempts).answer.strip(), instance.answer.strip()


def chance_of(alike: Callable[[str, str], float], instance: Instance) -> float | None:
    """Return the mean of `alike` over the choices, each guessed as often; None for an open question."""
    right = instance.answer.strip()
    scores = [alike(choice.strip(), right) for choice in instance.choices]
    return math.fsum(scores) / len(scores) if scores else None


def probabilities(instance: Instance, attempt: Attempt) -> dict[str, float] | None:
    """Return choice -> probability in the order of the choices; None unless all choices were measured.

    Raises:
        BadInput: a probability or a choice that cannot be, or the right answer is no choice.
    """
    given = attempt.probabilities
    if given is None:
        return None
    place = f"an attempt at {instance.instance_id!r}"
    _known(instance, instance.answer, f"the answer to {instance.instance_id!r} is")
    for choice in given:
        _known(instance, choice, f"{place} names")
    for choice, probability in given.items():
        _refuse(not 0 <= probability <= 1, f"{place} gives {choice!r} the probability {probability!r}.")
    total = math.fsum(given.values())
    _refuse(total > 1 + ROUNDING, f"the probabilities of {place} add up to {total!r}.")
    measured = all(choice in given for choice in instance.choices)
    return {choice: given[choice] for choice in instance.choices} if measured else None


def _known(instance: Instance, choice: str, where: str) -> None:
    if choice not in instance.choices:
        raise BadInput(
            f"{where} {choice!r}, which is no choice.",
            f"The choices are: {', '.join(instance.choices) or 'none'}.",
            "Name the choices as the instance does.",
        )


def _refuse(wrong: bool, what: str) -> None:
    if wrong:
        raise BadInput(
            what,
            "Probabilities lie between 0 and 1 and add up to 1 at most.",
            "Give probabilities, not logarithms or percentages.",
        )


def loss(instance: Instance, attempts: Sequence[Attempt]) -> float | None:
    """Return the total negative log-likelihood of the reference in nats; None where it was not measured.

    Raises:
        BadInput: it is negative or not finite.
    """
    nll = only(instance, attempts).reference_nll
    if nll is not None and not (math.isfinite(nll) and nll >= 0):
        raise BadInput(
            f"an attempt at {instance.instance_id!r} has a reference_nll of {nll!r}.",
            "A negative log-likelihood is a finite number, 0 or more.",
            "Give the sum of -log p over the tokens of the reference, in nats.",
        )
    return nll


def loss_per(instance: Instance, attempts: Sequence[Attempt], unit: str) -> float | None:
    """Return nats per `unit` of the reference, ``tokens`` or ``bytes``; None where either is missing or 0.

    Raises:
        BadInput: a loss or a count that cannot be.
    """
    nll = loss(instance, attempts)
    count = getattr(only(instance, attempts), f"reference_{unit}")
    if count is not None and count < 0:
        raise BadInput(
            f"an attempt at {instance.instance_id!r} has {count!r} reference_{unit}.",
            "A count is 0 or more.",
            "Count them again.",
        )
    return nll / count if nll is not None and count else None

"""Multiple-choice grade: 1 if the right choice has the most probability; a tie counts its share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.metrics._attempts import only, probabilities
from tasklaws.spec.metric import Metric
from tasklaws.theory import score_laws

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.spec.family import Instance
    from tasklaws.spec.transcript import Attempt


def score(instance: Instance, attempts: Sequence[Attempt]) -> float | None:
    """Return 1 over the number of choices of the most probability if the right one is of them, else 0."""
    given = probabilities(instance, only(instance, attempts))
    if given is None:
        return None
    most = max(given.values())
    first = [choice for choice, p in given.items() if p == most]
    return (instance.answer in first) / len(first)


def chance(instance: Instance) -> float | None:
    """Return one over the number of choices; None for an open question."""
    return 1 / len(instance.choices) if instance.choices else None


METRIC = Metric(
    "mc_grade",
    "1 if the right choice has the most probability, ties shared",
    source="arXiv 2206.04615 (multiple_choice_grade); arXiv 2406.04391 (accuracy from choice probabilities)",
    status="published",
    direction="higher",
    lower=0.0,
    upper=1.0,
    unit="share",
    linearity="threshold",
    kind="output",
    needs=("probabilities",),
    score=score,
    chance=chance,
    expected=score_laws.grade_mean,
    resolution="On one question blind to any change that leaves the order as it is: below 1/K the right "
    "choice cannot lead, and from 1/2 on it always does.",
    validity="It is the grade of a model that must choose; it hangs on the likeliest wrong choice as much "
    "as on the right one, so predict both.",
)

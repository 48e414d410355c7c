"""Brier score: squared errors of the probabilities given to the choices, summed; 0 is best, 2 worst."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tasklaws.metrics._attempts import only, probabilities
from tasklaws.spec.metric import Metric
from tasklaws.theory import score_laws

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.spec.family import Instance
    from tasklaws.spec.transcript import Attempt


def score(instance: Instance, attempts: Sequence[Attempt]) -> float | None:
    """Return the sum over the choices of (probability - 1 if right, else 0) squared.

    Probabilities are taken as given. Scaling them up to 1 would hide how much went to texts that are no
    choice, and makes the score follow the little that small models put on choices at all.
    """
    given = probabilities(instance, only(instance, attempts))
    if given is None:
        return None
    return math.fsum((p - (choice == instance.answer)) ** 2 for choice, p in given.items())


def chance(instance: Instance) -> float | None:
    """Return the score of equal probabilities, 1 - 1/K; None for an open question."""
    return 1 - 1 / len(instance.choices) if instance.choices else None


METRIC = Metric(
    "brier",
    "squared errors of the probabilities of the choices, summed: 0 is best, 2 is worst",
    source="Brier, 1950, Monthly Weather Review 78(1), 1; not renormalised, for arXiv 2406.04391",
    status="published",
    direction="lower",
    lower=0.0,
    upper=2.0,
    unit="squared error",
    linearity="power",
    kind="output",
    needs=("probabilities",),
    score=score,
    chance=chance,
    expected=score_laws.brier_mean,
    resolution="Moves wherever probability moves, also below the point where the right choice overtakes "
    "the others; flat, as a square is, once almost all probability is on the right one.",
    validity="Lowest in expectation for the probabilities that are true; two models of one probability on "
    "the right choice differ by how they divide the rest.",
)

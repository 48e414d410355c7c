"""Milestones: the share of a task's milestones that an attempt reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.metrics._attempts import only
from tasklaws.spec.metric import Metric
from tasklaws.theory import score_laws

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.spec.family import Instance
    from tasklaws.spec.transcript import Attempt


def score(instance: Instance, attempts: Sequence[Attempt]) -> float | None:
    """Return the share reached; None where none were looked for."""
    reached = only(instance, attempts).milestones
    return sum(reached) / len(reached) if reached else None


def chance(instance: Instance) -> None:
    """Return None: what a guesser reaches is not known."""


METRIC = Metric(
    "milestones",
    "share of the milestones of the task that were reached",
    source="arXiv 2403.13793 and 2409.16125 (milestones); formal model, section 3.3 (a chain's progress)",
    status="published",
    direction="higher",
    lower=0.0,
    upper=1.0,
    unit="share",
    linearity="power",
    kind="process",
    needs=("milestones",),
    score=score,
    chance=chance,
    expected=score_laws.milestone_mean,
    resolution="Off the floor long before the task is solved: a chain of n steps of success q is done to "
    "q/(n(1 - q)) of its length where it is almost never done to its end.",
    validity="It speaks of the path that the milestones mark; success on another path makes it too low, "
    "so report the share of successes off the path beside it.",
)

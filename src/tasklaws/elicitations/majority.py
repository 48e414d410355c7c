"""Majority: of several samples the answer that most of them give."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tasklaws.spec.elicitation import Ask, Elicitation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.spec.elicitation import Right, Turns
    from tasklaws.spec.family import Instance
    from tasklaws.spec.transcript import Attempt


def turns(instances: Sequence[Instance], effort: int, right: Right) -> Turns:  # noqa: ARG001  it is fair
    """Return for each instance an attempt that gives the most frequent answer of `effort` samples."""
    drawn = yield Ask(instances, 1.0, rounds=effort)
    return [elected(drawn[place :: len(instances)]) for place in range(len(instances))]


def elected(samples: Sequence[Attempt]) -> Attempt:
    """Return the likeliest sample of those that give the most frequent answer.

    An empty answer is no vote, unless there is no other. Ties go to the answer with the likeliest sample;
    where no likelihoods were recorded, to the one that came first.
    """
    votes = Counter(sample.answer for sample in samples if sample.answer) or Counter({"": len(samples)})
    most = max(votes.values())
    first = [sample for sample in samples if votes[sample.answer] == most]
    return max(first, key=_log_prob)


def _log_prob(sample: Attempt) -> float:
    """Return the log-probability of a sample, where its solver records one."""
    return float("-inf") if sample.log_prob is None else sample.log_prob


ELICITATION = Elicitation(
    "majority",
    "the most frequent answer of several samples",
    source="arXiv 2203.11171 (self-consistency)",
    status="published",
    efforts=(1, 2, 4, 8),
    unit="samples",
    turns=turns,
    fair=True,
)

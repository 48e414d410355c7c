"""Exact match: 1 if the answer is the right one, 0 if not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.metrics._attempts import chance_of, texts
from tasklaws.spec.metric import Metric
from tasklaws.theory import score_laws

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.spec.family import Instance
    from tasklaws.spec.transcript import Attempt


def score(instance: Instance, attempts: Sequence[Attempt]) -> float:
    """Return 1 if the answer is the right one but for white space around it, else 0."""
    return _same(*texts(instance, attempts))


def chance(instance: Instance) -> float | None:
    """Return one over the number of choices; None for an open question."""
    return chance_of(_same, instance)


def _same(answer: str, right: str) -> float:
    return float(answer == right)


METRIC = Metric(
    "exact",
    "1 if the answer is the right one, 0 if not",
    source="arXiv 2304.15004, section 2 (accuracy: p^L)",
    status="published",
    direction="higher",
    lower=0.0,
    upper=1.0,
    unit="share",
    linearity="power",
    kind="output",
    needs=("answer",),
    score=score,
    chance=chance,
    expected=score_laws.exact_mean,
    resolution="Best at an accuracy of 0.20, where 39 samples give the log of the hazard a standard error "
    "of 0.2; the same takes 250 at 0.9, 117 at 0.01 and 523 at 0.001, and more where guessing helps.",
    validity="It is the grade that counts; none right of n says only that the rate is below about 3/n.",
)

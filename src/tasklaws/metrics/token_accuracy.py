"""Token accuracy: the share of positions that hold the right character."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapidfuzz.distance import Hamming

from tasklaws.metrics._attempts import chance_of, texts
from tasklaws.spec.metric import Metric
from tasklaws.theory import score_laws

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.spec.family import Instance
    from tasklaws.spec.transcript import Attempt


def score(instance: Instance, attempts: Sequence[Attempt]) -> float:
    """Return the share of right characters, over the positions of the longer text.

    Characters stand for tokens: an attempt does not record how its model cuts text, and a measure that
    is to compare models must cut all answers alike.
    """
    return Hamming.normalized_similarity(*texts(instance, attempts))


def chance(instance: Instance) -> float | None:
    """Return the mean share over the choices; None for an open question."""
    return chance_of(Hamming.normalized_similarity, instance)


METRIC = Metric(
    "token_accuracy",
    "share of positions that hold the right character",
    source="arXiv 2304.15004, section 2 (L tokens, each right with probability p)",
    status="published",
    direction="higher",
    lower=0.0,
    upper=1.0,
    unit="share",
    linearity="linear",
    kind="output",
    needs=("answer",),
    score=score,
    chance=chance,
    expected=score_laws.token_mean,
    resolution="As many coin flips as there are characters, where they err independently: 900 give a "
    "standard error of 0.01 at an error of 0.1.",
    validity="It counts right characters in place: one character too many or too few puts all behind it "
    "out of place, and right characters do not add up to right answers without a law that links them.",
)

"""Edit similarity: 1 less the Levenshtein distance to the right answer, in lengths of the longer text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapidfuzz.distance import Levenshtein

from tasklaws.metrics._attempts import chance_of, texts
from tasklaws.spec.metric import Metric
from tasklaws.theory import score_laws

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.spec.family import Instance
    from tasklaws.spec.transcript import Attempt


def score(instance: Instance, attempts: Sequence[Attempt]) -> float:
    """Return 1 less insertions, deletions and substitutions of characters over the longer length."""
    return Levenshtein.normalized_similarity(*texts(instance, attempts))


def chance(instance: Instance) -> float | None:
    """Return the mean similarity of the choices to the answer; None for an open question."""
    return chance_of(Levenshtein.normalized_similarity, instance)


METRIC = Metric(
    "edit_similarity",
    "1 less the edits that turn the answer into the right one, per character of the longer",
    source="Levenshtein, 1966, Soviet Physics Doklady 10(8), 707; arXiv 2304.15004, section 2",
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
    expected=score_laws.least_edit_mean,
    resolution="As token_accuracy near the right answer; texts of few symbols look alike by accident, "
    "so that it moves little where most tokens are wrong.",
    validity="It shows how near an answer came only where near is worth something: answers of a strict "
    "tool are right or a guess, and a guess is as similar whoever makes it.",
)

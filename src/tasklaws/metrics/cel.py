"""Cross-entropy loss: negative log-likelihood per token of the reference solution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.metrics._attempts import loss_per
from tasklaws.spec.metric import Metric
from tasklaws.theory import score_laws

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.spec.family import Instance
    from tasklaws.spec.transcript import Attempt


def score(instance: Instance, attempts: Sequence[Attempt]) -> float | None:
    """Return nats per token of the reference; None where either was not measured, or it has no tokens."""
    return loss_per(instance, attempts, "tokens")


def chance(instance: Instance) -> None:
    """Return None: a guesser's likelihoods, and what it takes for tokens, are not known."""


METRIC = Metric(
    "cel",
    "negative log-likelihood per token of the reference solution",
    source="arXiv 2001.08361 (cross-entropy loss in nats); arXiv 2304.15004, section 2",
    status="published",
    direction="lower",
    lower=0.0,
    upper=None,
    unit="nats per token",
    linearity="logarithmic",
    kind="process",
    needs=("reference_nll", "reference_tokens"),
    score=score,
    chance=chance,
    expected=score_laws.nll_per_token,
    resolution="As reference_nll, and comparable between references of different length.",
    validity="What scaling laws of loss are about; only models that cut text into the same tokens can be "
    "compared by it, others by bits_per_byte.",
)

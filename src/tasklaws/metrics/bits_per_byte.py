"""Bits per byte: negative log-likelihood of the reference solution, per byte of its UTF-8 text."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tasklaws.metrics._attempts import loss_per
from tasklaws.spec.metric import Metric

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.spec.family import Instance
    from tasklaws.spec.metric import OutputLaw
    from tasklaws.spec.transcript import Attempt


def score(instance: Instance, attempts: Sequence[Attempt]) -> float | None:
    """Return bits per byte of the reference; None where either was not measured, or it has no bytes."""
    nats = loss_per(instance, attempts, "bytes")
    return None if nats is None else nats / math.log(2)


def chance(instance: Instance) -> float:  # noqa: ARG001
    """Return 8: a byte guessed evenly among 256."""
    return 8.0


def expected(law: OutputLaw) -> None:
    """Return None: the law does not say how many bytes a token has."""


METRIC = Metric(
    "bits_per_byte",
    "negative log-likelihood of the reference solution per byte of its text",
    source="arXiv 2101.00027, section 3.1 (bits per byte); arXiv 2412.04403 (task loss)",
    status="published",
    direction="lower",
    lower=0.0,
    upper=None,
    unit="bits per byte",
    linearity="logarithmic",
    kind="process",
    needs=("reference_nll", "reference_bytes"),
    score=score,
    chance=chance,
    expected=expected,
    resolution="As cel, and comparable between models that cut text into different tokens.",
    validity="A loss that no choice of tokens moves; a byte that must be exact counts as much as one that "
    "need not be.",
)

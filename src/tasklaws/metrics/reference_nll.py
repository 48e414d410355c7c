"""Reference loss: the total negative log-likelihood of the reference solution, in nats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.metrics._attempts import loss
from tasklaws.spec.metric import Metric
from tasklaws.theory import score_laws

if TYPE_CHECKING:
    from tasklaws.spec.family import Instance


def chance(instance: Instance) -> None:
    """Return None: a guesser's likelihoods are not known."""


METRIC = Metric(
    "reference_nll",
    "total negative log-likelihood of the reference solution",
    source="formal model, section 3.3; arXiv 2304.15004, section 2 (cross-entropy); arXiv 2412.04403",
    status="published",
    direction="lower",
    lower=0.0,
    upper=None,
    unit="nats",
    linearity="logarithmic",
    kind="process",
    needs=("reference_nll",),
    score=loss,
    chance=chance,
    expected=score_laws.nll_mean,
    resolution="Never off the scale: one attempt tells models apart whose success is 1e-3 and 1e-6, as "
    "6.9 and 13.8 nats.",
    validity="For a strict tool and a single right call it is -log of the success, also where no output "
    "shows anything; where other solutions are as good it counts their probability as error.",
)

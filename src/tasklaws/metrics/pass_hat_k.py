"""pass^k: the probability that all of k attempts are right, from n attempts or more."""

from __future__ import annotations

import math

from tasklaws.metrics._repeats import DEFAULT_K, Chance, Expected, Score
from tasklaws.spec.metric import Metric


def estimate(n: int, right: int, k: int) -> float:
    """Return C(c, k) / C(n, k): the share of choices of k attempts in which all are right."""
    return math.comb(right, k) / math.comb(n, k)


def of_k(success: float, k: int) -> float:
    """Return the probability that k independent attempts all succeed."""
    return success**k


def at(k: int) -> Metric:
    """Return the metric for `k` attempts.

    Raises:
        BadPlan: `k` is not a whole number of 1 or more.
    """
    return Metric(
        "pass_hat_k" if k == DEFAULT_K else f"pass_hat_{k}",
        f"probability that all of {k} attempts are right, estimated without bias",
        source="arXiv 2406.12045 (pass^k); estimate as arXiv 2107.03374, eq. 1",
        status="published",
        direction="higher",
        lower=0.0,
        upper=1.0,
        unit="share",
        linearity="aggregate",
        kind="aggregate",
        needs=("answer",),
        score=Score(estimate, k),
        chance=Chance(of_k, k),
        expected=Expected(of_k, k),
        resolution=f"Moves most, per factor of failure, where one attempt in {k} fails; near its "
        "floor long before all do.",
        validity="Whether success can be relied on; beside the mean it tells tasks that are a coin each "
        "time from tasks that are always or never solved, which no single attempt does.",
    )


METRIC = at(DEFAULT_K)

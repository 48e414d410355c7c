"""pass@k: the probability that at least one of k attempts is right, from n attempts or more."""

from __future__ import annotations

import math

from tasklaws.metrics._repeats import DEFAULT_K, Chance, Expected, Score
from tasklaws.spec.metric import Metric


def estimate(n: int, right: int, k: int) -> float:
    """Return 1 - C(n - c, k) / C(n, k): the share of choices of k attempts with a right one among them."""
    return 1 - math.comb(n - right, k) / math.comb(n, k)


def of_k(success: float, k: int) -> float:
    """Return the probability that one of k independent attempts succeeds."""
    return -math.expm1(k * math.log1p(-success)) if success < 1 else 1.0


def at(k: int) -> Metric:
    """Return the metric for `k` attempts.

    Raises:
        BadPlan: `k` is not a whole number of 1 or more.
    """
    return Metric(
        "pass_at_k" if k == DEFAULT_K else f"pass_at_{k}",
        f"probability that at least one of {k} attempts is right, estimated without bias",
        source="arXiv 2107.03374, eq. 1",
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
        resolution=f"Moves most, per factor of success, where one attempt in {k} succeeds; near its "
        "ceiling long before all do.",
        validity="What can be reached where something tells a right attempt from a wrong one; not what a "
        "user gets who has no such judge, and it rises with guessing.",
    )


METRIC = at(DEFAULT_K)

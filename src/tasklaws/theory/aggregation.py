"""What several attempts at one instance make of one attempt's success."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scipy.special import betainc

from tasklaws.spec.bounds import share

if TYPE_CHECKING:
    from tasklaws.spec.harness import Harness


def aggregated(success: float, harness: Harness) -> float:
    """Return the probability that the attempts of `harness` give the right answer.

    Attempts are independent given the instance. ``any`` stands for a verifier that finds a right answer among
    them; a majority needs more than half of them, and wins a tie half of the time: wrong answers are
    taken to agree, the worst case.

    Args:
        success: probability that one attempt is right.
        harness: `attempts` and `aggregation` are used.

    Raises:
        BadPlan: `success` is not a probability.
    """
    share(success, "the probability of success")
    k = harness.attempts
    if harness.aggregation == "any":
        return float(1 - (1 - success) ** k)
    return _majority(success, k) if harness.aggregation == "majority" else success


def _majority(success: float, k: int) -> float:
    """Return P(more than half of k succeed) + P(exactly half) / 2: that of the next lower odd number."""
    odd = k if k % 2 else k - 1
    return float(betainc(odd // 2 + 1, odd - odd // 2, success))

"""Trying a step again: what noticing failures is worth, and what a power law of attempts means.

An attempt is right with probability q; a wrong one is noticed with probability nu, and then tried again,
up to R attempts. Attempts are independent.

Over problems of one difficulty, failure falls exponentially in R. Over problems whose rates are
Beta(a, b), it falls as R^-a: the exponent is a property of the hardest problems, not of the model's
attempts.

Source: formal model, P4 and P4b; arXiv 2502.17578 (a heavy tail of rates makes the power law).
"""

from __future__ import annotations

import math

from scipy.special import betaln, gammaln, psi

from tasklaws.core.errors import BadPlan
from tasklaws.spec.bounds import share, whole


def mean_attempts(right: float, detect: float, attempts: int) -> float:
    """Return the mean number of attempts made: (1 - again^R) / (1 - again), again = (1 - q) nu."""
    ends = _ends(right, detect, attempts)
    if ends in (0.0, 1.0):
        return 1.0 if ends else float(attempts)
    return -math.expm1(attempts * math.log1p(-ends)) / ends


def success(right: float, detect: float, attempts: int) -> float:
    """Return the probability that the step ends right: q times the mean number of attempts."""
    return right * mean_attempts(right, detect, attempts)


def unnoticed(right: float, detect: float, attempts: int) -> float:
    """Return the probability that the step ends wrong and nobody knows."""
    return (1 - right) * (1 - detect) * mean_attempts(right, detect, attempts)


def used_up(right: float, detect: float, attempts: int) -> float:
    """Return the probability that every attempt fails and is noticed."""
    return float((1.0 - _ends(right, detect, attempts)) ** attempts)


def pass_at(attempts: int, a: float, b: float) -> float:
    """Return the mean over problems with rates Beta(a, b) that one of `attempts` is right."""
    return -math.expm1(_log_unsolved(attempts, a, b))


def unsolved(attempts: int, a: float, b: float) -> float:
    """Return the share of problems that no attempt solves: B(a, b + R) / B(a, b)."""
    return math.exp(_log_unsolved(attempts, a, b))


def unsolved_slope(attempts: int, a: float, b: float) -> float:
    """Return d log(unsolved) / d log(attempts), which goes to -a as attempts grow."""
    _check(attempts, a, b)
    return float(attempts * (psi(b + attempts) - psi(a + b + attempts)))


def unsolved_tail(attempts: int, a: float, b: float) -> float:
    """Return what `unsolved` goes to as attempts grow: Gamma(a + b) / Gamma(b) x attempts^-a."""
    _check(attempts, a, b)
    return math.exp(float(gammaln(a + b) - gammaln(b)) - a * math.log(attempts))


def _ends(right: float, detect: float, attempts: int) -> float:
    """Return the probability that an attempt is the last, whatever number it has."""
    share(right, "the probability that an attempt is right")
    share(detect, "the probability that a failure is noticed")
    whole(attempts, 1, "the number of attempts")
    return right + (1 - right) * (1 - detect)


def _log_unsolved(attempts: int, a: float, b: float) -> float:
    _check(attempts, a, b)
    return float(betaln(a, b + attempts) - betaln(a, b))


def _check(attempts: int, a: float, b: float) -> None:
    whole(attempts, 1, "the number of attempts")
    for name, value in (("a", a), ("b", b)):
        if not (math.isfinite(value) and value > 0):
            raise BadPlan(
                f"the parameter {name} of a beta law of rates is {value!r}.",
                "It must be a finite number above 0.",
                "Correct it, or use `success` with detect 1 where all problems have one rate.",
            )

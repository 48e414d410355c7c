"""What a sample of right and wrong answers tells about the hazard behind them, and at what price.

Accuracy is floor + (1 - floor) exp(-hazard), where the floor is what guessing gets. The information of
one answer about log hazard is largest where about one answer in five is right (without a floor), and
falls to nothing at both ends; its inverse is the number of answers that a wanted standard error costs.

Rates of 0 are censored, not small: fit counts, and never transform raw rates.

Source: formal model, P9, D11 and the correction 0b.5; PassUntil: arXiv 2310.03262.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import expit, exprel, hyp2f1, logit

from tasklaws.core.errors import BadInput, BadPlan
from tasklaws.spec.bounds import not_negative, share, whole

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

FAR = 700.0
"""A hazard at which no answer is right but by chance; exp(FAR) is still a number."""


@dataclass(frozen=True)
class Best:
    """Where an answer tells most about log hazard."""

    hazard: float
    rate: float
    information: float


def information(hazard: ArrayLike, floor: float = 0.0) -> Floats:
    """Return the Fisher information of one answer about log hazard, of the shape of `hazard`.

    It is hazard^2 / (e^hazard - 1), the information without a floor, times the share of right answers
    that are no guesses.
    """
    _check_floor(floor)
    h = np.asarray(hazard, dtype=float)
    for end in (h.min(initial=0.0), h.max(initial=0.0)):
        not_negative(float(end), "a hazard")
    earned = expit(logit(1 - floor) - h)
    told: Floats = h * earned / exprel(h)
    return told


def hazard_of(rate: float, floor: float = 0.0) -> float:
    """Return the hazard behind an accuracy of `rate`.

    Raises:
        BadInput: the rate does not lie between the floor and 1, so that no hazard is finite.
    """
    _check_floor(floor)
    if not floor < rate < 1:
        raise BadInput(
            f"the rate is {rate!r} and the chance floor {floor!r}.",
            "A hazard is finite for rates strictly between the floor and 1.",
            "Give another rate; for none or all right, give a bound (`most_rate_of_none`).",
        )
    return -math.log((rate - floor) / (1 - floor))


def rate_of(hazard: float, floor: float = 0.0) -> float:
    """Return the accuracy at a hazard."""
    _check_floor(floor)
    not_negative(hazard, "a hazard")
    return floor + (1 - floor) * math.exp(-hazard)


def best(floor: float = 0.0) -> Best:
    """Return the place of most information: a rate of .2032 without a floor, .538 with one of .25."""
    _check_floor(floor)
    found = minimize_scalar(
        lambda log: -information(np.exp(log), floor), bounds=(-1.0, 1.0), method="bounded",
        options={"xatol": 1e-9},
    )  # fmt: skip
    hazard = math.exp(float(found.x))
    return Best(hazard, rate_of(hazard, floor), -float(found.fun))


def samples(rate: float, error: float, floor: float = 0.0) -> float:
    """Return how many answers give log hazard the standard error `error` at an accuracy of `rate`.

    Without a floor: (e^hazard - 1) / (hazard^2 error^2). Round up.
    """
    _check_error(error)
    return 1 / (float(information(hazard_of(rate, floor), floor)) * error**2)


def samples_for_log_rate(rate: float, error: float) -> float:
    """Return how many answers give log accuracy the standard error `error`: (1 - rate) / (rate error^2)."""
    _check_error(error)
    hazard_of(rate)
    return (1 - rate) / (rate * error**2)


def informative_range(floor: float = 0.0, least: float = 0.25) -> tuple[float, float]:
    """Return the lowest and highest rate at which an answer tells `least` of the most it can tell."""
    if not 0 < least < 1:
        raise BadPlan(
            f"the share of the most information is {least!r}.", "It must lie between 0 and 1.", "Correct it."
        )
    most = best(floor)

    def beyond(hazard: float) -> float:
        return float(information(hazard, floor)) - least * most.information

    high, low = brentq(beyond, 0.0, most.hazard), brentq(beyond, most.hazard, FAR)
    return rate_of(low, floor), rate_of(high, floor)


def most_rate_of_none(samples: int, confidence: float = 0.95) -> float:
    """Return the upper bound of a rate of which `samples` answers showed none: about 3 / samples."""
    whole(samples, 1, "the number of answers")
    share(confidence, "a confidence")
    return float(1 - (1 - confidence) ** (1 / samples))


def pass_until(successes: int, draws: int) -> float:
    """Return the rate from the number of draws until the last of `successes`: (r - 1) / (K - 1), unbiased.

    Raises:
        BadPlan: fewer than two successes, for which no unbiased estimate of this kind exists.
        BadInput: fewer draws than successes.
    """
    whole(successes, 2, "the number of successes to wait for")
    if draws < successes:
        raise BadInput(
            f"{draws} draws gave {successes} successes.",
            "Every success is a draw.",
            "Give the number of all draws, the last success included.",
        )
    return (successes - 1) / (draws - 1)


def mean_naive_pass_until(successes: int, rate: float) -> float:
    """Return the mean of r / K, which overstates a small rate by the factor r / (r - 1)."""
    whole(successes, 1, "the number of successes to wait for")
    hazard_of(rate)
    return float(rate**successes * hyp2f1(successes, successes, successes + 1, 1 - rate))


def pass_until_error(successes: int) -> float:
    """Return the relative standard error of `pass_until` at small rates: (r - 2)^-1/2."""
    whole(successes, 3, "the number of successes to wait for")
    return float((successes - 2) ** -0.5)


def _check_floor(floor: float) -> None:
    if not 0 <= floor < 1:
        raise BadPlan(f"the chance floor is {floor!r}.", "It must be 0 or more and below 1.", "Correct it.")


def _check_error(error: float) -> None:
    if not (math.isfinite(error) and error > 0):
        raise BadPlan(f"the standard error is {error!r}.", "It must be a number above 0.", "Correct it.")

"""Accuracy of a chain of steps whose hazard falls as a power of compute.

If a task of L steps fails with a total hazard of L A C^-alpha, its accuracy exp(-hazard) is the
distribution function of a Gumbel variable in log C. Length moves that curve and never steepens it; a
jump inside d decades of compute needs an exponent of `least_exponent(d)`. Where ordinary exponents of
loss are too small for that, look for knowledge that is there or not, coarse rungs, or too few samples.

This is algebra under two assumptions: every step must be right, and its hazard is one power law. It
says nothing about models before both are tested on their runs.

Source: formal model, P3 and its correction 0b.12; arXiv 2304.15004, section 2.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.core.errors import BadPlan
from tasklaws.spec.bounds import between, whole

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from tasklaws.spec.agent import SkillLaw

    Floats = NDArray[np.float64]


def hazard(law: SkillLaw, steps: float, flops: ArrayLike) -> Floats:
    """Return the hazard of failing, steps x amount x flops ^ -exponent, of the shape of `flops`.

    A tool of strictness s makes it the hazard of s x steps, as long as errors are rare.
    """
    _check(law, steps)
    c = np.asarray(flops, dtype=float)
    if not (c > 0).all():
        raise BadPlan(f"compute is {float(c.min())!r} flops.", "It must be above 0.", "Correct it.")
    total: Floats = steps * law.amount * np.power(c, -law.exponent)
    return total


def rate(law: SkillLaw, steps: float, flops: ArrayLike) -> Floats:
    """Return the probability that every step is right, exp(-hazard), of the shape of `flops`."""
    return np.exp(-hazard(law, steps, flops))


def location(law: SkillLaw, steps: float) -> float:
    """Return log10 of the compute at which the hazard is 1: log10(steps x amount) / exponent."""
    _check(law, steps)
    return (math.log10(steps) + math.log10(law.amount)) / law.exponent


def scale(law: SkillLaw) -> float:
    """Return the scale of the Gumbel variable in decades of compute: 1 / (exponent x ln 10)."""
    _check(law)
    return 1 / (law.exponent * math.log(10))


def log10_flops_at(law: SkillLaw, steps: float, wanted: float) -> float:
    """Return log10 of the compute at which the rate is `wanted`."""
    between(wanted, 0.0, 1.0, "a rate")
    return location(law, steps) - math.log10(-math.log(wanted)) / law.exponent


def width(exponent: float, low: float = 0.1, high: float = 0.9) -> float:
    """Return the decades of compute from the rate `low` to `high`: 1.3395 / exponent by default.

    The number of steps and the amount of hazard do not come into it.
    """
    between(exponent, 0.0, math.inf, "the exponent of a hazard")
    return _decades(low, high) / exponent


def visible_width(exponent: float, samples: int, high: float = 0.9) -> float:
    """Return the decades of compute from the rate that shows once in `samples` to the rate `high`."""
    whole(samples, 2, "the number of samples")
    return width(exponent, 1 / samples, high)


def shift(exponent: float, times: float) -> float:
    """Return the decades by which a task of `times` as many steps comes later: log10(times) / exponent."""
    between(exponent, 0.0, math.inf, "the exponent of a hazard")
    between(times, 0.0, math.inf, "a ratio of lengths")
    return math.log10(times) / exponent


def least_exponent(decades: float, low: float = 0.1, high: float = 0.9) -> float:
    """Return the least exponent with which the rate goes from `low` to `high` within `decades`."""
    between(decades, 0.0, math.inf, "a span of compute in decades")
    return _decades(low, high) / decades


def loss_width(steps: float, low: float = 0.1, high: float = 0.9) -> float:
    """Return the nats of loss per step from the rate `low` to `high`: 2.197 / steps by default.

    On this axis length does steepen the curve: accuracy is exp(-steps x loss).
    """
    between(steps, 0.0, math.inf, "a number of steps")
    _ordered(low, high)
    return math.log(high / low) / steps


def _decades(low: float, high: float) -> float:
    """Return by how many decades the hazard falls from the rate `low` to `high`."""
    _ordered(low, high)
    return math.log10(math.log(low) / math.log(high))


def _check(law: SkillLaw, steps: float = 1.0) -> None:
    between(steps, 0.0, math.inf, "a number of steps")
    between(law.amount, 0.0, math.inf, "the amount of a hazard")
    between(law.exponent, 0.0, math.inf, "the exponent of a hazard")


def _ordered(low: float, high: float) -> None:
    between(low, 0.0, 1.0, "the lower rate")
    between(high, low, 1.0, "the higher rate")

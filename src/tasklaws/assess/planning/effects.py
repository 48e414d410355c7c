"""The smallest differences that a design can find between two models, or between two rungs.

Models answer the same tasks, so what tasks have in common falls out of a difference; families are its
clusters, for a shock shifts all tasks of a family. Rates are taken around one half of what is above chance,
where answers and shocks scatter scores most.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, ndtri, stdtrit

if TYPE_CHECKING:
    from tasklaws.assess.planning.design import Design

LEVEL, WANTED = 0.05, 0.8
NODES = 41
"""Of the integral over shocks."""


def variance_of_difference(design: Design) -> tuple[float, float]:
    """Return the variance of a family's difference of two mean scores, by answers and by shocks."""
    rate = design.floor + (1 - design.floor) / 2
    answers = 2 * rate * (1 - rate) / (design.tasks * design.samples)
    places, weights = np.polynomial.hermite_e.hermegauss(NODES)
    shocked = expit(design.shock * places) - 0.5
    return answers, 2 * (1 - design.floor) ** 2 * float(weights @ shocked**2 / weights.sum())


def between_models(design: Design) -> float | None:
    """Return the difference of two models' mean scores that is found with power .8, families as clusters.

    The test is Student's over the differences of families, at 5 %, two-sided; None for one family.
    """
    if design.families < 2:  # noqa: PLR2004  one cluster has no spread
        return None
    spread = sqrt(sum(variance_of_difference(design)) / design.families)
    return _reach(design.families - 1) * spread


def between_rungs(design: Design) -> float:
    """Return the difference of one family between two rungs that is found with power .8, the shock known."""
    return float(ndtri(1 - LEVEL / 2) + ndtri(WANTED)) * sqrt(sum(variance_of_difference(design)))


def _reach(freedom: int) -> float:
    """Return how many standard errors off 0 a mean must lie to be found, by shifting Student's law."""
    return float(stdtrit(freedom, 1 - LEVEL / 2) + stdtrit(freedom, WANTED))

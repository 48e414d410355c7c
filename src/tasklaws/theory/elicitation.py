"""Failures that are no lack of ability: a ceiling on accuracy, and a bias of laws fitted below it.

Where an attempt fails for some spurious reason (a refusal, a broken format, a tool that was not used)
with probability e, whatever the ability, accuracy is (1 - e) exp(-hazard): the ceiling is 1 - e, and
-log accuracy is the hazard plus the constant -log(1 - e).

Source: formal model, P15.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.core.errors import BadInput, BadPlan
from tasklaws.spec.bounds import not_negative, share

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

SPURIOUS = "the share of spurious failures"


def ceiling(spurious: float) -> float:
    """Return the accuracy that no ability exceeds: 1 - e."""
    share(spurious, SPURIOUS)
    return 1 - spurious


def rate(hazard: float, spurious: float) -> float:
    """Return the accuracy at a hazard: (1 - e) exp(-hazard)."""
    not_negative(hazard, "a hazard")
    return ceiling(spurious) * math.exp(-hazard)


def seen_hazard(hazard: ArrayLike, spurious: ArrayLike) -> Floats:
    """Return -log accuracy, hazard - log(1 - e), of the shape of both together."""
    h, e = np.asarray(hazard, dtype=float), np.asarray(spurious, dtype=float)
    if not ((e >= 0) & (e < 1)).all() or not (h >= 0).all():
        raise BadPlan(
            f"hazards are {h.tolist()} and {SPURIOUS} is {e.tolist()}.",
            "Hazards must be 0 or more, shares 0 or more and below 1.",
            "Correct them.",
        )
    seen: Floats = h - np.log1p(-e)
    return seen


def true_hazard(observed: float, spurious: float) -> float:
    """Return the hazard of ability behind an observed accuracy, once spurious failures are known.

    Raises:
        BadInput: the accuracy is 0 or above the ceiling, so that one of the two figures is wrong.
    """
    most = ceiling(spurious)
    if not 0 < observed <= most:
        raise BadInput(
            f"the accuracy is {observed!r} with a ceiling of {most!r}.",
            "It must be above 0 and at most the ceiling.",
            "Count the spurious failures among the same attempts.",
        )
    return math.log(most / observed)


def slope_bias(x: ArrayLike, spurious: ArrayLike) -> float:
    """Return the error of the slope of -log accuracy along `x`, per unit of `x`, by least squares.

    It is the slope of -log(1 - e): a share that is the same at every rung does no harm on this axis.

    Args:
        x: place of each rung, of shape (rungs,).
        spurious: share of spurious failures of each rung.
    """
    return _slope(x, seen_hazard(0.0, spurious))


def log_slope_bias(x: ArrayLike, hazards: ArrayLike, spurious: ArrayLike) -> float:
    """Return the error of the slope of log hazard along `x`, per unit of `x`, by least squares.

    On this axis a constant share flattens the law as well, because the seen hazard ends at -log(1 - e).

    Args:
        x: place of each rung, of shape (rungs,).
        hazards: hazard of ability at each rung, above 0.
        spurious: share of spurious failures of each rung.
    """
    h = np.asarray(hazards, dtype=float)
    if not (h > 0).all():
        raise BadPlan(
            f"hazards are {h.tolist()}.", "The log of a hazard needs one above 0.", "Leave out the others."
        )
    return _slope(x, np.log(seen_hazard(h, spurious) / h))


def _slope(x: ArrayLike, y: Floats) -> float:
    places = np.asarray(x, dtype=float)
    if places.ndim != 1 or places.shape != y.shape or np.unique(places).size < 2:  # noqa: PLR2004
        raise BadInput(
            f"there are places of shape {places.shape} for rungs of shape {y.shape}.",
            "A slope needs one place per rung, and two that differ.",
            "Correct the places.",
        )
    away = places - places.mean()
    return float(away @ y / (away @ away))

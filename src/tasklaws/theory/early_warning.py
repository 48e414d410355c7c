"""Why a latent step gives no early warning: bounds that hold for every forecaster.

Something that is not there, and is there from some rung on, shows nothing beforehand. Where it comes
with probability h at the next rung, given all that was seen, no forecast is better than "h", and
saying "as before" costs h. The difference is h^2: rare steps reward nobody.

`h` is the hazard per rung of a rung at which the step has not happened yet.

Source: formal model, P12, with its correction 0b.4 (the gain is at most h^2, the skill at most h).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.core.errors import BadPlan
from tasklaws.spec.bounds import share

if TYPE_CHECKING:
    from collections.abc import Sequence

HAZARD = "the probability that a step happens at the next rung"


def least_brier(hazard: float) -> float:
    """Return the expected Brier score of the best forecaster, h (1 - h); lower is better."""
    share(hazard, HAZARD)
    return hazard * (1 - hazard)


def least_log_loss(hazard: float) -> float:
    """Return the expected log loss of the best forecaster, the entropy of h, in nats; lower is better."""
    share(hazard, HAZARD)
    return -sum(p * math.log(p) for p in (hazard, 1 - hazard) if p > 0)


def persistence_brier(hazard: float) -> float:
    """Return the expected Brier score of "as before", h. Its log loss has no bound."""
    share(hazard, HAZARD)
    return hazard


def most_gain(hazard: float) -> float:
    """Return by how much the best forecaster beats "as before" in the Brier score: h^2."""
    return persistence_brier(hazard) - least_brier(hazard)


def most_skill(hazard: float) -> float:
    """Return the best Brier skill over "as before": h. Its gain is small where h is, and so is its skill."""
    share(hazard, HAZARD)
    return hazard


def ladder_skill(hazards: Sequence[float]) -> float:
    """Return the best Brier skill over "as before", pooled over the rungs of a ladder before the step.

    Rung m is scored as long as the step has not happened, so with weight (1 - h_1) ... (1 - h_(m-1)).
    The pooled skill, sum w h^2 / sum w h, is never above the largest hazard.

    Args:
        hazards: hazard of each rung in the order of the ladder; the forecaster knows them.

    Raises:
        BadPlan: no rung has a hazard above 0, so that "as before" is never wrong.
    """
    h = np.asarray(hazards, dtype=float)
    for value in h:
        share(float(value), HAZARD)
    if not h.any():
        raise BadPlan(
            f"none of {h.size} hazards is above 0.",
            "Skill is a share of the score of 'as before', which is never wrong here.",
            "Give one rung or more where the step can happen.",
        )
    still = np.concatenate([[1.0], np.cumprod(1 - h[:-1])])
    return float((still * h**2).sum() / (still * h).sum())

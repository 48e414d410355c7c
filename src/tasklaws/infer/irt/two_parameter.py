"""Abilities, difficulties and slopes of tasks, from counts, by joint maximum a posteriori.

The rate of model m at task t is floor_t + (1 - floor_t) logistic(slope_t (ability_m - difficulty_t)). A slope
says how sharply a task tells models apart; a dozen models tell it badly, so its prior matters. The unit that
abilities have in common with slopes no answer tells: it is set so that the mean log slope is 0.

The joint top takes each task's best slope for true, and so spreads abilities some 4 % too far (20 models, 200
tasks of 8 attempts): there, intervals of 90 % hold 85 % of abilities, and 90 % of difficulties. Where that
matters, sample (`nuts`).

Source: Birnbaum 1968, the two-parameter logistic model; statistics-engines W1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from tasklaws.infer.irt.rasch import ABILITY_SD, DIFFICULTY_SD, climb

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats

LOG_SLOPE_SD = 0.35


@dataclass(frozen=True)
class TwoParameter:
    """Fits of one or many data sets; leading axes are those of the counts."""

    ability: Floats
    """Of shape (..., models), in logits at a task of middle slope."""
    difficulty: Floats
    """Of shape (..., tasks), on the scale of abilities."""
    log_slope: Floats
    """Of shape (..., tasks); their mean is 0."""
    ability_se: Floats
    """By Laplace's approximation, of the distance to the mean ability as in `rasch.Rasch`."""
    difficulty_se: Floats
    """Likewise."""
    log_slope_se: Floats
    log_posterior: Floats
    """Of shape (...,)."""
    converged: Floats
    """Whether the last step was small, of shape (...,)."""

    def rate(self, floor: Floats | float = 0.0) -> Floats:
        """Return the fitted rates, of shape (..., tasks, models)."""
        c = np.asarray(floor)[..., None] if np.ndim(floor) else floor
        away = self.ability[..., None, :] - self.difficulty[..., :, None]
        found: Floats = c + (1 - c) * expit(np.exp(self.log_slope)[..., None] * away)
        return found


def fit(
    k: Floats,
    n: Floats,
    floor: Floats | float = 0.0,
    *,
    ability_sd: float = ABILITY_SD,
    difficulty_sd: float = DIFFICULTY_SD,
    log_slope_sd: float = LOG_SLOPE_SD,
) -> TwoParameter:
    """Return the fit of counts `k` of `n`, of shape (..., tasks, models); n of 0 is not observed.

    Args:
        k: successes.
        n: attempts, of the same shape or one that broadcasts to it.
        floor: chance rate, one for all or of shape (tasks,).
        ability_sd: of the prior of abilities.
        difficulty_sd: of the prior of difficulties around 0.
        log_slope_sd: of the prior of log slopes around 0.
    """
    lead, found = climb(k, n, floor, (ability_sd, difficulty_sd, log_slope_sd), sloped=True)
    ability, difficulty, log_slope, *errors = (part.reshape(*lead, part.shape[1]) for part in found[:6])
    middle = log_slope.mean(-1, keepdims=True)
    unit = np.exp(middle)
    return TwoParameter(
        ability * unit,
        difficulty * unit,
        log_slope - middle,
        errors[0] * unit,
        errors[1] * unit,
        errors[2],
        *(part.reshape(lead) for part in found[6:]),
    )

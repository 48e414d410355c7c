"""Abilities and difficulties of one common slope, from counts, by joint maximum a posteriori.

The rate of model m at task t is floor_t + (1 - floor_t) logistic(ability_m - difficulty_t). Abilities are
free, so a shock that one model shares over all its tasks is part of its ability. Normal priors keep what no
answer tells (a task that nobody solves) finite. The kernel climbs one data set after the other.

Source: statistics-engines W1; Mislevy, Bayes modal estimation in item response models, 1986.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from tasklaws.infer.irt.kernel import climb_all

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats

ABILITY_SD, DIFFICULTY_SD = 4.0, 3.0


@dataclass(frozen=True)
class Rasch:
    """Fits of one or many data sets; leading axes are those of the counts."""

    ability: Floats
    """Of shape (..., models), in logits."""
    difficulty: Floats
    """Of shape (..., tasks), in logits."""
    ability_se: Floats
    """By Laplace's approximation, as those of difficulties."""
    difficulty_se: Floats
    """Both are of the distance to the mean ability, in which models count by what was learnt of them: the
    level that abilities and difficulties have in common is a matter of the priors."""
    log_posterior: Floats
    """Of shape (...,)."""
    converged: Floats
    """Whether the last step was small, of shape (...,)."""

    def rate(self, floor: Floats | float = 0.0) -> Floats:
        """Return the fitted rates, of shape (..., tasks, models)."""
        c = np.asarray(floor)[..., None] if np.ndim(floor) else floor
        found: Floats = c + (1 - c) * expit(self.ability[..., None, :] - self.difficulty[..., :, None])
        return found


def fit(
    k: Floats,
    n: Floats,
    floor: Floats | float = 0.0,
    *,
    ability_sd: float = ABILITY_SD,
    difficulty_sd: float = DIFFICULTY_SD,
) -> Rasch:
    """Return the fit of counts `k` of `n`, of shape (..., tasks, models); n of 0 is not observed.

    Args:
        k: successes.
        n: attempts, of the same shape or one that broadcasts to it.
        floor: chance rate, one for all or of shape (tasks,).
        ability_sd: of the prior of abilities.
        difficulty_sd: of the prior of difficulties around 0.
    """
    lead, found = climb(k, n, floor, (ability_sd, difficulty_sd, 1.0), sloped=False)
    ability, difficulty, _, ability_se, difficulty_se, _ = (
        part.reshape(*lead, part.shape[1]) for part in found[:6]
    )
    height, converged = (part.reshape(lead) for part in found[6:])
    return Rasch(ability, difficulty, ability_se, difficulty_se, height, converged)


def climb(
    k: Floats, n: Floats, floor: Floats | float, sds: tuple[float, float, float], *, sloped: bool
) -> tuple[tuple[int, ...], list[Floats]]:
    """Return the leading axes of the counts and the kernel's arrays: places, errors, height, convergence.

    Args:
        k: successes, of shape (..., tasks, models).
        n: attempts, of a shape that broadcasts to it.
        floor: chance rate, one for all or of shape (tasks,).
        sds: of the priors of abilities, difficulties and log slopes.
        sloped: whether slopes are fitted.
    """
    k, n = np.asarray(k, float), np.asarray(n, float)
    shape = np.broadcast_shapes(k.shape, n.shape)
    lead, (tasks, models) = shape[:-2], shape[-2:]
    one = n.ndim == 2 or (n.shape[-2:] == shape[-2:] and n.size == tasks * models)  # noqa: PLR2004
    k = _plain(np.broadcast_to(k, shape).reshape(-1, tasks, models))
    asked = _plain(np.broadcast_to(n, (tasks, models) if one else shape).reshape(-1, tasks, models))
    shapes: list[tuple[int, ...]] = [(len(k), size) for size in (models, tasks, tasks) * 2]
    found = [np.zeros(size) for size in (*shapes, (len(k),))]
    found.append(np.zeros(len(k), dtype=bool))
    chance = _plain(np.broadcast_to(np.asarray(floor, float), (tasks,)))
    prior = tuple(sd**-2 for sd in sds)
    climb_all(k, asked, chance, prior, sloped, *found)
    return lead, found


def _plain(array: Floats) -> Floats:
    """Return an array that a kernel takes."""
    return np.require(array, float, ["C", "W"])


def told(k: Floats, n: Floats, floor: Floats) -> tuple[Floats, Floats]:
    """Return what the answers of one data set alone tell of abilities, their prior taken out.

    Returns:
        estimates, of shape (models,), and their information once difficulties follow, (models, models).
    """
    found = fit(k, n, floor)
    logistic = expit(found.ability - found.difficulty[:, None])
    chance = np.asarray(floor, float)[:, None]
    rate = np.maximum(chance + (1 - chance) * logistic, np.finfo(float).tiny)
    weight = n * (1 - chance) * logistic**2 * (1 - logistic) / rate
    follow = weight / (weight.sum(1, keepdims=True) + DIFFICULTY_SD**-2)
    information = np.diag(weight.sum(0)) - weight.T @ follow
    pull = np.linalg.lstsq(information, found.ability / ABILITY_SD**2, rcond=1e-9)[0]
    return found.ability + pull, information

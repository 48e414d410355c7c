"""P(a family's observed score reaches a threshold), from joint draws of a forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasklaws.assess.aggregates import TIE, mean_draws

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from tasklaws.assess.prediction import Forecasted
    from tasklaws.infer.arrays import Floats, RateForecast


def p_cross(draws: Floats, threshold: float) -> float:
    """Return the share of draws at or above the threshold, shrunk so that it is never 0 or 1.

    Args:
        draws: of the observed score of a family.
        threshold: score in [0, 1].
    """
    hits = np.count_nonzero(draws >= threshold - TIE)
    return float((hits + 0.5) / (len(draws) + 1))


def score_draws(made: Forecasted, tasks: Collection[str], rng: np.random.Generator) -> Floats:
    """Return draws of the mean observed score over `tasks`, each counted alike; empty where none is forecast.

    Args:
        made: a forecast of one model.
        tasks: names; those that are not forecast are left out.
        rng: source of randomness.
    """
    chosen = np.isin(made.problem.ladder.task_ids, list(tasks))
    return family_draws(made.forecast, 0, made.problem.target.n[0], chosen, rng)


def family_draws(
    forecast: RateForecast, target: int, n: Floats, chosen: NDArray[np.bool_], rng: np.random.Generator
) -> Floats:
    """Return draws of the mean observed score over the tasks that are `chosen`, forecast and attempted.

    Args:
        forecast: of all tasks.
        target: which of its targets.
        n: attempts, of shape (tasks,).
        chosen: of shape (tasks,).
        rng: source of randomness.
    """
    use = usable(forecast, target, n, chosen)
    if forecast.joint is None or not use.any():
        return np.empty(0)
    return mean_draws(forecast.joint[target][:, use], n[use], forecast.noise[use], rng)


def usable(forecast: RateForecast, target: int, n: Floats, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which tasks are `chosen`, forecast and attempted, of shape (tasks,)."""
    known = np.isfinite(forecast.points[target]).all(axis=1)
    return np.asarray(chosen & known & (n > 0))

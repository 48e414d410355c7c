"""Scores of means over tasks (a family, or the suite) from joint draws, the counts' own noise added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.assess.scores import LEVELS, POINTS

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats

NO_JOINT = "no-joint-draws"

TIE = 1e-12
"""Means closer than this are the same."""


@dataclass(frozen=True)
class MeanScore:
    """How a forecast of the mean score of several tasks did."""

    mean: float
    quantiles: tuple[float, ...]
    """At `tables.QUANTILE_LEVELS`; scores in [0, 1]."""
    observed: float
    error: float
    """Mean minus observed (points)."""
    crps: float
    """Points."""
    pit: float


def observed_draws(rates: Floats, n: Floats, noise: Floats, rng: np.random.Generator) -> Floats:
    """Return draws of the observed scores k / n, of shape (draws, tasks), given draws of the rates.

    A count of variance factor phi is drawn as binomial of the nearest whole number of ``n / phi``.

    Args:
        rates: success rates, of shape (draws, tasks).
        n: attempts, of shape (tasks,).
        noise: variance factors phi, of shape (tasks,).
        rng: source of randomness.
    """
    attempts = np.maximum(np.rint(n / noise), 1).astype(np.int64)
    return np.asarray(rng.binomial(attempts, np.clip(rates, 0, 1)) / attempts)


def mean_draws(
    rates: Floats, n: Floats, noise: Floats, rng: np.random.Generator, weights: Floats | None = None
) -> Floats:
    """Return draws of the mean of the observed scores, of shape (draws,), weighted equally by default."""
    share = np.ones(len(n)) if weights is None else weights
    return np.asarray(observed_draws(rates, n, noise, rng) @ (share / share.sum()))


def crps_draws(draws: Floats, observed: float) -> float:
    """Return the CRPS of equally weighted draws, in the unit of the draws.

    Source: Gneiting & Raftery 2007, eq. 21.
    """
    ordered = np.sort(draws)
    n = len(ordered)
    apart = 2 * (ordered * (2 * np.arange(n) - n + 1)).sum() / n**2
    return float(np.abs(ordered - observed).mean() - apart / 2)


def score_mean(draws: Floats, observed: float, rng: np.random.Generator) -> MeanScore:
    """Score draws of a mean, of shape (draws,), against the observed mean."""
    below, same = int((draws < observed - TIE).sum()), int((np.abs(draws - observed) <= TIE).sum())
    mean = float(draws.mean())
    return MeanScore(
        mean,
        tuple(float(q) for q in np.quantile(draws, LEVELS)),
        observed,
        (mean - observed) * POINTS,
        crps_draws(draws, observed) * POINTS,
        (below + rng.random() * (same + 1)) / (len(draws) + 1),
    )

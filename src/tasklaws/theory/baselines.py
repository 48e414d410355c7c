"""Baselines: what measured human times can tell, and what those who give up hide.

Source: formal model P14, P14b.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_ndtr, ndtri, stdtrit

from tasklaws.core.errors import BadInput, NoAnswer
from tasklaws.spec.bounds import inner_rate, positive, share
from tasklaws.spec.cost import LogNormal

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Floats = NDArray[np.float64]


def log_sd_with_blow_up(sigma: float, weight: float, slowdown: float) -> float:
    """Return the standard deviation of log time where a share `weight` takes `slowdown` times as long.

    Source: formal model P14: s^2 + w (1 - w) Delta^2.
    """
    share(weight, "the share that is slowed down")
    positive(slowdown, "the slowdown")
    return math.sqrt(sigma**2 + weight * (1 - weight) * math.log(slowdown) ** 2)


def has_two_modes(weight: float, separation: float) -> bool:
    """Return whether a mixture of two normals of one spread has two modes.

    Args:
        weight: share of either.
        separation: distance of the means in standard deviations within.

    Source: Behboodian, "On the modes of a mixture of two normal distributions", Technometrics 1970.
    """
    inner_rate(weight, "the weight of a mode")
    half = separation / 2
    if half <= 1:
        return False
    root = math.sqrt(half**2 - 1)
    return abs(math.log(weight / (1 - weight))) < 2 * half * root - 2 * math.log(half + root)


def baseline_factor(log_sd: float, n: int, level: float = 0.95) -> float:
    """Return to what factor, x/÷, the geometric mean of `n` baselines is known at `level`.

    Source: formal model P14; by the normal law, so nearly exact where log times are a mixture.
    """
    positive(n, "the number of baselines")
    inner_rate(level, "the level")
    return math.exp(float(ndtri((1 + level) / 2)) * log_sd / math.sqrt(n))


def baselines_needed(log_sd: float, factor: float, level: float = 0.95) -> int:
    """Return the least number of baselines whose geometric mean is known to x/÷ `factor`.

    Raises:
        BadInput: `factor` is 1 or less.
    """
    if not factor > 1:
        raise BadInput(
            f"baselines to x/÷ {factor!r} were asked for.",
            "The factor must be above 1.",
            "Ask for 1.25, say.",
        )
    inner_rate(level, "the level")
    return max(1, math.ceil((float(ndtri((1 + level) / 2)) * log_sd / math.log(factor)) ** 2))


class GeometricMean(NamedTuple):
    """A geometric mean and its error."""

    minutes: float
    factor: float
    """The truth lies within x/÷ this, at the level asked for."""


def geometric_mean(minutes: ArrayLike, level: float = 0.95) -> GeometricMean:
    """Return the geometric mean of finished baselines; its factor by Student's law.

    Raises:
        BadInput: a time is not positive.
        NoAnswer: there are fewer than two.
    """
    logs = np.log(_times(minutes))
    inner_rate(level, "the level")
    if logs.size < 2:  # noqa: PLR2004  a spread takes two
        raise NoAnswer(
            "too-few-baselines",
            f"there are {logs.size} baselines.",
            "A spread needs 2 or more.",
            "Add baselines.",
        )
    error = float(stdtrit(logs.size - 1, (1 + level) / 2)) * float(logs.std(ddof=1)) / math.sqrt(logs.size)
    return GeometricMean(math.exp(float(logs.mean())), math.exp(error))


def success_only_factor(time: LogNormal, limit: float) -> float:
    """Return the median of `time` as successes alone tell it, in units of the truth; below 1.

    Those who are not done by `limit` minutes give up, and the geometric mean leaves them out.

    Source: formal model P14b: exp(-s phi(z) / Phi(z)), z = log(limit / median) / s.
    """
    positive(limit, "the limit at which people give up")
    positive(time.median, "the median time")
    if time.sigma == 0:
        return 1.0
    z = math.log(limit / time.median) / time.sigma
    return math.exp(-time.sigma * math.exp(-(z**2) / 2 - math.log(2 * math.pi) / 2 - float(log_ndtr(z))))


def censored_fit(finished: ArrayLike, gave_up: ArrayLike) -> LogNormal:
    """Return the most likely log-normal law of baselines of which some were given up.

    Args:
        finished: minutes of those who finished, of shape (finished,).
        gave_up: minutes at which the others gave up, of shape (others,).

    Raises:
        BadInput: a time is not positive.
        NoAnswer: fewer than two different times were finished.
    """
    done, lost = np.log(_times(finished)), np.log(_times(gave_up))
    if np.unique(done).size < 2:  # noqa: PLR2004  a spread takes two
        raise NoAnswer(
            "too-few-baselines",
            f"{done.size} people finished and {lost.size} gave up.",
            "Median and spread need two different finished times.",
            "Add baselines, or give people longer.",
        )

    def loss(parameters: Floats) -> float:
        mean, sigma = parameters[0], math.exp(parameters[1])
        within = ((done - mean) ** 2).sum() / (2 * sigma**2) + done.size * parameters[1]
        return float(within - log_ndtr((mean - lost) / sigma).sum())

    both = np.concatenate([done, lost])
    best = minimize(
        loss,
        [both.mean(), math.log(both.std())],
        method="Nelder-Mead",
        options={"xatol": 1e-8, "fatol": 1e-10},
    )
    return LogNormal(math.exp(best.x[0]), math.exp(best.x[1]))


def _times(minutes: ArrayLike) -> Floats:
    times = np.asarray(minutes, dtype=float).ravel()
    if not ((times > 0) & np.isfinite(times)).all():
        raise BadInput(
            f"a baseline took {times[~((times > 0) & np.isfinite(times))][0]:g} min.",
            "Times are finite and above 0.",
            "Correct it, or leave it out and say so.",
        )
    return times

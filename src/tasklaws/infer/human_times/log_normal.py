"""Log-normal times with people who give up: their spread is pooled over tasks.

Whoever gives up says only "longer than this". A mean over those who finish is too short, by
-s phi(z) / Phi(z) in log time, z = (log limit - log median) / s.

Source: formal model, P14b.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import log_ndtr

from tasklaws.infer.human_times.censored import LOG_SD, PRIOR_PEOPLE, censored_means
from tasklaws.infer.human_times.pooled import Fit, Law, fit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.infer.arrays import Floats
    from tasklaws.infer.human_times.attempts import Attempts

REACH = 5.0
"""A task lies no further than so many spreads beyond all its times."""
HALF_LOG_TWO_PI = math.log(2 * math.pi) / 2


def fit_censored(attempts: Attempts) -> Fit:
    """Return the censored log-normal law, its spread pooled over tasks; its median is its geometric mean."""
    return fit(CENSORED, attempts)


def normal_log_likelihood(log_sd: float, attempts: Attempts, places: Floats) -> Floats:
    """Return the log likelihood of attempts, of shape (attempts, points), at places of their tasks."""
    z = (attempts.log_minutes[:, None] - places) * math.exp(-log_sd)
    found = -(z**2) / 2 - (HALF_LOG_TWO_PI + log_sd)
    lost, within = ~attempts.done, attempts.done & attempts.budget
    found[lost] = log_ndtr(-z[lost])
    found[within] = log_ndtr(z[within])
    return found


def spread_prior(log_sd: float, sd: float = LOG_SD, people: float = PRIOR_PEOPLE) -> float:
    """Return the log prior of a log spread: as if `people` had been seen to be spread by `sd`."""
    return -people * (log_sd + (sd * math.exp(-log_sd)) ** 2 / 2)


def about_times(attempts: Attempts, sd: float) -> tuple[Floats, Floats]:
    """Return the ends of places: `REACH` spreads beyond the least and the greatest time of each task."""
    low, high = np.full(attempts.tasks, np.inf), np.full(attempts.tasks, -np.inf)
    np.minimum.at(low, attempts.task, attempts.log_minutes)
    np.maximum.at(high, attempts.task, attempts.log_minutes)
    return low - REACH * sd, high + REACH * sd


def _starts(attempts: Attempts) -> Sequence[Floats]:
    _, _, _, sd = censored_means(attempts.task, attempts.log_minutes, attempts.done, attempts.tasks)
    return [np.array([math.log(sd)])]


CENSORED = Law(
    "log_normal",
    ("log_sd",),
    _starts,
    log_prior=lambda shape: spread_prior(float(shape[0])),
    log_likelihood=lambda shape, attempts, places: normal_log_likelihood(float(shape[0]), attempts, places),
    ends=lambda shape, attempts: about_times(attempts, math.exp(shape[0])),
    spread=lambda shape: math.exp(shape[0]),
)

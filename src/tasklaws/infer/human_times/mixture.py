"""Blow-ups: most people take the plain time of a task, a share of them takes several times as long.

Share, slowdown and spread are pooled over all tasks, as few people at one task cannot tell them. Whoever
gives up is longer than that, in either mode. The place of a task is the median of those whom nothing blew up.

Source: formal model, P14: spread^2 + w (1 - w) Delta^2 is the variance of log time.
"""

from __future__ import annotations

import math
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, log_expit, log_ndtr, ndtr

from tasklaws.infer.human_times.censored import censored_means
from tasklaws.infer.human_times.log_normal import HALF_LOG_TWO_PI, about_times, spread_prior
from tasklaws.infer.human_times.pooled import Fit, Law, fit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.infer.arrays import Floats
    from tasklaws.infer.human_times.attempts import Attempts

LOG_SD = 0.5
"""Spread within a mode that is assumed with the weight of four people."""
SHARE = (2.0, 4.0)
"""Beta prior of the share that blows up: a third, give or take."""
SLOWDOWN, SLOWDOWN_SD = 4.0, 0.7
"""Blow-ups slow down by about this, and in most cases by a factor of 2 to 16."""
LARGEST = 600.0
"""Of an exponent."""


def fit_blow_ups(attempts: Attempts) -> Fit:
    """Return the mixture law, its share, slowdown and spread pooled over tasks."""
    return fit(BLOW_UPS, attempts)


def share(shape: Floats) -> float:
    """Return the share of people that blows up."""
    return float(expit(shape[1]))


def delay(shape: Floats) -> float:
    """Return the log of the factor by which a blow-up slows down."""
    return math.exp(shape[2])


def median_above_place(shape: Floats) -> float:
    """Return how far the median of everybody lies above that of those whom nothing blew up, in log time."""
    sd, w, d = math.exp(shape[0]), share(shape), delay(shape)

    def over(at: float) -> float:
        return float((1 - w) * ndtr(at / sd) + w * ndtr((at - d) / sd)) - 0.5

    return float(brentq(over, -1e-9, d + 1e-9))


def mean_above_place(shape: Floats) -> float:
    """Return how far the mean log time of everybody lies above the place."""
    return share(shape) * delay(shape)


def _log_likelihood(shape: Floats, attempts: Attempts, places: Floats) -> Floats:
    log_sd, sd = float(shape[0]), math.exp(shape[0])
    z = (attempts.log_minutes[:, None] - places) / sd
    apart, w = delay(shape) / sd, share(shape)
    odds = np.exp(np.minimum(apart * z - apart**2 / 2, LARGEST))  # of the slow mode, but for its share
    found = np.log(1 - w + w * odds) - z**2 / 2 - (HALF_LOG_TWO_PI + log_sd)
    plain, blown = float(log_expit(-shape[1])), float(log_expit(shape[1]))
    for sign, which in ((-1.0, ~attempts.done), (1.0, attempts.done & attempts.budget)):
        if which.any():
            far = sign * z[which]
            found[which] = np.logaddexp(plain + log_ndtr(far), blown + log_ndtr(far - sign * apart))
    return np.asarray(found)


def _log_prior(shape: Floats) -> float:
    a, b = SHARE
    share_part = a * float(log_expit(shape[1])) + b * float(log_expit(-shape[1]))
    far = (float(shape[2]) - math.log(math.log(SLOWDOWN))) / SLOWDOWN_SD
    return spread_prior(float(shape[0]), LOG_SD) + share_part - far**2 / 2


def _starts(attempts: Attempts) -> Sequence[Floats]:
    _, _, _, sd = censored_means(attempts.task, attempts.log_minutes, attempts.done, attempts.tasks)
    spreads, shares, delays = (0.4, 0.7, 0.95), (0.1, 0.3), (1.5, 2.5)
    return [
        np.array([math.log(part * sd), math.log(w / (1 - w)), math.log(max(d * sd, 0.3))])
        for part, w, d in product(spreads, shares, delays)
    ]


def _ends(shape: Floats, attempts: Attempts) -> tuple[Floats, Floats]:
    low, high = about_times(attempts, math.exp(shape[0]))
    return low - delay(shape), high


BLOW_UPS = Law(
    "blow_ups",
    ("log_sd", "logit_share", "log_delay"),
    _starts,
    _log_prior,
    _log_likelihood,
    _ends,
    spread=lambda shape: math.exp(shape[0]),
    targets={
        "median": median_above_place,
        "geometric_mean": mean_above_place,
        "without_blow_up": lambda _shape: 0.0,
    },
)

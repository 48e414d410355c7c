"""Baselines of which only the successes were kept: what that hides, and the truncated law that undoes it.

A time that was kept is a draw from the times below the limit. That a task is there at all says that somebody
finished it: so each task has a prior in proportion to the share of people that finishes it in time, without
which a task of a few times just below the limit could take any time at all.

Source: formal model, P14b; Cohen, "Truncated and censored samples", 1991.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import log_ndtr, ndtr

from tasklaws.infer.human_times.log_normal import CENSORED, about_times, normal_log_likelihood
from tasklaws.infer.human_times.pooled import Fit, Law, fit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasklaws.infer.arrays import Floats
    from tasklaws.infer.human_times.attempts import Attempts

DRAWS = 4000


def fit_truncated(attempts: Attempts) -> Fit:
    """Return the log-normal law of successes alone, below the limits that `attempts` state.

    Where no attempt has a limit, the longest time of all is taken for everybody's.
    """
    kept = attempts.successes()
    if not np.isfinite(kept.log_limit).any():
        kept = with_limit(kept, np.full(kept.task.size, float(kept.log_minutes.max())))
    return fit(TRUNCATED, kept)


def with_limit(attempts: Attempts, log_limit: Floats) -> Attempts:
    """Return the attempts with other limits."""
    return replace(attempts, log_limit=np.maximum(log_limit, attempts.log_minutes))


def mean_shift(log_sd: float, above: Floats) -> Floats:
    """Return by how much the mean log time of successes differs from that of everybody; below 0.

    Args:
        log_sd: spread of people.
        above: by how much the log limit lies above the task's log median.
    """
    z = np.asarray(above) / log_sd
    return np.asarray(-log_sd * np.exp(-(z**2) / 2 - math.log(2 * math.pi) / 2 - log_ndtr(z)))


class LeftOut(NamedTuple):
    """Whether times that exceed the limit are missing."""

    p: float
    """Probability that no time exceeds its limit, were nobody left out."""
    expected: float
    """Times beyond their limit that were to be expected."""


def nobody_left_out(attempts: Attempts, rng: np.random.Generator) -> LeftOut | None:
    """Return how likely it is that all times lie within their limits, were none left out.

    Times of as many people are drawn from what a normal law that knows of no limit says of each task. None
    where no attempt has a limit, or no task was finished by two.
    """
    kept = attempts.successes()
    counts = kept.finished
    free = int(kept.task.size - (counts > 0).sum())
    limited = np.isfinite(kept.log_limit)
    if not limited.any() or free < 1:
        return None
    means = np.bincount(kept.task, kept.log_minutes, kept.tasks) / np.maximum(counts, 1)
    squares = float(((kept.log_minutes - means[kept.task]) ** 2).sum())
    sd = np.sqrt(squares / rng.chisquare(free, DRAWS))
    offset = rng.standard_normal((DRAWS, kept.tasks)) / np.sqrt(np.maximum(counts, 1))
    room = (kept.log_limit - means[kept.task])[None, limited]
    beyond = ndtr(-(room / sd[:, None] - offset[:, kept.task[limited]]))
    inside = np.exp(np.log1p(-np.minimum(beyond, 1 - 1e-12)).sum(1))
    return LeftOut(float(inside.mean()), float(beyond.sum(1).mean()))


def _log_likelihood(shape: Floats, attempts: Attempts, places: Floats) -> Floats:
    log_sd = float(shape[0])
    found = normal_log_likelihood(log_sd, attempts, places)
    cut = np.isfinite(attempts.log_limit)
    within = log_ndtr((attempts.log_limit[cut, None] - places[cut]) * math.exp(-log_sd))
    # one of each task's terms is spent on its prior
    found[cut] -= within * (1 - 1 / attempts.people[attempts.task[cut], None])
    return found


def _ends(shape: Floats, attempts: Attempts) -> tuple[Floats, Floats]:
    sd = math.exp(shape[0])
    low, high = about_times(attempts, sd)
    return low, np.maximum(high, _longest_limit(attempts) + 5 * sd)


def _longest_limit(attempts: Attempts) -> NDArray[np.float64]:
    longest = np.full(attempts.tasks, -np.inf)
    cut = np.isfinite(attempts.log_limit)
    np.maximum.at(longest, attempts.task[cut], attempts.log_limit[cut])
    return longest


TRUNCATED = Law(
    "truncated_log_normal",
    CENSORED.parameters,
    CENSORED.starts,
    CENSORED.log_prior,
    _log_likelihood,
    _ends,
    CENSORED.spread,
)

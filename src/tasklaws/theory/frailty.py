"""Frailty: tasks of one length differ in hazard; what that does to curves, and what only repeats can tell.

A curve of success against human time cannot say whether every run is a coin toss or every task is always
or never solved: frailty between tasks bends the curve just as a changing hazard within a run would.
Repeats of the same task can (P11, P21).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import binom

from tasklaws.core.errors import BadInput, NoAnswer
from tasklaws.spec.bounds import inner_rate, positive, share

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

Floats = NDArray[np.float64]

UNDEFINED = 0.01
"""Share of resamples without any spread above which there is no interval."""


def survival(minutes: ArrayLike, hazard: float, shape: float) -> Floats:
    """Return the probability of success at tasks of `minutes`, of the shape of `minutes`.

    Success means that nothing goes wrong for the length of the task. The hazard per minute is constant in
    a run; between tasks it has a Gamma law of mean `hazard` and of `shape`. That makes a Lomax curve: at
    shape 1 the logistic in log time with slope 1; at shape inf, one hazard for all, the exponential.

    Source: formal model P10; arXiv 2505.05115 for the exponential.
    """
    return pass_all(minutes, hazard, shape, 1)


def pass_all(minutes: ArrayLike, hazard: float, shape: float, k: int) -> Floats:
    """Return the probability that `k` runs at one task of `minutes` all succeed.

    Source: formal model P21: E p^k = (1 + k lambda t / a)^-a under frailty; p^k where all tasks are alike.
    """
    positive(hazard, "the mean hazard")
    _shape(shape)
    lost = k * hazard * np.asarray(minutes, dtype=float)
    lost = lost if math.isinf(shape) else shape * np.log1p(lost / shape)
    passed: Floats = np.exp(-lost)
    return passed


def time_at(rate: float, hazard: float, shape: float) -> float:
    """Return the minutes of the tasks at which the probability of success is `rate`."""
    inner_rate(rate, "the rate of success")
    positive(hazard, "the mean hazard")
    _shape(shape)
    lost = -math.log(rate)
    return (lost if math.isinf(shape) else shape * math.expm1(lost / shape)) / hazard


def horizon_ratio(shape: float, rate: float = 0.8) -> float:
    """Return the time horizon at `rate` in units of that at one half; it does not depend on the hazard."""
    return time_at(rate, 1.0, shape) / time_at(0.5, 1.0, shape)


def logistic_slope(ratio: float, rate: float = 0.8) -> float:
    """Return the slope in log time of the logistic whose horizon at `rate` is `ratio` times that at one half.

    Raises:
        BadInput: no rising or flat curve has that ratio.
    """
    inner_rate(rate, "the rate of success")
    if not (ratio > 0 and (ratio < 1) == (rate > 0.5) and ratio != 1):  # noqa: PLR2004  one half
        raise BadInput(
            f"the horizon at {rate:g} is {ratio!r} times that at one half.",
            "Success falls with length: it is below 1 for rates above one half, and above 1 for rates below.",
            "Check which horizon is which.",
        )
    return math.log(rate / (1 - rate)) / -math.log(ratio)


def local_weibull_shape(shape: float, rate: float = 0.5) -> float:
    """Return the shape of the Weibull curve that touches the frailty curve where success has `rate`.

    Below 1 it looks as if the hazard fell within a run; here it never does.
    """
    inner_rate(rate, "the rate of success")
    _shape(shape)
    lost = -math.log(rate)
    return 1.0 if math.isinf(shape) else -math.expm1(-lost / shape) * shape / lost


def frailty_exists(slope: float) -> bool:
    """Return whether some frailty gives a logistic curve in log time with `slope`.

    A mixture of constant hazards is a completely monotone function of time (Bernstein), and 1 / (1 + x^slope)
    is completely monotone up to slope 1 and not beyond. So a slope above 1 refutes "constant hazard in
    every run, tasks differ": the hazard rises within runs, or the curve is not logistic. A slope of 1 or
    less refutes nothing; repeats must decide.

    Source: formal model 0b.3; Schilling, Song & Vondracek, "Bernstein functions", chapters 1 and 3.
    """
    positive(slope, "the slope")
    return slope <= 1


def concave_until(slope: float, median: float) -> float:
    """Return the minutes up to which a logistic curve in log time is concave in time; 0 up to slope 1.

    No mixture of constant hazards is concave anywhere: this stretch is what refutes frailty.
    """
    positive(median, "the median")
    return 0.0 if frailty_exists(slope) else median * ((slope - 1) / (slope + 1)) ** (1 / slope)


def is_completely_monotone(curve: Callable[[Floats], Floats], step: float, order: int = 12) -> bool:
    """Return whether differences of `curve` at 0, step, ..., order x step have the signs of a frailty curve.

    False refutes a mixture of constant hazards. True does not prove one: it is what these points say.
    """
    positive(step, "the step")
    places: Floats = step * np.arange(order + 1, dtype=np.float64)
    differences = curve(places)
    for k in range(order + 1):
        if (differences < -(2.0**k) * np.finfo(float).eps).any():
            return False
        differences = differences[:-1] - differences[1:]
    return True


def rho(successes: ArrayLike, repeats: int) -> float:
    """Return the correlation of two runs of one task, from tasks of one length.

    0: every run is a coin toss of its own. 1: each task is always or never solved. By chance it may lie a
    little outside.

    Args:
        successes: of shape (tasks,), out of `repeats` each.
        repeats: runs of each task.

    Raises:
        NoAnswer: every run succeeded, or none did.

    Source: formal model P11: moments of the beta-binomial law.
    """
    counts = _counts(successes, repeats)
    found = float(_rhos(counts[None], repeats)[0])
    if math.isnan(found):
        raise NoAnswer(
            "no-spread",
            f"all {counts.size} tasks have {counts[0]:g} of {repeats} successes.",
            "A correlation needs successes and failures.",
            "Add tasks, or take tasks of another length.",
        )
    return found


def rho_interval(
    successes: ArrayLike,
    repeats: int,
    rng: np.random.Generator,
    level: float = 0.9,
    resamples: int = 2000,
) -> tuple[float, float]:
    """Return the percentile interval of `rho` at `level`, by a bootstrap over tasks.

    With 60 tasks of 8 runs an interval of nominally 90 % holds the truth in 88 % of worlds.

    Raises:
        NoAnswer: more than 1 % of the resamples have successes only, or failures only.
    """
    inner_rate(level, "the level of an interval")
    counts = _counts(successes, repeats)
    found = _rhos(counts[rng.integers(counts.size, size=(resamples, counts.size))], repeats)
    if np.isnan(found).mean() > UNDEFINED:
        raise NoAnswer(
            "too-alike",
            f"{counts.size} tasks are so alike that resamples of them show no spread.",
            "An interval needs successes and failures in nearly every resample.",
            "Add tasks, or take tasks of another length.",
        )
    low, high = np.nanquantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _rhos(counts: Floats, repeats: int) -> Floats:
    """Return rho of each row of `counts`, NaN where all runs ended alike."""
    mean = counts.mean(axis=1) / repeats
    tossed = repeats * mean * (1 - mean)
    with np.errstate(invalid="ignore", divide="ignore"):
        excess: Floats = np.where(tossed > 0, counts.var(axis=1, ddof=1) / tossed - 1, np.nan)
    return excess / (repeats - 1)


def pass_all_from_rho(mean: float, correlation: float, k: int) -> float:
    """Return the probability that `k` runs of one task all succeed, from mean and correlation (`rho`).

    Source: the beta-binomial law with a = mean (1 - rho) / rho.
    """
    share(mean, "the mean rate of success")
    share(correlation, "the correlation of two runs")
    again = np.arange(1, k)
    return mean * float(
        np.prod((mean * (1 - correlation) + again * correlation) / (1 + (again - 1) * correlation))
    )


def pass_all_seen(successes: ArrayLike, repeats: int, k: int) -> float:
    """Return the unbiased estimate of the probability that `k` runs of one task all succeed, over tasks.

    Source: arXiv 2406.12045 (pass^k): the mean of C(successes, k) / C(repeats, k).
    """
    counts = _counts(successes, repeats, least=1)
    if not 1 <= k <= repeats:
        raise BadInput(
            f"pass^{k} was asked of tasks with {repeats} runs each.",
            "k lies between 1 and the number of runs.",
            "Lower k, or run more often.",
        )
    return float(np.mean(binom(counts, k) / binom(repeats, k)))


def _counts(successes: ArrayLike, repeats: int, least: int = 2) -> Floats:
    counts = np.asarray(successes, dtype=float).ravel()
    if repeats < least or counts.size < least:
        raise BadInput(
            f"there are {counts.size} tasks with {repeats} runs each.",
            f"It takes {least} tasks and {least} runs of each, or more.",
            "Repeat the runs.",
        )
    if not ((counts >= 0) & (counts <= repeats)).all():
        raise BadInput(
            f"a task has {counts[(counts < 0) | (counts > repeats) | np.isnan(counts)][0]:g} successes.",
            f"With {repeats} runs it must be 0 to {repeats}.",
            "Correct the counts.",
        )
    return counts


def _shape(value: float) -> None:
    if not value > 0:
        raise BadInput(
            f"the shape of the hazards' law is {value!r}.",
            "It is above 0; inf where all tasks have the same hazard.",
            "Correct it.",
        )

"""Time horizons: the length of tasks at which success has a given rate, and what that length hides.

Everything is in minutes of human time. Two horizons share the name: that of a typical task, and that of
tasks drawn at random. They agree at one half and nowhere else.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, root
from scipy.special import expit, logit

from tasklaws.core.errors import NoAnswer, UnknownName
from tasklaws.spec.bounds import inner_rate, not_negative, positive

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import ArrayLike

Floats = NDArray[np.float64]

PROBIT = 0.346
"""Makes the mean of a logistic over a normal nearly a logistic: its slope shrinks by sqrt(1 + .346 sd^2)."""

UNREACHED = 1e-9
"""Share of tasks, and error of a fitted rate, far below what runs could show."""

_Z = np.linspace(-9, 9, 1801)
_WEIGHTS = np.exp(-(_Z**2) / 2) / np.exp(-(_Z**2) / 2).sum()
"""Points and weights of a standard normal; evenly spaced ones converge exponentially for smooth curves."""


class Curve(NamedTuple):
    """A falling curve of success, with time in units of the horizon at one half."""

    success: Callable[[Floats, float], Floats]
    """(time, shape) -> rate."""
    time: Callable[[float, float], float]
    """(rate, shape) -> time."""


CURVES: Mapping[str, Curve] = {
    "exponential": Curve(lambda u, _: 0.5**u, lambda p, _: -math.log2(p)),
    "log_logistic": Curve(lambda u, s: 1 / (1 + u**s), lambda p, s: (1 / p - 1) ** (1 / s)),
    "weibull": Curve(lambda u, s: 0.5 ** (u**s), lambda p, s: (-math.log2(p)) ** (1 / s)),
    "lomax": Curve(
        lambda u, s: np.exp(-s * np.log1p(u * math.expm1(math.log(2) / s))),
        lambda p, s: math.expm1(-math.log(p) / s) / math.expm1(math.log(2) / s),
    ),
}
"""Name -> curve. The shape is the slope (log_logistic), Weibull's shape, or that of the hazards' Gamma law
(lomax); the exponential has none.

Source: formal model D5, P10; arXiv 2503.14499 (log_logistic), arXiv 2505.05115 (exponential).
"""


def success(curve: str, minutes: ArrayLike, median: float, shape: float = 1.0) -> Floats:
    """Return the probability of success at tasks of `minutes`; `median` is the horizon at one half.

    Raises:
        UnknownName: there is no such curve.
    """
    positive(median, "the horizon at one half")
    positive(shape, f"the shape of the {curve} curve")
    return _curve(curve).success(np.asarray(minutes, dtype=float) / median, shape)


def horizon(curve: str, rate: float, median: float, shape: float = 1.0) -> float:
    """Return the minutes of the tasks at which `curve` has success `rate`.

    Raises:
        UnknownName: there is no such curve.
    """
    inner_rate(rate, "the rate of success")
    positive(median, "the horizon at one half")
    positive(shape, f"the shape of the {curve} curve")
    return median * _curve(curve).time(rate, shape)


def _curve(name: str) -> Curve:
    if name not in CURVES:
        raise UnknownName("curve of success", name, CURVES)
    return CURVES[name]


def marginal_success(logits: ArrayLike, spread: float) -> Floats:
    """Return the rate of success over tasks of one length whose log-odds are normal about `logits`.

    Args:
        logits: log-odds of the typical task, of any shape.
        spread: standard deviation of the log-odds between tasks of one length.
    """
    not_negative(spread, "the spread of the tasks' log-odds")
    rates: Floats = expit(np.asarray(logits, dtype=float)[..., None] + spread * _Z) @ _WEIGHTS
    return rates


def typical_horizon(rate: float, median: float, slope: float) -> float:
    """Return the length at which the typical task is solved with `rate`: the logistic's own horizon."""
    return horizon("log_logistic", rate, median, slope)


def marginal_horizon(rate: float, median: float, slope: float, spread: float) -> float:
    """Return the length at which tasks drawn at random are solved with `rate`."""
    return typical_horizon(rate, median, slope) / typical_over_marginal(rate, slope, spread)


def typical_over_marginal(rate: float, slope: float, spread: float) -> float:
    """Return the typical horizon at `rate` in units of the marginal one; by quadrature.

    It is above 1 for rates above one half, where the hardest tasks of a length hold the marginal rate down.

    Source: formal model P23.
    """
    inner_rate(rate, "the rate of success")
    positive(slope, "the slope")
    not_negative(spread, "the spread of the tasks' log-odds")
    typical = float(logit(rate))
    # the approximation is within a third of the truth at any spread, so twice it brackets the solution
    far = 2 * abs(typical) * _widening(spread) + 1
    marginal = brentq(lambda x: float(marginal_success(x, spread)) - rate, -far, far, xtol=1e-13)
    return math.exp((marginal - typical) / slope)


def typical_over_marginal_nearly(rate: float, slope: float, spread: float) -> float:
    """Return `typical_over_marginal` by the probit approximation: too small, by a tenth at a spread of 3."""
    inner_rate(rate, "the rate of success")
    positive(slope, "the slope")
    return math.exp(float(logit(rate)) * (_widening(spread) - 1) / slope)


def _widening(spread: float) -> float:
    return math.sqrt(1 + PROBIT * spread**2)


class Fitted(NamedTuple):
    """A logistic in log time."""

    slope: float
    median: float
    """Horizon at one half, in minutes."""


def with_label_noise(slope: float, median: float, noise: float, spread: float, centre: float) -> Fitted:
    """Return the logistic that is found, with unlimited runs, where tasks' times are known with noise.

    The slope is flattened and the horizon moves away from the centre of the tasks.

    Args:
        slope: true slope.
        median: true horizon at one half, in minutes.
        noise: standard deviation of the error in log time.
        spread: standard deviation of the tasks' true log times, which are normal.
        centre: median time of the tasks, in minutes.

    Raises:
        NoAnswer: no logistic solves the equations of the fit.

    Source: formal model P14c; Carroll et al., "Measurement error in nonlinear models", 2006, section 4.
    """
    for value, what in ((slope, "the slope"), (median, "the horizon at one half")):
        positive(value, what)
    positive(spread, "the spread of the tasks' log times")
    positive(centre, "the median time of the tasks")
    not_negative(noise, "the noise in log time")
    kept = spread**2 / (spread**2 + noise**2)
    ahead = math.log(median / centre)
    seen = math.hypot(spread, noise) * _Z
    rates = marginal_success(slope * (ahead - kept * seen), slope * noise * math.sqrt(kept))
    level, flat = _logistic_fit(seen, rates, (slope * ahead, slope * kept))
    return Fitted(flat, centre * math.exp(level / flat))


def _logistic_fit(x: Floats, rates: Floats, start: tuple[float, float]) -> tuple[float, float]:
    """Return (a, b) of the most likely rates expit(a - b x), over standard normal weights of the points."""

    def score(ab: Floats) -> Floats:
        missed = _WEIGHTS * (rates - expit(ab[0] - ab[1] * x))
        return np.array([missed.sum(), missed @ x])

    found = root(score, start, tol=1e-12)
    ends = float(_WEIGHTS @ np.minimum(rates, 1 - rates))
    if ends < UNREACHED or np.abs(score(found.x)).max() > UNREACHED:
        raise NoAnswer(
            "no-fit",
            f"no logistic was found: all but {ends:.1g} of the tasks are sure to end one way.",
            "The tasks must lie within reach of the curve.",
            "Move their centre towards the horizon, or widen their spread.",
        )
    return float(found.x[0]), float(found.x[1])

"""Pilots of tasks that were made easier until a pilot was short: what fresh people would need.

An accepted pilot was picked for being short. It is a draw below the limit after so many cuts, and each pilot
before it was one above the limit; that, said in full, undoes the pick. A task is as long as people take, in
log time, normal over tasks; a cut shortens it by one step; a pilot is that length and noise. All are natural
logarithms of time. Rejected pilots that were kept count with their times, others as longer than the limit.

What few pilots hardly tell, noise against spread and step, is summed out with weak priors.

Source: formal model, P19 and D10.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations, product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_ndtr, logsumexp, ndtr, ndtri

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tasklaws.infer.arrays import Floats

LEVEL = 0.9
NOISE = (0.75, 0.5)
"""Noise of a pilot that is assumed, and the standard deviation of its log: a factor of 1.6 either way."""
STEP = (0.5, 0.7)
"""Likewise of the step of a cut."""
SPREAD = (1.5, 1.0)
"""Likewise of the spread of tasks."""
REACH = 5.0
"""Spreads about the mean task, and noises about a pilot, at which places are looked at."""
PER_NOISE = 1.5
"""Places that are looked at in one noise, or spread, whichever is less."""
LARGEST_LOG = 4.0
"""Of a spread, noise or step; none is larger than a factor of e^55 in time."""
MOST = 4000
"""Places that are looked at, at most."""
NODES = 4
"""Of the rule over each of the four parameters."""
DEEPEST = 9.0
"""Log of how much less than the first a point of the rule may weigh: corners say nothing and cost much."""
NUDGE = 0.03
LEAST_CURVATURE = 0.25
"""Of a direction that the times and priors hardly tell."""
HALF_LOG_TWO_PI = math.log(2 * math.pi) / 2


class Interval(NamedTuple):
    """An estimate and its interval."""

    value: Floats
    lower: Floats
    upper: Floats


@dataclass(frozen=True, eq=False)
class PilotTimes:
    """What was seen of the pilots of tasks; log times."""

    accepted: Floats
    """Of shape (tasks,)."""
    cuts: NDArray[np.int_]
    """Adjustments made before it, of shape (tasks,)."""
    limit: float
    """A pilot above it led to an adjustment."""
    rejected: Floats | None = None
    """Of shape (tasks, most cuts): pilots before, in order; NaN where the time was not kept, or none was."""

    @property
    def seen(self) -> Floats:
        """Return the rejected pilots, NaN where no time was kept, of shape (tasks, most cuts)."""
        most = int(self.cuts.max(initial=0))
        nothing = np.full((self.cuts.size, most), np.nan)
        return nothing if self.rejected is None else self.rejected[:, :most]


@dataclass(frozen=True, eq=False)
class PilotFit:
    """What pilots tell of the times of fresh people."""

    times: PilotTimes
    shapes: Floats
    """Mean of tasks, log spread, log noise and log step, of shape (points, 4)."""
    weights: Floats
    """Of the points; they sum to 1."""
    places: Floats
    """Mean of each task's log time before any cut, at each point: (points, tasks)."""
    errors: Floats
    """Standard deviation of the same."""

    @property
    def cut_by(self) -> Floats:
        """Return by how much each task was cut, of shape (points, tasks)."""
        return np.exp(self.shapes[:, 3:]) * self.times.cuts

    def fresh(self, level: float = LEVEL) -> Interval:
        """Return the log time of each task as it is now, for fresh people."""
        return _mixed(self.places - self.cut_by, self.errors, self.weights, level)

    def original(self, level: float = LEVEL) -> Interval:
        """Return the log time of each task before it was cut."""
        return _mixed(self.places, self.errors, self.weights, level)

    def understatement(self, level: float = LEVEL) -> Interval:
        """Return by how much fresh log times exceed accepted pilots, in the mean over these tasks."""
        above = (self.places - self.cut_by - self.times.accepted).mean(axis=1, keepdims=True)
        sd = np.sqrt((self.errors**2).sum(axis=1, keepdims=True)) / self.times.cuts.size
        return _mixed(above, sd, self.weights, level)

    def shape(self, level: float = LEVEL) -> Interval:
        """Return mean of tasks, spread, noise and step."""
        natural = np.column_stack([self.shapes[:, :1], np.exp(self.shapes[:, 1:])])
        middle = self.weights @ natural
        order = np.argsort(natural, axis=0)
        below = np.cumsum(self.weights[order], axis=0) - self.weights[order] / 2
        sorted_ = np.take_along_axis(natural, order, axis=0)
        ends = [
            np.array([np.interp(at, below[:, i], sorted_[:, i]) for i in range(natural.shape[1])])
            for at in ((1 - level) / 2, (1 + level) / 2)
        ]
        return Interval(middle, *ends)


def fit_pilots(times: PilotTimes, noise: tuple[float, float] = NOISE) -> PilotFit:
    """Return what the pilots of tasks tell.

    Args:
        times: pilots of at least two tasks.
        noise: what is known of a pilot's noise before: a value, and the standard deviation of its log. The
            spread of people about a task, known from tasks with several baselines, makes it narrow.
    """

    def height(shape: Floats) -> float:
        return _log_prior(shape, noise) + float(_summed_out(shape, times)[0].sum())

    rough = max(float(times.accepted.std()), 0.3)
    start = np.array([float(times.accepted.mean()), math.log(rough), math.log(noise[0]), math.log(STEP[0])])
    best = minimize(
        lambda shape: -height(shape),
        start,
        method="L-BFGS-B",
        bounds=[(None, None), *[(-LARGEST_LOG, LARGEST_LOG)] * 3],
        options={"ftol": 1e-5},
    )
    shapes, rule = _points(height, best.x)
    told = [_summed_out(shape, times) for shape in shapes]
    logs = rule + [_log_prior(shape, noise) + one[0].sum() for shape, one in zip(shapes, told, strict=True)]
    places, errors = (np.array([one[i] for one in told]) for i in (1, 2))
    return PilotFit(times, shapes, np.exp(logs - logsumexp(logs)), places, errors)


def _log_prior(shape: Floats, noise: tuple[float, float]) -> float:
    told = zip(shape[1:], (SPREAD, noise, STEP), strict=True)
    return -sum(((float(one) - math.log(middle)) / sd) ** 2 for one, (middle, sd) in told) / 2


def _grid(shape: Floats, times: PilotTimes) -> tuple[Floats, Floats]:
    """Return places of tasks before any cut, and the log likelihood of each task there: (tasks, places)."""
    mean, (spread, noise, step) = shape[0], np.exp(shape[1:])
    longest = float((times.accepted + step * times.cuts).max())
    low = min(mean - REACH * spread, float(times.accepted.min()) - REACH * noise)
    high = max(mean + REACH * spread, longest + REACH * noise)
    points = min(math.ceil((high - low) * PER_NOISE / min(spread, noise)), MOST) + 1
    places = np.linspace(low, high, points)
    away = (times.accepted + step * times.cuts)[:, None] - places
    logs = -((away / noise) ** 2) / 2 - ((places - mean) / spread) ** 2 / 2
    logs += _before(places, float(noise), float(step), times)
    return places, logs - 2 * HALF_LOG_TWO_PI - shape[1] - shape[2]


def _before(places: Floats, noise: float, step: float, times: PilotTimes) -> Floats:
    """Return the log likelihood of the pilots before the accepted one, of shape (tasks, places)."""
    seen, tasks = times.seen, times.cuts.size
    found = np.zeros((tasks, places.size))
    for cut in range(seen.shape[1]):
        now = places - step * cut
        kept, lost = np.isfinite(seen[:, cut]), np.isnan(seen[:, cut]) & (times.cuts > cut)
        if lost.any():
            found[lost] += log_ndtr((now - times.limit) / noise)
        if kept.any():
            z = (seen[kept, cut, None] - now) / noise
            found[kept] -= z**2 / 2 + HALF_LOG_TWO_PI + math.log(noise)
    return found


def _summed_out(shape: Floats, times: PilotTimes) -> tuple[Floats, Floats, Floats]:
    """Return the log likelihood of each task with its place summed out, and mean and error of its place."""
    places, logs = _grid(shape, times)
    top = logs.max(axis=1)
    mass = np.exp(logs - top[:, None])
    total = mass.sum(axis=1)
    middle = places.mean()
    mean, square = (mass @ (places - middle) ** power / total for power in (1, 2))
    return (
        top + np.log(total * (places[1] - places[0])),
        mean + middle,
        np.sqrt(np.maximum(square - mean**2, 0.0)),
    )


def _points(height: Callable[[Floats], float], peak: Floats) -> tuple[Floats, Floats]:
    """Return points about the peak, of shape (points, 4), and the logs of their weights by rule."""
    x, w = np.polynomial.hermite_e.hermegauss(NODES)
    at = np.array(list(product(x, repeat=peak.size)))
    rule = np.log(list(product(w / w.sum(), repeat=peak.size))).sum(axis=1)
    worth = rule > rule.max() - DEEPEST
    return peak + at[worth] @ _root(height, peak).T, rule[worth] + (at[worth] ** 2).sum(axis=1) / 2


def _root(height: Callable[[Floats], float], peak: Floats) -> Floats:
    """Return a root of the inverse curvature at the peak."""
    n, top = peak.size, height(peak)
    step = NUDGE * np.eye(n)
    sides = np.array([[height(peak + sign * one) for sign in (1, -1)] for one in step])
    curvature = np.diag((2 * top - sides.sum(axis=1)) / NUDGE**2)
    for i, j in combinations(range(n), 2):
        both = height(peak + step[i] + step[j]) + height(peak - step[i] - step[j])
        mixed = (sides[i].sum() + sides[j].sum() - both - 2 * top) / (2 * NUDGE**2)
        curvature[i, j] = curvature[j, i] = mixed
    values, vectors = np.linalg.eigh(curvature)
    return np.asarray(vectors / np.sqrt(np.maximum(values, LEAST_CURVATURE)))


def _mixed(mean: Floats, sd: Floats, weights: Floats, level: float) -> Interval:
    """Return mean and interval of mixtures of normals, one for each column of (points, columns)."""
    z = float(ndtri((1 + level) / 2))
    ends = []
    for at, outer in (((1 - level) / 2, -1), ((1 + level) / 2, 1)):
        low, high = (mean + outer * z * sd).min(axis=0), (mean + outer * z * sd).max(axis=0)
        for _ in range(40):
            middle = (low + high) / 2
            over = weights @ ndtr((middle - mean) / np.maximum(sd, 1e-12)) > at
            low, high = np.where(over, low, middle), np.where(over, middle, high)
        ends.append((low + high) / 2)
    return Interval(weights @ mean, *ends)

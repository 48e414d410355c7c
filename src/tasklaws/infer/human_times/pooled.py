"""Tasks that differ in their place alone: what is known of each, the law of people about it being shared.

The few parameters of a law (`shape`) are told by all tasks together. Each task's place has a flat prior, so
that no task is drawn towards the others, and is summed out on a grid; the shape is summed out by Hermite's
rule about its peak, each point weighed by what the data say of it. With no law but the normal, and everybody
finishing, this is Student's interval with the spread pooled over tasks, but for its weak prior.

Source: Tierney & Kadane, JASA 1986; Rue, Martino & Chopin, JRSS B 2009 (integration over a few parameters).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp, ndtri

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from tasklaws.infer.arrays import Floats
    from tasklaws.infer.human_times.attempts import Attempts

LEVEL = 0.9
STEP = 1.5
"""Of the grid, in errors of a place: sums over a smooth density are exact to 3e-4 at that."""
FEWEST, MOST = 24, 600
WIDE, FINE = 7.0, 97
"""Half width of the second grid, in errors, and its points."""
NUDGE, ROUGH = 0.1, 0.03
"""Steps of the curvature, and how closely the peak is sought: points are weighed by the data all the same."""
NODES = {1: 7, 2: 5, 3: 3}
"""Points per parameter, by the number of parameters."""


@dataclass(frozen=True)
class Law:
    """How log times lie about the place of their task."""

    name: str
    parameters: tuple[str, ...]
    starts: Callable[[Attempts], Sequence[Floats]]
    """Shapes at which the search for the peak may start."""
    log_prior: Callable[[Floats], float]
    log_likelihood: Callable[[Floats, Attempts, Floats], Floats]
    """(shape, attempts, places of shape (attempts, points)) -> log likelihood of that shape."""
    ends: Callable[[Floats, Attempts], tuple[Floats, Floats]]
    """(shape, attempts) -> between what places each task certainly lies, of shape (tasks,)."""
    spread: Callable[[Floats], float]
    """Standard deviation of people about the place, of one mode where there are two."""
    targets: Mapping[str, Callable[[Floats], float]] = field(
        default_factory=lambda: {"median": lambda _shape: 0.0}
    )
    """What is asked for -> how far it lies above the place."""


@dataclass(frozen=True, eq=False)
class Estimates:
    """What is known of a quantity of each task, in log minutes; arrays of shape (tasks,)."""

    value: Floats
    """Median of what is known; NaN where nobody finished, or all did within a budget."""
    lower: Floats
    upper: Floats
    """inf where nobody finished: the task takes longer than `lower`; `lower` is -inf where all did."""
    se: Floats


@dataclass(frozen=True, eq=False)
class Fit:
    """A law fitted to all tasks."""

    law: Law
    attempts: Attempts
    shapes: Floats
    """Points of the shape, of shape (points, parameters)."""
    weights: Floats
    """Their weights, which sum to one."""
    log_evidence: float
    """Log of the likelihood with everything summed out, of tasks that somebody finished."""

    @property
    def shape(self) -> Floats:
        """Return the mean of the shape."""
        return np.asarray(self.weights @ self.shapes)

    def of_shape(self, told: Callable[[Floats], float], level: float = LEVEL) -> tuple[float, float, float]:
        """Return estimate and interval of a quantity of the shape, by the normal law."""
        values = np.array([told(shape) for shape in self.shapes])
        mean = float(self.weights @ values)
        se = float(np.sqrt(self.weights @ (values - mean) ** 2))
        reach = se * float(-ndtri((1 - level) / 2))
        return mean, mean - reach, mean + reach

    def estimates(self, target: str = "median", level: float = LEVEL) -> Estimates:
        """Return what is known of `target` at each task."""
        told = self.attempts.told
        value, lower, upper, se = (np.full(told.size, np.nan) for _ in range(4))
        levels = np.array([0.5, (1 - level) / 2, (1 + level) / 2])
        shifts = np.array([self.law.targets[target](shape) for shape in self.shapes])
        if told.any():
            (value[told], lower[told], upper[told]), se[told] = self._quantiles(shifts, levels)
        tail, finished = (1 - level) / 2, self.attempts.finished > 0
        for lost, end, other in ((~finished, lower, (upper, np.inf)), (finished, upper, (lower, -np.inf))):
            which = ~told & lost & (self.attempts.people > 0)
            if which.any():
                end[which] = self._bound(self.attempts.at_tasks(which), shifts, tail)
                other[0][which] = other[1]
        return Estimates(value, lower, upper, se)

    @cached_property
    def _known(self) -> tuple[Floats, Floats]:
        """Return places of the tasks that somebody finished and the mass there, (shapes, tasks, points)."""
        attempts = self.attempts.at_tasks(self.attempts.told)
        found = [_fine(self.law, shape, attempts) for shape in self.shapes]
        return np.array([places for places, _ in found]), np.array([mass for _, mass in found])

    def _quantiles(self, shifts: Floats, levels: Floats) -> tuple[Floats, Floats]:
        """Return quantiles, of shape (levels, tasks), and errors of the tasks that somebody finished."""
        places, mass = self._known
        grids = places + shifts[:, None, None]
        mean, square = (self.weights @ np.einsum("stp,stp->st", mass, power) for power in (grids, grids**2))
        below = np.cumsum(mass, axis=2) - mass / 2
        found = [self._quantile(grids[:, t], below[:, t], levels) for t in range(grids.shape[1])]
        return np.array(found).T, np.sqrt(np.maximum(square - mean**2, 0.0))

    def _quantile(self, grids: Floats, below: Floats, levels: Floats) -> Floats:
        """Return quantiles of one task, of what is known at each shape, mixed by the weights."""
        at = np.linspace(grids[:, 0].min(), grids[:, -1].max(), 4 * FINE)
        mixed = sum(
            weight * np.interp(at, grid, share)
            for weight, grid, share in zip(self.weights, grids, below, strict=True)
        )
        return np.interp(levels, np.asarray(mixed), at)

    def _bound(self, attempts: Attempts, shifts: Floats, rate: float) -> Floats:
        """Return the place beyond which what was seen had a chance below `rate`, of tasks all alike in it."""
        sd = max(self.law.spread(shape) for shape in self.shapes)
        first = np.full(attempts.tasks, np.inf)
        np.minimum.at(first, attempts.task, attempts.log_minutes)
        at = first[:, None] + np.linspace(-4 - 6 * sd, 6 * sd + 4, 8 * FINE)
        chance = np.zeros_like(at)
        for weight, shape, shift in zip(self.weights, self.shapes, shifts, strict=True):
            each = self.law.log_likelihood(shape, attempts, (at - shift)[attempts.task])
            chance += weight * np.exp(np.add.reduceat(each, _firsts(attempts)))
        turn = 1 if chance[0, -1] > chance[0, 0] else -1
        return np.array([np.interp(rate, y[::turn], x[::turn]) for y, x in zip(chance, at, strict=True)])


def fit(law: Law, attempts: Attempts) -> Fit:
    """Return the law fitted to the tasks that have a place.

    Tasks that nobody finished tell nothing of the shape, as their place may be anywhere above.
    """
    told = attempts.at_tasks(attempts.told)

    def height(shape: Floats) -> float:
        return law.log_prior(shape) + float(summed_out(law, shape, told).sum())

    start = max(law.starts(told), key=height)
    corners = start + 2 * NUDGE * np.vstack([np.zeros(len(start)), np.eye(len(start))])
    best = minimize(
        lambda shape: -height(shape),
        start,
        method="Nelder-Mead",
        options={"initial_simplex": corners, "xatol": ROUGH, "fatol": ROUGH},
    )
    peak, top = best.x, -float(best.fun)
    root: Floats = np.linalg.cholesky(_covariance(height, peak, top)).astype(float)
    shapes, weights, log_sum = _weighed(height, peak, top, root)
    log_evidence = top + log_sum + float(np.log(np.diag(root)).sum()) + len(peak) * np.log(2 * np.pi) / 2
    return Fit(law, attempts, shapes, weights, log_evidence)


def _covariance(height: Callable[[Floats], float], peak: Floats, top: float) -> Floats:
    """Return the inverse of the curvature at the peak; of directions that tell nothing, a wide one."""
    n = len(peak)
    step = NUDGE * np.eye(n)
    curvature = np.empty((n, n))
    one = [[height(peak + sign * step[i]) for sign in (1, -1)] for i in range(n)]
    for i in range(n):
        curvature[i, i] = (2 * top - sum(one[i])) / NUDGE**2
        for j in range(i):
            both = height(peak + step[i] + step[j]) + height(peak - step[i] - step[j])
            mixed = (sum(one[i]) + sum(one[j]) - both - 2 * top) / (2 * NUDGE**2)
            curvature[i, j] = curvature[j, i] = mixed
    values, vectors = np.linalg.eigh(curvature)
    return np.asarray((vectors / np.maximum(values, 1.0)) @ vectors.T)


def _weighed(
    height: Callable[[Floats], float], peak: Floats, top: float, root: Floats
) -> tuple[Floats, Floats, float]:
    """Return points about the peak, their weights by rule and data, and the log of their sum."""
    x, w = np.polynomial.hermite_e.hermegauss(NODES[len(peak)])
    at = np.array(list(product(x, repeat=len(peak))))
    rule = np.prod(list(product(w / w.sum(), repeat=len(peak))), axis=1)
    shapes = peak + at @ root.T
    logs = np.log(rule) + np.array([height(shape) for shape in shapes]) - top + (at**2).sum(1) / 2
    log_sum = float(logsumexp(logs))
    return shapes, np.exp(logs - log_sum), log_sum


def summed_out(law: Law, shape: Floats, attempts: Attempts) -> Floats:
    """Return the log likelihood of each task with its place summed out, of shape (tasks,)."""
    places, logs = _coarse(law, shape, attempts)
    return np.asarray(logsumexp(logs, axis=1) + np.log(places[:, 1] - places[:, 0]))


def _coarse(law: Law, shape: Floats, attempts: Attempts) -> tuple[Floats, Floats]:
    """Return places of each task, of shape (tasks, points), and the log likelihood there."""
    low, high = law.ends(shape, attempts)
    wanted = ((high - low) * np.sqrt(np.maximum(attempts.people, 1))).max() / (STEP * law.spread(shape))
    points = int(np.clip(np.ceil(wanted), FEWEST, MOST))
    return _at(law, shape, attempts, low[:, None] + (high - low)[:, None] * np.linspace(0, 1, points))


def _fine(law: Law, shape: Floats, attempts: Attempts) -> tuple[Floats, Floats]:
    """Return places about where each task is, of shape (tasks, points), and the mass at each."""
    places, logs = _coarse(law, shape, attempts)
    mass = _mass(logs)
    mean = (mass * places).sum(1)
    se = np.sqrt((mass * (places - mean[:, None]) ** 2).sum(1))
    finer, logs = _at(law, shape, attempts, mean[:, None] + WIDE * se[:, None] * np.linspace(-1, 1, FINE))
    return finer, _mass(logs)


def _at(law: Law, shape: Floats, attempts: Attempts, places: Floats) -> tuple[Floats, Floats]:
    each = law.log_likelihood(shape, attempts, places[attempts.task])
    return places, np.add.reduceat(each, _firsts(attempts))


def _firsts(attempts: Attempts) -> NDArray[np.int_]:
    """Return where the attempts at each task begin; every task has one."""
    return np.asarray(np.searchsorted(attempts.task, np.arange(attempts.tasks)))


def _mass(logs: Floats) -> Floats:
    mass = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(mass / mass.sum(axis=1, keepdims=True))

"""Is longer harder? Slopes of difficulty over log time within families, between them, and in one family.

Source: formal model, D6; equivalence by two one-sided tests: Schuirmann, Journal of Pharmacokinetics and
Biopharmaceutics 1987.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from tasklaws.assess.time_axis import TINY, Estimate
from tasklaws.infer.irt.explained import Curves, Regression, regress

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasklaws.assess.time_axis import TimeAxis
    from tasklaws.infer.arrays import Floats

MARGIN = 0.25
"""Share of the other slope inside of which a slope counts as none."""
MOST = 20.0
"""Logarithm of the largest factor that is told."""
MANY = 10**6
"""Degrees of freedom of an error that rests on a model and not on counted groups."""


@dataclass(frozen=True)
class Flat:
    """A slope against another: whether it is none, by the margin of a quarter."""

    slope: Estimate
    other: Estimate
    less: Estimate
    """The slope less a quarter of the other; below 0 where the slope is flat."""
    more: Estimate
    """The slope and a quarter of the other; above 0 where the slope is flat."""

    @property
    def p(self) -> float:
        """Return p of the null that the slope is a quarter of the other or more, in either direction."""
        return max(self.less.below(0.0), 1 - self.more.below(0.0))


def compare(slope: Floats, other: Floats) -> Flat:
    """Return one slope against another, both with groups left out in turn."""
    pairs = slope, other, slope - MARGIN * other, slope + MARGIN * other
    return Flat(*(Estimate.left_out(one) for one in pairs))


@dataclass(frozen=True)
class Slopes:
    """Logits for a unit of log time, over a suite."""

    within: Flat
    """Of tasks around the mean of their family, against that between families."""
    between: Flat
    """Of the means of families, against that within them."""
    overall: Flat
    """That within families against that over all tasks."""


def slopes(axis: TimeAxis) -> Slopes | None:
    """Return the slopes of a suite; None where times within or between families differ by errors only."""
    own, mean = split(axis)
    if not (own.any() and mean.any()):
        return None
    line = regress(axis.told, np.column_stack([np.ones(own.size), mean, own]), axis.weights)
    between, within = line.coefficients[:, 1], line.coefficients[:, 2]
    overall = axis.line.coefficients[:, 1]
    return Slopes(compare(within, between), compare(between, within), compare(within, overall))


def split(axis: TimeAxis) -> tuple[Floats, Floats]:
    """Return expected true log time around the family's mean, and the mean itself, of shape (tasks,) each.

    All are 0 where what is seen is not more than errors of the times.
    """
    log, noise, family = axis.times.log_minutes, axis.times.se**2, axis.family
    many = np.bincount(family)
    mean, error = np.bincount(family, log) / many, np.bincount(family, noise) / many**2
    own, several = log - mean[family], many[family] > 1
    free = max(int(several.sum() - (many > 1).sum()), 1)
    spread = max(float((own**2).sum() / free - (noise * several).sum() / max(several.sum(), 1)), 0.0)
    apart = max(float(mean.var(ddof=1) - error.mean()), 0.0) if many.size > 1 else 0.0
    centre = (mean - mean.mean()) * apart / (apart + error + TINY)
    return own * spread / (spread + noise + TINY), centre[family]


def own_slope(axis: TimeAxis, family: str) -> Flat | None:
    """Return the slope over the tasks of one family against that within the other families.

    Its error counts tasks left out in turn, or what the counts tell if that is more, and the rung shock: a
    model that is lucky with this family bends the difficulties of all tasks that it decides. None where the
    other families do not show that longer tasks are harder: then there is nothing to fall short of.
    """
    own, mean = split(axis)
    own_place = axis.family == axis.families.index(family)
    other = _others(axis, np.column_stack([np.ones(own.size), mean, own]), own_place)
    at = np.flatnonzero(own_place)
    if other.interval[0] <= 0 or not own[at].any():
        return None
    x = np.column_stack([np.ones(at.size), own[at]])
    told_here = Curves(axis.told.grid, axis.told.log_likelihood[at])
    line = regress(told_here, x, np.vstack([np.ones(at.size), 1 - np.eye(at.size)]))
    left_out, told = Estimate.left_out(line.coefficients[:, 1]), _told(line, x)
    shocked = _bent(axis, at, line.mean[0], told[1] @ x.T * line.information[0])
    se = float(np.hypot(max(left_out.se, np.sqrt(told[1, 1])), shocked))
    slope = Estimate(left_out.value, se, max(at.size - 2, 1))
    quarter, error = MARGIN * other.value, float(np.hypot(se, MARGIN * other.se))
    less, more = (Estimate(slope.value + sign * quarter, error, slope.free) for sign in (-1, 1))
    return Flat(slope, other, less, more)


def _others(axis: TimeAxis, x: Floats, own: NDArray[np.bool_]) -> Estimate:
    """Return the slope within the families but one, each group of the others left out in turn."""
    weights = axis.weights * ~own
    changed = (weights[1:] != weights[0]).any(axis=1)
    line = regress(axis.told, x, np.vstack([weights[:1], weights[1:][changed]]))
    return Estimate.left_out(line.coefficients[:, 2])


def _told(line: Regression, x: Floats) -> Floats:
    """Return the covariance of coefficients by what the counts tell; vast where they tell nothing."""
    information = (x * line.information[0][:, None]).T @ x
    return np.asarray(np.linalg.inv(information + TINY * np.eye(x.shape[1])))


def _bent(axis: TimeAxis, at: NDArray[np.int_], difficulty: Floats, solve: Floats) -> float:
    """Return by how much rung shocks spread a weighted sum of the difficulties of some tasks."""
    rate = expit(axis.ability - difficulty[:, None])
    weight = axis.counts.n[at] * rate * (1 - rate) + TINY
    moved = solve @ (weight / weight.sum(1, keepdims=True))
    return float(axis.shock_sd * np.sqrt((moved**2).sum()))


def offset(axis: TimeAxis, family: str) -> Estimate | None:
    """Return by how many logits one family's tasks are harder than the suite's others of equal human time.

    The other families are taken as they are, and not as a sample of more. The error is that of the tasks, and
    of rung shocks in all families. None where there is no other family.
    """
    if len(axis.families) == 1:
        return None
    own = axis.family == axis.families.index(family)
    x = np.column_stack([np.ones(own.size), axis.expected, own])
    value = float(regress(axis.told, x, np.ones((1, own.size))).coefficients[0, 2])
    apart = by_family(axis)
    told = apart.information[0] + TINY
    share = told / np.where(own, told[own].sum(), told[~own].sum())
    shocks = [
        _bent(axis, at, apart.mean[0][at], share[at])
        for at in (np.flatnonzero(axis.family == place) for place in range(len(axis.families)))
    ]
    variance = 1 / told[own].sum() + 1 / told[~own].sum() + np.square(shocks).sum()
    return Estimate(value, float(np.sqrt(variance)), MANY)


def by_family(axis: TimeAxis) -> Regression:
    """Return difficulty over log time with a level of its own for each family."""
    levels = (axis.family[:, None] == np.arange(len(axis.families))).astype(float)
    one = np.ones((1, axis.family.size))
    return regress(axis.told, np.column_stack([levels, split(axis)[0]]), one)


def times_as_long(axis: TimeAxis, shift: Estimate) -> tuple[float, float, float] | None:
    """Return how many times as long people take as for other tasks as hard, with its 90 % interval.

    None where difficulty does not grow with time.
    """
    if axis.slope.value <= 0:
        return None
    low, high = shift.interval
    value, lower, upper = (
        float(np.exp(np.clip(-one / axis.slope.value, -MOST, MOST))) for one in (shift.value, high, low)
    )
    return value, lower, upper

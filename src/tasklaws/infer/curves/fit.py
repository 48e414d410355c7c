"""Fits of one form to many problems at once: the best parameters, and how each fit ended.

All tasks of a lineage, their bootstrap replicates and their cut-offs are problems of one batch: they
share the points' places on the axis, and a point that a problem does not have has no attempts.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.core.errors import BadInput, NoAnswer, UnknownName
from tasklaws.infer.curves.compiled import compiled
from tasklaws.infer.curves.descent import CONVERGED, EXACT, SETTLED
from tasklaws.infer.curves.layout import Box, between, box
from tasklaws.infer.curves.multistart import effort_of, search_all
from tasklaws.infer.curves.objectives import BETA_BINOMIAL, LOG_HUBER, OBJECTIVES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from tasklaws.infer.arrays import Floats
    from tasklaws.spec.form import Form

ROUNDS, EXACT_ROUNDS = 500, 5000
"""Rounds of one descent at most."""

HUBER_WIDTH = 1e-3
"""Log residual at which Huber's loss turns from square to linear (arXiv 2203.15556)."""

USUAL_CORRELATION = 0.01

AT_BOUND = 1e-9
"""A parameter this close to a bound, as a share of the box, is at it."""


@dataclass(frozen=True)
class Points:
    """What is known of a batch of problems: values at places that all problems share."""

    x: Floats
    """Places, of shape (covariates, points)."""
    y: Floats
    """Rates or values, of shape (problems, points); not read where `n` is 0."""
    n: Floats
    """Attempts behind a rate, or the precision of a value, of the same shape; 0 where nothing is known."""
    weight: Floats | None = None
    """Factor of each point's objective, of the same shape; None for 1."""

    @property
    def known(self) -> NDArray[np.bool_]:
        """Return which points count, of shape (problems, points)."""
        known = self.n > 0
        return known if self.weight is None else known & (self.weight > 0)


@dataclass(frozen=True)
class Options:
    """How a batch is fitted."""

    objective: str = "binomial"
    """One of `objectives.OBJECTIVES`."""
    shape: float | Floats | None = None
    """Correlation of instances (beta-binomial) or width of Huber's loss; a number or of shape (problems,)."""
    fixed: Mapping[str, Floats | float] = field(default_factory=dict)
    """Known parameters: a number each, or of shape (problems,)."""
    freed: tuple[str, ...] = ()
    """Parameters to fit that the form fixes by default."""
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Bounds that replace the form's."""
    exact: bool = False
    """Go on to the last digit, instead of a millionth of a standard error."""

    @property
    def of_rates(self) -> bool:
        """Return whether the objective is a likelihood of counts."""
        return self.objective in {"binomial", "beta_binomial"}


@dataclass(frozen=True)
class Fits:
    """The law of every problem of a batch under one form."""

    form: Form
    points: Points
    options: Options
    params: Floats
    """Parameters, of shape (problems, parameters); NaN where there are too few points."""
    objective: Floats
    """Half the deviance (counts) or the minimised sum, of shape (problems,)."""
    ended: NDArray[np.int64]
    """Codes of `descent`."""
    lower: Floats
    """Bounds, of shape (problems, parameters); equal to `upper` where a parameter was not fitted."""
    upper: Floats
    held: NDArray[np.bool_]
    """Parameters found by search, of shape (parameters,)."""

    @property
    def fitted(self) -> NDArray[np.bool_]:
        """Return which parameters were fitted, of shape (problems, parameters)."""
        return self.upper > self.lower

    @property
    def n_fitted(self) -> NDArray[np.int64]:
        """Return the number of fitted parameters of each problem."""
        return np.asarray(self.fitted.sum(axis=1))

    @property
    def n_points(self) -> NDArray[np.int64]:
        """Return the number of points of each problem."""
        return np.asarray(self.points.known.sum(axis=1))

    def only(self, which: NDArray[np.bool_]) -> Fits:
        """Return the fits of the chosen problems, `which` of shape (problems,)."""
        p, o = self.points, self.options
        points = Points(p.x, p.y[which], p.n[which], None if p.weight is None else p.weight[which])
        fixed = {k: v if np.ndim(v) == 0 else np.asarray(v)[which] for k, v in o.fixed.items()}
        shape = o.shape if o.shape is None or np.ndim(o.shape) == 0 else np.asarray(o.shape)[which]
        parts = (self.params, self.objective, self.ended, self.lower, self.upper)
        options = replace(o, fixed=fixed, shape=shape)
        return Fits(self.form, points, options, *(part[which] for part in parts), self.held)

    def heights(self, x: Floats | None = None) -> Floats:
        """Return the laws at `x` (covariates, points), or at their own points; of shape (problems, points)."""
        places = np.ascontiguousarray(self.points.x if x is None else x)
        real = compiled(self.form.curve).real
        return np.stack([real(places, p) for p in self.params])

    @cached_property
    def at_bound(self) -> list[tuple[str, ...]]:
        """Return, for each problem, the fitted parameters that ended at a bound of their search."""
        width = self.upper - self.lower
        near = np.minimum(self.params - self.lower, self.upper - self.params) <= AT_BOUND * width
        found = near & self.fitted & ~self.held
        return [tuple(n for n, ended in zip(self.form.names, row, strict=True) if ended) for row in found]

    def status(self, problem: int) -> str:
        """Return how one fit ended: `ok`, `too_few_points`, `not_converged` or `at_bound`."""
        if np.isnan(self.params[problem]).any():
            return "too_few_points"
        if self.ended[problem] != CONVERGED:
            return "not_converged"
        return "at_bound" if self.at_bound[problem] else "ok"


def fit_batch(form: Form, points: Points, options: Options | None = None) -> Fits:
    """Fit `form` to every problem of `points`.

    Problems with too few points get NaN and the status `too_few_points`; they fail no other problem.

    Raises:
        UnknownName: there is no such objective or parameter.
        BadInput: values that the objective cannot take, or points that all lie at one place.
    """
    options = options or Options()
    kind = _kind(form, options)
    _check(form, points, kind)
    weight = memory_weights(form, points)
    shape = shapes(options, len(points.y))
    y = np.where(points.known, points.y, 0.5)
    n = np.where(points.known, points.n, 1.0)
    edge = box(
        form, points.x, y, points.known, options.fixed, options.freed, options.bounds, rates=options.of_rates
    )
    found = _search(form, points.x, y, n, weight, kind, shape, edge, options)
    params, objective, ended = found
    free = (edge.upper > edge.lower).sum(axis=1)
    short = points.known.sum(axis=1) < np.maximum(form.least or 0, free + 1)
    params[short], objective[short] = np.nan, np.nan
    return Fits(form, points, options, params, objective, ended, edge.lower, edge.upper, edge.held)


def refuse_short(form: Form, n_points: int, freed: tuple[str, ...] = ()) -> None:
    """Refuse to fit `form` to so few points.

    Raises:
        NoAnswer: the form needs more.
    """
    free, need = len(form.free(freed)), form.least_points(freed)
    if n_points < need:
        raise NoAnswer(
            "too-few-points",
            f"cannot fit {form.name!r} to {n_points} points: it has {free} free parameters.",
            f"It needs {need} points or more.",
            "Add rungs, or use a form with fewer parameters.",
        )


def again(fits: Fits, points: Points, drawn: Mapping[str, Floats] | None = None) -> Fits:
    """Return the same laws fitted to other values at the same places, from where the first fits ended.

    Every problem of `fits` is fitted len(points.y) / len(fits.params) times over, in the order of
    `np.repeat`: replicates of one problem stand together.

    Args:
        fits: the laws.
        points: the other values.
        drawn: values of parameters that were not fitted, one per replicate, that replace those of `fits`.
    """
    times = len(points.y) // len(fits.params)
    options = fits.options
    kind = OBJECTIVES[options.objective]
    shape = np.repeat(shapes(options, len(fits.params)), times)
    y = np.where(points.known, points.y, 0.5)
    n = np.where(points.known, points.n, 1.0)
    start, lower, upper = (np.repeat(part, times, axis=0) for part in (fits.params, fits.lower, fits.upper))
    for name, values in (drawn or {}).items():
        for part in (start, lower, upper):
            part[:, fits.form.names.index(name)] = values
    warm = start[:, None]
    edge = Box(lower, upper, warm, fits.held)
    edge = replace(edge, starts=_searched_starts(fits, points, warm))
    params, objective, ended = _search(
        fits.form, points.x, y, n, memory_weights(fits.form, points), kind, shape, edge, options
    )
    return replace(
        fits,
        points=points,
        params=params,
        objective=objective,
        ended=ended,
        lower=edge.lower,
        upper=edge.upper,
    )


def deepened(fits: Fits, which: NDArray[np.bool_], *, keep: bool = True) -> Fits:
    """Return the fits with every start of the chosen problems followed to the end, in their present box.

    Args:
        fits: the laws.
        which: problems to fit again, of shape (problems,).
        keep: keep the former law where it was the better one.
    """
    points, options = fits.points, fits.options
    y = np.where(points.known, points.y, 0.5)[which]
    n = np.where(points.known, points.n, 1.0)[which]
    part = box(fits.form, points.x, y, points.known[which], {}, fits.form.names, {}, rates=options.of_rates)
    starts = np.concatenate([fits.params[which][:, None], part.starts], axis=1)
    edge = Box(fits.lower[which], fits.upper[which], starts, fits.held)
    edge = replace(edge, starts=np.clip(starts, edge.lower[:, None], edge.upper[:, None]))
    weight, shape = memory_weights(fits.form, points)[which], shapes(options, len(which))[which]
    found = _search(
        fits.form, points.x, y, n, weight, OBJECTIVES[options.objective], shape, edge, options, thorough=True
    )
    params, objective, ended = fits.params.copy(), fits.objective.copy(), fits.ended.copy()
    chosen = np.flatnonzero(which)
    better = chosen if not keep else chosen[found[1] < objective[chosen]]
    at = np.searchsorted(chosen, better)
    params[better], objective[better], ended[better] = found[0][at], found[1][at], found[2][at]
    return replace(fits, params=params, objective=objective, ended=ended)


def _searched_starts(fits: Fits, points: Points, warm: Floats) -> Floats:
    """Return the warm start of each problem at every place of a searched parameter, (problems, places, k)."""
    starts = warm
    for j in np.flatnonzero(fits.held):
        places = between(points.x[fits.form.parameters[j].of])
        starts = np.repeat(starts, len(places), axis=1)
        starts[:, :, j] = np.tile(places, starts.shape[1] // len(places))
    return starts


def _search(
    form: Form,
    x: Floats,
    y: Floats,
    n: Floats,
    weight: Floats,
    kind: int,
    shape: Floats,
    edge: Box,
    options: Options,
    *,
    thorough: bool = False,
) -> tuple[Floats, Floats, NDArray[np.int64]]:
    curve = compiled(form.curve)
    problems, k = edge.lower.shape
    params, objective = np.empty((problems, k)), np.empty(problems)
    ended = np.empty(problems, dtype=np.int64)
    plain = [np.array(a, dtype=float) for a in (y, n, weight)]
    search_all(
        curve.real,
        curve.complex,
        np.ascontiguousarray(x, dtype=float)[None],
        np.zeros(problems, dtype=np.int64),
        *plain,
        kind,
        np.array(shape),
        np.array(edge.starts),
        edge.lower,
        edge.upper,
        edge.held,
        effort_of(edge, thorough=thorough),
        EXACT_ROUNDS if options.exact else ROUNDS,
        EXACT if options.exact else SETTLED,
        params,
        objective,
        ended,
    )
    return params, objective, ended


def _kind(form: Form, options: Options) -> int:
    if options.objective not in OBJECTIVES:
        raise UnknownName("objective", options.objective, OBJECTIVES)
    for name in (*options.fixed, *options.freed, *options.bounds):
        if name not in form.names:
            raise UnknownName(f"parameter of {form.name!r}", name, form.names)
    return OBJECTIVES[options.objective]


def shapes(options: Options, problems: int) -> Floats:
    """Return the shape of the objective in every problem, of shape (problems,)."""
    usual = {"log_huber": HUBER_WIDTH, "beta_binomial": USUAL_CORRELATION}.get(options.objective, 0.0)
    said = usual if options.shape is None else options.shape
    return np.array(np.broadcast_to(np.asarray(said, dtype=float), (problems,)))


def _check(form: Form, points: Points, kind: int) -> None:
    y = points.y[points.known]
    if not np.isfinite(y).all() or not np.isfinite(points.x).all():
        raise BadInput(
            f"{form.name!r} is to be fitted to values that are not finite.",
            "A point is a number at a number.",
            "Leave the point out: give it no attempts (n = 0).",
        )
    for row in points.x:
        if not np.ptp(row) > 0:
            raise BadInput(
                f"all {row.size} points lie at {row[0] if row.size else 'no place'}.",
                "A law needs points at two places of the axis or more.",
                "Add rungs of another size.",
            )
    rates = kind in {OBJECTIVES["binomial"], BETA_BINOMIAL}
    if rates and y.size and (y.min() < 0 or y.max() > 1):
        raise BadInput(
            f"a rate is {y.min() if y.min() < 0 else y.max():g}.",
            "The likelihood of counts takes rates from 0 to 1.",
            "Use the objective 'gaussian' or 'log_huber' for other values.",
        )
    if kind == LOG_HUBER and y.size and y.min() <= 0:
        raise BadInput(
            f"a value is {y.min():g}.", "The log-Huber objective takes positive values.", "Use 'gaussian'."
        )


def memory_weights(form: Form, points: Points) -> Floats:
    """Return the factor of each point, 0 where nothing is known; a form with a memory halves older rungs."""
    weight = np.where(points.known, 1.0 if points.weight is None else points.weight, 0.0)
    if form.memory is None:
        return np.asarray(weight)
    places = np.unique(points.x[0])
    last = np.where(points.known, points.x[0], -np.inf).max(axis=1)
    rung, newest = np.searchsorted(places, points.x[0]), np.searchsorted(places, last)
    back = np.maximum(newest[:, None] - rung, 0)
    return np.asarray(weight * 0.5 ** (back / form.memory))

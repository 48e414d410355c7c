"""Fits of one form to many problems at once: the best parameters, and how each fit ended.

All tasks of a lineage, their bootstrap replicates and their cut-offs are problems of one batch: they
share the points' places on the axis, and a point that a problem does not have has no attempts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.core.errors import NoAnswer
from tasklaws.infer.curves.compiled import compiled
from tasklaws.infer.curves.descent import CONVERGED, EXACT, SETTLED
from tasklaws.infer.curves.kernel_types import Batch, Sides
from tasklaws.infer.curves.layout import Box, between, box
from tasklaws.infer.curves.multistart import effort_of, search_all
from tasklaws.infer.curves.problem import Options, Points, check, remembered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from tasklaws.infer.arrays import Floats
    from tasklaws.spec.form import Form

ROUNDS, EXACT_ROUNDS = 1000, 5000
"""Rounds of one descent at most."""

AT_BOUND = 1e-9
"""A parameter this close to a bound, as a share of the box, is at it."""


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
        return replace(
            self,
            points=self.points.at(which),
            options=self.options.at(which),
            params=self.params[which],
            objective=self.objective[which],
            ended=self.ended[which],
            lower=self.lower[which],
            upper=self.upper[which],
        )

    def heights(self, x: Floats | None = None) -> Floats:
        """Return the laws at `x` (covariates, points) or their own points, of shape (problems, points)."""
        places = np.ascontiguousarray(self.points.x if x is None else x)
        real = compiled(self.form.curve).real
        return np.stack([real(places, p) for p in self.params])

    @cached_property
    def at_bound(self) -> list[tuple[str, ...]]:
        """Return, for each problem, the fitted parameters that ended at a bound of their search."""
        width = self.upper - self.lower
        near = np.minimum(self.params - self.lower, self.upper - self.params) <= AT_BOUND * np.where(
            np.isfinite(width), width, 0.0
        )
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
    check(form, points, options)
    edge = box(form, points.filled(), options)
    fits = _search(form, points, options, edge)
    short = fits.n_points < np.maximum(form.least or 0, fits.n_fitted + 1)
    fits.params[short], fits.objective[short] = np.nan, np.nan
    return fits


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
    tile = np.repeat(np.arange(len(fits.params)), len(points.y) // len(fits.params))
    start, lower, upper = fits.params[tile], fits.lower[tile], fits.upper[tile]
    for name, values in (drawn or {}).items():
        for part in (start, lower, upper):
            part[:, fits.form.names.index(name)] = values
    starts = start[:, None]
    for j in np.flatnonzero(fits.held):
        places = between(points.x[fits.form.parameters[j].of])
        count = starts.shape[1]
        starts = np.repeat(starts, len(places), axis=1)
        starts[:, :, j] = np.tile(places, count)
    return _search(fits.form, points, fits.options.at(tile), Box(lower, upper, starts, fits.held))


def deepened(fits: Fits) -> Fits:
    """Return the fits with every start followed to the end, in their present box."""
    loose = Options(fits.options.objective, freed=fits.form.names)
    edge = box(fits.form, fits.points.filled(), loose)
    starts = np.concatenate([fits.params[:, None], edge.starts], axis=1)
    starts = np.clip(starts, fits.lower[:, None], fits.upper[:, None])
    edge = Box(fits.lower, fits.upper, starts, fits.held)
    return _search(fits.form, fits.points, fits.options, edge, thorough=True)


def better(fits: Fits, which: NDArray[np.bool_]) -> Fits:
    """Return the fits with the chosen problems `deepened`, where that found a lower objective."""
    deep, chosen = deepened(fits.only(which)), np.flatnonzero(which)
    lower = deep.objective < fits.objective[chosen]
    params, objective, ended = fits.params.copy(), fits.objective.copy(), fits.ended.copy()
    for whole, part in ((params, deep.params), (objective, deep.objective), (ended, deep.ended)):
        whole[chosen[lower]] = part[lower]
    return replace(fits, params=params, objective=objective, ended=ended)


def kernel_batch(form: Form, points: Points, options: Options) -> Batch:
    """Return points as compiled code takes them."""
    data = remembered(form, points)
    y, n, weight = (np.array(part, dtype=float) for part in (data.y, data.n, data.weight))
    return Batch(np.array(points.x, dtype=float), y, n, weight, options.kind, options.shapes(len(y)))


def _search(form: Form, points: Points, options: Options, edge: Box, *, thorough: bool = False) -> Fits:
    curve: Any = compiled(form.curve)
    problems, k = edge.lower.shape
    params, objective = np.empty((problems, k)), np.empty(problems)
    ended = np.empty(problems, dtype=np.int64)
    search_all(
        curve.real,
        curve.complex,
        kernel_batch(form, points, options),
        Sides(edge.lower, edge.upper, edge.held),
        np.array(edge.starts),
        effort_of(edge, thorough=thorough),
        EXACT_ROUNDS if options.exact else ROUNDS,
        EXACT if options.exact else SETTLED,
        params,
        objective,
        ended,
    )
    return Fits(form, points, options, params, objective, ended, edge.lower, edge.upper, edge.held)

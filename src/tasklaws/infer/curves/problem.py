"""What is fitted, and how: the points of a batch of problems, and the options of their fit."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.core.errors import BadInput, UnknownName
from tasklaws.infer.curves.objectives import BETA_BINOMIAL, LOG_HUBER, OBJECTIVES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from tasklaws.infer.arrays import Floats
    from tasklaws.spec.form import Form

    Bools = NDArray[np.bool_]

HUBER_WIDTH = 1e-3
"""Log residual at which Huber's loss turns from square to linear (arXiv 2203.15556)."""

USUAL_CORRELATION = 0.01

COUNTS = frozenset({"binomial", "beta_binomial"})
"""Objectives that are likelihoods of counts."""


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

    def __post_init__(self) -> None:
        """Lay the arrays out as compiled code takes them."""
        for name in ("x", "y", "n", "weight"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, np.ascontiguousarray(value, dtype=float))

    @property
    def known(self) -> Bools:
        """Return which points count, of shape (problems, points)."""
        known = np.asarray(self.n > 0)
        return known if self.weight is None else known & (self.weight > 0)

    def filled(self) -> Points:
        """Return the same points with a harmless value, attempt and weight 0 where nothing is known."""
        known = self.known
        weight = np.where(known, 1.0 if self.weight is None else self.weight, 0.0)
        return Points(self.x, np.where(known, self.y, 0.5), np.where(known, self.n, 1.0), weight)

    def at(self, problems: NDArray[np.int64] | Bools) -> Points:
        """Return the points of the chosen problems, in that order."""
        weight = None if self.weight is None else self.weight[problems]
        return Points(self.x, self.y[problems], self.n[problems], weight)


@dataclass(frozen=True)
class Options:
    """How a batch is fitted."""

    objective: str = "binomial"
    """One of `objectives.OBJECTIVES`."""
    shape: float | Floats | None = None
    """Correlation of instances (beta-binomial) or width of Huber's loss; a number or of shape (problems,)."""
    shape_estimated: bool = False
    """Whether the shape was estimated from the same points: intervals then allow for its error."""
    fixed: Mapping[str, Floats | float] = field(default_factory=dict)
    """Known parameters: a number each, or of shape (problems,)."""
    freed: tuple[str, ...] = ()
    """Parameters to fit that the form fixes by default."""
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Bounds that replace the form's, in the parameter's own unit."""
    exact: bool = False
    """Go on to the last digit, instead of a thousandth of a standard error or better."""

    @property
    def kind(self) -> int:
        """Return the code of the objective."""
        return OBJECTIVES[self.objective]

    @property
    def of_counts(self) -> bool:
        """Return whether the objective is a likelihood of counts."""
        return self.objective in COUNTS

    def shapes(self, problems: int) -> Floats:
        """Return the shape of the objective in every problem, of shape (problems,)."""
        usual = {LOG_HUBER: HUBER_WIDTH, BETA_BINOMIAL: USUAL_CORRELATION}.get(self.kind, 0.0)
        said = usual if self.shape is None else self.shape
        return np.array(np.broadcast_to(np.asarray(said, dtype=float), (problems,)))

    def at(self, problems: NDArray[np.int64] | Bools) -> Options:
        """Return the options of the chosen problems, in that order."""
        fixed = {name: _chosen(value, problems) for name, value in self.fixed.items()}
        return replace(self, fixed=fixed, shape=None if self.shape is None else _chosen(self.shape, problems))


def _chosen(value: Floats | float, problems: NDArray[np.int64] | Bools) -> Floats | float:
    return value if np.ndim(value) == 0 else np.asarray(value)[problems]


def remembered(form: Form, points: Points) -> Points:
    """Return the points with weights, older rungs counting less where the form has a memory."""
    filled = points.filled()
    if form.memory is None:
        return filled
    places = np.unique(points.x[0])
    last = np.where(points.known, points.x[0], -np.inf).max(axis=1)
    rung, newest = np.searchsorted(places, points.x[0]), np.searchsorted(places, last)
    back = np.maximum(newest[:, None] - rung, 0)
    return replace(filled, weight=np.asarray(filled.weight * 0.5 ** (back / form.memory)))


def check(form: Form, points: Points, options: Options) -> None:
    """Refuse what cannot be fitted.

    Raises:
        UnknownName: there is no such objective or parameter.
        BadInput: values that the objective cannot take, or points that all lie at one place.
    """
    if options.objective not in OBJECTIVES:
        raise UnknownName("objective", options.objective, OBJECTIVES)
    for name in (*options.fixed, *options.freed, *options.bounds):
        if name not in form.names:
            raise UnknownName(f"parameter of {form.name!r}", name, form.names)
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
    _check_values(y, options)


def _check_values(y: Floats, options: Options) -> None:
    if options.of_counts and y.size and (y.min() < 0 or y.max() > 1):
        raise BadInput(
            f"a rate is {y.min() if y.min() < 0 else y.max():g}.",
            "The likelihood of counts takes rates from 0 to 1.",
            "Use the objective 'gaussian' or 'log_huber' for other values.",
        )
    if options.kind == LOG_HUBER and y.size and y.min() <= 0:
        raise BadInput(
            f"a value is {y.min():g}.", "The log-Huber objective takes positive values.", "Use 'gaussian'."
        )

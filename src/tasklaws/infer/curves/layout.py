"""Where a search may go: bounds and starts of a form's parameters in the scale of the data."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from tasklaws.infer.arrays import Floats
    from tasklaws.infer.curves.problem import Options, Points
    from tasklaws.spec.form import Form, Parameter


RIDGE, SLIGHT = 1e-9, 1e-3
"""What keeps the solution for linear parameters defined; the smallest share of which a logarithm is taken."""


@dataclass(frozen=True)
class Box:
    """Bounds of shape (problems, parameters), starts of shape (problems, starts, parameters)."""

    lower: Floats
    upper: Floats
    starts: Floats
    held: NDArray[np.bool_]
    """Parameters that keep their start, of shape (parameters,), boolean."""


@dataclass(frozen=True)
class _Scales:
    """Extent of the data: of each covariate, and of each problem's values."""

    first: Floats
    span: Floats
    low: Floats
    high: Floats
    largest: Floats
    """What multiples of the largest value are multiples of."""


def box(form: Form, points: Points, options: Options) -> Box:
    """Return where the search for the parameters of `form` begins and ends, in every problem."""
    x, y, known, fixed = points.x, points.y, points.known, options.fixed
    scales = _scales(x, y, known, rates=options.of_counts)
    problems = len(y)
    lower, upper = (np.empty((problems, len(form.parameters))) for _ in range(2))
    choices: list[list[Floats]] = []
    for j, parameter in enumerate(form.parameters):
        lower[:, j] = _bound(parameter, parameter.lower, scales)
        upper[:, j] = _bound(parameter, parameter.upper, scales)
        if parameter.name in options.bounds:
            lower[:, j], upper[:, j] = options.bounds[parameter.name]
        value = _given(parameter, fixed, options.freed, scales)
        if value is not None:
            lower[:, j] = upper[:, j] = value
            choices.append([lower[:, j]])
        elif parameter.name in form.searched:
            choices.append([np.full(problems, place) for place in between(x[parameter.of])])
        else:
            choices.append([_start(parameter, share, scales) for share in parameter.starts])
    starts = np.stack([np.stack(choice, axis=-1) for choice in product(*choices)], axis=1)
    held = np.array([name in form.searched for name in form.names])
    starts = np.clip(starts, lower[:, None], upper[:, None])
    if form.linear:
        starts = _solved(form, points, starts, lower, upper)
    return Box(lower, upper, starts, held)


def _solved(form: Form, points: Points, starts: Floats, lower: Floats, upper: Floats) -> Floats:
    """Return starts with the linear parameters at their least-squares values given the others.

    Of starts that differ in linear parameters only, one is left: they would come out alike.
    """
    linear = np.array([name in form.linear for name in form.names]) & (upper > lower).any(axis=0)
    _, first = np.unique(np.where(linear, 0.0, starts[0]), axis=0, return_index=True)
    starts, columns = starts[:, np.sort(first)].copy(), np.flatnonzero(linear)
    seen, weight = _straight(form, points.y, starts[:, 0])
    weight = weight * np.where(points.known, points.n, 0.0)
    for s in range(starts.shape[1]):
        base, basis = _basis(form, points.x, starts[:, s], columns)
        weighted = basis * weight[:, None]
        gram = weighted @ basis.transpose(0, 2, 1)
        gram += RIDGE * (np.einsum("bjj->b", gram)[:, None, None] + RIDGE) * np.eye(len(columns))
        side = np.einsum("bjp,bp->bj", weighted, seen - base)
        starts[:, s, columns] = _solve_in_box(gram, side, lower[:, columns], upper[:, columns])
    return starts


def _solve_in_box(gram: Floats, side: Floats, lower: Floats, upper: Floats) -> Floats:
    """Return least-squares solutions; what would leave the box stops at it, and the rest is solved again."""
    free = np.linalg.solve(gram, side[:, :, None])[:, :, 0]
    at = np.clip(free, lower, upper)
    pinned = at != free
    stopped = np.where(pinned, at, 0.0)
    loose = ~pinned[:, :, None] & ~pinned[:, None, :]
    rest = side - np.einsum("bjk,bk->bj", gram, stopped)
    again = np.linalg.solve(
        np.where(loose, gram, np.eye(gram.shape[1])), np.where(pinned, 0.0, rest)[:, :, None]
    )
    return np.clip(np.where(pinned, at, again[:, :, 0]), lower, upper)


def _basis(form: Form, x: Floats, params: Floats, columns: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Return the curves without their linear parameters, and what one unit of each adds.

    Shapes are (problems, points) and (problems, linear parameters, points), both on the scale on which the
    form is linear; computed once where all problems have the same.
    """
    bare = params.copy()
    bare[:, columns] = 0.0
    shape = [j for j, name in enumerate(form.names) if name not in {"floor", "reach"}]
    alike = bool((bare[:, shape] == bare[:1, shape]).all())
    rows = np.repeat(bare[None, :1] if alike else bare[None], len(columns) + 1, axis=0)
    for i, j in enumerate(columns):
        rows[i + 1, :, j] = 1.0
    curves = np.stack([_straight(form, np.asarray(form.curve(x, row.T[:, :, None])), row)[0] for row in rows])
    basis = np.broadcast_to(curves, (len(curves), len(params), x.shape[1]))
    return basis[0], (basis[1:] - basis[:1]).transpose(1, 0, 2)


def _straight(form: Form, y: Floats, params: Floats) -> tuple[Floats, Floats]:
    """Return values on the scale on which the form is linear, and the weights of least squares there."""
    if form.outcome != "rate":
        return y, np.ones_like(y)
    floor, reach = (params[:, form.names.index(name), None] for name in ("floor", "reach"))
    share = np.clip((y - floor) / np.maximum((1 - floor) * reach, SLIGHT), SLIGHT, 1.0)
    return -np.log(share), share**2


def _scales(x: Floats, y: Floats, known: NDArray[np.bool_], *, rates: bool) -> _Scales:
    low = np.where(known, y, np.inf).min(axis=1)
    high = np.where(known, y, -np.inf).max(axis=1)
    empty = ~known.any(axis=1)
    low[empty], high[empty] = 0.0, 1.0
    largest = np.ones_like(high) if rates else np.maximum(high, 1e-12)
    return _Scales(x.min(axis=1), np.ptp(x, axis=1), low, high, largest)


def _bound(parameter: Parameter, share: float, s: _Scales) -> Floats | float:
    first, span = s.first[parameter.of], s.span[parameter.of]
    match parameter.unit:
        case "loss" | "amount":
            return np.asarray(share * s.largest)
        case "x":
            return float(first + share * span)
        case "width":
            return float(share * span)
        case "per_x":
            return float(share / span)
        case _:
            return share


def _start(parameter: Parameter, share: float, s: _Scales) -> Floats:
    if parameter.unit in {"rate", "loss"}:
        return s.low + share * (s.high - s.low)
    if parameter.unit == "amount":
        return share * (s.high - s.low)
    return np.full_like(s.low, _bound(parameter, share, s))


def _given(
    parameter: Parameter, fixed: Mapping[str, Floats | float], freed: tuple[str, ...], s: _Scales
) -> Floats | float | None:
    if parameter.name in fixed:
        return fixed[parameter.name]
    if parameter.fixed is None or parameter.name in freed:
        return None
    return _bound(parameter, parameter.fixed, s)


def between(x: Floats) -> Floats:
    """Return the places half-way between neighbouring points."""
    places = np.unique(x)
    return (places[1:] + places[:-1]) / 2

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
    from tasklaws.spec.form import Form, Parameter


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


def box(
    form: Form,
    x: Floats,
    y: Floats,
    known: Floats,
    fixed: Mapping[str, Floats | float],
    freed: tuple[str, ...] = (),
    bounds: Mapping[str, tuple[float, float]] | None = None,
    *,
    rates: bool = False,
) -> Box:
    """Return where the search for the parameters of `form` begins and ends.

    Args:
        form: the form.
        x: points, of shape (covariates, points).
        y: observed values, of shape (problems, points).
        known: which of them count, of the same shape.
        fixed: values of parameters that are not fitted, one number or of shape (problems,).
        freed: parameters to fit though the form fixes them by default.
        bounds: bounds that replace the form's, in the parameter's own unit.
        rates: whether values are rates, which have 1 for their largest whatever was observed.
    """
    scales = _scales(x, y, known, rates=rates)
    problems = len(y)
    lower, upper = (np.empty((problems, len(form.parameters))) for _ in range(2))
    choices: list[list[Floats]] = []
    for j, parameter in enumerate(form.parameters):
        lower[:, j] = _bound(parameter, parameter.lower, scales)
        upper[:, j] = _bound(parameter, parameter.upper, scales)
        if bounds and parameter.name in bounds:
            lower[:, j], upper[:, j] = bounds[parameter.name]
        value = _given(parameter, fixed, freed, scales)
        if value is not None:
            lower[:, j] = upper[:, j] = value
            choices.append([lower[:, j]])
        elif parameter.name in form.searched:
            choices.append([np.full(problems, place) for place in between(x[parameter.of])])
        else:
            choices.append([_start(parameter, share, scales) for share in parameter.starts])
    starts = np.stack([np.stack(choice, axis=-1) for choice in product(*choices)], axis=1)
    held = np.array([name in form.searched for name in form.names])
    return Box(lower, upper, np.clip(starts, lower[:, None], upper[:, None]), held)


def _scales(x: Floats, y: Floats, known: Floats, *, rates: bool) -> _Scales:
    seen = known > 0
    low = np.where(seen, y, np.inf).min(axis=1)
    high = np.where(seen, y, -np.inf).max(axis=1)
    empty = ~seen.any(axis=1)
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
    if parameter.unit == "amount" or parameter.name == "rise":
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

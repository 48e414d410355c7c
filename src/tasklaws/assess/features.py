"""Where rungs stand: the features of the law and the axis along which tasks drift.

Source: forecasting recipe section 1 (features).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.core.errors import BadLadder
from tasklaws.spec.ladder import COVARIATE_AXES, LOSSES, Rung

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tasklaws.infer.arrays import Floats

LOSS_DECADES = 32.0
"""Decades of compute that a tenfold smaller loss is worth, roughly."""

DAYS_PER_YEAR = 365.25

NEW_INFORMATION = 0.05
"""A feature joins only if it varies this much (sd, decades) beyond what the earlier ones explain."""


@dataclass(frozen=True)
class Feature:
    """One feature of a rung; None where a covariate is missing."""

    name: str
    unit: str
    value: Callable[[Rung], float | None]


def _log10(value: float | None) -> float | None:
    return math.log10(value) if value else None


def _tokens_per_param(rung: Rung) -> float | None:
    return _log10(rung.n_tokens / rung.n_params) if rung.n_tokens and rung.n_params else None


def _main(axis: str) -> Feature:
    if axis == "released":
        return Feature("released", "years", lambda rung: _height(rung, axis) / DAYS_PER_YEAR)
    if axis in LOSSES:
        return Feature(f"-{LOSS_DECADES:g} log10 {axis}", "decades", lambda rung: _loss_height(rung, axis))
    return Feature(f"log10 {axis}", "decades", lambda rung: _log10(getattr(rung, axis, None)))


def _height(rung: Rung, axis: str) -> float:
    height = rung.height(axis)
    return math.nan if height is None else height


def _loss_height(rung: Rung, axis: str) -> float | None:
    height = _log10(getattr(rung, axis))
    return None if height is None else -LOSS_DECADES * height


TOKENS_PER_PARAM = Feature("log10 tokens per parameter", "decades", _tokens_per_param)
PARAMS = Feature("log10 n_params", "decades", lambda rung: _log10(rung.n_params))


def candidates(axis: str) -> tuple[Feature, ...]:
    """Return the features of an axis, the one along which tasks drift first."""
    second = {"flops": (TOKENS_PER_PARAM,), "released": ()}.get(axis, (PARAMS,))
    return (_main(axis), *(feature for feature in second if feature.name != f"log10 {axis}"))


def refuse_unplaced(axis: str, rungs: Sequence[Rung]) -> None:
    """Refuse rungs of which one has no place on the axis.

    Raises:
        BadLadder: there is such a rung; the message names the axes that all rungs have.
    """
    for rung in rungs:
        if not has_place(rung, axis):
            raise BadLadder(
                f"model {rung.model!r} has no {axis!r}, the axis of its ladder.",
                "Every rung of a lineage needs a place on its axis.",
                f"Give {axis} in ladder.toml, or set another axis in study.toml "
                f"(there are: {', '.join(_known_axes(rungs)) or 'none that all rungs have'}).",
            )


def has_place(rung: Rung, axis: str) -> bool:
    """Return whether a rung can stand on an axis; an untrained checkpoint has no compute to stand at."""
    value = _main(axis).value(rung)
    return value is not None and math.isfinite(value)


def choose_features(axis: str, rungs: Sequence[Rung]) -> tuple[Feature, ...]:
    """Return the features that all `rungs` have and that say something new.

    Raises:
        BadLadder: a rung has no place on the axis.
    """
    refuse_unplaced(axis, rungs)
    main, *others = candidates(axis)
    chosen = [main]
    for feature in others:
        if all(feature.value(rung) is not None for rung in rungs) and _adds(chosen, feature, rungs):
            chosen.append(feature)
    return tuple(chosen)


def _known_axes(rungs: Sequence[Rung]) -> list[str]:
    return [axis for axis in COVARIATE_AXES if all(rung.height(axis) is not None for rung in rungs)]


def _adds(chosen: Sequence[Feature], feature: Feature, rungs: Sequence[Rung]) -> bool:
    """Return whether a feature is no linear function of those chosen, over these rungs."""
    known = np.column_stack([np.ones(len(rungs)), places(chosen, rungs)])
    new = places((feature,), rungs)[:, 0]
    rest = new - known @ np.linalg.lstsq(known, new, rcond=None)[0]
    return len(rungs) > known.shape[1] and float(rest.std()) > NEW_INFORMATION


def places(features: Sequence[Feature], rungs: Sequence[Rung]) -> Floats:
    """Return the features of rungs, of shape (rungs, features)."""
    return np.array([[feature.value(rung) for feature in features] for rung in rungs], dtype=np.float64)

"""Time horizons as they were observed: a number with its error, a bound, or nothing that a trend can use."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tasklaws.assess.horizon_forecast.trend import LEAST_ERROR, Seen
from tasklaws.assess.horizons.estimates import default
from tasklaws.assess.horizons.rows import interval, rows
from tasklaws.assess.horizons.selection import Counting
from tasklaws.infer.horizon.logistic import bootstrap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tasklaws.assess.horizons.rows import Row
    from tasklaws.assess.horizons.selection import Asked
    from tasklaws.infer.arrays import Floats
    from tasklaws.infer.horizon.bootstrap import Level

ONE_SD = 0.6827
"""Share of a normal within one standard deviation."""
LEVEL = 0.95
"""Of the intervals of single models that are told."""
UNITS: tuple[Level, ...] = ("family",)
"""What is drawn to tell errors. Families are what is independent; drawing their tasks once more would count
the tasks' share of the error twice, and models' differences would seem less certain than they are."""
FAR = 3.0
"""Errors beyond which draws no longer tell how two models' errors go together."""
MOST_SHARED = 0.95


class Observed(NamedTuple):
    """The time horizon of one model at one share of success."""

    doublings: float
    """log2 minutes; where it is only bounded, of the bound."""
    side: int
    """0 where it is known, -1 where it lies below `doublings`, 1 where above."""
    error: float
    """Standard deviation, in doublings; NaN for a bound."""


@dataclass(frozen=True, eq=False)
class Suite:
    """Time horizons of models at one share of success, on the same tasks."""

    success: int
    """In percent."""
    rows: Mapping[str, Row]
    """Model -> its row."""
    draws: Mapping[str, Floats]
    """Model -> log2 minutes in each draw; draws are of the same tasks for all models."""

    def observed(self, model: str) -> Observed | str:
        """Return what was observed of a model; where nothing was, why."""
        row = self.rows.get(model)
        if row is None:
            return "no attempts at tasks with a human time"
        if row.status == "extrapolation":
            return _beyond(row)
        if row.minutes is not None:
            error = _error(self.draws[model], math.log2(row.minutes))
            return (
                "its error is not known" if math.isnan(error) else Observed(math.log2(row.minutes), 0, error)
            )
        if row.upper is not None:
            return Observed(math.log2(row.upper), -1, math.nan)
        if row.lower is not None:
            return Observed(math.log2(row.lower), 1, math.nan)
        return row.reason or row.status

    def shared(self, known: Mapping[str, Observed]) -> float:
        """Return the mean correlation of the errors of two models, of those whose time horizon is known."""
        if len(known) < 2:  # noqa: PLR2004 - a pair
            return 0.0
        drawn = np.column_stack([_tamed(self.draws[model], one) for model, one in known.items()])
        whole = drawn[~np.isnan(drawn).any(axis=1)]
        away = whole - whole.mean(axis=0) if len(whole) else whole
        size = np.sqrt((away**2).sum(axis=0))
        alike = away.T @ away / np.maximum(np.outer(size, size), LEAST_ERROR**2)
        return float(np.clip(alike[np.triu_indices(len(known), 1)].mean(), 0.0, MOST_SHARED))


@dataclass(frozen=True, eq=False)
class Learnt:
    """What a forecast learns from."""

    seen: Seen
    known: tuple[str, ...]
    bounded: Mapping[str, Observed]
    left_out: Mapping[str, str]
    """Model -> why."""


def suite(asked: Asked, success: int, draws: int, seed: int) -> Suite:
    """Return the time horizons of all models that were asked, by the default estimator.

    Args:
        asked: what they were asked.
        success: share of success, in percent.
        draws: of the bootstrap.
        seed: of these draws.
    """
    estimate = default(asked, Counting(), draws, seed)
    found = {row.alias: row for row in rows(estimate, (success,), LEVEL)}
    drawn = bootstrap(estimate.cells, draws, seed, UNITS).doublings_at(success / 100)
    return Suite(success, found, {alias: drawn[:, i] for i, alias in enumerate(estimate.cells.agents)})


def learnt(found: Suite, places: Mapping[str, float]) -> Learnt:
    """Return what the models of `places` (model -> place on the axis) tell a forecast."""
    told = {model: found.observed(model) for model in places}
    use = {model: one for model, one in told.items() if isinstance(one, Observed)}
    known = {model: one for model, one in use.items() if one.side == 0}
    errors = np.array([one.error for one in known.values()])
    usual = math.sqrt(float(np.mean(errors**2))) if known else 0.0
    seen = Seen(
        x=np.array([places[model] for model in use], dtype=float),
        doublings=np.array([one.doublings for one in use.values()], dtype=float),
        side=np.array([one.side for one in use.values()], dtype=int),
        error=np.array([usual if one.side else one.error for one in use.values()], dtype=float),
        shared=found.shared(known),
        error_ahead=usual,
    )
    bounded = {model: one for model, one in use.items() if one.side}
    return Learnt(seen, tuple(known), bounded, {m: one for m, one in told.items() if isinstance(one, str)})


def _beyond(row: Row) -> Observed | str:
    """Return the bound that a time outside the tasks comes to."""
    if row.minutes is None or row.shortest is None or row.longest is None:
        return row.reason or row.status
    below = row.minutes < row.shortest
    return Observed(math.log2(row.shortest if below else row.longest), -1 if below else 1, math.nan)


def _error(draws: Floats, doublings: float) -> float:
    """Return the standard deviation of the draws by their middle two thirds; by one half if one is open."""
    ends = interval(draws, ONE_SD) if draws.size else None
    if ends is None:
        return math.nan
    halves = [abs(end - doublings) for end in (ends.low, ends.high) if math.isfinite(end)]
    if len(halves) == 1:
        return halves[0]
    return (ends.high - ends.low) / 2 if halves else math.nan


def _tamed(draws: Floats, seen: Observed) -> Floats:
    """Return draws with those far out moved in; NaN stays."""
    reach = FAR * max(seen.error, LEAST_ERROR)
    return np.clip(draws, seen.doublings - reach, seen.doublings + reach)

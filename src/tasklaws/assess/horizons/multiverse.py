"""The table of choices: what a time horizon becomes when one choice is made otherwise, and when all are.

Choices are changed one at a time from the default, and crossed in full. No interval stands beside them: it
is about sampling, and this is about what nobody sampled.

Source: METR, note of 2026-03-20 on modelling assumptions; formal model 0b.10, 0b.11 and 0b.14.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.assess.horizons.rows import OPEN
from tasklaws.assess.horizons.selection import (
    INVALID,
    INVALID_SUCCESS,
    LIMIT,
    LIMITS,
    WEIGHTS,
    Counting,
)
from tasklaws.infer.horizon.curves import fit_curves
from tasklaws.infer.horizon.logistic import METR_PENALTY
from tasklaws.theory.horizons import CURVES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from tasklaws.assess.horizons.noise import TimeErrors
    from tasklaws.assess.horizons.selection import Asked
    from tasklaws.core.progress import Progress
    from tasklaws.infer.arrays import Floats
    from tasklaws.infer.horizon.cells import HorizonCells

SUCCESSES = (50, 80)
ALL = "all"
CURVE_NAMES = ("log_logistic", *(name for name in CURVES if name != "log_logistic"))
TIMES = ("as_measured", "noise_corrected")
PUBLIC = "public"


@dataclass(frozen=True, eq=False)
class Multiverse:
    """Time horizons under every combination of choices."""

    axes: Mapping[str, tuple[Any, ...]]
    """Choice -> its values, the default first."""
    agents: tuple[str, ...]
    doublings: Floats
    """One axis for each choice, then agents, then successes."""
    spans: Floats
    """log2 of the shortest and of the longest task of each agent, of shape (agents, 2)."""

    def document(self) -> dict[str, Any]:
        """Return the multiverse as JSON."""
        return {
            "choices": {name: list(values) for name, values in self.axes.items()},
            "combinations": int(np.prod([len(values) for values in self.axes.values()])),
            "rows": list(self._one_at_a_time()),
            "ranges": list(self._ranges()),
        }

    def _one_at_a_time(self) -> Iterator[dict[str, Any]]:
        default = [0] * len(self.axes)
        yield from self._rows("default", None, default)
        for axis, (name, values) in enumerate(self.axes.items()):
            for place, value in enumerate(values[1:], 1):
                at = default.copy()
                at[axis] = place
                yield from self._rows(name, value, at)

    def _rows(self, choice: str, value: Any, at: Sequence[int]) -> Iterator[dict[str, Any]]:  # noqa: ANN401  any value
        found, default = self.doublings[tuple(at)], self.doublings[(0,) * len(self.axes)]
        for place, alias in enumerate(self.agents):
            row: dict[str, Any] = {"alias": alias, "choice": choice, "value": value, **self._span(place)}
            for s, success in enumerate(SUCCESSES):
                one, first = float(found[place, s]), float(default[place, s])
                row[f"p{success}"] = _minutes(one)
                row[f"p{success}_factor"] = (
                    _minutes(one - first) if max(abs(one), abs(first)) < OPEN / 2 else None
                )
                row[f"p{success}_status"] = self._status(place, one)
            yield row

    def _span(self, place: int) -> dict[str, float | None]:
        """Return the shortest and the longest task of an agent."""
        low, high = self.spans[place]
        return {"shortest": _minutes(float(low)), "longest": _minutes(float(high))}

    def _status(self, place: int, doublings: float) -> str:
        if np.isnan(doublings):
            return "failed"
        if abs(doublings) >= OPEN:
            return "bound" if np.isinf(doublings) else "failed"
        low, high = self.spans[place]
        return "ok" if low <= doublings <= high else "extrapolation"

    def _ranges(self) -> Iterator[dict[str, Any]]:
        """Yield the range over all combinations, for each agent and success."""
        flat = self.doublings.reshape(-1, len(self.agents), len(SUCCESSES))
        for place, alias in enumerate(self.agents):
            for s, success in enumerate(SUCCESSES):
                every = flat[:, place, s]
                told = every[np.abs(every) < OPEN]
                low, high = self.spans[place]
                ends = (told.min(), np.median(told), told.max()) if told.size else (np.nan,) * 3
                yield {
                    "alias": alias,
                    "success": success,
                    **self._span(place),
                    **dict(
                        zip(("minimum", "median", "maximum"), map(_minutes, map(float, ends)), strict=True)
                    ),
                    "undefined": int(every.size - told.size),
                    "outside_tasks": int(((told < low) | (told > high)).sum()),
                    "reason": None if told.size else "no combination has a time horizon",
                }


def multiverse(asked: Asked, times: TimeErrors, progress: Progress) -> Multiverse:
    """Return the time horizons at 50 and at 80 % under every combination of choices."""
    subsets = dict(_subsets(asked))
    limits = LIMITS if asked.n[LIMIT].any() else LIMITS[:1]
    invalid = INVALID if asked.n[INVALID_SUCCESS].any() else INVALID[:1]
    counted = {
        "limits": limits,
        "invalid_success": invalid,
        "weights": WEIGHTS,
    }
    axes: dict[str, tuple[Any, ...]] = {
        "tasks": tuple(subsets),
        "times": TIMES,
        "curve": CURVE_NAMES,
        "penalty": (0.0, METR_PENALTY),
        **counted,
    }
    shape = [len(values) for values in axes.values()]
    found = np.full((*shape, len(asked.agents), len(SUCCESSES)), np.nan)
    outer = list(itertools.product(*(range(size) for size in shape[:4])))
    with progress.stage("multiverse", total=len(outer)) as advance:
        stacks = [_stacked(asked.tasks_at(keep), *counted.values()) for keep in subsets.values()]
        for at in outer:
            keep = list(subsets.values())[at[0]]
            cells = stacks[at[0]]
            if at[1]:
                expected = times.expected(np.log2(asked.minutes))[keep]
                cells = replace(cells, doublings=expected)
            fits = fit_curves(cells, CURVE_NAMES[at[2]], axes["penalty"][at[3]])
            told = np.stack([fits.doublings_at(success / 100) for success in SUCCESSES], axis=-1)
            found[at] = told.reshape(found[at].shape)
            advance(1)
    return Multiverse(axes, asked.agents, found, _spans(asked))


def _stacked(
    asked: Asked, limits: Sequence[Any], invalid: Sequence[Any], weights: Sequence[Any]
) -> HorizonCells:
    """Return the counts of all agents under every way to count and to weigh, one after the other."""
    ways = [
        asked.cells(Counting(limit, success), weight)
        for limit, success, weight in itertools.product(limits, invalid, weights)
    ]
    k, n, weight = (np.concatenate([getattr(way, name) for way in ways]) for name in ("k", "n", "weight"))
    return replace(ways[0], agents=ways[0].agents * len(ways), k=k, n=n, weight=weight)


def _subsets(asked: Asked) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Yield the sets of tasks that differ from all of them, all first."""
    everything = np.ones(len(asked.tasks), bool)
    yield ALL, everything
    families, own, many = np.unique(asked.families, return_inverse=True, return_counts=True)
    del families
    public = np.zeros(len(asked.tasks), bool)
    if PUBLIC in asked.source.tasks.columns:
        said = dict(asked.source.tasks.select("task_id", PUBLIC).iter_rows())
        public = np.array([bool(said.get(task)) for task in asked.tasks])
    for name, keep in (
        ("times_measured_on_people", asked.baselined),
        ("families_of_two_or_more", many[own] > 1),
        ("not_public", ~public),
        ("not_adjusted", ~np.isin(asked.tasks, sorted(asked.source.stale))),
    ):
        if 0 < keep.sum() < keep.size:
            yield name, keep


def _spans(asked: Asked) -> Floats:
    tried = asked.as_recorded()[1] > 0
    doublings = np.log2(asked.minutes)
    low = np.where(tried, doublings, np.inf).min(axis=1)
    high = np.where(tried, doublings, -np.inf).max(axis=1)
    return np.stack([low, high], axis=1)


def _minutes(doublings: float) -> float | None:
    return float(np.exp2(doublings)) if abs(doublings) < OPEN else None

"""The two values that every forecaster speaks: what is known of a ladder, and what it predicts.

A forecaster (the default law or a baseline) is a function
``(LadderArrays, TargetArrays) -> RateForecast``. Arrays live inside `infer` and `assess` only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LadderArrays:
    """What is known before the target is seen: counts of every task on every training rung.

    Rungs are ordered along the axis (smallest or oldest first). A cell with ``n == 0`` was not
    observed; its ``k`` is 0 and never read.
    """

    task_ids: tuple[str, ...]
    families: tuple[str, ...]
    """Family of each task."""
    rungs: tuple[str, ...]
    k: Floats
    """Successes, of shape (tasks, rungs); may be fractional for averaged evaluations."""
    n: Floats
    """Attempts, of shape (tasks, rungs)."""
    floor: Floats
    """Documented chance rate of each task, of shape (tasks,)."""
    ceiling: Floats
    """Highest rate the harness allows, of shape (tasks,)."""
    x: Floats
    """Features of the rungs, of shape (rungs, features): decades of compute, years, ..."""
    walk: Floats
    """Place of each rung on the axis along which tasks drift, of shape (rungs,); same unit as x[:, 0]."""
    sizes: tuple[str, ...]
    """Size (or release) each rung belongs to: rungs of one size are held out together."""
    kind: Literal["size", "release"] = "size"
    """Dense ladder of sizes, or models in order of release."""
    identical_items: bool = True
    """Training rungs and target answer the same instances (formal model 0b.6)."""

    @property
    def rate(self) -> Floats:
        """Return k / n, of shape (tasks, rungs), NaN where not observed."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.n > 0, self.k / np.where(self.n > 0, self.n, 1), np.nan)

    def rungs_at(self, keep: NDArray[np.bool_]) -> LadderArrays:
        """Return the same tasks on the rungs that `keep`, of shape (rungs,), selects."""
        chosen = np.flatnonzero(keep)
        return LadderArrays(
            self.task_ids,
            self.families,
            tuple(self.rungs[i] for i in chosen),
            self.k[:, chosen],
            self.n[:, chosen],
            self.floor,
            self.ceiling,
            self.x[chosen],
            self.walk[chosen],
            tuple(self.sizes[i] for i in chosen),
            self.kind,
            self.identical_items,
        )


@dataclass(frozen=True)
class TargetArrays:
    """Models to forecast, known by their covariates only."""

    models: tuple[str, ...]
    x: Floats
    """Features, of shape (targets, features)."""
    walk: Floats
    """Place on the drift axis, of shape (targets,)."""
    n: Floats
    """Attempts the observed count will have, of shape (targets, tasks)."""


@dataclass(frozen=True)
class RateForecast:
    """A predictive distribution of each observed count, as weighted points of the success rate.

    The observed count of task t is distributed as a mixture over points j, with weight
    ``weights[s, t, j]``, of binomial counts of rate ``points[s, t, j]`` with variance factor
    ``noise[t]``, plus a share `uniform` spread evenly over the counts 0..n.
    """

    points: Floats
    """Success rates, of shape (targets, tasks, points); NaN where there is no forecast."""
    weights: Floats
    """Weights that sum to one over the last axis, of the same shape."""
    noise: Floats
    """Binomial variance factor phi of each task, of shape (tasks,)."""
    joint: Floats | None = None
    """Draws of all tasks' rates together, of shape (targets, draws, tasks), or None."""
    status: tuple[str, ...] = ()
    """`ok` or the reason there is no forecast, one word per task."""
    flags: tuple[tuple[str, ...], ...] = ()
    """Warnings per task: long_range, at_floor, not_lawful, wide."""
    uniform: float = 0.01


class Forecaster(Protocol):
    """A function from a ladder to a forecast of its targets."""

    def __call__(self, ladder: LadderArrays, target: TargetArrays) -> RateForecast:
        """Return the forecast of `target` from `ladder`."""
        ...

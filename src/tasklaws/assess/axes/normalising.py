"""What normalising difficulties does to how even their steps are: nothing, or the same for every family.

Difficulties are those of the item response model, of tasks between the weakest and the best model: beyond
them a difficulty is set by the priors.

Source: formal model, P17.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.assess.axes.values import ladder_place
from tasklaws.infer.irt.rasch import fit
from tasklaws.theory.thresholds import gap_index, gaps, rank_normal, z_scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasklaws.assess.evidence import Suite
    from tasklaws.infer.arrays import Floats

ALL = "all families"
LEAST = 3
"""Tasks between the weakest and the best model from which gaps are compared."""
KEYS = ("raw", "z_scored", "rank_normalised", "rank_normalised_even", "widest_gap", "widest_gap_steps")
SENTENCE = (
    "Normalising makes no steps consistent: z-scores leave the gap index as it is, for it knows no unit, "
    "and ranks give every family of as many tasks the same index, whatever its tasks are. Only a unit from "
    "outside, such as the decades of compute at which half succeed, says how large a step is, and so gives "
    "'consistent steps' a meaning."
)


@dataclass(frozen=True, eq=False)
class Scale:
    """Difficulties of the tasks on the ladder, and what a logit is worth on its axis."""

    difficulty: Floats
    """In logits, NaN for tasks that are not on the ladder."""
    per_logit: float | None
    """In units of the ladder; None where abilities do not grow along it."""
    unit: str
    step: float | None
    """Median distance from one size to the next, in the same unit; None where there is one size."""


def normalisation(suite: Suite) -> dict[str, Any]:
    """Return the gap index of each family and of all tasks: raw, z-scored and rank-normalised."""
    scale = scale_of(suite)
    families = np.asarray(suite.counts.families)
    rows = [_row(ALL, scale, np.isfinite(scale.difficulty))]
    rows += [_row(name, scale, np.isfinite(scale.difficulty) & (families == name)) for name in suite.families]
    return {"rows": rows, "unit": scale.unit, "rung_step": scale.step, "text": SENTENCE}


def scale_of(suite: Suite) -> Scale:
    """Return the difficulties of a suite."""
    counts = suite.counts
    found = fit(counts.k, counts.n, counts.floor)
    asked = (counts.n > 0).any(0)
    low, high = found.ability[asked].min(), found.ability[asked].max()
    inside = (counts.n > 0).any(1) & (found.difficulty >= low) & (found.difficulty <= high)
    x, unit, _ = ladder_place(suite)
    on_ladder = np.where(inside, found.difficulty, np.nan)
    return Scale(on_ladder, _worth(x[asked], found.ability[asked], found.ability_se[asked]), unit, _step(x))


def _worth(x: Floats, ability: Floats, error: Floats) -> float | None:
    if np.ptp(x) == 0:
        return None
    slope = float(np.polyfit(x, ability, 1, w=1 / error)[0])
    return 1 / slope if slope > 0 else None


def _step(x: Floats) -> float | None:
    return float(np.median(np.diff(np.unique(x)))) if np.ptp(x) > 0 else None


def _row(name: str, scale: Scale, keep: NDArray[np.bool_]) -> dict[str, Any]:
    """Return the indices of some tasks; null with a reason where they are too few or all alike."""
    b = scale.difficulty[keep]
    base = {"family": name, "tasks": b.size, "gaps": max(b.size - 1, 0)}
    if b.size < LEAST or np.ptp(b) == 0:
        lack = "all difficulties are equal" if b.size >= LEAST else f"fewer than {LEAST} tasks on the ladder"
        return base | dict.fromkeys(KEYS) | {"reason": lack}
    widest = None if scale.per_logit is None else float(gaps(b).max()) * scale.per_logit
    return base | {
        "raw": gap_index(b),
        "z_scored": gap_index(z_scores(b)),
        "rank_normalised": gap_index(rank_normal(b)),
        "rank_normalised_even": gap_index(rank_normal(np.arange(b.size))),
        "widest_gap": widest,
        "widest_gap_steps": None if widest is None or scale.step is None else widest / scale.step,
        "reason": None if widest is not None else "abilities do not grow along the ladder",
    }

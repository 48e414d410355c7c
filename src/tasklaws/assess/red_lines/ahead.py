"""Rungs that are not there yet: the next one, or guessed ones at the ladder's usual step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.assess.red_lines.crossing import family_draws
from tasklaws.assess.selection import Selection, before, pose, refuse_without_counts
from tasklaws.infer.law import default_law

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from tasklaws.assess.selection import Problem
    from tasklaws.infer.arrays import Floats, RateForecast
    from tasklaws.spec.ladder import Rung

GUESS = "guess"
"""Label of the forecast of a rung that no ladder holds."""
STEPS = 3
"""Rungs ahead that are guessed at."""
_GROWING = ("n_params", "n_tokens", "flops", "loss_nats", "bits_per_byte")


@dataclass(frozen=True)
class Ahead:
    """The forecast of rungs of one lineage that the ladder has, or that are guessed."""

    problem: Problem
    forecast: RateForecast
    guessed: bool

    @property
    def targets(self) -> tuple[str, ...]:
        """Return the names of the rungs."""
        return self.problem.target.models

    def label(self, target: str, seen: Collection[str]) -> str:
        """Return what the forecast of a rung may be called, given the models that ever had results."""
        if self.guessed:
            return GUESS
        return "retrodiction" if target in seen else self.problem.information

    def draws(self, at: int, families: Collection[str]) -> Floats:
        """Return draws of the mean observed score over the families' tasks on rung `at`."""
        chosen = np.isin(self.problem.ladder.families, list(families))
        rng = np.random.default_rng([0, at])
        return family_draws(self.forecast, at, self.problem.target.n[at], chosen, rng)


def named(selection: Selection, rung: Rung) -> Ahead:
    """Return the forecast of a rung of the ladder.

    Raises:
        NoAnswer: too few rungs have results, or no task has counts.
    """
    return _forecast(selection, rung.lineage, before(selection, rung), [rung], guessed=False)


def guessed(selection: Selection, lineage: str) -> Ahead:
    """Return the forecast of rungs beyond the last one, each a usual step further.

    Raises:
        NoAnswer: too few rungs have results, or no task has counts.
    """
    known = selection.evaluated(lineage)
    return _forecast(selection, lineage, known, further(selection, lineage), guessed=True)


def _forecast(
    selection: Selection, lineage: str, known: Sequence[Rung], rungs: Sequence[Rung], *, guessed: bool
) -> Ahead:
    problem = pose(selection, lineage, known, rungs)
    refuse_without_counts(problem)
    return Ahead(problem, default_law(problem.ladder, problem.target), guessed)


def further(selection: Selection, lineage: str, steps: int = STEPS) -> list[Rung]:
    """Return rungs beyond the last one; each covariate goes on by its median step from size to size."""
    sizes = {selection.ladder.size_of(rung.model): rung for rung in selection.evaluated(lineage)}
    rungs = list(sizes.values())
    if not rungs:
        return []
    return [_moved(rungs, step) for step in range(1, steps + 1)]


def _moved(rungs: Sequence[Rung], step: int) -> Rung:
    last = rungs[-1]
    values = {
        name: value * ratio**step
        for name in _GROWING
        if (value := getattr(last, name)) and (ratio := _ratio(rungs, name))
    }
    dates = [rung.released.toordinal() for rung in rungs if rung.released]
    days = step * max(1, round(float(np.median(np.diff(dates))))) if len(dates) > 1 else 0
    released = last.released + timedelta(days=days) if last.released else None
    return replace(last, model=f"guess +{step}", replicate=f"guess +{step}", released=released, **values)


def _ratio(rungs: Sequence[Rung], name: str) -> float | None:
    known = [value for rung in rungs if (value := getattr(rung, name))]
    return float(np.exp(np.median(np.diff(np.log(known))))) if len(known) > 1 else None

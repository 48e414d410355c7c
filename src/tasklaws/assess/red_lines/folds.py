"""Every size of a ladder forecast from the sizes before it, by the law and by its last rung alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.assess.backtest import attempt
from tasklaws.assess.backtesting import cases_of
from tasklaws.assess.baseline import BASELINES, FIRST_CHOICE
from tasklaws.assess.red_lines.crossing import family_draws, p_cross, usable
from tasklaws.core.progress import SILENT
from tasklaws.infer.arrays import TargetArrays
from tasklaws.infer.law import default_law

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasklaws.assess.backtest import Case
    from tasklaws.assess.selection import Selection
    from tasklaws.core.progress import Progress
    from tasklaws.infer.arrays import Floats, Forecaster, LadderArrays, RateForecast


@dataclass(frozen=True)
class FoldForecast:
    """One size of one lineage: what was known before, what the law said, and what came."""

    case: Case
    law: RateForecast

    def draws(self, target: int, chosen: NDArray[np.bool_]) -> Floats:
        """Return the law's draws of the mean observed score over the chosen tasks."""
        rng = np.random.default_rng([self.case.order, target])
        return family_draws(self.law, target, self.case.target.n[target], chosen, rng)

    def scored_tasks(self, target: int, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which of the chosen tasks were forecast and then attempted."""
        return usable(self.law, target, self.case.target.n[target], chosen)

    def persistence(self, target: int, use: NDArray[np.bool_], threshold: float) -> float | None:
        """Return P(cross) by the last rung alone, or None where that says nothing."""
        return persistence(self.case.ladder, use, self.case.target.n[target, use], threshold)


def forecast_folds(
    selection: Selection, law: Forecaster = default_law, progress: Progress = SILENT
) -> tuple[FoldForecast, ...]:
    """Return the forecast of every size that has three rungs of two sizes before it."""
    cases, _ = cases_of(selection)
    made = []
    with progress.stage("past red lines", total=len(cases)) as advance:
        for case in cases:
            made.append(FoldForecast(case, attempt(law, case)))
            advance(1)
    return tuple(made)


def persistence(ladder: LadderArrays, use: NDArray[np.bool_], n: Floats, threshold: float) -> float | None:
    """Return P(cross) where the mean over tasks stays at its last rung and drifts as it did before.

    The tasks are one count to it, so that what they share from rung to rung counts as drift.

    Args:
        ladder: what was known.
        use: the tasks, of shape (tasks,).
        n: attempts of each of these tasks, of shape (tasks used,).
        threshold: score in [0, 1].
    """
    whole = _as_one(ladder, use)
    if not whole.n.any():
        return None
    one = np.ones((1, 1))
    target = TargetArrays(("next",), whole.x[-1:], whole.walk[-1:], one * n.sum())
    said = BASELINES[FIRST_CHOICE].forecast(whole, target)
    rng = np.random.default_rng(0)
    rates = rng.choice(said.points[0, 0], size=2000, p=said.weights[0, 0])
    drawn = rng.binomial(int(n.sum()), np.clip(rates, 0, 1)) / n.sum()
    return p_cross(drawn, threshold)


def _as_one(ladder: LadderArrays, use: NDArray[np.bool_]) -> LadderArrays:
    """Return the mean over tasks as the count of one task, on the rungs that were tried on all of them."""
    whole = ladder.rungs_at(np.asarray((ladder.n[use] > 0).all(axis=0)))
    n = whole.n[use].sum(axis=0, keepdims=True)
    return replace(
        whole,
        task_ids=("mean",),
        families=("mean",),
        k=whole.rate[use].mean(axis=0, keepdims=True) * n,
        n=n,
        floor=whole.floor[use].mean(keepdims=True),
        ceiling=whole.ceiling[use].mean(keepdims=True),
    )

"""The law behind the forecasts, task by task and link by link, in numbers that can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tasklaws.assess.prediction import NO_LIKELIHOOD
from tasklaws.assess.selection import Problem, Selection, pose
from tasklaws.infer import marginal
from tasklaws.infer.arrays import TargetArrays
from tasklaws.infer.gp_ladder import predict
from tasklaws.infer.law import Law, fit_law
from tasklaws.infer.links import rates_of_levels

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats
    from tasklaws.infer.gp_ladder import Fit

NORMAL_90 = 1.6448536269514722


def forecaster_rows(selection: Selection, lineage: str) -> list[dict[str, Any]]:
    """Return one row per task and link of the default law, fitted to all evaluated rungs of a lineage.

    Raises:
        NoAnswer: the lineage has too few evaluated rungs or sizes.
    """
    rungs = selection.evaluated(lineage)
    problem = pose(selection, lineage, rungs, rungs[-1:])
    fitted = _rows(problem, fit_law(problem.ladder)) if problem.ladder.task_ids else []
    return fitted + _graded_rows(selection, problem)


def _rows(problem: Problem, law: Law) -> list[dict[str, Any]]:
    rows = []
    for at, fitted in enumerate(law.fits):
        here, step = _rates(problem, law, fitted, 0.0), _rates(problem, law, fitted, 1.0)
        for t, task in enumerate(problem.ladder.task_ids):
            ends = {"rate_at_last": here[t], "rate_one_on": step[t]}
            rows.append(
                {
                    "lineage": problem.lineage,
                    "family": problem.ladder.families[t],
                    "task_id": task,
                    "form": f"gp_ladder:{fitted.problem.link.name}",
                    "weight": float(law.weights[t, at]),
                    "params": _params(problem, law, fitted, t) | ends,
                    "status": _status(fitted, problem, t),
                }
            )
    return rows


def _graded_rows(selection: Selection, problem: Problem) -> list[dict[str, Any]]:
    graded = selection.task_table(problem.ladder.rungs).filter(~pl.col("binary"))
    empty = {"form": None, "weight": None, "params": None, "status": NO_LIKELIHOOD}
    return [
        {"lineage": problem.lineage, "family": family, "task_id": task, **empty}
        for task, family in graded.select("task_id", "task_family").iter_rows()
    ]


def _status(fitted: Fit, problem: Problem, task: int) -> str:
    if not (problem.ladder.n[task] > 0).any():
        return "no_training_data"
    return "ok" if fitted.converged else "not_converged"


def _params(problem: Problem, law: Law, fitted: Fit, task: int) -> dict[str, Any]:
    base = 1 + fitted.problem.features
    spread, alone = np.exp(fitted.theta), fitted.problem.n_families == 1
    return {
        "axis": problem.features[0].name,
        "unit": problem.features[0].unit,
        "floor": float(fitted.problem.floor[task]),
        "ceiling": float(fitted.problem.ceiling[task]),
        "kappa": float(np.sqrt(fitted.kappa2[task])),
        "phi": law.phi,
        "level_sd": float(spread[0]),
        "slope_sd": [float(v) for v in spread[1:base]],
        "shock_sd": float(spread[base + marginal.SHOCK]),
        "noise_sd": float(spread[base + marginal.NOISE]),
        "walk_sd": float(spread[base + marginal.WALK]),
        "family_shock_sd": None if alone else float(spread[base + marginal.FAMILY_SHOCK]),
    }


def _rates(problem: Problem, law: Law, fitted: Fit, ahead: float) -> list[dict[str, float]]:
    """Return each task's rate `ahead` axis units beyond the last rung, with its 90 % interval."""
    ladder = problem.ladder
    x = ladder.x[-1:].copy()
    x[0, 0] += ahead
    target = TargetArrays(("",), x, ladder.walk[-1:] + ahead, np.ones((1, len(ladder.task_ids))))
    level = predict(fitted, law.ladder, target)
    half = NORMAL_90 * np.sqrt(level.variance)
    ends: Floats = np.stack([level.mean - half, level.mean, level.mean + half], axis=2)
    p = fitted.problem
    found = rates_of_levels(p.link.code, ends, p.floor, p.ceiling)[0]
    return [{"lower": float(low), "middle": float(mid), "upper": float(high)} for low, mid, high in found]

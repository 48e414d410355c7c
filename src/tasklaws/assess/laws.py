"""The verb `fit`: the default law of every lineage, task by task, in numbers that can be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tasklaws.assess.prediction import NO_LIKELIHOOD
from tasklaws.assess.selection import LEAST_RUNGS, LEAST_SIZES, Problem, Selection, pose, select
from tasklaws.core.errors import NoAnswer
from tasklaws.core.progress import SILENT
from tasklaws.infer import marginal
from tasklaws.infer.arrays import TargetArrays
from tasklaws.infer.gp_ladder import predict
from tasklaws.infer.law import Law, fit_law
from tasklaws.infer.links import rates_of_levels

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.core.progress import Progress
    from tasklaws.infer.arrays import Floats
    from tasklaws.infer.gp_ladder import Fit
    from tasklaws.study.folder import Study

NORMAL_90 = 1.6448536269514722


@dataclass(frozen=True)
class Laws:
    """One row per task and link of every lineage's law."""

    rows: tuple[dict[str, Any], ...]
    warnings: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the keys of `interfaces.md`."""
        return {"laws": list(self.rows), "warnings": list(self.warnings)}


def fit(study: Study | str | Path, *, progress: Progress = SILENT) -> Laws:
    """Fit the default law to all evaluated rungs of every lineage.

    Raises:
        NoAnswer: no lineage has three evaluated rungs of two sizes.
    """
    selection = select(study)
    rows: list[dict[str, Any]] = []
    refused = []
    with progress.stage("fit", total=len(selection.lineages)) as advance:
        for lineage in selection.lineages:
            rungs = selection.evaluated(lineage)
            try:
                problem = pose(selection, lineage, rungs, rungs[-1:])
                rows += _rows(problem, fit_law(problem.ladder)) if problem.ladder.task_ids else []
                rows += _graded_rows(selection, problem)
            except NoAnswer as error:
                refused.append(error.what)
            advance(1)
    if not rows:
        raise NoAnswer(
            "ladder-too-short",
            "; ".join(refused[:3]),
            f"A law needs {LEAST_RUNGS} rungs of {LEAST_SIZES} sizes.",
            "Import results of more models.",
        )
    return Laws(tuple(rows), (*selection.notes, *refused))


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

"""The verbs `predict` and `predict-covariates`: what the next model will score."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.assess.budget.cells import at_budget
from tasklaws.assess.prediction import Forecasted, Label, Prediction, Predictions, prediction_of
from tasklaws.assess.sealing import seal_forecast
from tasklaws.assess.selection import Problem, Selection, before, pose, select
from tasklaws.core.errors import BadInput, NoAnswer
from tasklaws.core.progress import SILENT
from tasklaws.infer.arrays import RateForecast
from tasklaws.infer.law import default_law
from tasklaws.spec.ladder import Rung
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tasklaws.core.progress import Progress


def forecast_target(study: Study, target: str) -> Forecasted:
    """Fit the default law to what may be known and forecast one rung of the ladder.

    Raises:
        UnknownName: the ladder has no such rung.
        NoAnswer: too few rungs have results.
    """
    selection = select(study)
    rung = named_target(selection, target)
    problem = pose(selection, rung.lineage, before(selection, rung), [rung])
    forecast = _law(problem)
    label: Label = "retrodiction" if rung.model in study.models_seen_in_log() else problem.information
    return Forecasted(problem, forecast, selection, label)


def _law(problem: Problem) -> RateForecast:
    """Return the default law's forecast; where no task has counts, one of no task."""
    if problem.ladder.task_ids:
        return default_law(problem.ladder, problem.target)
    nothing = np.empty((len(problem.target.models), 0, 1))
    return RateForecast(nothing, nothing, np.empty(0))


def named_target(selection: Selection, target: str) -> Rung:
    """Return the rung called `target`; ``next`` is the first rung without results."""
    if target == "next" and "next" not in selection.ladder:
        found = selection.ladder.next_after(selection.cells["model"].unique().to_list())
        if found is None:
            raise NoAnswer(
                "no-next-model",
                "every rung of ladder.toml has results.",
                "The next model needs a rung of its own with its size or date.",
                "Add it to ladder.toml, or use predict-covariates.",
            )
        return found
    return selection.ladder[target]


def predict(
    study: Study | str | Path,
    target: str = "next",
    *,
    seal: bool = False,
    budget: float | None = None,
    progress: Progress = SILENT,
) -> Prediction:
    """Forecast one model, and seal the forecast if asked.

    Args:
        study: the study.
        target: a rung of its ladder; ``next`` is the first rung without results.
        seal: write the forecast to ``forecasts/`` and its hash to the log, before anybody looks.
        budget: tokens that each attempt may use: P(success | model, task, tokens).
        progress: who hears how far it is.

    Raises:
        UnknownName: the ladder has no such rung.
        NoAnswer: too few rungs have results, or no attempt went as far as the budget.
        BadInput: the budget is not positive.
    """
    study = at_budget(study if isinstance(study, Study) else Study(study), budget)
    with progress.stage(f"forecast {target}") as advance:
        made = replace(forecast_target(study, target), budget=budget)
        advance(1)
    if seal:
        return seal_forecast(study, made, progress)
    return prediction_of(made)


def predict_covariates(
    study: Study | str | Path, covariates: str | Path | Sequence[Rung], *, progress: Progress = SILENT
) -> Predictions:
    """Forecast models that are not in the study, given only their covariates.

    Args:
        study: the study.
        covariates: a ladder file (TOML or CSV), or rungs.
        progress: who hears how far it is.

    Raises:
        BadInput: a model is of a lineage that the study does not have. A model that states none
            continues the study's only one.
        NoAnswer: too few rungs have results.
    """
    study = study if isinstance(study, Study) else Study(study)
    selection = select(study)
    rungs = _covariates(covariates)
    seen = study.models_seen_in_log()
    out = []
    with progress.stage("forecast", total=len(rungs)) as advance:
        for rung in rungs:
            placed = replace(rung, lineage=_lineage(rung, selection))
            known = [one for one in selection.evaluated(placed.lineage) if one.model != placed.model]
            problem = pose(selection, placed.lineage, known, [placed])
            label: Label = "retrodiction" if placed.model in seen else problem.information
            out.append(prediction_of(Forecasted(problem, _law(problem), selection, label)))
            advance(1)
    return Predictions(tuple(out), (*selection.notes, *_unused_losses(rungs)))


def _unused_losses(rungs: Sequence[Rung]) -> tuple[str, ...]:
    """Return a note where losses on single tasks are given: no forecast through them has won yet."""
    given = sum(bool(rung.task_loss) for rung in rungs)
    return (f"losses on single tasks of {given} models are not used by the law",) if given else ()


def _covariates(covariates: str | Path | Sequence[Rung]) -> Sequence[Rung]:
    from pathlib import Path

    from tasklaws.spec.ladder_file import read_ladder

    return read_ladder(covariates).rungs if isinstance(covariates, str | Path) else covariates


def _lineage(rung: Rung, selection: Selection) -> str:
    if rung.lineage in selection.lineages:
        return rung.lineage
    if rung.lineage == Rung.lineage and len(selection.lineages) == 1:
        return selection.lineages[0]
    raise BadInput(
        f"model {rung.model!r} is of lineage {rung.lineage!r}, of which the study has no rungs.",
        f"A forecast continues one lineage; there are: {', '.join(selection.lineages)}.",
        "Give the lineage in the covariates file.",
    )

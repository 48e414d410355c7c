"""What a study tells of the next model's time horizon, at several shares of success."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tasklaws.assess.features import candidates, has_place
from tasklaws.assess.forecast import named_target
from tasklaws.assess.horizon_forecast.forecast import Backtest, LevelForecast, backtest_level, forecast_level
from tasklaws.assess.horizon_forecast.made import HorizonPrediction
from tasklaws.assess.horizon_forecast.observed import suite
from tasklaws.assess.horizon_forecast.sealing import seal_horizon
from tasklaws.assess.horizons.percentages import refuse_success
from tasklaws.assess.horizons.selection import asked
from tasklaws.assess.horizons.sources import source_of
from tasklaws.assess.selection import before, select
from tasklaws.core.errors import NoAnswer
from tasklaws.core.progress import SILENT
from tasklaws.spec.bounds import whole
from tasklaws.spec.ladder import LOSSES
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tasklaws.assess.horizon_forecast.observed import Suite
    from tasklaws.assess.horizons.selection import Asked
    from tasklaws.assess.prediction import Label
    from tasklaws.assess.selection import Selection
    from tasklaws.core.progress import Progress
    from tasklaws.spec.ladder import Rung

DRAWS = 1000
LEAST_DRAWS = 100
SUCCESS = (50, 80)


def predict_horizon(
    study: Study | str | Path,
    target: str = "next",
    success: Sequence[int] = SUCCESS,
    *,
    seal: bool = False,
    draws: int = DRAWS,
    seed: int = 0,
    progress: Progress = SILENT,
) -> HorizonPrediction:
    """Forecast the time horizon that will be observed of one model, and seal the forecast if asked.

    What is forecast is the default estimate (logistic in log time, no penalty) on the tasks of the study,
    with its error of measurement, from all models before the target on the ladder's axis.

    Args:
        study: the study.
        target: a rung of its ladder; ``next`` is the first rung without results.
        success: shares of success in whole percent.
        seal: write the forecast to ``forecasts/`` and its hash to the log, before anybody looks.
        draws: of the bootstrap that tells how well time horizons are measured.
        seed: of these draws.
        progress: who hears how far it is.

    Raises:
        UnknownName: the ladder has no such rung.
        BadInput: a share of success or the number of draws cannot be.
        NoAnswer: at no share of success do enough models have a time horizon within their tasks.
    """
    _refuse(success, draws, seed)
    study = study if isinstance(study, Study) else Study(study)
    selection = select(study)
    rung = named_target(selection, target)
    trained = before(selection, rung)
    found = asked(source_of(study), people=False)
    made, past = _levels(found, _places(selection, [*trained, rung]), rung, success, draws, seed, progress)
    seen: Label = "conditional" if _axis(selection, rung) in LOSSES else "forecast"
    prediction = HorizonPrediction(
        target=rung.model,
        label="retrodiction" if rung.model in study.models_seen_in_log() else seen,
        lineage=rung.lineage,
        axis=_axis(selection, rung),
        unit=candidates(_axis(selection, rung))[0].unit,
        place=_places(selection, [rung])[rung.model],
        trained_on=tuple(one.model for one in trained),
        levels=made,
        past=past,
        asked=found,
        draws=draws,
        seed=seed,
        warnings=tuple(dict.fromkeys((*selection.notes, *found.notes))),
    )
    if not seal:
        return prediction
    digest, path = seal_horizon(study, prediction)
    return replace(prediction, sha256=digest, path=path)


def backtest_horizon(
    study: Study | str | Path,
    success: Sequence[int] = SUCCESS,
    *,
    lineage: str | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> tuple[Backtest, ...]:
    """Forecast the time horizon of each model from the models before it, and score it; nothing is written.

    Args:
        study: the study.
        success: shares of success in whole percent.
        lineage: whose models; by default the first lineage with results.
        draws: of the bootstrap.
        seed: of these draws.

    Raises:
        BadInput: a share of success or the number of draws cannot be.
        NoAnswer: no model has results at tasks with human times.
    """
    _refuse(success, draws, seed)
    selection = select(study)
    name = lineage or next(one for one in selection.lineages if selection.evaluated(one))
    places = _places(selection, selection.evaluated(name))
    found = asked(source_of(study), people=False)
    return tuple(backtest_level(suite(found, one, draws, seed), places) for one in sorted(set(success)))


def _levels(  # noqa: PLR0917  what all levels share
    found: Asked,
    places: Mapping[str, float],
    rung: Rung,
    success: Sequence[int],
    draws: int,
    seed: int,
    progress: Progress,
) -> tuple[tuple[LevelForecast | tuple[int, str], ...], tuple[Backtest, ...]]:
    """Return forecasts and backtests at all shares of success.

    Raises:
        NoAnswer: there is a forecast at none of them.
    """
    known = {model: place for model, place in places.items() if model != rung.model}
    made: list[LevelForecast | tuple[int, str]] = []
    refused: list[NoAnswer] = []
    past: list[Backtest] = []
    shares = sorted(set(success))
    with progress.stage(f"forecast {rung.model}", total=len(shares)) as advance:
        for one in shares:
            horizons: Suite = suite(found, one, draws, seed)
            past.append(backtest_level(horizons, known))
            try:
                made.append(forecast_level(horizons, known, places[rung.model]))
            except NoAnswer as error:
                made.append((one, str(error)))
                refused.append(error)
            advance(1)
    if len(refused) == len(made):
        raise refused[0]
    return tuple(made), tuple(past)


def _places(selection: Selection, rungs: Sequence[Rung]) -> dict[str, float]:
    """Return each model's place on the axis of its lineage, in the unit of the feature."""
    found = {}
    for rung in rungs:
        axis = _axis(selection, rung)
        value = candidates(axis)[0].value(rung) if has_place(rung, axis) else None
        if value is not None:
            found[rung.model] = value
    return found


def _axis(selection: Selection, rung: Rung) -> str:
    return selection.ladder.axis_of(rung.lineage)


def _refuse(success: Sequence[int], draws: int, seed: int) -> None:
    refuse_success(success)
    whole(draws, LEAST_DRAWS, "the number of draws")
    whole(seed, 0, "the seed")

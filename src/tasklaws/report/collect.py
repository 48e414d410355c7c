"""From a study to what its page shows; what the study cannot give is left out, and the page says so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np
import polars as pl

from tasklaws.assess.baseline import LAW
from tasklaws.assess.budget.verb import budget
from tasklaws.assess.comparison.neighbours import neighbours
from tasklaws.assess.comparison.verb import compare
from tasklaws.assess.curves import law_curves
from tasklaws.assess.headline.headline import headline_of
from tasklaws.assess.headline.known import Known
from tasklaws.assess.human_times import human_times
from tasklaws.assess.observation.observed import flags
from tasklaws.assess.red_lines.verb import redline
from tasklaws.assess.seed_phenomena import seed_phenomena
from tasklaws.assess.selection import select
from tasklaws.assess.track_record import forecasts
from tasklaws.core.errors import BadInput, NoAnswer
from tasklaws.core.progress import SILENT
from tasklaws.core.provenance import code_version
from tasklaws.report import content as parts
from tasklaws.report.transcript_links import has_logs, transcripts
from tasklaws.spec.red_lines import RED_LINES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tasklaws.assess.backtesting import Backtest
    from tasklaws.assess.track_record import OpenedForecast, SealedForecast
    from tasklaws.core.progress import Progress
    from tasklaws.report.content import Document
    from tasklaws.study.folder import Study

PIT_BINS = 10
MODELS, CORPUS = "models", "corpus.json"
"""Where a study keeps the models that it trained, and the record of their corpus."""

Made = TypeVar("Made")


class Result(Protocol):
    """What a verb returns."""

    def document(self) -> dict[str, Any]:
        """Return its JSON document."""
        ...


def collect(study: Study, progress: Progress = SILENT) -> parts.ReportInput:
    """Return everything the page shows; what a study cannot give is left out and said to be."""
    known = Known(study, progress)
    tested, opened = known.tested, known.opened
    cells, notes = study.target_cells()
    shown = known.waiting or (opened.sealed if opened else None)
    trained = _trained(study)
    by_people, has_lines = study.human().height, (study.path / RED_LINES).exists()
    missing = tuple(str(known.refused[name]) for name in ("tested", "opened") if name in known.refused)
    return parts.ReportInput(
        title=study.settings.name,
        ladder=study.ladder().table(),
        cells=cells,
        tasks=study.tasks(),
        prediction=sealed_prediction(shown),
        opened=outcome_of(opened),
        backtest=parts.Backtest(tested.document(), past_forecasts(tested)) if tested else None,
        reliability=reliability(tested) if tested else None,
        curves=_answer(lambda: _curves(study, shown)),
        record=forecasts(study).document(),
        trained=trained,
        phenomena=_document(lambda: seed_phenomena(study, trained["corpus"]["mix"])) if trained else None,
        elicitation=known.elicitation,
        diagnosed=known.diagnosed,
        time_horizons=known.time_horizons,
        human_times=_document(lambda: human_times(study, progress=progress)) if by_people else None,
        budget=_document(lambda: budget(study)),
        flags=_document(lambda: flags(study.path, progress=progress)) if has_logs(study) else None,
        headline=_document(lambda: headline_of(known)),
        comparison=_document(lambda: compare(study, *neighbours(study))),
        red_lines=_document(lambda: redline(study, progress=progress)) if has_lines else None,
        transcripts=transcripts(study),
        warnings=_warnings(study, tested, (*notes, *missing)),
        provenance=_provenance(study),
    )


def _answer(make: Callable[[], Made]) -> Made | None:
    """Return what `make` returns, or None where the study does not hold what it needs."""
    try:
        return make()
    except NoAnswer:
        return None


def _document(make: Callable[[], Result]) -> Document | None:
    """Return the document of a verb, or None where the study does not hold what it needs."""
    made = _answer(make)
    return None if made is None else made.document()


def sealed_prediction(shown: SealedForecast | None) -> parts.Prediction | None:
    """Return a sealed forecast with its seal."""
    if shown is None:
        return None
    n_tasks = shown.table.filter(pl.col("level") == "task").height
    seal = parts.Seal(shown.sha256, shown.sealed_at, shown.label, n_tasks, shown.anchor)
    return parts.Prediction(shown.table, seal)


def outcome_of(opened: OpenedForecast | None) -> parts.Opened | None:
    """Return what came of the forecast that was opened."""
    if opened is None:
        return None
    return parts.Opened(opened.scored.table, opened.scored.document(), opened.sealed.table)


def past_forecasts(tested: Backtest) -> pl.DataFrame:
    """Return the law's forecasts of cells with each baseline's CRPS beside them."""
    scored = tested.forecasts().filter(pl.col("observed").is_not_null())
    law = scored.filter(pl.col("forecaster") == LAW).drop("forecaster")
    rivals = scored.filter(pl.col("forecaster") != LAW)
    wide = rivals.with_columns(pl.col("forecaster") + "_crps").pivot(
        "forecaster", index=["model", "task_id"], values="crps", sort_columns=True
    )
    return law.join(wide, on=["model", "task_id"], how="left")


def reliability(tested: Backtest) -> parts.Reliability:
    """Return how well the law's past forecasts are calibrated."""
    pit = tested.table.of(LAW)["pit"].drop_nulls().to_numpy()
    counts, _ = np.histogram(pit, bins=PIT_BINS, range=(0.0, 1.0))
    levels = tuple(
        parts.Coverage(level / 100, one.value, one.lower, one.upper, one.reason or "")
        for level, one in tested.coverage.items()
    )
    return parts.Reliability(tuple(int(count) for count in counts), levels)


def _curves(study: Study, shown: SealedForecast | None) -> parts.Curves:
    """Return the curves of the lineage that the forecast is of, as far as the ladder still has it."""
    selection = select(study)
    known = shown is not None and shown.target in selection.ladder
    lineage = selection.ladder[shown.target].lineage if shown and known else selection.lineages[0]
    made = law_curves(selection, lineage, shown.target if shown and known else None)
    return parts.Curves(made.frame, made.axis, made.unit, log=made.axis != "released")


def _trained(study: Study) -> dict[str, Any] | None:
    """Return what the study tells of a corpus and the losses of models trained on it, if it does."""
    folder = study.path / MODELS
    if not (folder / CORPUS).exists():
        return None
    names = {rung.model for rung in study.ladder()}
    losses = {path.stem: _read(path) for path in sorted(folder.glob("*.json")) if path.stem in names}
    return {"corpus": _read(folder / CORPUS), "models": losses}


def _read(path: Path) -> Any:  # noqa: ANN401
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadInput(
            f"{path} is not JSON ({error}).",
            "It is written as the models of the study are trained.",
            "Restore it from a copy.",
        ) from None


def _warnings(study: Study, tested: Backtest | None, notes: Sequence[str]) -> tuple[str, ...]:
    found = [*study.log.warnings(), *study.ladder().warnings, *notes]
    if tested is not None:
        found += tested.warnings
        failed = tested.table.of(LAW).filter(pl.col("status") != "ok").group_by("status").len().sort("status")
        found += [f"{n} past forecasts have the status {status}" for status, n in failed.iter_rows()]
    return tuple(dict.fromkeys(found))


def _provenance(study: Study) -> parts.Provenance:
    records = tuple(
        parts.ImportRecord(one.import_id, one.format, ", ".join(one.parts), "; ".join(one.hashes), one.rows)
        for one in study.imports()
        if not one.removed
    )
    return parts.Provenance(study.data_hash(), code_version(), records, study.settings.seed)

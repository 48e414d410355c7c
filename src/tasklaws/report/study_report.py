"""The verb `report`: a study's page, collected from its tables, its log and its sealed forecasts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tasklaws.assess.backtesting import Backtest, backtest
from tasklaws.assess.baseline import LAW
from tasklaws.assess.budget.verb import budget
from tasklaws.assess.curves import law_curves
from tasklaws.assess.diagnosis import diagnose
from tasklaws.assess.elicit import elicit
from tasklaws.assess.horizons import horizon
from tasklaws.assess.human_times import human_times
from tasklaws.assess.observation.links import in_bundle
from tasklaws.assess.observation.observed import flags
from tasklaws.assess.seed_phenomena import seed_phenomena
from tasklaws.assess.selection import select
from tasklaws.assess.track_record import (
    OpenedForecast,
    SealedForecast,
    forecasts,
    latest_opened,
    latest_unopened,
)
from tasklaws.core.errors import BadInput, NoAnswer
from tasklaws.core.progress import SILENT
from tasklaws.core.provenance import code_version
from tasklaws.report import content as parts
from tasklaws.report.page import write_report
from tasklaws.run.grid import LOGS
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tasklaws.assess.diagnosis import Diagnosed
    from tasklaws.core.progress import Progress

PIT_BINS = 10
MODELS, CORPUS = "models", "corpus.json"
"""Where a study keeps the models that it trained, and the record of their corpus."""


@dataclass(frozen=True)
class ReportResult:
    """A page that was written."""

    path: str
    bytes: int
    warnings: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the keys of `interfaces.md`."""
        return {"path": self.path, "bytes": self.bytes, "warnings": list(self.warnings)}


def report(
    study: Study | str | Path, out: str | Path | None = None, *, progress: Progress = SILENT
) -> ReportResult:
    """Write the report of a study: one HTML file that opens offline.

    Args:
        study: the study.
        out: the file; by default ``report.html`` in the study.
        progress: who hears how far it is.
    """
    from pathlib import Path

    study = study if isinstance(study, Study) else Study(study)
    path = Path(out) if out is not None else study.path / "report.html"
    page = collect(study, progress)
    return ReportResult(str(path), write_report(page, path), page.warnings)


def collect(study: Study, progress: Progress = SILENT) -> parts.ReportInput:
    """Return everything the page shows; what a study cannot give is left out and said to be."""
    tested, untested = _backtest(study, progress)
    cells, notes = study.target_cells()
    waiting, (opened, unscored) = latest_unopened(study), _opened(study)
    shown = waiting or (opened.sealed if opened else None)
    trained = _trained(study)
    return parts.ReportInput(
        title=study.settings.name,
        ladder=study.ladder().table(),
        cells=cells,
        tasks=study.tasks(),
        prediction=_prediction(shown),
        opened=_outcome(opened),
        backtest=parts.Backtest(tested.document(), _past(tested)) if tested else None,
        reliability=_reliability(tested) if tested else None,
        curves=_curves(study, shown),
        record=forecasts(study).document(),
        trained=trained,
        phenomena=_phenomena(study, trained),
        elicitation=_elicitation(study),
        diagnosed=_diagnosed(study, progress),
        time_horizons=_time_horizons(study, progress),
        human_times=_human_times(study, progress),
        budget=_budget(study),
        flags=_flags(study, progress),
        transcripts=_transcripts(study),
        warnings=_warnings(study, tested, (*notes, *untested, *unscored)),
        provenance=_provenance(study),
    )


def _backtest(study: Study, progress: Progress) -> tuple[Backtest | None, tuple[str, ...]]:
    try:
        return backtest(study, progress=progress), ()
    except NoAnswer as error:
        return None, (str(error),)


def _opened(study: Study) -> tuple[OpenedForecast | None, tuple[str, ...]]:
    """Return the forecast opened last; where its results were removed since, why it has no scores."""
    try:
        return latest_opened(study), ()
    except NoAnswer as error:
        return None, (str(error),)


def _prediction(shown: SealedForecast | None) -> parts.Prediction | None:
    if shown is None:
        return None
    n_tasks = shown.table.filter(pl.col("level") == "task").height
    return parts.Prediction(shown.table, parts.Seal(shown.sha256, shown.sealed_at, shown.label, n_tasks))


def _outcome(opened: OpenedForecast | None) -> parts.Opened | None:
    if opened is None:
        return None
    return parts.Opened(opened.scored.table, opened.scored.document(), opened.sealed.table)


def _past(tested: Backtest) -> pl.DataFrame:
    """Return the law's forecasts of cells with each baseline's CRPS beside them."""
    scored = tested.forecasts().filter(pl.col("observed").is_not_null())
    law = scored.filter(pl.col("forecaster") == LAW).drop("forecaster")
    rivals = scored.filter(pl.col("forecaster") != LAW)
    wide = rivals.with_columns(pl.col("forecaster") + "_crps").pivot(
        "forecaster", index=["model", "task_id"], values="crps", sort_columns=True
    )
    return law.join(wide, on=["model", "task_id"], how="left")


def _reliability(tested: Backtest) -> parts.Reliability:
    pit = tested.table.of(LAW)["pit"].drop_nulls().to_numpy()
    counts, _ = np.histogram(pit, bins=PIT_BINS, range=(0.0, 1.0))
    levels = tuple(
        parts.Coverage(level / 100, one.value, one.lower, one.upper, one.reason or "")
        for level, one in tested.coverage.items()
    )
    return parts.Reliability(tuple(int(count) for count in counts), levels)


def _curves(study: Study, shown: SealedForecast | None) -> parts.Curves | None:
    """Return the curves of the lineage that the forecast is of, as far as the ladder still has it."""
    try:
        selection = select(study)
        known = shown is not None and shown.target in selection.ladder
        lineage = selection.ladder[shown.target].lineage if shown and known else selection.lineages[0]
        made = law_curves(selection, lineage, shown.target if shown and known else None)
    except NoAnswer:
        return None
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


def _phenomena(study: Study, trained: dict[str, Any] | None) -> dict[str, Any] | None:
    if trained is None:
        return None
    try:
        return seed_phenomena(study, trained["corpus"]["mix"]).document()
    except NoAnswer:
        return None


def _elicitation(study: Study) -> dict[str, Any] | None:
    try:
        return elicit(study).document()
    except NoAnswer:
        return None


def _diagnosed(study: Study, progress: Progress) -> tuple[Diagnosed, ...]:
    try:
        return diagnose(study, progress=progress).families
    except NoAnswer:
        return ()


def _time_horizons(study: Study, progress: Progress) -> dict[str, Any] | None:
    """Return time horizons where the study has human times."""
    if not study.tasks()["human_minutes"].is_not_null().any():
        return None
    try:
        return horizon(study, progress=progress).document()
    except NoAnswer:
        return None


def _human_times(study: Study, progress: Progress) -> dict[str, Any] | None:
    """Return what tasks take people where people's attempts are recorded."""
    if not study.human().height:
        return None
    try:
        return human_times(study, progress=progress).document()
    except NoAnswer:
        return None


def _budget(study: Study) -> dict[str, Any] | None:
    """Return success against tokens where attempts say how many they used."""
    try:
        return budget(study).document()
    except NoAnswer:
        return None


def _flags(study: Study, progress: Progress) -> dict[str, Any] | None:
    """Return flags where transcripts are kept."""
    return flags(study.path, progress=progress).document() if (study.path / LOGS).is_dir() else None


def _transcripts(study: Study) -> pl.DataFrame | None:
    """Return for each cell to be forecast a success and a failure that can be read, where logs are kept."""
    runs, (cells, _) = study.runs(), study.target_cells()
    if "log_file" not in runs.columns or not (study.path / LOGS).is_dir():
        return None
    told = runs.join(cells.select("model", "task_id", "metric").unique(), on=["model", "task_id", "metric"])
    there = [name for name in told["log_file"].drop_nulls().unique() if (study.path / name).is_file()]
    kept = told.filter(pl.col("log_file").is_in(there) & pl.col("score").is_not_null())
    rows = [_readable(cell) for _, cell in kept.group_by("model", "task_id", maintain_order=True)]
    return pl.DataFrame(rows, schema=dict(parts.TRANSCRIPTS.dtypes()))


def _readable(cell: pl.DataFrame) -> dict[str, Any]:
    """Return where the first success and the first failure of a cell stand."""
    first = {
        name: next(iter(cell.filter(pl.col("score").is_between(*ends)).iter_rows(named=True)), None)
        for name, ends in (("success", (1.0, 1.0)), ("failure", (0.0, 0.0)))
    }
    addresses = {name: _address(row) if row else None for name, row in first.items()}
    same = {name: cell[name][0] for name in ("model", "task_family", "task_id")}
    return {**same, "attempts": cell.height, **addresses}


def _address(row: dict[str, Any]) -> str:
    return in_bundle(row["log_file"].removeprefix(f"{LOGS}/"), row["sample_id"], row["epoch"] or 0)


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

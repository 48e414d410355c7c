"""The main job: train a ladder of small models, and forecast each next one before it is opened.

All rungs are trained first; none is asked a question before the forecast of it is sealed, but for the few
that the first forecast learns from. Each rung is then opened, its forecast scored, and the next one sealed.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from tasklaws.assess.baseline import LAW
from tasklaws.assess.forecast import predict
from tasklaws.assess.opening import Opened, open_forecast, scored
from tasklaws.assess.track_record import forecasts
from tasklaws.core.progress import SILENT
from tasklaws.ladder.preset import preset_called
from tasklaws.report.study_parts import parts, shares
from tasklaws.report.study_report import report
from tasklaws.run.embedded import Embedded, evaluate, prepare, train
from tasklaws.study.files import write_whole
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.core.progress import Part, Progress
    from tasklaws.ladder.preset import Preset
    from tasklaws.report.study_report import ReportResult
    from tasklaws.spec.ladder import Rung


RESULT = "result.json"
"""What came of the forecasts, in the folder of the models."""


@dataclass(frozen=True)
class StudyResult:
    """What the study of the embedded ladder found."""

    rungs: tuple[Rung, ...]
    forecasts: tuple[dict[str, Any], ...]
    """Of each model forecast: mean absolute error and CRPS in points, skill against the baseline that did
    best on it, known with hindsight."""
    verdicts: tuple[dict[str, Any], ...]
    """Of each model forecast: label, and share of tasks inside the intervals."""
    report: str
    seconds: float
    warnings: tuple[str, ...] = field(default=())

    def document(self) -> dict[str, Any]:
        """Return the keys of `interfaces.md`."""
        return {
            "rungs": [
                {"model": r.model, "n_params": r.n_params, "seed": r.seed, "loss_nats": r.loss_nats}
                for r in self.rungs
            ],
            "forecasts": list(self.forecasts),
            "verdicts": list(self.verdicts),
            "report": self.report,
            "seconds": self.seconds,
        }


def _verdict(one: Opened) -> dict[str, Any]:
    return {"target": one.target, "label": one.label, "coverage": one.document()["coverage"]}


def _row(one: Opened) -> dict[str, Any]:
    best, skill = one.best_baseline()
    return {
        "target": one.target,
        "mae": one.scores[LAW]["mae"],
        "crps": one.scores[LAW]["crps"],
        "skill": skill,
        "best_baseline": best,
    }


def study(
    directory: str | Path, preset: str | Preset = "default", *, progress: Progress = SILENT
) -> StudyResult:
    """Train and study the embedded ladder in `directory`; run again, it goes on where it stopped.

    Args:
        directory: the study's folder, made if absent.
        preset: ``quick``, ``default`` or ``serious``, or a preset of one's own. Weights of families under
            ``[mix]`` in the folder's study.toml replace its own.
        progress: who hears how far it is.

    Raises:
        UnknownName: there is no such preset.
        BadInput: the folder holds another study.
        WorkerFailed: a rung could not be trained or asked.
    """
    begun = time.monotonic()
    said = preset_called(preset) if isinstance(preset, str) else preset
    with progress.stage("prepare the texts"):
        embedded = prepare(Path(directory), said)
    finished = _finished(embedded)
    of_each = shares(embedded, finished=finished)
    with progress.stage("study", total=len(of_each)) as whole:
        opened, written = _made(embedded, parts(progress, whole, of_each, len(embedded.preset.seeds)))
    notes = ("the study was complete; nothing was trained, asked or sealed",) if finished else ()
    rows, verdicts = tuple(map(_row, opened)), tuple(map(_verdict, opened))
    result = json.dumps({"forecasts": rows, "verdicts": verdicts}, indent=1)
    write_whole(embedded.models / RESULT, result.encode())
    return StudyResult(
        Study(embedded.root).ladder().rungs,
        rows,
        verdicts,
        written.path,
        time.monotonic() - begun,
        (*notes, *written.warnings),
    )


def _made(embedded: Embedded, parts: Iterator[Part]) -> tuple[list[Opened], ReportResult]:
    """Do what is not done yet: train, ask the first widths, forecast and ask each next one, report."""
    sizes, first = embedded.sizes(), embedded.preset.first
    with next(parts) as progress:
        if not _finished(embedded):
            train(embedded, progress)
    with next(parts) as progress:
        evaluate(embedded, [model for size in sizes[:first] for model in size], progress)
    opened = []
    for size in sizes[first:]:
        with next(parts) as progress:
            opened += _next(embedded, size, progress, last=size is sizes[-1])
    embedded.crew.end()  # workers hold as much memory as the report needs
    with next(parts) as progress:
        return opened, report(embedded.root, progress=progress)


def _finished(embedded: Embedded) -> bool:
    study = Study(embedded.root)
    models = {model for size in embedded.sizes() for model in size}
    return models <= study.models_seen_in_log().keys() and all(row["opened"] for row in forecasts(study).rows)


def _next(embedded: Embedded, models: list[str], progress: Progress, *, last: bool) -> list[Opened]:
    """Seal the forecasts of one width, ask its models, open the forecasts; controls come with the last."""
    sealed = _sealed(embedded)
    for model in models:
        if model not in sealed:
            predict(embedded.root, model, seal=True, progress=progress)
    evaluate(embedded, models, progress, control=last)
    rows = _sealed(embedded)
    return [_opened(embedded, rows[model]) for model in models]


def _opened(embedded: Embedded, row: dict[str, Any]) -> Opened:
    """Open a forecast; one that was opened before gets no second line in the log."""
    study = Study(embedded.root)
    opened = scored(study, row["sha256"]) if row["opened"] else open_forecast(study, row["sha256"])
    return cast("Opened", opened)


def _sealed(embedded: Embedded) -> dict[str, dict[str, Any]]:
    """Return the models with a sealed forecast of scores -> its row of the track record."""
    rows = forecasts(Study(embedded.root)).rows
    return {row["target"]: row for row in rows if row["kind"] == "score"}

"""The whole loop on the example results: seal, then look, then open - size after size.

The example is 26 recorded small transformers. The largest sizes are held back: their forecasts are
sealed before their results are imported, opened afterwards and scored. The last forecast is of a
model that nobody has trained.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.assess.baseline import LAW
from tasklaws.assess.forecast import predict
from tasklaws.assess.opening import Opened, open_forecast, scored
from tasklaws.assess.track_record import forecasts
from tasklaws.core.errors import UnknownName
from tasklaws.core.progress import SILENT
from tasklaws.importers.example import DATA, LINEAGE
from tasklaws.report.study_report import report
from tasklaws.run.imports import import_runs, read_results
from tasklaws.spec.ladder import Ladder, Rung
from tasklaws.spec.ladder_file import write_ladder
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from tasklaws.core.progress import Progress

HELD_BACK = {"quick": 1, "default": 2, "serious": 6}
"""Sizes whose forecasts are sealed and opened in turn, by preset."""

PLANNED = Rung(
    "d96_s0", LINEAGE, n_params=333_888.0, seed=0, params_kind="non_embedding", source="planned, not trained"
)
"""The next model: width 96, not trained by anybody."""


@dataclass(frozen=True)
class StudyResult:
    """What the example study found."""

    rungs: tuple[Rung, ...]
    opened: tuple[Opened, ...]
    next_target: str
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
            "forecasts": [_row(one) for one in self.opened],
            "verdicts": [
                {"target": one.target, "label": one.label, "coverage": one.document()["coverage"]}
                for one in self.opened
            ],
            "next": self.next_target,
            "report": self.report,
            "seconds": self.seconds,
        }


def _row(one: Opened) -> dict[str, Any]:
    best, skill = one.best_baseline()
    return {"target": one.target, "mae": one.scores[LAW]["mae"], "skill": skill, "best_baseline": best}


def study(directory: str | Path, preset: str = "default", *, progress: Progress = SILENT) -> StudyResult:
    """Run the whole loop on the example results in `directory`; run again, it goes on where it stopped.

    Args:
        directory: the study's folder, made if absent.
        preset: ``quick`` seals and opens the largest size, ``default`` the two largest in turn,
            ``serious`` the six largest.
        progress: who hears how far it is.

    Raises:
        UnknownName: there is no such preset.
    """
    if preset not in HELD_BACK:
        raise UnknownName("preset", preset, HELD_BACK)
    started = time.monotonic()
    directory = Path(directory)
    table = pl.read_csv(DATA)
    sizes = table["d"].unique().sort().to_list()
    held = sizes[-HELD_BACK[preset] :]
    ladder = _ladder()
    with tempfile.TemporaryDirectory() as folder:
        parts = Path(folder)
        write_ladder(parts / "ladder.toml", ladder)
        _take_in(parts, table.filter(~pl.col("d").is_in(held)), directory, "smaller")
        opened: list[Opened] = []
        with progress.stage("seal, import, open", total=len(held)) as advance:
            for size in held:
                opened += _one_size(parts, table.filter(pl.col("d") == size), directory)
                advance(1)
    if PLANNED.model not in _sealed(directory):
        predict(directory, PLANNED.model, seal=True)
    written = report(directory, progress=progress)
    return StudyResult(
        ladder.rungs, tuple(opened), PLANNED.model, written.path, time.monotonic() - started, written.warnings
    )


def _ladder() -> Ladder:
    """Return the ladder of all example models and the planned one."""
    rungs = sorted(read_results("example", []).rungs, key=lambda rung: (rung.n_params or 0, rung.model))
    return Ladder((*rungs, PLANNED), "n_params")


def _take_in(parts: Path, rows: pl.DataFrame, directory: Path, name: str) -> None:
    path = parts / f"{name}.csv"
    rows.write_csv(path)
    import_runs("example", [path], directory, ladder=parts / "ladder.toml")


def _one_size(parts: Path, rows: pl.DataFrame, directory: Path) -> list[Opened]:
    """Seal the forecasts of all models of a size, import their results, open the forecasts."""
    models = rows["model"].unique().sort().to_list()
    sealed = _sealed(directory)
    for model in models:
        if model not in sealed:
            predict(directory, model, seal=True)
    _take_in(parts, rows, directory, models[0])
    return [_opened(directory, _sealed(directory)[model]) for model in models]


def _opened(directory: Path, row: dict[str, Any]) -> Opened:
    """Open a forecast; one that was opened before gets no second line in the log."""
    study = Study(directory)
    return scored(study, row["sha256"]) if row["opened"] else open_forecast(study, row["sha256"])


def _sealed(directory: Path) -> dict[str, dict[str, Any]]:
    """Return the models with a sealed forecast -> its row of the track record."""
    return {row["target"]: row for row in forecasts(Study(directory)).rows}

"""Where time horizons come from: a study, METR's file, logs of Inspect, or tables. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from tasklaws.core.errors import BadInput, NoAnswer
from tasklaws.core.tables import CELLS, HUMAN_TIMES, RUNS, TASKS, validate
from tasklaws.run.task_changes import study_tasks
from tasklaws.spec.importer import ImportOptions
from tasklaws.spec.life_cycle import same_version
from tasklaws.study.attempts import cells_of, one_per_task, together
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from tasklaws.spec.ladder import Ladder, Rung

DATES = "release_dates.yaml"
LOGS = ("*.eval", "*.json")
"""Logs of Inspect."""

FEW = 3
"""Names that a sentence gives."""


@dataclass(frozen=True, eq=False)
class Source:
    """The tables that time horizons are read from."""

    runs: pl.DataFrame = field(default_factory=RUNS.empty)
    cells: pl.DataFrame = field(default_factory=CELLS.empty)
    """Cells that were imported as such."""
    tasks: pl.DataFrame = field(default_factory=TASKS.empty)
    human: pl.DataFrame = field(default_factory=HUMAN_TIMES.empty)
    released: Mapping[str, date] = field(default_factory=dict)
    """Agent -> day of its release, where known."""
    metric: str | None = None
    elicitation: str | None = None
    stale: frozenset[str] = frozenset()
    """Tasks that were adjusted, and that nobody was timed at since."""
    notes: tuple[str, ...] = ()

    def one_metric(self) -> Source:
        """Return the source with attempts and cells of one metric and one elicitation.

        Raises:
            NoAnswer: no agent has results.
        """
        cells, notes = one_per_task(together(self.cells, cells_of(self.runs)), self.metric, self.elicitation)
        if not cells.height:
            raise NoAnswer(
                "no-results",
                "no agent has scored attempts.",
                "A time horizon is told by attempts at tasks of known human time.",
                "Import results, or run the study.",
            )
        metric, elicitation = str(cells["metric"][0]), str(cells["elicitation"][0])
        own = (pl.col("metric") == metric) & (pl.col("elicitation").fill_null("default") == elicitation)
        return replace(
            self,
            runs=self.runs.filter(own),
            cells=self.cells.filter(own),
            metric=metric,
            elicitation=elicitation,
            notes=(*self.notes, *notes),
        )


def source_of(
    results: Study | str | Path | pl.DataFrame,
    tasks: pl.DataFrame | None = None,
    human: pl.DataFrame | None = None,
    ladder: Ladder | None = None,
) -> Source:
    """Return the tables behind `results`.

    Args:
        results: a study; METR's `runs.jsonl` or a folder with it and `release_dates.yaml`; logs of Inspect,
            one or a folder; or a table of attempts (schema ``runs``) or of cells (schema ``cells``).
        tasks: schema ``tasks``; needed beside a table.
        human: schema ``human_times``, beside a table.
        ladder: release dates, beside a table.

    Raises:
        BadInput: there is no such file, or a table of results comes without one of tasks.
    """
    if isinstance(results, pl.DataFrame):
        return _of_tables(results, tasks, human, ladder)
    if isinstance(results, Study):
        return _of_study(results)
    path = Path(results)
    if path.is_file() or (path.is_dir() and not _is_study(path)):
        if _holds(path, LOGS):
            return _of_logs(path)
        if path.is_file() or _holds(path, ("*.jsonl*",)):
            return _of_metr(path)
    return _of_study(Study(path))


def _holds(path: Path, patterns: tuple[str, ...]) -> bool:
    return any(path.match(one) if path.is_file() else any(path.glob(one)) for one in patterns)


def _is_study(path: Path) -> bool:
    return (path / "study.toml").exists() or (path / "log.jsonl").exists()


def _of_study(study: Study) -> Source:
    said = study.settings
    runs, cells = study.runs(), study.imported_cells()
    if said.harness is not None:
        own = pl.col("harness_id") == said.harness
        runs, cells = runs.filter(own), cells.filter(own)
    known = tuple(study_tasks(study).values())
    stale = frozenset(one.task_id for one in known if one.history.adjustments and not one.standing.baselines)
    older = {
        time["run_id"]
        for one in known
        for time in one.times
        if not same_version(time["version"], one.version)
    }
    return Source(
        runs=runs,
        cells=cells,
        tasks=study.tasks(),
        human=study.human().filter(~pl.col("run_id").is_in(older)),
        released=_dates(study.ladder()),
        metric=said.metric,
        elicitation=said.elicitation,
        stale=stale,
        notes=(_told(stale),) if stale else (),
    )


def _told(stale: frozenset[str]) -> str:
    named = ", ".join(sorted(stale)[:FEW])
    more = f" and {len(stale) - FEW} more" if len(stale) > FEW else ""
    return (
        f"{len(stale)} tasks were adjusted and nobody was timed at them since, so that their human times are "
        f"of an older version: {named}{more}; --multiverse tells what they do"
    )


def _of_metr(path: Path) -> Source:
    from tasklaws.importers.metr import IMPORTER

    dated = path.parent / DATES
    paths = [path, dated] if path.is_file() and dated.exists() else [path]
    read = IMPORTER.read(paths, ImportOptions())
    aside = (f"{len(read.quarantined)} rows were set aside",) if read.quarantined else ()
    return Source(
        runs=_or(read.runs, RUNS.empty()),
        tasks=_or(read.tasks, TASKS.empty()),
        human=_or(read.human, HUMAN_TIMES.empty()),
        released=_dates(read.rungs),
        metric="score_binarized",
        notes=(*read.warnings, *aside),
    )


def _of_logs(path: Path) -> Source:
    from tasklaws.importers.inspect import IMPORTER

    read = IMPORTER.read([path], ImportOptions())
    aside = (f"{len(read.quarantined)} scores were set aside",) if read.quarantined else ()
    return Source(
        runs=_or(read.runs, RUNS.empty()),
        tasks=_or(read.tasks, TASKS.empty()),
        notes=(*read.warnings, *aside),
    )


def _of_tables(
    results: pl.DataFrame, tasks: pl.DataFrame | None, human: pl.DataFrame | None, ladder: Ladder | None
) -> Source:
    if tasks is None:
        raise BadInput(
            "a table of results came without a table of tasks.",
            "Time horizons need the human time of each task.",
            "Pass tasks=..., with task_id and human_minutes.",
        )
    attempts = "score" in results.columns
    return Source(
        runs=validate(results, RUNS, "results") if attempts else RUNS.empty(),
        cells=CELLS.empty() if attempts else validate(results, CELLS, "results"),
        tasks=validate(tasks, TASKS, "tasks"),
        human=HUMAN_TIMES.empty() if human is None else validate(human, HUMAN_TIMES, "human"),
        released={} if ladder is None else _dates(ladder),
    )


def _dates(rungs: Ladder | tuple[Rung, ...]) -> dict[str, date]:
    return {rung.model: rung.released for rung in rungs if rung.released is not None}


def _or(frame: pl.DataFrame | None, other: pl.DataFrame) -> pl.DataFrame:
    return other if frame is None else frame

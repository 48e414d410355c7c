"""A study: the folder that holds everything known about a ladder."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasklaws.core.errors import BadInput, UnknownName, VerificationFailed
from tasklaws.spec.ladder import Ladder
from tasklaws.study.log import Entry, Log
from tasklaws.study.settings import Settings, read_settings

if TYPE_CHECKING:
    import polars as pl

    from tasklaws.core.tables import Schema

KINDS = ("runs", "cells", "human")
"""Folders of immutable parts."""

SETTINGS, LADDER_FILE, TASKS_FILE, LOG_FILE = "study.toml", "ladder.toml", "tasks.parquet", "log.jsonl"


@dataclass(frozen=True)
class ImportRecord:
    """An import as the log tells it."""

    import_id: str
    at: str
    format: str
    rows: int
    parts: tuple[str, ...]
    hashes: tuple[str, ...]
    """SHA-256 of each part, as it was written."""
    models: tuple[str, ...]
    removed: bool


@dataclass(frozen=True)
class Study:
    """A study on disk. Tables are read when asked for; only parts that the log tells of are read."""

    path: Path

    def __init__(self, path: str | Path) -> None:
        """Open the study at `path`.

        Raises:
            BadInput: there is no such folder, or it is not a study.
        """
        object.__setattr__(self, "path", Path(path))
        if not self.path.is_dir() or not ((self.path / SETTINGS).exists() or (self.path / LOG_FILE).exists()):
            raise BadInput(
                f"{self.path} is not a study.",
                f"A study is a folder with {SETTINGS} or {LOG_FILE}.",
                "Make one with: tasklaws import FORMAT PATH --into STUDY.",
            )

    @property
    def log(self) -> Log:
        """Return the ledger."""
        return Log(self.path / LOG_FILE)

    @property
    def forecasts_folder(self) -> Path:
        """Return the folder of sealed forecasts, which may not exist yet."""
        return self.path / "forecasts"

    @property
    def settings(self) -> Settings:
        """Return what `study.toml` says; without that file, the defaults under the folder's name."""
        path = self.path / SETTINGS
        return read_settings(path) if path.exists() else Settings(name=self.path.name)

    def ladder(self) -> Ladder:
        """Return the ladder, on the axis of `study.toml` where that names one; empty without a file."""
        from tasklaws.spec.ladder_file import read_ladder

        path = self.path / LADDER_FILE
        ladder = read_ladder(path) if path.exists() else Ladder((), "flops")
        return replace(ladder, axis=self.settings.axis or ladder.axis)

    def runs(self) -> pl.DataFrame:
        """Return all attempts, as readers marked them, with the columns that their sources added."""
        from tasklaws.core.tables import RUNS
        from tasklaws.study.marks import as_marked

        return as_marked(self._parts("runs", RUNS), self.log.entries())

    def imported_cells(self) -> pl.DataFrame:
        """Return the cells that were imported as such."""
        from tasklaws.core.tables import CELLS

        return self._parts("cells", CELLS)

    def human(self) -> pl.DataFrame:
        """Return one row per human attempt, in the schema ``human_times``.

        Times that an adjustment left behind have the `task_version` before it.
        """
        from tasklaws.core.tables import HUMAN_TIMES
        from tasklaws.study.task_history import with_versions

        return with_versions(self._parts("human", HUMAN_TIMES), self.log.entries())

    def tasks(self) -> pl.DataFrame:
        """Return the task records as adjustments left them, in the schema ``tasks``."""
        import polars as pl

        from tasklaws.core.tables import TASKS, validate
        from tasklaws.study.task_history import as_events_left_them

        path = self.path / TASKS_FILE
        imported = validate(pl.read_parquet(path), TASKS, TASKS_FILE) if path.exists() else TASKS.empty()
        return as_events_left_them(imported, self.log.entries())

    def cells(
        self, metric: str | None = None, harness: str | None = None, elicitation: str | None = None
    ) -> pl.DataFrame:
        """Return imported cells and cells scored from runs, sorted by key, in the schema ``cells``.

        Args:
            metric: only this metric.
            harness: only this `harness_id`.
            elicitation: only this elicitation.

        Raises:
            UnknownName: no cell has that metric, harness or elicitation.
        """
        from tasklaws.study.attempts import cells_of, together

        cells = together(self.imported_cells(), cells_of(self.runs()))
        cells = _only(cells, "metric", metric)
        cells = _only(cells, "harness_id", harness)
        return _only(cells, "elicitation", elicitation)

    def target_cells(self) -> tuple[pl.DataFrame, tuple[str, ...]]:
        """Return the cells to forecast, one per model and task, and what was chosen to get there.

        One metric and one elicitation: those of `study.toml`, else the ones with most cells (of
        equal ones the binary metric). Harnesses are pooled unless `study.toml` names one.
        """
        from tasklaws.study.attempts import one_per_task

        said = self.settings
        return one_per_task(self.cells(harness=said.harness), said.metric, said.elicitation)

    def data_hash(self) -> str:
        """Return the SHA-256 of the sorted cells: of what is known, not of the files it lies in."""
        from tasklaws.core.provenance import table_hash

        return table_hash(self.cells())

    def imports(self) -> tuple[ImportRecord, ...]:
        """Return every import the log tells of, in order, also those removed since."""
        records: list[ImportRecord] = []
        for entry in self.log.entries():
            if entry.kind in {"import", "run_part"}:
                records.append(_record(entry))
            if entry.kind == "remove":
                gone = entry.payload["import_id"]
                records = [replace(r, removed=True) if r.import_id == gone else r for r in records]
        return tuple(records)

    def models_seen_in_log(self) -> dict[str, str]:
        """Return each model that ever had rows, also in removed imports -> UTC time first seen.

        Whether a forecast is a retrodiction is decided from this.
        """
        seen: dict[str, str] = {}
        for record in self.imports():
            for model in record.models:
                seen.setdefault(model, record.at)
        return seen

    def live_parts(self, kind: str) -> dict[str, str]:
        """Return the parts of `kind` (runs, cells or human) that are in force -> SHA-256 of each."""
        live = [record for record in self.imports() if not record.removed]
        parts = [pair for record in live for pair in zip(record.parts, record.hashes, strict=True)]
        return {part: written for part, written in parts if part.startswith(f"{kind}/")}

    def _parts(self, kind: str, declared: Schema) -> pl.DataFrame:
        import polars as pl

        from tasklaws.core.tables import validate

        frames = [self._part(name, written) for name, written in self.live_parts(kind).items()]
        if not frames:
            return declared.empty()
        return validate(pl.concat(frames, how="diagonal_relaxed"), declared, f"{self.path.name}/{kind}")

    def _part(self, name: str, written: str) -> pl.DataFrame:
        import polars as pl

        from tasklaws.core.provenance import sha256_hex

        path = self.path / name
        content = path.read_bytes() if path.exists() else b""
        if sha256_hex(content) != written:
            raise VerificationFailed(
                f"{path}: {'its bytes are not those that were imported' if content else 'missing'}.",
                f"The log tells of this part with sha256 {written[:12]}.",
                "Restore it from a copy, or remove its import and import it again.",
            )
        return pl.read_parquet(io.BytesIO(content))


def _only(cells: pl.DataFrame, column: str, value: str | None) -> pl.DataFrame:
    import polars as pl

    if value is None:
        return cells
    known = cells[column].unique().to_list()
    if value not in known:
        raise UnknownName(column.removesuffix("_id"), value, known)
    return cells.filter(pl.col(column) == value)


def _record(entry: Entry) -> ImportRecord:
    said: dict[str, Any] = entry.payload
    return ImportRecord(
        said["import_id"],
        entry.at,
        said["format"],
        said["rows"],
        tuple(said["parts"]),
        tuple(said["parts"].values()),
        tuple(said["models"]),
        removed=False,
    )

"""Any table: CSV, JSON lines or Parquet, long or wide, of attempts or of cells.

Attempts have ``model, task_family, task_id, score``, and may have ``instance_id, epoch, metric,
harness_id, elicitation, outcome, run_id, started_at, completed_at, tokens``. Cells have ``model,
task_family, task_id, metric`` with ``k, n``, or ``value`` with ``n`` or ``stderr``. Other names
and shapes are mapped by a TOML (``--map``, see `_column_map`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.core.display import shown
from tasklaws.core.tables import TASKS
from tasklaws.importers._attempts import as_attempts
from tasklaws.importers._cells import as_cells
from tasklaws.importers._column_map import ColumnMap, read_map
from tasklaws.importers._covariates import rungs_of
from tasklaws.importers._numbers import ROW
from tasklaws.importers._shape import load, refuse_missing, with_our_names
from tasklaws.spec.importer import Imported, Importer, ImportOptions, Quarantined
from tasklaws.spec.source import expand

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def read(paths: Sequence[Path], options: ImportOptions) -> Imported:
    """Return what the tables hold, through the map in `options` where there is one."""
    said = read_map(options.column_map)
    parts = [_read_one(file, said) for file in expand(paths, ("*.csv", "*.jsonl", "*.parquet", "*.gz"))]
    return Imported(
        rows=sum(part.rows for part in parts),
        runs=_together([part.runs for part in parts]),
        cells=_together([part.cells for part in parts]),
        tasks=_tasks(
            [table for part in parts for table in (part.runs, part.cells) if table is not None], said
        ),
        rungs=tuple(dict.fromkeys(rung for part in parts for rung in part.rungs)),
        quarantined=tuple(q for part in parts for q in part.quarantined),
        warnings=tuple(dict.fromkeys(note for part in parts for note in part.warnings)),
    )


def _together(frames: Sequence[pl.DataFrame | None]) -> pl.DataFrame | None:
    held = [frame for frame in frames if frame is not None]
    return pl.concat(held, how="diagonal_relaxed") if held else None


def _read_one(file: Path, said: ColumnMap) -> Imported:
    raw, warnings = load(file)
    for name in sorted(said.used() - set(raw.columns)):
        refuse_missing(name, raw.columns, file.name)
    for name, value in said.where.items():
        raw = raw.filter(pl.col(name) == value)
    rungs = rungs_of(raw, said, file.name)
    frame, unknown = with_our_names(raw, said)
    if unknown:
        warnings.append(f"{file.name}: unknown columns kept as they are: {', '.join(map(shown, unknown))}")
    is_attempts = "score" in frame.columns
    made, aside, notes = (
        as_attempts(frame, said, file.name) if is_attempts else as_cells(frame, said, file.name)
    )
    return Imported(
        rows=frame.height - len(aside),
        runs=made.drop(ROW) if is_attempts else None,
        cells=None if is_attempts else made.drop(ROW),
        rungs=rungs,
        quarantined=tuple(Quarantined(file.name, row, reason) for row, reason in aside),
        warnings=(*warnings, *notes),
    )


def _tasks(frames: Sequence[pl.DataFrame], said: ColumnMap) -> pl.DataFrame:
    """Return a record per task and metric, with what the table or the map says of it."""
    told = [name for name in TASKS.names if name not in {"task_id", "task_family", "metric", "n_items"}]
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for frame in frames:
        there = [name for name in ("task_id", "task_family", "metric", *told) if name in frame.columns]
        for row in frame.select(there).unique(maintain_order=True).iter_rows(named=True):
            known = {"floor": said.floor.get(row["task_id"]), "direction": said.direction.get(row["metric"])}
            rows[row["task_id"], row["metric"]] = known | row
    table = pl.DataFrame(list(rows.values()), schema=dict.fromkeys(TASKS.names, pl.String), strict=False)
    return table.with_columns(
        pl.col("identical_items").replace_strict({"true": True, "false": False}, default=None)
    )


IMPORTER = Importer(
    name="table",
    summary="CSV, JSON lines or Parquet, long or wide, of attempts or cells; --map names the columns",
    source="tasklaws, docs/reference",
    status="published",
    read=read,
)

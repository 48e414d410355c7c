"""Attempts that the grid of a study was missing, taken into it: whole cells only, and each attempt once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.core.provenance import canonical_json, sha256_hex
from tasklaws.core.tables import RUNS, TASKS, validate
from tasklaws.families import FAMILIES
from tasklaws.run.arrivals import enter, parquet_bytes
from tasklaws.run.grid import held
from tasklaws.run.task_records import task_record
from tasklaws.study.files import changing
from tasklaws.study.folder import TASKS_FILE, Study

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.run.grid import Attempts, Cell, Grid

ATTEMPT = ("model", "task_id", "harness_id", "elicitation", "instance_id", "epoch")


def wanted_rows(found: pl.DataFrame, missing: Attempts, *, errors: bool = False) -> pl.DataFrame:
    """Return the rows of attempts that are missing, of cells that they make whole.

    An attempt that failed is no attempt; of several at one place the latest counts.

    Args:
        found: rows of the schema ``runs`` and whether each `failed`, in the order in which they were made.
        missing: attempts of cells that are not whole.
        errors: let attempts that failed count too, where there is no other.
    """
    if not found.height or not missing:
        return found.clear()
    ordered = found.sort(~pl.col("failed"), maintain_order=True)  # the last counts
    kept = ordered.unique([*ATTEMPT, "metric"], keep="last", maintain_order=True)
    counting = kept if errors else kept.filter(~pl.col("failed"))
    whole = _whole(held(counting), missing)
    return counting.join(whole, on=ATTEMPT, how="semi", nulls_equal=True, maintain_order="left").drop(
        "failed"
    )


def _whole(there: Attempts, missing: Attempts) -> pl.DataFrame:
    rows = [
        (cell.model, cell.task_id, cell.harness_id, cell.elicitation, instance, epoch)
        for cell, lacking in missing.items()
        if lacking <= there.get(cell, frozenset())
        for instance, epoch in lacking
    ]
    types = {name: RUNS.dtypes()[name] for name in ATTEMPT}
    return pl.DataFrame(rows, schema=types, orient="row")


def take_in(root: Path, grid: Grid, rows: pl.DataFrame, source: str, files: dict[str, str]) -> None:
    """Take rows into the study, one part of its runs for each model.

    Args:
        root: folder of the study.
        grid: what it wants to know.
        rows: those that it does not hold, in the schema ``runs``.
        source: what made them, such as ``inspect``.
        files: logs that they stand in -> SHA-256.
    """
    for model in rows["model"].unique(maintain_order=True):
        table = validate(rows.filter(pl.col("model") == model), RUNS, model)
        content = parquet_bytes(table)
        import_id = sha256_hex(canonical_json([model, sha256_hex(content)]))[:12]
        part = f"runs/{import_id}.parquet"
        named = sorted(set(table["log_file"].drop_nulls())) if "log_file" in table.columns else []
        with changing(root) as changes:
            changes.write(part, content)
            changes.write(TASKS_FILE, parquet_bytes(_tasks(Study(root), grid, table)))
            enter(
                changes,
                "run_part",
                rows=table.height,
                parts={part: sha256_hex(content)},
                models=[model],
                inputs={
                    "import_id": import_id,
                    "format": source,
                    "files": [[name, files[name]] for name in named if name in files],
                },
            )


def _tasks(study: Study, grid: Grid, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the task records of a study, with those of its new tasks."""
    known = study.tasks()
    new = sorted(set(rows["task_id"]) - set(known["task_id"]))
    if not new:
        return known
    made = pl.DataFrame([_record(task, len(grid.questions[task])) for task in new])
    return validate(pl.concat([known, made], how="diagonal_relaxed"), TASKS, TASKS_FILE)


def _record(task_id: str, n_items: int) -> dict[str, Any]:
    name, _, size = task_id.rpartition("/")
    family = FAMILIES[name]
    return task_record(family, int(size), n_items, family.chance(int(size)))


def counts(grid: Grid, runs: pl.DataFrame, failed: set[Cell]) -> dict[str, int]:
    """Return how many cells are planned, done, failed, and hold an attempt that a limit ended."""
    missing = grid.missing(runs)
    limited = held(runs.filter(pl.col("outcome").fill_null("submitted").str.starts_with("limit")))
    return {
        "planned": len(grid.cells),
        "done": len(grid.cells) - len(missing),
        "failed": len(failed & set(missing)),
        "limited": len(set(limited) & set(grid.cells)),
    }

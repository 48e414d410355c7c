"""What stands in the logs of a study: attempts of its grid, those of runs that were broken off among them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import polars as pl
from inspect_ai.log import read_eval_log, read_eval_log_sample_summaries

from tasklaws.core.errors import BadInput
from tasklaws.core.provenance import sha256_hex
from tasklaws.core.tables import RUNS
from tasklaws.families import FAMILIES
from tasklaws.run.grid import LOGS, Cell
from tasklaws.run.imports import read_results
from tasklaws.run.inspect_bridge.spending import NotAsked

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tasklaws.run.grid import Attempts, Grid

CANCELLED = "CancelledError"
"""What stands for a sample that was in flight when its run was broken off."""
NO_ERRORS = pl.DataFrame(schema={"instance_id": pl.String, "epoch": pl.Int64})


@dataclass(frozen=True)
class Found:
    """What logs hold of the attempts that are missing."""

    rows: pl.DataFrame
    """Schema ``runs``, and whether each attempt `failed`, in the order in which they were made."""
    files: dict[str, str]
    """Log, relative to the study -> SHA-256."""
    failed: set[Cell]
    """Cells that have attempts which ended in an error."""
    warnings: tuple[str, ...]


def finished(root: Path, grid: Grid, missing: Attempts) -> Found:
    """Return what the logs of the study at `root` hold of the attempts in `missing`."""
    tables, files, failed, warnings = [], {}, set[Cell](), []
    for path in sorted((root / LOGS).rglob("*.eval"), key=lambda path: path.name):
        try:
            told = _told(path, grid, missing)
            if told is None:
                continue
            errors = _errors(path)
            failed |= {cell for cell in missing if _same(cell, told) and _has(cell, errors)}
            rows = _rows(path, told, errors.select("instance_id", "epoch").unique())
        except (BadInput, OSError, ValueError) as error:
            warnings.append(f"{path.name}: left out, it cannot be read ({str(error)[:200]})")
            continue
        name = path.relative_to(root).as_posix()
        files[name] = sha256_hex(path.read_bytes())
        tables.append(rows.with_columns(pl.lit(name).alias("log_file")))
    empty = RUNS.empty().with_columns(pl.lit(None, dtype=pl.Boolean).alias("failed"))
    rows = pl.concat([empty, *tables], how="diagonal_relaxed")
    return Found(rows, files, failed, tuple(warnings))


def _told(path: Path, grid: Grid, missing: Attempts) -> Mapping[str, Any] | None:
    """Return what a log says of its attempts; None where none of them is missing, or they are others."""
    head = read_eval_log(str(path), header_only=True).eval
    told = (head.metadata or {}).get("tasklaws")
    if not isinstance(told, dict):
        return None
    told = {"model": told.get("rung") or _rung(head.model, grid), **told}
    harness = grid.harnesses.get(str(told.get("harness_id")))
    same = (
        harness is not None
        and told.get("harness") == json.loads(json.dumps(asdict(harness)))
        and told.get("rendering") == grid.said.rendering
        and any(_same(cell, told) for cell in missing)
    )
    return told if same else None


def _rung(name: str, grid: Grid) -> str | None:
    return next((model for model, called in grid.names.items() if called == name), None)


def _same(cell: Cell, told: Mapping[str, Any]) -> bool:
    """Return whether a log is about a cell, and the task is still what it was."""
    own = (cell.model, cell.task_family, cell.harness_id, cell.elicitation)
    if own != tuple(told.get(name) for name in ("model", "family", "harness_id", "elicitation")):
        return False
    stated = told.get("content_hash", {}).get(cell.task_id)
    return stated is not None and stated == FAMILIES[cell.task_family].content_hash(cell.size)


def _errors(path: Path) -> pl.DataFrame:
    """Return the attempts that ended in an error, and whether it was an error of their own."""
    rows = [
        (str(one.id), one.epoch - 1, not one.error.startswith((CANCELLED, NotAsked.__name__)))
        for one in read_eval_log_sample_summaries(str(path))
        if one.error
    ]
    schema = {"instance_id": pl.String, "epoch": pl.Int64, "own": pl.Boolean}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _has(cell: Cell, errors: pl.DataFrame) -> bool:
    begins = pl.col("instance_id").str.starts_with(f"{cell.task_id}/")
    return bool(errors.select((begins & pl.col("own")).any()).item())


def _rows(path: Path, told: Mapping[str, Any], errors: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of one log, named as the study names them; none where no sample was scored."""
    try:
        read = read_results("inspect", [path]).runs
    except BadInput as error:
        if "no sample has a score" not in str(error):
            raise
        read = None
    if read is None:
        return RUNS.empty().with_columns(pl.lit(None, dtype=pl.Boolean).alias("failed"))
    named = read.with_columns(
        pl.lit(told["model"]).alias("model"),
        pl.lit(told["harness_id"]).alias("harness_id"),
        pl.lit(told["elicitation"]).alias("elicitation"),
    )
    flagged = errors.with_columns(pl.lit(value=True).alias("failed"))
    return named.join(flagged, on=["instance_id", "epoch"], how="left", maintain_order="left").with_columns(
        pl.col("failed").fill_null(value=False)
    )

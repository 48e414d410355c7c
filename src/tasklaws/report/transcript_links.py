"""Where attempts of a study can be read, for the links of its page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.assess.observation.links import in_bundle
from tasklaws.report.content import TRANSCRIPTS
from tasklaws.run.grid import LOGS

if TYPE_CHECKING:
    from tasklaws.study.folder import Study


def has_logs(study: Study) -> bool:
    """Return whether transcripts are kept."""
    return (study.path / LOGS).is_dir()


def transcripts(study: Study) -> pl.DataFrame | None:
    """Return for each cell to be forecast a success and a failure that can be read, where logs are kept."""
    runs, (cells, _) = study.runs(), study.target_cells()
    if "log_file" not in runs.columns or not has_logs(study):
        return None
    told = runs.join(cells.select("model", "task_id", "metric").unique(), on=["model", "task_id", "metric"])
    there = [name for name in told["log_file"].drop_nulls().unique() if (study.path / name).is_file()]
    kept = told.filter(pl.col("log_file").is_in(there) & pl.col("score").is_not_null())
    rows = [_readable(cell) for _, cell in kept.group_by("model", "task_id", maintain_order=True)]
    return pl.DataFrame(rows, schema=dict(TRANSCRIPTS.dtypes()))


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

"""Counts for HiBayES: `n_correct` of `n_total`, as its processor `groupby` makes them from samples.

Name the file under `data_loader.paths.extracted_data` of its configuration. Its group models ask for a
column `group`, which holds the family. The columns after `n_total` are not its own; it leaves them alone,
and they let `tasklaws import hibayes` find every cell again. Graded scores are not counts and stay behind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tasklaws.exporters._format import Choice, Exported, Exporter

if TYPE_CHECKING:
    from tasklaws.study.folder import Study

COLUMNS = {
    "model": "model",
    "task": "task_id",
    "group": "task_family",
    "n_correct": "k",
    "n_total": "n",
    "metric": "metric",
    "harness_id": "harness_id",
    "elicitation": "elicitation",
    "n_limit": "n_limit",
    "n_error": "n_error",
    "n_invalid": "n_invalid",
}
"""HiBayES's name -> ours."""


def table(study: Study, choice: Choice) -> Exported:
    """Return the binary cells under HiBayES's names."""
    cells = study.cells(choice.metric, choice.harness, choice.elicitation)
    counts = cells.filter(pl.col("k").is_not_null())
    made = counts.select(pl.col(ours).alias(theirs) for theirs, ours in COLUMNS.items())
    if (counts["k"] == counts["k"].round()).all():
        made = made.with_columns(pl.col("n_correct").cast(pl.Int64))
    return Exported(made, tuple(_notes(cells, counts)))


def _notes(cells: pl.DataFrame, counts: pl.DataFrame) -> list[str]:
    graded = cells.height - counts.height
    notes = [f"{graded} cells of graded scores are not counts and were left out"] if graded else []
    several = [
        f"{counts[name].n_unique()} values of {name}"
        for name in ("metric", "harness_id", "elicitation")
        if counts[name].n_unique() > 1
    ]
    if several:
        notes.append(f"rows of one model and task differ by {' and '.join(several)}: select some of them")
    return notes


EXPORTER = Exporter(
    name="hibayes",
    summary="HiBayES: n_correct of n_total by model and task, for extracted_data of its configuration",
    source="UKGovernmentBEIS/hibayes, src/hibayes: load/configs/config.py, process/processors.py",
    status="published",
    suffixes=(".csv", ".parquet"),
    table=table,
)

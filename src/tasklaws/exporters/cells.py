"""Cells as they are: k of n, or sums of graded scores, of every model, task, metric and harness."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.exporters._format import Choice, Exported, Exporter

if TYPE_CHECKING:
    from tasklaws.study.folder import Study


def table(study: Study, choice: Choice) -> Exported:
    """Return the cells of the study in the schema ``cells``."""
    return Exported(study.cells(choice.metric, choice.harness, choice.elicitation))


EXPORTER = Exporter(
    name="cells",
    summary="cells as the study holds them: attempts, successes and sums by model, task, metric and harness",
    source="tasklaws, schema cells; the importer table reads them",
    status="published",
    suffixes=(".csv", ".parquet", ".jsonl"),
    table=table,
)

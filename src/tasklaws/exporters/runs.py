"""Attempts as they are: one row for each score of each attempt, with the columns its source added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.core.errors import UnknownName
from tasklaws.exporters._format import Choice, Exported, Exporter
from tasklaws.study.attempts import DEFAULT

if TYPE_CHECKING:
    import polars as pl

    from tasklaws.study.folder import Study


def chosen(runs: pl.DataFrame, choice: Choice) -> pl.DataFrame:
    """Return the rows of the metric, the harness and the elicitation that were named.

    Raises:
        UnknownName: no row has one of them.
    """
    named = {"metric": choice.metric, "harness_id": choice.harness, "elicitation": choice.elicitation}
    for column, value in named.items():
        if value is not None:
            own = runs[column].fill_null(DEFAULT)
            if value not in own:
                raise UnknownName(column.removesuffix("_id"), value, own.unique().to_list())
            runs = runs.filter(own == value)
    return runs


def table(study: Study, choice: Choice) -> Exported:
    """Return the attempts of the study in the schema ``runs``, with what their sources added."""
    return Exported(chosen(study.runs(), choice))


EXPORTER = Exporter(
    name="runs",
    summary="attempts as the study holds them, one row for each score, with the columns their sources added",
    source="tasklaws, schema runs; the importer table reads those that are shares",
    status="published",
    suffixes=(".csv", ".parquet", ".jsonl"),
    table=table,
)

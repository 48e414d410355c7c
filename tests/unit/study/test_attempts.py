from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from tasklaws.core.errors import BadTable
from tasklaws.core.tables import CELLS, RUNS, validate
from tasklaws.study.attempts import cells_of, one_per_task, pooled, together


def runs(*rows: dict[str, Any]) -> pl.DataFrame:
    defaults = {"model": "m", "task_family": "f", "task_id": "t", "metric": "exact", "score": 1.0}
    numbered = [defaults | {"epoch": i} | row for i, row in enumerate(rows)]
    return validate(pl.DataFrame(numbered, schema_overrides={"score": pl.Float64}), RUNS)


def cells(*rows: dict[str, Any]) -> pl.DataFrame:
    defaults = {
        "model": "m",
        "task_family": "f",
        "task_id": "t",
        "metric": "exact",
        "harness_id": "h",
        "elicitation": "e",
        "n": 10,
        "k": 5.0,
    }
    return validate(pl.DataFrame([defaults | row for row in rows]), CELLS)


def test_binary_scores_give_successes_of_attempts() -> None:
    row = cells_of(runs({}, {"score": 0.0}, {})).row(0, named=True)
    assert (row["k"], row["n"], row["sum"], row["sum_sq"]) == (2.0, 3, None, None)
    assert (row["harness_id"], row["elicitation"]) == ("default", "default")


def test_graded_scores_give_sums() -> None:
    row = cells_of(runs({"score": 0.5}, {"score": 1.0})).row(0, named=True)
    assert (row["k"], row["n"], row["sum"], row["sum_sq"]) == (None, 2, 1.5, 1.25)


def test_a_metric_is_graded_in_every_cell_or_in_none() -> None:
    table = cells_of(runs({"score": 0.5}, {"model": "other", "score": 1.0}))
    assert table["k"].to_list() == [None, None]
    assert table["sum"].to_list() == [0.5, 1.0]


def test_attempts_without_a_score_are_counted_and_never_averaged() -> None:
    table = cells_of(
        runs(
            {},
            {"score": None, "outcome": "limit_time"},
            {"score": 0.0, "outcome": "limit"},
            {"score": None, "outcome": "error"},
            {"score": 1.0, "outcome": "invalid_success"},
        )
    )
    row = table.row(0, named=True)
    assert (row["k"], row["n"]) == (2.0, 3)
    assert (row["n_limit"], row["n_error"], row["n_invalid"]) == (2, 1, 1)


def test_a_cell_without_one_score_is_no_cell() -> None:
    assert cells_of(runs({"score": None, "outcome": "error"})).height == 0
    assert cells_of(RUNS.empty()).height == 0


def test_cells_are_told_apart_by_their_key() -> None:
    table = cells_of(
        runs(
            {},
            {"harness_id": "long"},
            {"elicitation": "few"},
            {"task_id": "u"},
            {"metric": "acc"},
            {"model": "n"},
        )
    )
    assert table["n"].to_list() == [1] * 6


def test_together_refuses_a_cell_of_two_origins_that_disagree() -> None:
    both = together(cells({}), cells({}))
    assert both.height == 1
    with pytest.raises(BadTable, match="imported and also scored"):
        together(cells({}), cells({"k": 6.0}))


def test_pooled_adds_attempts_under_different_harnesses() -> None:
    table = pooled(
        cells({"k": 1.0, "n": 4}, {"harness_id": "i", "k": 3.0, "n": 4, "n_limit": 2}, {"task_id": "u"})
    )
    assert table.select("task_id", "harness_id", "k", "n", "n_limit", "sum").rows() == [
        ("t", "pooled", 4.0, 8, 2, None),
        ("u", "h", 5.0, 10, None, None),
    ]


def test_one_per_task_takes_what_has_most_cells_and_of_equals_the_binary() -> None:
    table = cells(
        {"metric": "a_graded", "k": None, "sum": 2.5, "sum_sq": 2.0},
        {"metric": "a_graded", "k": None, "sum": 2.5, "sum_sq": 2.0, "task_id": "u"},
        {"metric": "exact", "elicitation": "x"},
        {"metric": "exact", "task_id": "u"},
        {"metric": "exact", "task_id": "v"},
        {"metric": "acc"},
    )
    chosen, notes = one_per_task(table.filter(pl.col("task_id") != "v"))
    assert chosen["metric"].unique().to_list() == ["exact"]
    assert chosen["task_id"].to_list() == ["u"]
    assert notes == (
        "metric exact of a_graded, acc, exact; name another in study.toml",
        "elicitation e of e, x; name another in study.toml",
    )
    named, silent = one_per_task(table, metric="acc", elicitation="e")
    assert (named.height, silent) == (1, ())
    assert one_per_task(CELLS.empty())[0].height == 0

from __future__ import annotations

import base64
import csv
import io

import pytest

from tasklaws.report.blocks import DOWNLOAD_CAP, TABLE_CAP, Field, Table
from tasklaws.report.text import percent


def downloaded(table: Table) -> list[list[str]]:
    kind, _, content = table.download.partition(",")
    assert kind == "data:text/csv;charset=utf-8;base64"
    return list(csv.reader(io.StringIO(base64.b64decode(content).decode(), newline="")))


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_download_disarms_text_that_a_spreadsheet_would_run(name: str) -> None:
    rows = downloaded(
        Table((Field("task", "task"), Field("score", "score")), ({"task": name, "score": -0.5},))
    )
    assert rows == [["task", "score"], [f"'{name}", "-0.5"]]


def test_download_keeps_names_raw_and_numbers_exact() -> None:
    row = {"task": 'a "b", c\u202e', "score": 0.1 + 0.2, "none": None}
    table = Table((Field("task", "task"), Field("score", "score", percent), Field("none", "none")), (row,))
    assert downloaded(table)[1] == ['a "b", c\u202e', "0.30000000000000004", ""]


def test_long_table_is_cut_and_says_so() -> None:
    table = Table((Field("i", "i"),), tuple({"i": i} for i in range(DOWNLOAD_CAP + 5)))
    assert len(table.shown) == TABLE_CAP
    assert len(downloaded(table)) == 1 + DOWNLOAD_CAP
    assert table.capped == "Showing 1,000 of 10,005 rows; the CSV file holds the first 10,000."
    assert Table((Field("i", "i"),), ({"i": 1},)).capped == ""


def test_null_is_shown_with_its_reason() -> None:
    field = Field("crps", "CRPS")
    assert field.cell({"crps": None, "reason": "one rung"}) == "not defined: one rung"
    assert field.cell({"crps": None}) == "–"
    assert field.cell({"reason": "one rung"}) == "–"
    assert field.cell({"crps": True}) == "yes"


def test_only_columns_of_numbers_are_flush_right() -> None:
    rows = ({"a": 1.5, "b": "x", "c": None}, {"a": None, "b": 2, "c": None})
    assert Table((Field("a", "a"), Field("b", "b"), Field("c", "c")), rows).numeric == [True, False, False]

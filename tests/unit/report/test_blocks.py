from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import Any

import pytest

from tasklaws.report.blocks import DOWNLOAD_CAP, TABLE_CAP, Field, Figure, Key, Link, Panel, Table
from tasklaws.report.drawing import LAW, chart, layer
from tasklaws.report.packing import unpacked
from tasklaws.report.text import percent


def downloaded(table: Table) -> list[list[str]]:
    return list(csv.reader(io.StringIO(table.csv.decode(), newline="")))


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


def test_page_holds_a_long_table_as_text_in_part_and_as_data_further() -> None:
    table = Table((Field("i", "i"),), tuple({"i": i} for i in range(DOWNLOAD_CAP + 5)))
    assert len(table.shown) == TABLE_CAP
    assert unpacked(table.data["rows"]) == [{"i": i} for i in range(DOWNLOAD_CAP)]
    assert len(downloaded(table)) == 1 + DOWNLOAD_CAP + 5
    assert table.capped == f"The page holds the first {DOWNLOAD_CAP:,} of {DOWNLOAD_CAP + 5:,} rows."
    assert Table((Field("i", "i"),), ({"i": 1},)).capped == ""


def test_a_table_names_its_columns_of_families_and_tasks() -> None:
    fields = (Field("log", "log"), Field("task_id", "task"), Field("share", "share", percent))
    data = Table(fields, ({"log": Link("read", "logs/1.html"), "task_id": "t", "share": 0.5},)).data
    assert data["naming"] == ("task_id",)
    assert data["written"] == ["link", "plain", "percent"]
    assert unpacked(data["rows"]) == [{"log": "logs/1.html", "task_id": "t", "share": 0.5}]


def figure(rows: list[dict[str, Any]], *keys: Key, name: str = "line") -> Figure:
    spec = chart(rows, [layer("point", {}, {}, name=name)], "points", 100)
    table = Table((Field("family", "family"),), ({"family": "add"}, {"family": "sort"}))
    return Figure("f", "title", "caption", "points", (Panel(spec, "add"), Panel(spec, "sort")), table, keys)


def test_keys_switch_the_rows_or_layers_that_they_stand_for() -> None:
    rows = [{"lineage": "a", "y": 1.0}, {"lineage": "b", "y": 2.0}]
    keys = (Key("o", LAW, "a"), Key("o", LAW, "line", "line"), Key("-", LAW, "exact"))
    assert figure(rows, *keys).switches == ("rows:lineage", "layers:line", "")
    assert figure(rows, keys[0], keys[2]).switches == ("", "")  # one series alone is not to be hidden


def test_panels_named_by_families_of_the_table_can_be_filtered() -> None:
    assert figure([]).named_panels
    one = figure([])
    assert not replace(one, table=Table((Field("model", "model"),), ())).named_panels


@pytest.mark.parametrize(("rows", "renderer"), [(2_500, "svg"), (2_501, "canvas")])
def test_a_figure_of_more_than_five_thousand_marks_goes_on_a_canvas(rows: int, renderer: str) -> None:
    assert figure([{"y": 1.0}] * rows).renderer == renderer


def test_null_is_shown_with_its_reason() -> None:
    field = Field("crps", "CRPS")
    assert field.cell({"crps": None, "reason": "one rung"}) == "not defined: one rung"
    assert field.cell({"crps": None}) == "–"
    assert field.cell({"reason": "one rung"}) == "–"
    assert field.cell({"crps": True}) == "yes"


def test_only_columns_of_numbers_are_flush_right() -> None:
    rows = ({"a": 1.5, "b": "x", "c": None}, {"a": None, "b": 2, "c": None})
    assert Table((Field("a", "a"), Field("b", "b"), Field("c", "c")), rows).numeric == [True, False, False]

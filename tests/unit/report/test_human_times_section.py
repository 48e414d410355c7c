"""The section of the report on what tasks take people."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.report.timed import human_times, timed

from tasklaws.report.blocks import Block, Figure, Paragraph
from tasklaws.report.content import ReportInput
from tasklaws.report.page import render
from tasklaws.report.section import SECTIONS
from tasklaws.report.text import NBSP

HOSTILE = "</script><script>alert(1)</script>"


def built(document: dict[str, Any] | None) -> tuple[Block, ...]:
    return SECTIONS["human_times"].build(ReportInput("made up", human_times=document))


def figure(document: dict[str, Any]) -> Figure:
    return next(block for block in built(document) if isinstance(block, Figure))


def test_the_title_says_who_gave_up_and_what_that_hides() -> None:
    assert figure(human_times()).title == (
        f"8 of 17{NBSP}attempts of people were not finished; means of successes alone are 0.5 times the "
        "medians of everybody"
    )
    assert (
        "means of"
        not in figure(human_times(success_only={"factor": None, "lower": None, "upper": None})).title
    )


def test_tasks_with_a_median_of_people_are_drawn_and_all_are_listed() -> None:
    found = figure(human_times())
    drawn = found.panels[0].spec["data"]["values"]
    assert [(row["name"], row["minutes"], row["recorded"]) for row in drawn] == [
        ("maze/2", 40.0, 40.0),
        ("maze/1", 12.0, 6.0),
    ]
    assert [cells[0] for cells in found.table.shown] == ["maze/1", "maze/2", "maze/3", "maze/4"]
    assert found.table.shown[2][-1] == "nobody finished"


def test_of_many_tasks_those_are_drawn_that_most_people_tried() -> None:
    many = [timed(f"maze/{i:02d}", 10.0 + i, 3 + i) for i in range(50)]
    found = figure(human_times(tasks=many))
    drawn = {row["name"] for row in found.panels[0].spec["data"]["values"]}
    assert drawn == {f"maze/{i:02d}" for i in range(10, 50)}
    assert "Showing the 40 of 50 tasks" in found.caption


def test_the_sentences_give_intervals() -> None:
    (said,) = (block.text for block in built(human_times()) if isinstance(block, Paragraph))
    assert "0.5 times the medians (0.4 to 0.62)" in said
    assert f"keep 75{NBSP}% of their height (0.5 to 0.875)" in said
    assert "p 0.020 over all tasks" in said
    assert "maze/1 take 0.5 times as long" in said


@pytest.mark.parametrize("document", [None, human_times(tasks=[timed("maze/3", None, status="bound")])])
def test_no_times_no_section(document: dict[str, Any] | None) -> None:
    assert built(document) == ()


def test_names_are_escaped() -> None:
    page = render(ReportInput("made up", human_times=human_times(HOSTILE)))
    assert HOSTILE.encode() not in page

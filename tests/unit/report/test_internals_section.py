"""The section of the report that tells what was found inside models."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.report.looked_into import inside

from tasklaws.report.blocks import Block, Figure, Paragraph
from tasklaws.report.content import ReportInput
from tasklaws.report.page import render
from tasklaws.report.section import SECTIONS

HOSTILE = "</script><script>alert(1)</script>"


def built(found: dict[str, Any]) -> tuple[Block, ...]:
    return SECTIONS["internals"].build(ReportInput("made up", elicitation={"rows": [], "internals": found}))


def figures(found: dict[str, Any]) -> dict[str, Figure]:
    return {block.name: block for block in built(found) if isinstance(block, Figure)}


def test_titles_state_what_was_found() -> None:
    both = figures(inside())
    assert both["tuning"].title == (
        "Tuning on right samples lifts 1\N{NO-BREAK SPACE}of 2\N{NO-BREAK SPACE}scores and lowers 1; most "
        "sums of d24_s0, from 30\N{NO-BREAK SPACE}% to 60\N{NO-BREAK SPACE}%"
    ).replace("1\N{NO-BREAK SPACE}of", "1 of")
    assert "2 read more off trained than off untrained weights; most the first letter" in both["probes"].title


def test_no_difference_is_no_finding() -> None:
    found = inside()
    found["probes"] = [row for row in found["probes"] if row["property"] == "running state"]
    found["tuning"] = [row for row in found["tuning"] if row["upper"] < 0]
    both = figures(found)
    assert both["probes"].title.startswith("No finding: of 2\N{NO-BREAK SPACE}probes 0 read more")
    assert both["tuning"].title.endswith("lifts 0 of 1\N{NO-BREAK SPACE}score and lowers 1")


def test_smaller_models_come_first_and_every_row_is_in_the_tables() -> None:
    both = figures(inside())
    assert [row["model"] for row in both["tuning"].table.rows] == ["d8_s0", "d24_s0"]
    assert [row["model"] for row in both["probes"].table.rows] == ["d8_s0"] * 2 + ["d24_s0"] * 2
    assert len(both["probes"].panels) == 2


def test_the_interval_of_the_change_is_drawn_from_the_score_before() -> None:
    (panel,) = figures(inside())["tuning"].panels
    smaller, larger = panel.spec["data"]["values"]
    assert (larger["lower"], larger["upper"]) == pytest.approx((0.5, 0.7))
    assert (smaller["lower"], smaller["upper"]) == pytest.approx((0.32, 0.48))
    assert larger["name"] == "d24_s0 sums"


def test_trained_and_untrained_stand_side_by_side_with_intervals() -> None:
    panel = figures(inside())["probes"].panels[1]
    (marks,) = (layer["data"]["values"] for layer in panel.spec["layer"] if layer["mark"]["type"] == "rule")
    rates = {(row["lineage"], row["x"]): row["rate"] for row in marks}
    assert rates == {(k, x): r for k, r in (("trained", 0.8), ("untrained", 0.5)) for x in (64, 576)}
    assert all(row["lower"] < row["rate"] < row["upper"] for row in marks)


def test_a_study_without_graded_families_says_so() -> None:
    blocks = built(inside() | {"tuning": []})
    assert any(isinstance(block, Paragraph) and "No model was tuned" in block.text for block in blocks)
    assert set(figures(inside() | {"tuning": []})) == {"probes"}


def test_nothing_found_is_left_out() -> None:
    assert built({"tuning": [], "probes": []}) == ()
    assert SECTIONS["internals"].build(ReportInput("made up", elicitation={"rows": []})) == ()


def test_names_of_others_are_no_script() -> None:
    found = inside()
    for row in (*found["tuning"], *found["probes"]):
        row.update(model=HOSTILE, family=HOSTILE)
    page = render(ReportInput("made up", elicitation={"rows": [], "internals": found}))
    assert b"<script>alert(1)" not in page

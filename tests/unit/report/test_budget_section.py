"""The section of the report on inference budgets."""

from __future__ import annotations

from typing import Any

from tests.unit.report.spent import budget, point

from tasklaws.report.blocks import Block, Bullets, Figure
from tasklaws.report.content import ReportInput
from tasklaws.report.page import render
from tasklaws.report.section import SECTIONS

HOSTILE = "</script><script>alert(1)</script>"


def built(document: dict[str, Any] | None) -> tuple[Block, ...]:
    return SECTIONS["budget"].build(ReportInput("made up", budget=document))


def figure(document: dict[str, Any]) -> Figure:
    return next(block for block in built(document) if isinstance(block, Figure))


def test_the_title_tells_where_half_of_the_last_models_successes_had_come() -> None:
    assert "Half of what model-b solves is solved by 300 to 5K tokens" in figure(budget()).title
    never = budget(rows=[point("model-a", "maze", 10.0, 0.0)])
    assert figure(never).title == "model-a succeeded at no family within any budget"


def test_a_panel_for_each_family_with_the_undefined_only_in_the_table() -> None:
    made = figure(budget())
    assert [panel.title for panel in made.panels] == ["maze", "puzzle"]
    assert [row["model"] for row in made.panels[1].spec["data"]["values"]] == ["model-b"]
    assert len(made.table.rows) == 7
    assert any("no attempt states its tokens" in cell for row in made.table.shown for cell in row)


def test_long_curves_are_thinned_with_both_ends_kept() -> None:
    long = [point("model-a", "maze", float(n), n / 100) for n in range(1, 42)]
    drawn = [row["budget"] for row in figure(budget(rows=long)).panels[0].spec["data"]["values"]]
    assert (drawn[0], drawn[-1], len(drawn)) == (1.0, 41.0, 10)


def test_what_the_curves_hang_on_is_said() -> None:
    told = next(block for block in built(budget()) if isinstance(block, Bullets))
    assert "agents told of a budget" in told.items[0]
    assert built(None) == ()


def test_names_are_escaped() -> None:
    page = render(ReportInput("made up", budget=budget(HOSTILE)))
    assert HOSTILE.encode() not in page

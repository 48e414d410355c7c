"""The section of the report that compares the last two models."""

from __future__ import annotations

from typing import Any

from tasklaws.report.blocks import Bullets, Figure, Paragraph
from tasklaws.report.content import ReportInput
from tasklaws.report.section import SECTIONS


def family(name: str, difference: float, half: float | None = 0.1) -> dict[str, Any]:
    """Return a row; without `half` it has no interval."""
    known = half is not None
    return {
        "family": name,
        "difference": difference,
        "lower": difference - half if half is not None else None,
        "upper": difference + half if half is not None else None,
        "p": 0.2 if known else None,
        "p_holm": 0.4 if known else None,
        "n_tasks": 3,
        "weight": 0.5,
        "reason": None if known else "fewer than 5 attempts of one model",
    }


def compared(lower: float = 0.03, upper: float = 0.09, name: str = "d48") -> dict[str, Any]:
    """Return a document of `compare`."""
    reading = {"difference": (lower + upper) / 2, "lower": lower, "upper": upper, "p": 0.01}
    ends = {f"{key}_{end}": None for key in ("a", "b", "ratio") for end in ("lower", "upper")}
    return {
        "a": name, "b": "d32", **reading, "over": "families", "level": 95.0, "n_tasks": 6, "n_families": 2,
        "these_tasks": reading, "power": [{"effect": 0.05, "power": 0.4, "needed": 20}],
        "by_family": [family("add", -0.02), family("sort", 0.1), family("x", 0, None)],
        "cost": [{"unit": "tokens", "a": 10.0, "b": 20.0, "ratio": 0.5, **ends, "reason": "few"}],
        "text": ["d48 is ahead."], "warnings": ["harnesses differ"],
    }  # fmt: skip


def built(document: dict[str, Any] | None) -> tuple[Any, ...]:
    return SECTIONS["comparison"].build(ReportInput("made up", comparison=document))


def figure(document: dict[str, Any]) -> Figure:
    return next(block for block in built(document) if isinstance(block, Figure))


def test_the_title_says_who_is_ahead_or_that_it_cannot_be_told() -> None:
    assert figure(compared()).title == "d48 is ahead of d32 by 6.0 points (3.0 to 9.0)"
    assert figure(compared(-0.09, -0.03)).title == "d32 is ahead of d48 by 6.0 points (3.0 to 9.0)"
    assert figure(compared(-0.01, 0.09)).title.startswith(
        "No difference between d48 and d32 can be told: +4.0"
    )


def test_both_readings_come_first_and_families_from_the_farthest_ahead() -> None:
    made = figure(compared())
    drawn = [row["name"] for row in made.panels[0].spec["data"]["values"]]
    assert drawn == ["all, like these", "all, these tasks", "sort", "add"]
    assert any("fewer than 5 attempts" in cell for row in made.table.shown for cell in row)


def test_warnings_stand_below_and_without_a_comparison_there_is_no_section() -> None:
    blocks = built(compared())
    assert isinstance(blocks[0], Paragraph)
    assert blocks[0].tone == "lead"
    assert isinstance(blocks[-1], Bullets)
    assert blocks[-1].items == ("harnesses differ",)
    assert built(None) == ()

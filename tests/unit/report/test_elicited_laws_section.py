"""The laws at two efforts on the page: one chart whose title states what the low law misses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from tasklaws.assess.elicit import ElicitResult
from tasklaws.core.tables import LADDER, validate
from tasklaws.report.blocks import Figure, Paragraph, Table
from tasklaws.report.content import ReportInput
from tasklaws.report.page import render
from tasklaws.report.sections._elicited_laws import laws_blocks
from tasklaws.report.sections.elicited import SECTION

if TYPE_CHECKING:
    from tasklaws.report.blocks import Block

NAMED = {"elicitation": "n", "low": "n@1", "high": "n@8"}
HOSTILE = "<script>alert(1)</script>\u202e@8"


def _document(**named: str) -> dict[str, Any]:
    same = NAMED | named
    law = {
        "family": None, "low_crps": 9.0, "high_crps": 8.0, "low_skill": 0.2, "high_skill": 0.1, "apart": 0.2,
        "apart_lower": 0.1, "apart_upper": 0.3, "observed_apart": 0.25, "held": 0.62, "held_own": 0.9,
        "text": "The laws differ.",
    }  # fmt: skip
    trend = {"family": None, "first": 3.0, "last": 1.5, "p": 0.01, "text": "It shrinks."}
    targets = [
        {"model": f"m{i}_s{s}", "family": family, **{f"{end}_observed": i / 10 + (end == "high") / 5 + s / 20
         for end in ("low", "high")}, **{f"{end}_{q}": i / 10 + d + (end == "high") / 5 + s / 10
         for end in ("low", "high") for q, d in (("q050", 0.0), ("q500", 0.1), ("q950", 0.2))}}
        for i in (1, 2) for s in (0, 1) for family in (None, "add")
    ]  # fmt: skip
    effort = {"model": "m1_s0", "family": "add", "effort": "n@8", "elicitation": "n", "n": 9, "score": 0.5}
    return ElicitResult((), (), ()).document() | {
        "rows": [effort | {"at": at} for at in (1, 8)],
        "laws": [same | law, same | law | {"family": "add"}],
        "trend": [same | trend],
        "targets": [same | row for row in targets],
    }


def _content(**changed: Any) -> ReportInput:
    rungs = [
        {"model": f"m{i}_s{s}", "lineage": "demo", "n_params": 10.0**i, "seed": s}
        for i in (1, 2)
        for s in (0, 1)
    ]
    return ReportInput("study", validate(pl.DataFrame(rungs), LADDER), elicitation=_document(**changed))


def _blocks(content: ReportInput) -> tuple[Block, ...]:
    assert content.elicitation is not None
    return laws_blocks(content, content.elicitation)


def test_the_title_states_what_the_low_law_misses_and_the_words_follow() -> None:
    figure, words = _blocks(_content())
    assert isinstance(figure, Figure)
    assert isinstance(words, Paragraph)
    assert "A law fitted at n@1 holds 62\u00a0% of the tasks' scores at n@8" in figure.title
    assert words.text == "The laws differ. It shrinks."
    assert [row["family"] for row in figure.table.rows] == ["all families", "add"]
    assert [row["ratio_last"] for row in figure.table.rows] == [1.5, None]


def test_marks_are_of_models_and_bands_are_means_over_seeds() -> None:
    figure, _ = _blocks(_content())
    assert isinstance(figure, Figure)
    drawn = [layer["data"]["values"] for layer in figure.panels[0].spec["layer"]]
    marks = next(rows for rows in drawn if "rate" in rows[0])
    bands = next(rows for rows in drawn if "q500" in rows[0])
    assert len(marks) == 8
    assert [(row["x"], row["lineage"], row["q500"]) for row in bands] == [
        (10, "n@1", pytest.approx(0.25)), (100, "n@1", pytest.approx(0.35)),
        (10, "n@8", pytest.approx(0.45)), (100, "n@8", pytest.approx(0.55)),
    ]  # fmt: skip


def test_without_sizes_the_numbers_stand_alone() -> None:
    bare = ReportInput("study", elicitation=_document())
    assert [type(block) for block in _blocks(bare)] == [Paragraph, Table]


def test_why_laws_are_not_compared_is_said() -> None:
    content = ReportInput("study")
    (note,) = laws_blocks(content, {"laws": [], "laws_reason": "too few rungs"})
    assert note == Paragraph("Laws at two efforts are not compared: too few rungs.", "note")
    assert laws_blocks(content, {}) == ()


def test_the_section_shows_them_and_hostile_names_are_inert() -> None:
    assert any(isinstance(b, Figure) and b.name == "elicited-laws" for b in SECTION.build(_content()))
    page = render(_content(high=HOSTILE))
    assert b"<script>alert(1)" not in page
    assert page == render(_content(high=HOSTILE))

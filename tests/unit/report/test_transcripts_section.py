"""The sections of the report on harnesses and on transcripts, and links to them."""

from __future__ import annotations

import pytest
from tests.unit.report.spent import budget, harness
from tests.unit.report.watched import flag, flags, transcripts

from tasklaws.report.blocks import Block, Bullets, Facts, Link, Paragraph, Table
from tasklaws.report.content import ReportInput
from tasklaws.report.page import render
from tasklaws.report.section import SECTIONS

HOSTILE = "</script><script>alert(1)</script>"


def tables(blocks: tuple[Block, ...]) -> dict[str, Table]:
    return {block.file_name: block for block in blocks if isinstance(block, Table)}


def test_the_lead_is_what_limits_ended_most() -> None:
    blocks = SECTIONS["harnesses"].build(ReportInput("made up", budget=budget()))
    lead = next(block.text for block in blocks if isinstance(block, Paragraph) and block.tone == "lead")
    assert "25.0\u00a0% of the attempts of model-a" in lead
    facts = next(block for block in blocks if isinstance(block, Facts))
    assert {(name, value) for name, value, _ in facts.rows} >= {
        ("limits", "token_limit 2000"),
        ("scaffold", "not said"),
    }
    shown = tables(blocks)["harness"].shown
    assert [row[2] for row in shown] == ["25.0\u00a0%", "5.0\u00a0%"]
    assert SECTIONS["harnesses"].build(ReportInput("made up")) == ()


def test_without_limits_it_says_so() -> None:
    card = harness(models=[{**harness()["models"][0], "ended": {}}], limits={})
    blocks = SECTIONS["harnesses"].build(ReportInput("made up", budget=budget(harnesses=[card])))
    assert any(isinstance(b, Paragraph) and b.text == "No attempt was ended by a limit." for b in blocks)


def test_flags_are_told_with_the_most_frequent_first_and_what_to_read() -> None:
    blocks = SECTIONS["transcripts"].build(ReportInput("made up", flags=flags()))
    assert isinstance(blocks[0], Paragraph)
    assert blocks[0].text.startswith("looping was flagged most often: in 20.0\u00a0%")
    made = tables(blocks)
    assert [row["model"] for row in made["flags"].rows] == ["model-a", "model-b"]
    assert made["reading"].shown[0][-1] == "25.0\u00a0%"
    assert any(isinstance(block, Bullets) for block in blocks)
    none = flags(rows=[flag("model-a", "looping", 0)])
    (said,) = SECTIONS["transcripts"].build(ReportInput("made up", flags=none))
    assert isinstance(said, Paragraph)
    assert said.text == "No attempt was flagged."


def test_a_cell_leads_to_its_attempts() -> None:
    page = render(ReportInput("made up", transcripts=transcripts(HOSTILE))).decode()
    assert '<a href="inspect-bundle/index.html#/logs/one.eval/samples/sample/maze%2F1%2F0%2F3/1">' in page
    assert HOSTILE not in page
    assert SECTIONS["transcripts"].build(ReportInput("made up")) == ()


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "https://example.org/", "//example.org/x", "/etc/passwd", "a/b:c", ""]
)
def test_a_link_leads_nowhere_else(address: str) -> None:
    with pytest.raises(ValueError, match="no address below"):
        Link("x", address)


def test_quotes_are_escaped() -> None:
    assert HOSTILE.encode() not in render(ReportInput("made up", flags=flags(HOSTILE)))

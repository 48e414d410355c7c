"""The headline page and section: the same bytes again, names inert, links only to what lies beside."""

from __future__ import annotations

import pytest
from tests.unit.report.claimed import headline
from tests.unit.report.made_up import HOSTILE

from tasklaws.report.blocks import Facts, Table
from tasklaws.report.content import ReportInput
from tasklaws.report.headline_page import CAP, headline_page
from tasklaws.report.sections.headline import build


def test_the_page_is_the_same_bytes_again_and_marks_every_claim() -> None:
    page = headline_page(headline())
    assert page == headline_page(headline())
    assert b"1 \xe2\x97\x8f observed" in page
    assert b"3 \xe2\x97\x8b guess" in page
    assert b"model: 10 of 11\xc2\xa0families came out inside" in page
    assert b"report.html" not in page
    assert b'href="./report.html#past"' in headline_page(headline(), "report.html")


def test_many_families_are_cut_and_it_is_said() -> None:
    assert f"Drawn: the {CAP} least certain of 30".encode() in headline_page(headline(30))


@pytest.mark.parametrize("name", HOSTILE[:3])
def test_hostile_names_stay_text(name: str) -> None:
    page = headline_page(headline(about=name)).decode()
    assert name not in page
    assert page.index("#headline dl") < page.index("</head>") < page.index("<body>")


def test_the_section_shows_the_same_claims_and_nothing_without_them() -> None:
    assert build(ReportInput("t")) == ()
    document = headline()
    blocks = build(ReportInput("t", headline=document))
    facts = next(block for block in blocks if isinstance(block, Facts))
    assert [text for _, text, _ in facts.rows] == [claim["text"] for claim in document["claims"]]
    table = next(block for block in blocks if isinstance(block, Table))
    assert len(table.rows) == len(document["claims"])

"""The coverage study of forms over a thousand worlds, and that its stored table is of the present code."""

from __future__ import annotations

import json

import pytest
from tests.characteristics.forms import PAGE, TABLE, WORLDS, code_hash, outside, page, run, store
from tests.recovery.form_worlds import DESIGNS


@pytest.mark.characteristics
def test_coverage_of_a_thousand_worlds_per_form_is_measured_and_stored(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def say(text: str) -> None:
        with capsys.disabled():
            print(text, flush=True)  # noqa: T201 - progress of a long run

    found = run(WORLDS, say)
    store(found)
    assert outside(found) == {}


def test_the_stored_table_is_of_the_present_code() -> None:
    stored = json.loads(TABLE.read_text(encoding="utf-8"))
    assert stored["code_sha256"] == code_hash(), "the source changed: python -m tests.characteristics.forms"
    assert PAGE.read_text(encoding="utf-8") == page(stored), "the page is not that of the table"


def test_the_stored_coverage_is_what_was_asked_for() -> None:
    stored = json.loads(TABLE.read_text(encoding="utf-8"))
    assert set(stored["designs"]) == set(DESIGNS)
    for design in stored["designs"].values():
        assert all(one["worlds"] >= WORLDS for one in design["quantities"].values())
    assert outside(stored) == {}

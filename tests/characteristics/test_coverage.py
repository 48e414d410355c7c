"""The coverage study over a thousand worlds and more, and that its stored table is of the present code."""

from __future__ import annotations

import json

import pytest
from tests.characteristics.coverage import (
    PAGE,
    POOLED,
    TABLE,
    cache_file,
    code_hash,
    page,
    run,
    store,
    table,
)
from tests.recovery.worlds import LEVELS

WORLDS = 200
"""Per design; six designs."""

LEAST_WORLDS = 1000
BAND = (0.87, 0.93)
"""Where the pooled coverage of 90 % intervals must lie."""


@pytest.mark.characteristics
def test_coverage_of_a_thousand_worlds_is_measured_and_stored(capsys: pytest.CaptureFixture[str]) -> None:
    def say(text: str) -> None:
        with capsys.disabled():
            print(text, flush=True)  # noqa: T201 - progress of a long run

    found = table(run(WORLDS, cache_file(), say))
    store(found)
    pooled = found["designs"][POOLED]
    assert pooled["tasks"][0]["worlds"] >= LEAST_WORLDS
    assert BAND[0] <= pooled["tasks"][LEVELS.index(0.9)]["share"] <= BAND[1]


def test_the_stored_table_is_of_the_present_code() -> None:
    stored = json.loads(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else {"code_sha256": None}
    assert stored["code_sha256"] == code_hash(), "src/tasklaws/infer has changed: run make characteristics"
    assert PAGE.read_text(encoding="utf-8") == page(stored), "the page is not that of the table"


def test_the_stored_coverage_is_what_was_asked_for() -> None:
    if not TABLE.exists():
        pytest.skip("no table yet: run make characteristics")
    pooled = json.loads(TABLE.read_text(encoding="utf-8"))["designs"][POOLED]["tasks"]
    assert pooled[0]["worlds"] >= LEAST_WORLDS
    assert BAND[0] <= pooled[LEVELS.index(0.9)]["share"] <= BAND[1]

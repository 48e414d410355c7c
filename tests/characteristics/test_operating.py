"""Operating characteristics of all checks, and that the stored table is of the present code."""

from __future__ import annotations

import pytest
from tests.characteristics.code import code_hash
from tests.characteristics.operating import cache_folder, checks_with_designs, run
from tests.characteristics.operating_page import PAGE, TABLE, page, store, stored

WORLDS = 2000
FEWEST = 2000
"""Worlds of a null without which nothing is claimed."""


@pytest.mark.characteristics
@pytest.mark.parametrize("name", checks_with_designs())
def test_size_and_power_of_a_check_are_measured_and_stored(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def say(line: str) -> None:
        with capsys.disabled():
            print(line, flush=True)  # noqa: T201 - progress of a long run

    store(run([name], WORLDS, cache_folder(), say), [name])


@pytest.mark.parametrize("name", checks_with_designs())
def test_the_stored_rows_are_of_the_present_code(name: str) -> None:
    assert stored()["code"].get(name) == code_hash(name), (
        f"{name} has changed: python -m tests.characteristics.operating {name} --store"
    )


def test_the_page_is_that_of_the_table() -> None:
    assert TABLE.exists()
    assert PAGE.read_text(encoding="utf-8") == page(stored())


@pytest.mark.parametrize(
    "row",
    [row for row in stored()["rows"] if row["kind"] == "null"],
    ids=lambda r: f"{r['check']}: {r['design']}",
)
def test_sound_families_fail_no_more_often_than_stated(row: dict[str, float]) -> None:
    assert row["worlds"] >= FEWEST
    assert row["fail"] <= row["asked"] + 2 * row["se"]

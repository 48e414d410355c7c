from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.report.made_up import full, synthetic_cells

from tasklaws.report.blocks import Paragraph, Table
from tasklaws.report.page import render
from tasklaws.report.sections.record import SECTION, build

CELLS = synthetic_cells(["add"])


def row(target: str, **more: object) -> dict[str, Any]:
    blank = dict.fromkeys(("opened_at", "mae", "log_score", "crps", "skill", "best_baseline"))
    fixed = {"label": "forecast", "sha256": target * 8, "sealed_at": "2026-01-01T00:00:00+00:00"}
    return {"target": target, **fixed, "opened": False, "intact": True, **blank, **more}


ROWS = (
    row("aaaa", opened=True, mae=4.0, crps=3.0, skill=0.25, best_baseline="b2_increment"),
    row("bbbb"),
    row("cccc", opened=True, intact=False, skill=-0.5, label="retrodiction"),
)


def blocks(*rows: dict[str, Any]) -> tuple[Paragraph, Table]:
    paragraph, table, *_ = build(replace(full(CELLS), record={"forecasts": list(rows)}))
    assert isinstance(paragraph, Paragraph)
    assert isinstance(table, Table)
    return paragraph, table


@pytest.mark.parametrize("record", [None, {}, {"forecasts": []}])
def test_without_a_seal_there_is_no_section(record: dict[str, Any] | None) -> None:
    assert build(replace(full(CELLS), record=record)) == ()
    assert "--seal" in SECTION.needs


def test_every_forecast_is_counted_and_listed_in_order() -> None:
    paragraph, table = blocks(*ROWS)
    assert paragraph.text.replace("\u00a0", " ").startswith("3 forecasts sealed, 2 opened.")
    assert [one["target"] for one in table.rows] == ["aaaa", "bbbb", "cccc"]
    assert {one["sealed_at"] for one in table.rows} == {"2026-01-01 00:00"}


def test_the_state_says_altered_before_all_else() -> None:
    _, table = blocks(*ROWS)
    assert [one["state"] for one in table.rows] == ["opened", "not opened yet", "altered since it was sealed"]


def test_losses_are_shown_as_well_as_wins() -> None:
    page = render(replace(full(CELLS), record={"forecasts": list(ROWS)})).decode()
    for text in ("b2_increment", "retrodiction", "altered since it was sealed", "cccc" * 8):
        assert text in page

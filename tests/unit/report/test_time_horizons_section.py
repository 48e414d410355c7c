"""The section of the report on time horizons."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.report.timed import row, time_horizons

from tasklaws.report.blocks import Block, Bullets, Figure, Paragraph, Table
from tasklaws.report.content import ReportInput
from tasklaws.report.page import render
from tasklaws.report.section import SECTIONS
from tasklaws.report.text import NBSP
from tasklaws.report.times import minutes

HOSTILE = "</script><script>alert(1)</script>"


def built(document: dict[str, Any] | None) -> tuple[Block, ...]:
    return SECTIONS["time_horizons"].build(ReportInput("made up", time_horizons=document))


def figure(document: dict[str, Any]) -> Figure:
    return next(block for block in built(document) if isinstance(block, Figure))


def test_the_title_is_of_the_best_model_within_its_tasks_and_not_of_people() -> None:
    assert figure(time_horizons()).title.startswith(
        f"model-b succeeds at half of the tasks that take people 90{NBSP}min (interval"
    )
    none = time_horizons(rows=[row("model-c", 1e-6, "extrapolation")])
    assert figure(none).title.startswith("No model has a time horizon")


def test_lines_run_from_the_longest_and_ends_far_beyond_the_tasks_are_cut() -> None:
    drawn = {line["name"]: line for line in figure(time_horizons()).panels[0].spec["data"]["values"]}
    assert list(drawn) == ["human", "model-b", "model-a", "model-c", "model-d", "model-e"]
    assert drawn["model-c"]["minutes"] is None
    assert drawn["model-c"]["low"] == pytest.approx(1 / 16)
    assert (drawn["model-d"]["low"], drawn["model-d"]["high"]) == (pytest.approx(1 / 16), 64)
    assert drawn["model-e"]["low"] is None


def test_every_row_stands_in_a_table_with_its_reason() -> None:
    blocks = built(time_horizons())
    tables = {block.file_name: block for block in blocks if isinstance(block, Table)}
    assert set(tables) == {"time-horizons-metr-2026-01", "time-horizons-log-logistic-latent"}
    own = figure(time_horizons()).table
    assert len(own.rows) == 7
    assert [cell[-1] for cell in own.shown if cell[0] == "model-d"] == ["all 64 attempts failed"]


def test_growth_is_told_with_its_interval_or_why_not() -> None:
    told = [block.text for block in built(time_horizons()) if isinstance(block, Paragraph)]
    assert any("double every 200 days" in text and "90 to 400 days" in text for text in told)
    trend = time_horizons()["trend"] | {"doubling_days": None, "reason": "2 agents led"}
    told = [block.text for block in built(time_horizons(trend=trend)) if isinstance(block, Paragraph)]
    assert any("not told: 2 agents led." in text for text in told)
    assert any(isinstance(block, Bullets) for block in built(time_horizons()))


def test_no_human_times_no_section() -> None:
    assert built(None) == ()
    assert built(time_horizons(rows=[])) == ()


@pytest.mark.parametrize(
    ("value", "said"), [(0.5, "30 s"), (1.0, "1 min"), (119.0, "119 min"), (120.0, "2 h"), (4320.0, "3 days"),
                        (1.8e-6, "1.8e-06 min")]
)  # fmt: skip
def test_times_are_said_as_people_say_them(value: float, said: str) -> None:
    assert minutes(value).replace(NBSP, " ") == said


def test_names_are_escaped() -> None:
    page = render(ReportInput("made up", time_horizons=time_horizons(HOSTILE)))
    assert HOSTILE.encode() not in page

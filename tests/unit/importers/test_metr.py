from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from tasklaws.run.imports import read_results

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.spec.importer import Imported


@pytest.fixture
def imported(root: Path) -> Imported:
    return read_results("metr", root / "tests" / "contract" / "importers" / "metr")


def test_every_run_gives_both_scores(imported: Imported) -> None:
    assert imported.rows == 5
    assert imported.runs is not None
    rows = (
        imported.runs.sort("run_id", "metric")
        .select("model", "metric", "score", "outcome", "epoch", "harness_id")
        .rows()
    )
    assert rows == [
        ("late", "score_binarized", 0.0, "submitted", 0, "time_limit=1800s"),
        ("late", "score_cont", 0.5, "submitted", 0, "time_limit=1800s"),
        ("late", "score_binarized", 0.0, "error", 1, "time_limit=1800s"),
        ("late", "score_cont", 0.0, "error", 1, "time_limit=1800s"),
        ("early", "score_binarized", 0.0, "limit", 0, "time_limit=1800s"),
        ("early", "score_cont", 0.0, "limit", 0, "time_limit=1800s"),
        ("early", "score_binarized", 1.0, "submitted", 1, "time_limit=1800s"),
        ("early", "score_cont", 1.0, "submitted", 1, "time_limit=1800s"),
    ]
    assert imported.runs["invsqrt_task_weight"].unique().to_list() == [0.01]


def test_humans_are_times(imported: Imported) -> None:
    assert imported.human is not None
    assert imported.human.select("run_id", "minutes", "score", "source").rows() == [
        ("5", 10.0, 1.0, "baseline")
    ]


def test_tasks_keep_the_human_time_and_its_source(imported: Imported) -> None:
    assert imported.tasks is not None
    told = imported.tasks.select("task_id", "metric", "human_minutes", "human_source").sort("metric").rows()
    assert told == [
        ("fam/t1", "score_binarized", 12.5, "baseline"),
        ("fam/t1", "score_cont", 12.5, "baseline"),
    ]


def test_dates_are_found_under_a_name_with_an_aside(imported: Imported) -> None:
    assert {rung.model: rung.released for rung in imported.rungs} == {
        "early": date(2022, 3, 15),
        "late": date(2024, 5, 13),
    }


def test_models_without_a_date_are_named(root: Path, tmp_path: Path) -> None:
    (tmp_path / "dates.yaml").write_text("date:\n  late: 2024-05-13\n")
    runs = root / "tests" / "contract" / "importers" / "metr" / "runs.jsonl"
    imported = read_results("metr", [runs, tmp_path / "dates.yaml"])
    assert "no release date for early" in imported.warnings
    assert [rung.model for rung in imported.rungs] == ["late"]


def test_a_score_that_is_neither_0_nor_1_is_set_aside(root: Path, tmp_path: Path) -> None:
    text = (root / "tests" / "contract" / "importers" / "metr" / "runs.jsonl").read_text()
    (tmp_path / "runs.jsonl").write_text(text.replace('"score_binarized": 1', '"score_binarized": NaN', 1))
    imported = read_results("metr", tmp_path / "runs.jsonl")
    assert imported.rows == 4
    assert [(q.row, q.reason) for q in imported.quarantined] == [(2, "score_binarized is nan, not 0 or 1")]

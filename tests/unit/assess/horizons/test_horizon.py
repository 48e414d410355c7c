"""The verb reads a study, METR's file or tables, and answers with a document without a bare number."""

from __future__ import annotations

import gzip
import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.assess.horizons.agents import Tables, attempt, dated, logistic, tables

from tasklaws.assess.horizons import horizon
from tasklaws.core.errors import BadInput, UnknownName
from tasklaws.run.simulation import simulate
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from pathlib import Path

ALIASES = {"a": 4.0, "b": 20.0, "c": 90.0}
DAYS = {"a": date(2023, 1, 1), "b": date(2024, 1, 1), "c": date(2025, 1, 1)}


@pytest.fixture(scope="module")
def made() -> Tables:
    return logistic(ALIASES, runs=8)


def test_tables_give_a_row_for_each_agent_success_and_estimator(made: Tables) -> None:
    told = horizon(made.runs, made.tasks, ladder=dated(DAYS), success=(80, 50), draws=60).document()
    json.dumps(told, allow_nan=False)
    kinds = {(row["curve"], row["kind"]) for row in told["rows"]}
    assert kinds == {
        ("metr_2026_01", "marginal"), ("log_logistic", "marginal"),
        ("log_logistic_latent", "typical"), ("log_logistic_latent", "marginal"),
    }  # fmt: skip
    assert len(told["rows"]) == 4 * 3 * 2
    by_default = {
        (r["alias"], r["success"]): r["minutes"] for r in told["rows"] if r["curve"] == "log_logistic"
    }
    assert [by_default[alias, 50] for alias in ALIASES] == pytest.approx(list(ALIASES.values()), rel=0.6)
    assert all(by_default[alias, 80] < by_default[alias, 50] for alias in ALIASES)
    assert told["trend"]["agents"] == ("a", "b", "c")
    assert told["trend"]["doubling_days"] == pytest.approx(163, rel=0.3)
    assert told["multiverse"] is None


def test_the_same_seed_gives_the_same_answer(made: Tables) -> None:
    first, again, other = (
        horizon(made.runs, made.tasks, draws=40, seed=seed).document() for seed in (1, 1, 2)
    )
    assert first == again
    assert first["rows"] != other["rows"]


def test_no_draws_give_no_intervals_and_no_dates_no_trend(made: Tables) -> None:
    told = horizon(made.runs, made.tasks, draws=0, curves=("log_logistic",)).document()
    assert {(row["lower"], row["upper"]) for row in told["rows"]} == {(None, None)}
    assert told["trend"]["doubling_days"] is None
    assert told["trend"]["reason"]


def test_limits_that_matter_are_warned_of_and_stand_beside_the_number() -> None:
    minutes = {f"f{i}/1": 2.0**i for i in range(10)}
    rows = [
        attempt("m", t, i, float(i < 8 - k), "submitted" if i < 8 - k // 2 else "limit")
        for k, t in enumerate(minutes)
        for i in range(8)
    ]
    found = horizon(tables(rows, {}).runs, tables(rows, dict(minutes)).tasks, draws=0)
    (row,) = (row for row in found.rows if row.curve == "log_logistic" and row.success == 50)
    assert row.sensitivity is not None
    ways = row.sensitivity["limits"]
    assert ways["failure"] == pytest.approx(row.minutes)
    assert ways["drop"] is not None
    assert row.minutes is not None
    assert ways["drop"] > 1.25 * row.minutes
    assert any(
        one.startswith("m: the 50 % time horizon hangs on attempts that a limit") for one in found.warnings
    )
    dropped = horizon(tables(rows, {}).runs, tables(rows, dict(minutes)).tasks, draws=0, limits="drop")
    (row,) = (row for row in dropped.rows if row.curve == "log_logistic" and row.success == 50)
    assert row.minutes == pytest.approx(ways["drop"])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    study = tmp_path_factory.mktemp("world") / "study"
    simulate("W11", study, rungs=3, runs=3000)
    return study


def test_a_study_may_be_named_or_handed_over(world: Path) -> None:
    named = horizon(world, draws=0).document()
    assert horizon(Study(world), draws=0).document() == named
    assert len({row["alias"] for row in named["rows"]}) == 3


def test_metr_file_is_read_with_the_dates_beside_it_and_nothing_is_written(tmp_path: Path) -> None:
    made = logistic({"x": 10.0, "human": 200.0}, runs=3)
    minutes = dict(made.tasks.select("task_id", "human_minutes").iter_rows())
    lines: list[dict[str, Any]] = [
        {"run_id": str(i), "task_id": task, "task_family": task.split("/")[0], "alias": model,
         "score_binarized": int(score), "human_minutes": minutes[task], "human_source": "baseline",
         "fatal_error_from": None, "started_at": 60_000, "completed_at": 120_000}
        for i, (model, task, score) in enumerate(made.runs.select("model", "task_id", "score").iter_rows())
    ]  # fmt: skip
    file = tmp_path / "runs.jsonl.gz"
    file.write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    (tmp_path / "release_dates.yaml").write_text("date:\n  x: 2024-01-01\n")
    before = sorted(path.name for path in tmp_path.iterdir())
    of_file, of_folder = (horizon(path, draws=20) for path in (file, tmp_path))
    assert of_file.document() == of_folder.document()
    assert [row.alias for row in of_file.rows if row.curve == "log_logistic"] == ["x", "x", "human", "human"]
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    alone = horizon(file, people=False, draws=0)
    assert {row.alias for row in alone.rows} == {"x"}


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"success": (100,)}, BadInput, "1 to 99"),
        ({"success": (0,)}, BadInput, "percent"),
        ({"success": ()}, BadInput, "no success"),
        ({"draws": -1}, BadInput, "draws"),
        ({"curves": ("gumbel",)}, UnknownName, "gumbel"),
        ({"limits": "ignore"}, UnknownName, "ignore"),
    ],
)
def test_options_that_cannot_be_are_refused(
    made: Tables, options: dict[str, Any], error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match):
        horizon(made.runs, made.tasks, **options)


def test_what_is_no_study_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is not a study"):
        horizon(tmp_path)

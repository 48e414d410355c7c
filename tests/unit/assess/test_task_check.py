"""`tasks check`: what is stale, and what adjusting did."""

from __future__ import annotations

import json
from math import exp, isnan, log
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from tests.unit.run.test_task_changes import people, study

from tasklaws.assess.task_check import (
    NOT_AS_FROZEN,
    NOT_TIMED_ANEW,
    OLD_RUNS,
    OLD_TIMES,
    OTHER_RUNS,
    REPLACED,
    _pilots,
    from_pilots,
    tasks_check,
)
from tasklaws.core.provenance import sha256_hex
from tasklaws.run.arrivals import enter, parquet_bytes
from tasklaws.run.imports import import_runs, remove
from tasklaws.run.simulation import simulate
from tasklaws.run.task_changes import study_tasks, tasks_adjust, tasks_freeze, tasks_retire
from tasklaws.study.files import changing
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.assess.task_check import TasksCheck

__all__ = ["study"]


def flags(checked: TasksCheck) -> dict[str, set[str]]:
    json.dumps(checked.document(), allow_nan=False)
    return {one.task.task_id: set(one.flags) for one in checked.tasks if one.flags}


def adjusted(study: Path, task: str = "maze/2") -> None:
    tasks_adjust(study, task, reason="long", field="hint", value="x", new_version=True)


def more_runs(study: Path, name: str = "d", **columns: object) -> None:
    """Add six attempts of one more model at maze/2 to a study."""
    row = {"model": name, "task_family": "maze", "task_id": "maze/2", "metric": "score", "score": 1.0}
    content = parquet_bytes(pl.DataFrame([row | {"instance_id": str(i)} | columns for i in range(6)]))
    with changing(study) as changes:
        changes.write(f"runs/{name}.parquet", content)
        parts, inputs = (
            {f"runs/{name}.parquet": sha256_hex(content)},
            {"import_id": name, "format": "made up"},
        )
        enter(changes, "run_part", rows=6, parts=parts, models=[name], inputs=inputs)


def test_nothing_is_stale_before_anything_is_adjusted(study: Path) -> None:
    checked = tasks_check(study)
    assert (flags(checked), checked.exit_code, checked.warnings) == ({}, 0, ())
    document = checked.document()
    assert document["states"] == {"draft": 1, "piloted": 2, "frozen": 0, "baselined": 0, "retired": 0}
    assert [one["family"] for one in document["adjustment"]] == ["maze"]
    assert document["tasks"][0]["runs"] == [{"version": None, "runs": 18}]


def test_an_adjusted_task_is_stale_until_people_and_models_try_it_anew(study: Path) -> None:
    adjusted(study)
    checked = tasks_check(study)
    assert flags(checked) == {"maze/2": {OLD_TIMES, NOT_TIMED_ANEW, OLD_RUNS}}
    assert checked.exit_code == 4
    assert "scores of 1 tasks count runs of another version" in checked.warnings[0]
    (d10,) = checked.document()["adjustment"]
    assert "1 of 3 tasks (33%" in d10["text"]
    assert d10["ok"] is False

    people(study, ("maze/2", "b2", 20.0, "baseline"), name="fresh")
    assert flags(tasks_check(study)) == {"maze/2": {OLD_RUNS}}

    more_runs(study)
    two = next(one for one in tasks_check(study).tasks if one.task.task_id == "maze/2")
    assert dict(two.runs) == {"1": 18, "2": 6}
    assert set(two.flags) == {OLD_RUNS}


def test_runs_from_before_an_adjustment_are_old_however_late_they_come(study: Path) -> None:
    adjusted(study)
    at = Study(study).log.entries()[-1].at
    early = pl.Series([at]).str.to_datetime(time_unit="us", time_zone="UTC").dt.offset_by("-1d")[0]
    more_runs(study, completed_at=early)
    (two,) = [one for one in tasks_check(study).tasks if one.task.task_id == "maze/2"]
    assert dict(two.runs) == {"1": 24}


def test_runs_that_state_their_version_or_content_are_held_to_it(study: Path) -> None:
    tasks_freeze(study, ["maze/2"])
    frozen = Study(study).log.entries()[-1].payload["tasks"]["maze/2"]["content_hash"]
    more_runs(study, content_hash=frozen)
    assert flags(tasks_check(study)) == {}
    more_runs(study, "e", content_hash="0" * 64)
    assert flags(tasks_check(study)) == {"maze/2": {OTHER_RUNS}}


def test_an_old_part_that_is_removed_is_stale_no_more(study: Path) -> None:
    adjusted(study)
    people(study, ("maze/2", "b2", 20.0, "baseline"), name="fresh")
    more_runs(study)
    remove(study, next(one.import_id for one in Study(study).imports() if one.format == "table"))
    checked = tasks_check(study)
    assert flags(checked) == {}
    assert checked.exit_code == 0


def test_content_and_versions_that_changed_behind_a_freeze_are_seen(study: Path) -> None:
    tasks_freeze(study, ["maze/1", "maze/2"])
    table = pl.read_parquet(study / "tasks.parquet")
    first, second = (pl.col("task_id") == f"maze/{n}" for n in (1, 2))
    table.with_columns(
        ceiling=pl.when(first).then(0.9).otherwise("ceiling"),
        version=pl.when(second).then(pl.lit("5")).otherwise("version"),
    ).write_parquet(study / "tasks.parquet")
    found = flags(tasks_check(study))
    assert found["maze/1"] == {NOT_AS_FROZEN}
    assert REPLACED in found["maze/2"]


def test_a_retired_task_is_not_stale(study: Path) -> None:
    adjusted(study)
    tasks_retire(study, "maze/2", reason="published")
    assert flags(tasks_check(study)) == {}


def test_a_study_without_a_ladder_is_checked_but_for_d10(tmp_path: Path) -> None:
    (tmp_path / "runs.csv").write_text("model,task_family,task_id,instance_id,score\na,f,t,0,1\n")
    import_runs("table", tmp_path / "runs.csv", tmp_path / "bare")
    document = tasks_check(tmp_path / "bare").document()
    assert document["adjustment"] == []
    assert document["adjustment_reason"]


@pytest.fixture(scope="module")
def hinted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world") / "study"
    simulate("hint_adjusted", folder, rungs=6, runs=4000, seed=0)
    return folder


def test_the_world_of_hints_is_found_and_what_its_pilots_hide_is_told(hinted: Path) -> None:
    checked = tasks_check(hinted)
    truth = json.loads((hinted / "truth.json").read_text())["adjustments"]
    changed = {one["task_id"] for one in truth if one["adjustments"]}
    assert set(flags(checked)) == changed
    assert all(found == {NOT_TIMED_ANEW} for found in flags(checked).values())
    document = checked.document()
    assert [one["ok"] for one in document["adjustment"]] == [False] * 4
    told = document["pilots"]
    short = np.mean([log(one["fresh_minutes"] / one["pilot_minutes"]) for one in truth])
    assert told["lower"] <= exp(short) <= told["upper"]
    assert (told["tasks"], told["adjusted"]) == (40, len(changed))
    assert told["limit_minutes"] == pytest.approx(max(one["pilot_minutes"] for one in truth))
    by_task = {one["task_id"]: one for one in told["by_task"]}
    inside = [
        by_task[one["task_id"]]["lower"] <= one["fresh_minutes"] <= by_task[one["task_id"]]["upper"]
        for one in truth
    ]
    assert sum(inside) >= 29  # of 40 at 90 %: fewer would be seen once in 2,600 times, were tasks independent


def test_pilots_of_older_versions_are_those_that_were_rejected(study: Path) -> None:
    people(study, ("maze/1", "r1", 90.0, "pilot"), name="rejected")
    adjusted(study, "maze/1")
    adjusted_again = {"reason": "still long", "field": "hint", "value": "y"}
    tasks_adjust(study, "maze/1", **adjusted_again)
    people(study, ("maze/1", "a1", 25.0, "pilot"), ("maze/1", "a2", 22.0, "pilot"), name="accepted")
    known = study_tasks(study)
    accepted, before = _pilots(known["maze/1"]) or (None, [])
    assert accepted == 22.0
    assert before[0] == 90.0
    assert isnan(before[1])  # nobody tried the version between
    assert len(before) == 2
    assert _pilots(known["maze/2"]) is None
    told = from_pilots(list(known.values()))
    assert (told["tasks"], told["adjusted"], told["factor"]) == (1, 1, None)
    assert told["reason"] == "too-few-pilots"

"""Adjusting, freezing and retiring tasks of a study; the helpers here make its people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from tests.unit.assess.studies import tree

from tasklaws.core.errors import BadInput, BadTable, UnknownName, VerificationFailed
from tasklaws.core.provenance import sha256_hex
from tasklaws.core.tables import HUMAN_TIMES, validate
from tasklaws.run.arrivals import enter, parquet_bytes
from tasklaws.run.imports import import_runs, remove
from tasklaws.run.task_changes import study_tasks, tasks_adjust, tasks_freeze, tasks_log, tasks_retire
from tasklaws.study.files import changing
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from pathlib import Path

RUNS = "model,task_family,task_id,instance_id,score\n" + "".join(
    f"{model},maze,maze/{size},{i},{int(i < k)}\n"
    for model, k in (("a", 1), ("b", 3), ("c", 5))
    for size in (1, 2, 3)
    for i in range(6)
)
LADDER = "".join(
    f"[[rung]]\nmodel='{name}'\nn_params={n}\n" for name, n in (("a", "1e8"), ("b", "1e9"), ("c", "1e10"))
)


def people(study: Path, *rows: tuple[str, str, float, str], name: str = "people", **columns: Any) -> None:
    """Add human times (task, run_id, minutes, source) to a study."""
    told = [
        {"task_family": task.split("/")[0], "task_id": task, "run_id": run_id, "minutes": minutes,
         "score": 1.0, "outcome": "submitted", "source": source} | columns
        for task, run_id, minutes, source in rows
    ]  # fmt: skip
    content = parquet_bytes(validate(pl.DataFrame(told), HUMAN_TIMES))
    with changing(study) as changes:
        part = f"human/{name}.parquet"
        changes.write(part, content)
        inputs = {"import_id": name, "format": "made up"}
        enter(changes, "import", rows=len(told), parts={part: sha256_hex(content)}, models=[], inputs=inputs)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    (tmp_path / "runs.csv").write_text(RUNS)
    (tmp_path / "ladder.toml").write_text(LADDER)
    import_runs("table", tmp_path / "runs.csv", tmp_path / "study", ladder=tmp_path / "ladder.toml")
    people(tmp_path / "study", ("maze/1", "p1", 30.0, "pilot"), ("maze/2", "b1", 50.0, "baseline"))
    return tmp_path / "study"


def states(study: Path) -> dict[str, tuple[str | None, str]]:
    return {name: (one.version, one.standing.state) for name, one in study_tasks(study).items()}


def test_a_task_lives_from_draft_to_retired(study: Path) -> None:
    assert states(study) == {
        "maze/1": (None, "piloted"),
        "maze/2": (None, "piloted"),
        "maze/3": (None, "draft"),
    }
    tasks_adjust(study, "maze/1", reason="stuck at the gate", field="hint", value="turn left")
    assert states(study)["maze/1"] == ("2", "draft")
    people(study, ("maze/1", "p2", 12.0, "Pilot"), name="again")
    assert states(study)["maze/1"] == ("2", "piloted")
    tasks_freeze(study, ["maze/1"])
    assert states(study)["maze/1"] == ("2", "frozen")
    people(study, ("maze/1", "b2", 20.0, "baseline"), name="fresh")
    assert states(study)["maze/1"] == ("2", "baselined")
    tasks_retire(study, "maze/1", reason="published")
    assert states(study)["maze/1"] == ("2", "retired")
    assert Study(study).log.verify() == 7


def test_an_adjustment_is_an_event_that_names_the_pilots_it_rests_on(study: Path) -> None:
    people(study, ("maze/1", "guess", 10.0, "estimate"), ("maze/1", "b9", 44.0, "baseline"), name="more")
    before = study_tasks(study)["maze/1"]
    (after,) = tasks_adjust(study, "maze/1", reason=" stuck ", field="hint", value="turn left").tasks
    payload = Study(study).log.entries()[-1].payload
    assert payload == {
        "task_id": "maze/1",
        "version_before": None,
        "version_after": "2",
        "hash_before": before.content_hash,
        "hash_after": after.content_hash,
        "field": "hint",
        "before": None,
        "after": "turn left",
        "reason": "stuck",
        "pilots": ["p1"],
        "baselines": ["b9"],  # an estimate is nobody's attempt
        "fields": {"hint": "turn left"},
    }
    assert after.content_hash != before.content_hash
    assert (after.standing.pilots, after.older_times) == (0, 2)
    again = tasks_adjust(study, "maze/1", reason="still", field="hint", value="turn right").tasks[0]
    assert (again.version, again.history.adjustments[1].before) == ("3", "turn left")
    assert again.history.adjustments[1].pilots == ()


def test_a_version_that_a_time_states_counts_before_all_else(study: Path) -> None:
    tasks_adjust(study, "maze/1", reason="stuck", field="hint", value="x")
    people(study, ("maze/1", "late", 29.0, "baseline"), name="late", task_version="1")
    people(study, ("maze/1", "new", 9.0, "baseline"), name="new", task_version="2.0")
    one = study_tasks(study)["maze/1"]
    assert (one.standing.baselines, one.older_times) == (1, 2)


def test_old_times_do_not_become_fresh_by_importing_them_again(study: Path) -> None:
    tasks_adjust(study, "maze/2", reason="long", field="hint", value="x")
    remove(study, "people")
    people(study, ("maze/2", "b1", 50.0, "baseline"), name="again")
    one = study_tasks(study)["maze/2"]
    assert (one.standing.baselines, one.older_times) == (0, 1)


@pytest.mark.parametrize("how", ["same file", "other file", "removal"])
def test_what_adjusting_did_outlives_imports(study: Path, tmp_path: Path, how: str) -> None:
    tasks_adjust(study, "maze/1", reason="guessable", field="floor", value="0.5")
    tasks_adjust(study, "maze/1", reason="stuck", field="hint", value="x")
    before = study_tasks(study)["maze/1"].document()
    more = tmp_path / "more.csv"
    more.write_text("model,task_family,task_id,instance_id,score\nd,maze,maze/9,0,1\n")
    if how == "same file":
        import_runs("table", tmp_path / "runs.csv", study)
    else:
        added = import_runs("table", more, study)
        if how == "removal":
            remove(study, added.import_id)
    assert study_tasks(study)["maze/1"].document() == before
    record = Study(study).tasks().filter(pl.col("task_id") == "maze/1").row(0, named=True)
    assert (record["version"], record["floor"]) == ("3", 0.5)


def test_a_frozen_task_is_adjusted_only_as_a_new_version(study: Path) -> None:
    tasks_freeze(study, ["maze/2"])
    before = tree(study)
    with pytest.raises(BadInput) as error:
        tasks_adjust(study, "maze/2", reason="long", field="hint", value="x")
    assert (error.value.what, error.value.exit_code) == ("task 'maze/2' is baselined.", 2)
    assert all((error.value.need, error.value.way_out))
    assert tree(study) == before
    (one,) = tasks_adjust(study, "maze/2", reason="long", field="hint", value="x", new_version=True).tasks
    assert (one.version, one.standing.state, one.older_times) == ("2", "draft", 1)
    assert one.history.frozen(None) is not None


def test_freezing_hashes_every_task_and_a_draft_only_if_that_is_said(study: Path) -> None:
    before = tree(study)
    with pytest.raises(BadInput, match="'maze/3' is a draft"):
        tasks_freeze(study)
    assert tree(study) == before
    result = tasks_freeze(study, without_pilot=True)
    payload = Study(study).log.entries()[-1].payload
    assert payload["without_pilot"] == ["maze/3"]
    assert {name: one["content_hash"] for name, one in payload["tasks"].items()} == {
        one.task_id: one.content_hash for one in result.tasks
    }
    assert [one.standing.state for one in result.tasks] == ["frozen", "baselined", "frozen"]


def test_freezing_again_changes_nothing(study: Path) -> None:
    tasks_freeze(study, without_pilot=True)
    before = tree(study)
    assert tasks_freeze(study).warnings == ("3 of 3 tasks were frozen already, with the same content",)
    assert tree(study) == before


def test_a_frozen_version_with_another_content_is_refused(study: Path) -> None:
    tasks_freeze(study, without_pilot=True)
    table = pl.read_parquet(study / "tasks.parquet")
    table.with_columns(pl.lit(0.9).alias("ceiling")).write_parquet(study / "tasks.parquet")
    with pytest.raises(VerificationFailed, match="was frozen with content hash") as error:
        tasks_freeze(study, ["maze/1"])
    assert all((error.value.need, error.value.way_out))
    assert not study_tasks(study)["maze/1"].as_frozen


def test_a_retired_task_is_left_alone(study: Path) -> None:
    tasks_retire(study, "maze/2", reason="published")
    for call in (
        lambda: tasks_adjust(study, "maze/2", reason="r", field="hint", value="x", new_version=True),
        lambda: tasks_freeze(study, ["maze/2"]),
        lambda: tasks_retire(study, "maze/2", reason="again"),
    ):
        with pytest.raises(BadInput, match="is retired"):
            call()
    assert [one.task_id for one in tasks_freeze(study, without_pilot=True).tasks] == ["maze/1", "maze/3"]


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("hint", "x", ""),
        ("floor", "0.5", ""),
        ("floor", "25", "at most 1"),
        ("floor", "much", "--value"),
        ("direction", "up", "the direction is 'up'"),
        ("human_minutes", "7", "no part of a task that can be adjusted"),
        ("version", "7", "no part of a task that can be adjusted"),
        (" ", "7", "the field has no name"),
    ],
)
def test_values_are_those_that_a_field_can_have(study: Path, field: str, value: str, what: str) -> None:
    if not what:
        tasks_adjust(study, "maze/1", reason="r", field=field, value=value)
        with pytest.raises(BadInput, match="already"):
            tasks_adjust(study, "maze/1", reason="r", field=field, value=value)
        return
    before = tree(study)
    with pytest.raises(BadInput) as error:
        tasks_adjust(study, "maze/1", reason="r", field=field, value=value)
    assert what in str(error.value)
    assert isinstance(error.value, BadTable) == (field == "floor")
    assert tree(study) == before


def test_names_and_reasons_are_asked_for(study: Path) -> None:
    with pytest.raises(UnknownName, match="there is no task called 'maze'"):
        tasks_adjust(study, "maze", reason="r", field="hint", value="x")
    with pytest.raises(UnknownName):
        tasks_freeze(study, ["maze/1", "nothing"])
    with pytest.raises(UnknownName):
        tasks_log(study, ["nothing"])
    for call in (
        lambda: tasks_adjust(study, "maze/1", reason=" ", field="hint", value="x"),
        lambda: tasks_retire(study, "maze/1", reason=""),
    ):
        with pytest.raises(BadInput, match="the reason is empty"):
            call()


def test_a_column_that_differs_between_metrics_is_not_set_at_once(study: Path) -> None:
    table = pl.read_parquet(study / "tasks.parquet")
    other = table.with_columns(pl.lit("other").alias("metric"), pl.lit(0.5).alias("floor"))
    pl.concat([table.with_columns(pl.lit(0.25).alias("floor")), other]).write_parquet(study / "tasks.parquet")
    with pytest.raises(BadInput, match="differs between its metrics"):
        tasks_adjust(study, "maze/1", reason="r", field="floor", value="0.3")


def test_the_document_has_the_keys_of_the_interface(study: Path) -> None:
    (one,) = tasks_log(study, ["maze/1", "maze/1"]).document()["tasks"]
    assert {"task_id", "version", "state", "adjustments"} <= set(one)
    assert (one["adjustments"], one["freezes"], one["retirement"]) == ([], [], None)
    assert len(tasks_log(study).document()["tasks"]) == 3

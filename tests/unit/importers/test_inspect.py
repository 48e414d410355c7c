"""Logs of Inspect become attempts, whatever their format; nothing is lost silently and nothing twice."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from tasklaws.core.errors import BadInput
from tasklaws.run.imports import import_runs, read_results

if TYPE_CHECKING:
    from pathlib import Path


def sample(name: object, epoch: int = 1, value: Any = "C", **more: Any) -> dict[str, Any]:
    return {"id": name, "epoch": epoch, "scores": {"match": {"value": value}}, "metadata": {}, **more}


def head(status: str | None = "success", **more: Any) -> dict[str, Any]:
    about = {"task": "maze", "model": "m", "created": "2026-01-01", "eval_id": "e", "config": {}, **more}
    return {"version": 2, "status": status, "eval": about}


def plain(path: Path, *samples: dict[str, Any], **more: Any) -> Path:
    path.write_text(json.dumps({**head(**more), "samples": list(samples)}))
    return path


def zipped(path: Path, *samples: dict[str, Any], name: str = "header.json", **more: Any) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, json.dumps(head(**more)))
        for one in samples:
            archive.writestr(f"samples/{one['id']}_epoch_{one['epoch']}.json", json.dumps(one))
    return path


def runs(*paths: Path) -> list[dict[str, Any]]:
    found = read_results("inspect", list(paths)).runs
    assert found is not None
    return found.sort("instance_id", "epoch", "metric").to_dicts()


def test_both_formats_say_the_same(tmp_path: Path) -> None:
    told = [sample("a"), sample("a", 2, "I"), sample("b", 1, 0.25), sample("c", 1, value=True)]
    one, two = runs(plain(tmp_path / "l.json", *told)), runs(zipped(tmp_path / "l.eval", *told))
    assert [row | {"log_file": "l.json"} for row in two] == one
    assert [(row["instance_id"], row["epoch"], row["score"]) for row in one] == [
        ("a", 0, 1.0), ("a", 1, 0.0), ("b", 0, 0.25), ("c", 0, 1.0),
    ]  # fmt: skip
    assert {row["task_id"] for row in one} == {"maze"}


@pytest.mark.parametrize(
    ("more", "outcome"),
    [
        ({}, "submitted"),
        ({"limit": {"type": "time"}}, "limit_time"),
        ({"limit": {"type": "working"}}, "limit_time"),
        ({"limit": {"type": "token"}}, "limit_tokens"),
        ({"limit": {"type": "message"}}, "limit"),
        ({"error": {"message": "boom"}, "limit": {"type": "time"}}, "error"),
    ],
)
def test_the_way_an_attempt_ended_is_kept(tmp_path: Path, more: dict[str, Any], outcome: str) -> None:
    (row,) = runs(plain(tmp_path / "l.json", sample("a", **more)))
    assert row["outcome"] == outcome


def test_success_by_tampering_is_a_class_of_its_own(tmp_path: Path) -> None:
    cheated = {"value": "C", "metadata": {"invalid_success": True}}
    (row,) = runs(plain(tmp_path / "l.json", {**sample("a"), "scores": {"match": cheated}}))
    assert (row["outcome"], row["score"]) == ("invalid_success", 1.0)


def test_times_tokens_limits_and_parts_of_a_score(tmp_path: Path) -> None:
    told = sample(
        "a", value={"right": "C", "steps": 0.5}, uuid="u",
        model_usage={"m": {"output_tokens": 3}, "grader": {"output_tokens": 4}},
        started_at="2026-01-01T00:00:00+00:00", completed_at="2026-01-01T00:01:00+00:00",
    )  # fmt: skip
    rows = runs(plain(tmp_path / "l.json", told, config={"token_limit": 500, "epochs": 1}))
    assert [(row["metric"], row["score"]) for row in rows] == [("match.right", 1.0), ("match.steps", 0.5)]
    assert rows[0]["tokens"] == 7
    assert rows[0]["started_at"] == datetime(2026, 1, 1, tzinfo=UTC)
    assert rows[0]["harness_id"] == "token_limit=500"
    assert rows[0]["run_id"] == "u"


def test_samples_with_human_times_are_tasks_of_their_own(tmp_path: Path) -> None:
    told = [
        sample("a", metadata={"human_minutes": 30, "human_source": "baseline"}),
        sample("b", metadata={"human_minutes": 60.5, "task_id": "own/b", "task_family": "own"}),
        sample("c", metadata={"human_minutes": -1}),
    ]
    found = read_results("inspect", [plain(tmp_path / "l.json", *told)])
    assert found.tasks is not None
    tasks = found.tasks.sort("task_id").select("task_id", "task_family", "human_minutes", "human_source")
    assert tasks.rows() == [
        ("maze", "maze", None, None),
        ("maze/a", "maze", 30.0, "baseline"),
        ("own/b", "own", 60.5, None),
    ]


def test_of_a_sample_that_stands_twice_the_last_counts(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = zipped(tmp_path / "l.eval", sample("a", value="I"), sample("a", value="C"))
    assert [row["score"] for row in runs(path)] == [1.0]
    early = plain(tmp_path / "x.json", sample("a", value="I"), created="2026-02-01")
    late = plain(tmp_path / "b.json", sample("a", value="C"), created="2026-03-01")
    found = read_results("inspect", [late, early])
    assert found.runs is not None
    assert found.runs["score"].to_list() == [1.0]
    assert "stand in several logs" in found.warnings[0]


@pytest.mark.parametrize(("status", "words"), [("error", "its status is 'error'"), (None, "never finished")])
def test_a_log_that_did_not_end_well_is_named(tmp_path: Path, status: str | None, words: str) -> None:
    path = zipped(tmp_path / "l.eval", sample("a"), name="_journal/start.json", status=status)
    found = read_results("inspect", [path])
    assert found.rows == 1
    assert words in found.warnings[0]


def test_scores_that_are_none_are_set_aside_and_not_zero(tmp_path: Path) -> None:
    found = read_results("inspect", [plain(tmp_path / "l.json", sample("a"), sample("b", value="maybe"))])
    assert found.rows == 1
    (aside,) = found.quarantined
    assert (aside.row, "'maybe' is no score" in aside.reason) == (2, True)


@pytest.mark.parametrize("content", ["{}", '{"eval": {}}', '{"eval": {"task": "t"}, "samples": []}', "[1]"])
def test_what_is_no_log_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "l.json").write_text(content)
    with pytest.raises(BadInput, match=r"l\.json"):
        read_results("inspect", [tmp_path / "l.json"])


def test_a_log_without_scores_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no sample has a score"):
        read_results("inspect", [plain(tmp_path / "l.json", {**sample("a"), "scores": None})])


def test_time_horizons_come_from_logs(tmp_path: Path) -> None:
    from tasklaws.assess.horizons import horizon

    for model, solved in (("a", 2), ("b", 4)):
        told = [
            sample(f"t{i}", epoch, "C" if i < solved or (i == solved and epoch == 1) else "I",
                   metadata={"human_minutes": 2.0**i, "task_family": f"f{i % 3}"})
            for i in range(6)
            for epoch in (1, 2)
        ]  # fmt: skip
        plain(tmp_path / f"{model}.json", *told, model=model)
    import_runs("inspect", [tmp_path / "a.json", tmp_path / "b.json"], tmp_path / "studies" / "one")
    for place in (tmp_path, tmp_path / "studies" / "one"):
        rows = horizon(place, draws=0, curves=("log_logistic",), success=(50,)).rows
        assert {row.alias: row.minutes for row in rows} == {
            "a": pytest.approx(4.0, rel=0.3),
            "b": pytest.approx(16.0, rel=0.3),
        }


def test_real_logs_are_read(shared_data: Path) -> None:
    found = read_results("inspect", [shared_data / "inspect_logs"])
    assert found.runs is not None
    assert found.runs.select("model", "task_id", "score").sort(pl.all()).rows() == [
        ("ollama/gemma3", "popularity", 1.0),
        ("ollama/llama3.1", "popularity", 0.0),
        ("openai/gpt-4o", "inspect_evals/mmlu_0_shot", 0.0),
    ]

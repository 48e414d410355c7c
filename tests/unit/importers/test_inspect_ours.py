"""Logs of families of ours: metrics by their names, what our scorer states, and every call of a tool."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from tasklaws.importers import _inspect_json
from tasklaws.importers._inspect_calls import COLUMNS, calls
from tasklaws.run.imports import import_runs, read_results
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TOLD = {
    "family": "sha_of",
    "elicitation": "best_of_n@4",
    "harness_id": "h1",
    "target_metric": "exact",
    "content_hash": {"sha_of/3": "abc"},
}
ABOUT = {
    "path": "closed_form",
    "outcome": "submitted",
    "tokens": 12,
    "log_prob": -3.5,
    "tool_outcome": "ok",
    "text": "42",
    "solution_similarity": 0.5,
    "units": {"exact": None, "brier": None, "reference_nll": "nats"},
}
CALL = {"tool": "python", "text": "1+1", "outcome": "ok", "seconds": 0.1, "edit_distance": 0.25}


def head(**more: Any) -> dict[str, Any]:
    about = {
        "task": "sha_of",
        "model": "m",
        "task_version": "2",
        "metadata": {"tasklaws": TOLD},
        "config": {},
    }
    return {"version": 2, "status": "success", "eval": {**about, **more}}


def sample(
    index: int, value: Mapping[str, Any], about: Mapping[str, Any] = ABOUT, **more: Any
) -> dict[str, Any]:
    return {
        "id": f"sha_of/3/0/{index}",
        "epoch": 1,
        "metadata": {"task_family": "sha_of", "task_id": "sha_of/3", "size": 3, "seed": 0, "index": index},
        "scores": {"family_metrics": {"value": dict(value), "metadata": dict(about)}},
        "store": {"tasklaws_calls": [CALL, CALL]},
        "events": [],
        "model_usage": {"m": {"input_tokens": 5, "output_tokens": 7, "total_tokens": 12}},
        "working_time": 1.5,
        **more,
    }


def log(path: Path, *samples: dict[str, Any], **more: Any) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.json", json.dumps(head(**more)))
        for i, one in enumerate(samples):
            archive.writestr(f"samples/{i}_epoch_1.json", json.dumps(one, separators=(",", ":")))
    return path


def rows(path: Path) -> list[dict[str, Any]]:
    found = read_results("inspect", [path])
    assert found.runs is not None
    assert found.quarantined == ()
    return found.runs.sort("instance_id", "metric").to_dicts()


def test_what_our_scorer_states_is_kept(tmp_path: Path) -> None:
    told = sample(0, {"exact": 1.0, "brier": 0.2, "reference_nll": 7.25}, turn_count=3)
    brier, exact, nll = rows(log(tmp_path / "l.eval", told))
    assert [one["metric"] for one in (brier, exact, nll)] == ["brier", "exact", "reference_nll"]
    assert (exact["score"], exact["unit"], nll["score"], nll["unit"]) == (1.0, None, 7.25, "nats")
    kept = {name: exact[name] for name in (*ABOUT, "elicitation", "harness_id") if name in exact}
    assert kept == {name: value for name, value in ABOUT.items() if name != "units"} | {
        "elicitation": "best_of_n@4",
        "harness_id": "h1",
    }
    assert (exact["task_family"], exact["task_id"], exact["instance_id"]) == (
        "sha_of",
        "sha_of/3",
        "sha_of/3/0/0",
    )
    assert (exact["input_tokens"], exact["total_tokens"], exact["working_seconds"]) == (5, 12, 1.5)
    assert (exact["n_calls"], exact["n_turns"]) == (2, 3)
    assert (exact["log_file"], exact["sample_id"]) == ("l.eval", "sha_of/3/0/0")


@pytest.mark.parametrize("undefined", [math.nan, "NaN", None])
def test_a_metric_that_is_undefined_keeps_its_row(tmp_path: Path, undefined: object) -> None:
    found = rows(log(tmp_path / "l.eval", sample(0, {"exact": 0.0, "reference_nll": undefined})))
    assert [(one["metric"], one["score"]) for one in found] == [("exact", 0.0), ("reference_nll", None)]


@pytest.mark.parametrize(
    ("more", "stated", "outcome"),
    [
        ({}, "limit_time", "limit_time"),
        ({}, "error", "error"),
        ({}, "nonsense", "submitted"),
        ({"limit": {"type": "token"}}, "submitted", "limit_tokens"),
        ({"error": {"message": "boom"}}, "submitted", "error"),
    ],
)
def test_of_how_it_ended_inspect_is_asked_first(
    tmp_path: Path, more: dict[str, Any], stated: str, outcome: str
) -> None:
    (row,) = rows(log(tmp_path / "l.eval", sample(0, {"exact": 0.0}, ABOUT | {"outcome": stated}, **more)))
    assert row["outcome"] == outcome


def test_a_success_by_tampering_is_told(tmp_path: Path) -> None:
    about = ABOUT | {"invalid_success": ["edited the scorer"]}
    found = rows(log(tmp_path / "l.eval", sample(0, {"exact": 1.0}, about), sample(1, {"exact": 0.0}, about)))
    assert [one["outcome"] for one in found] == ["invalid_success", "submitted"]


def test_an_attempt_that_came_to_no_score_has_a_row_for_each_metric(tmp_path: Path) -> None:
    failed = sample(1, {}, error={"message": "boom"}) | {"scores": {}}
    found = rows(log(tmp_path / "l.eval", sample(0, {"exact": 1.0, "brier": 0.5}), failed))
    assert [(one["metric"], one["score"], one["outcome"]) for one in found] == [
        ("brier", 0.5, "submitted"), ("exact", 1.0, "submitted"),
        ("brier", None, "error"), ("exact", None, "error"),
    ]  # fmt: skip
    (alone,) = rows(log(tmp_path / "l.eval", failed))
    assert (alone["metric"], alone["score"]) == ("exact", None)


def test_task_records_carry_hash_version_and_the_direction_of_the_target(tmp_path: Path) -> None:
    path = log(tmp_path / "l.eval", sample(0, {"exact": 1.0, "brier": 0.2}))
    tasks = read_results("inspect", [path]).tasks
    assert tasks is not None
    told = tasks.sort("metric").select("metric", "direction", "content_hash", "version", "n_items").rows()
    assert told == [("brier", None, "abc", "2", 1), ("exact", "higher", "abc", "2", 1)]


def test_more_columns_stay_in_a_study(tmp_path: Path) -> None:
    path = log(tmp_path / "l.eval", sample(0, {"exact": 1.0}))
    import_runs("inspect", [path], tmp_path / "study")
    (row,) = Study(tmp_path / "study").runs().to_dicts()
    assert (row["log_file"], row["n_calls"], row["log_prob"]) == ("l.eval", 2, -3.5)
    again = import_runs("inspect", [path], tmp_path / "study")
    assert again.parts == ()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ([{"logprob": -1.0}, {"logprob": -0.5}], -1.5),
        ([{"logprob": -1.0}, {"logprob": None}], None),
        ([], None),
        ([7], None),
    ],
)
def test_log_probs_of_the_last_output_are_added_up(
    tmp_path: Path, content: list[Any], expected: float | None
) -> None:
    output = {"choices": [{"logprobs": {"content": content}}, {"logprobs": {"content": [{"logprob": -9}]}}]}
    foreign = {"scores": {"match": {"value": "C"}}, "store": {}, "output": output}
    (row,) = rows(log(tmp_path / "l.eval", sample(0, {}) | foreign, metadata={}))
    assert row["log_prob"] == expected


def test_turns_and_calls_of_foreign_logs_come_from_messages(tmp_path: Path) -> None:
    spoken = [
        {"role": "user"}, 3, {"role": "assistant", "tool_calls": [{}, {}]},
        {"role": "tool"}, {"role": "assistant", "tool_calls": None},
    ]  # fmt: skip
    foreign = {"scores": {"match": {"value": "C"}}, "store": {}, "messages": spoken}
    (row,) = rows(log(tmp_path / "l.eval", sample(0, {}) | foreign, metadata={}))
    assert (row["n_turns"], row["n_calls"]) == (2, 2)


def test_calls_that_our_tools_recorded(tmp_path: Path) -> None:
    hung = CALL | {"outcome": "timeout", "edit_distance": None}
    path = log(tmp_path / "l.eval", sample(0, {"exact": 1.0}, store={"tasklaws_calls": [CALL, hung, 3]}))
    found = calls([path])
    assert dict(found.schema) == COLUMNS
    assert found.drop("file", "sample_id").rows() == [
        (0, 0, "python", "1+1", "ok", 0.1, 0.25),
        (0, 1, "python", "1+1", "timeout", 0.1, None),
    ]


def test_an_attempt_without_calls_has_none(tmp_path: Path) -> None:
    told = sample(0, {"exact": 1.0}, store={})
    assert calls([log(tmp_path / "l.eval", told, told | {"events": None})]).height == 0


def test_calls_of_other_tools_come_from_events(tmp_path: Path) -> None:
    events = [
        {"event": "model"},
        {"event": "tool", "function": "bash", "arguments": {"cmd": "attachment://a"}, "working_time": 0.5,
         "events": [{"event": "tool", "function": "inner", "arguments": {"x": 1, "y": "b"}}]},
        {"event": "tool", "function": "bash", "arguments": {}, "error": {"type": "timeout"}},
        {"event": "tool", "function": "bash", "arguments": {"cmd": "ls"}, "error": {"type": "parsing"}},
    ]  # fmt: skip
    told = sample(0, {"exact": 1.0}, store={}, events=events, attachments={"a": "long"})
    found = calls([log(tmp_path / "l.eval", told)]).select("tool", "text", "outcome", "seconds")
    assert found.rows() == [
        ("bash", "long", "ok", 0.5),
        ("inner", '{"x": 1, "y": "b"}', "ok", None),
        ("bash", "{}", "timeout", None),
        ("bash", "ls", "error", None),
    ]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"metadata": {"task_id": "t", "events": [1]}},
        {"metadata": {"a": 1, "events": [{"model_usage": {"m": 1}}]}},
        {"output": {"a": 1, "events": [], "model_usage": {}}},
        {"attachments": {"a": ',"events":[ ,"model_usage":{'}},
        {"error_retries": [{"a": 1, "model_usage": {}}]},
        {"explanation": '"events":[', "events": [{"a": 1, "model_usage": {"b": {}}}]},
        {"error": {"message": "boom"}, "limit": {"type": "time"}},
    ],
)
def test_passing_over_events_changes_nothing_else(more: dict[str, Any]) -> None:
    told = sample(0, {"exact": 1.0}, **more)
    told["events"] = [{"event": "model", "a": 1, "events": []}]
    last = {name: told[name] for name in sorted(told, key=lambda name: name in {"scores", "model_usage"})}
    for order in (told, dict(reversed(told.items())), dict(sorted(told.items())), last):
        content = json.dumps(order, separators=(",", ":")).encode()
        found = _inspect_json.sample(content, events=False)
        assert found is not None
        assert {**found, "events": None} == {**told, "events": None}
        assert _inspect_json.sample(content, events=True) == told


def test_events_are_passed_over_where_inspect_writes_them() -> None:
    content = json.dumps(sample(0, {"exact": math.nan}), separators=(",", ":")).encode()
    found = _inspect_json.sample(content, events=False)
    assert found is not None
    assert "events" not in found
    assert found["working_time"] == 1.5


def test_logs_are_read_where_inspect_is_not_installed(tmp_path: Path) -> None:
    path = log(tmp_path / "l.eval", sample(0, {"exact": 1.0}))
    program = (
        "import sys\n"
        "sys.modules['inspect_ai'] = sys.modules['zstandard'] = sys.modules['zipfile_zstd'] = None\n"
        "from pathlib import Path\n"
        "from tasklaws.run.imports import read_results\n"
        "from tasklaws.importers._inspect_calls import calls\n"
        "print(read_results('inspect', Path(sys.argv[1])).rows, calls([Path(sys.argv[1])]).height)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], check=False, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("1 2\n", "")


def test_a_missing_reader_of_zstandard_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tasklaws.core.errors import BadInput
    from tasklaws.importers import _inspect_member

    monkeypatch.setitem(sys.modules, "zstandard", None)
    _inspect_member._zstandard.cache_clear()
    member = _inspect_member.Member("m", 0, 4, 10, _inspect_member.ZSTANDARD, 0, encrypted=False)
    with pytest.raises(BadInput, match="pip install zstandard"):
        _inspect_member.inflated(b"\x28\xb5\x2f\xfd", member)


def test_columns_are_the_same_whatever_the_size_of_a_chunk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tasklaws.importers import _inspect_logs

    path = log(tmp_path / "l.eval", *(sample(i, {"exact": 1.0, "brier": 0.5}) for i in range(7)))
    whole = pl.DataFrame(rows(path))
    monkeypatch.setattr(_inspect_logs, "CHUNK", 3)
    assert pl.DataFrame(rows(path)).equals(whole)


def test_tasks_whose_every_attempt_failed_keep_their_human_times(tmp_path: Path) -> None:
    about = {"human_minutes": 30}
    told = [
        {"id": "a", "epoch": 1, "metadata": about, "scores": {"match": {"value": "C"}}},
        {"id": "b", "epoch": 1, "metadata": about, "scores": {}, "limit": {"type": "token"}},
    ]
    found = read_results("inspect", [log(tmp_path / "l.eval", *told, metadata={})])
    assert found.tasks is not None
    assert found.tasks.sort("task_id").select("task_id", "human_minutes", "direction").rows() == [
        ("sha_of/a", 30.0, "higher"),
        ("sha_of/b", 30.0, "higher"),
    ]
    assert found.runs is not None
    assert found.runs.sort("instance_id")["outcome"].to_list() == ["submitted", "limit_tokens"]


def test_a_failure_does_not_stand_beside_the_attempt_that_was_made_again(tmp_path: Path) -> None:
    failed = {"id": "a", "epoch": 1, "scores": {}, "error": {"message": "boom"}}
    again = {"id": "a", "epoch": 1, "scores": {"match": {"value": "C"}}}
    for told in ([failed, again], [again, failed]):
        path = tmp_path / "l.json"
        path.write_text(json.dumps({**head(metadata={}), "samples": told}))
        (row,) = rows(path)
        assert (row["score"], row["outcome"]) == (1.0, "submitted")


def test_a_model_of_a_ladder_goes_by_its_name_there(tmp_path: Path) -> None:
    path = log(
        tmp_path / "l.eval", sample(0, {"exact": 1.0}), metadata={"tasklaws": TOLD | {"rung": "d8_s0"}}
    )
    (row,) = rows(path)
    assert row["model"] == "d8_s0"

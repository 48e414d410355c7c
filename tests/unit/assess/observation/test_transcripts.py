from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from tests.unit.assess.observation.logs import LONG, agent, log, said, sample, study

from tasklaws.assess.observation.log_attempts import of_log
from tasklaws.assess.observation.run_attempts import of_runs
from tasklaws.assess.observation.sources import source_of
from tasklaws.assess.observation.transcripts import Called, from_lines
from tasklaws.core.errors import BadInput
from tasklaws.run.imports import import_runs, read_results
from tasklaws.study.marks import ATTEMPT

if TYPE_CHECKING:
    from pathlib import Path


def test_calls_stand_with_what_came_of_them(tmp_path: Path) -> None:
    path = log(tmp_path / "a.json", [agent("s", ("ls", None), ("rm x", "no such file"))])
    (one,) = of_log(path)
    assert one.calls == (Called("bash", "ls", "out 0"), Called("bash", "rm x", "", "no such file"))
    assert one.written[-1] == "ANSWER: 1"


def test_long_texts_are_taken_from_where_the_log_keeps_them(tmp_path: Path) -> None:
    parts = [{"type": "text", "text": "attachment://h"}, {"type": "image", "image": "x"}]
    held = sample("s", said("user", "attachment://h"), said("assistant", parts), attachments={"h": LONG})
    (one,) = of_log(log(tmp_path / "a.json", [held]))
    assert one.turns[0].text == LONG
    assert one.written[0].strip() == LONG.strip()


def test_a_call_that_could_not_be_read_is_malformed(tmp_path: Path) -> None:
    call = {"id": "c", "function": "bash", "arguments": {}, "parse_error": "unterminated string"}
    (one,) = of_log(log(tmp_path / "a.json", [sample("s", said("assistant", "", tool_calls=[call]))]))
    assert one.calls[0].malformed
    assert one.calls[0].failed == "unterminated string"


@pytest.mark.parametrize(
    ("more", "outcome"),
    [
        ({}, "submitted"),
        ({"error": {"message": "x"}}, "error"),
        ({"limit": {"type": "token", "limit": 5}}, "limit_tokens"),
        ({"limit": {"type": "message", "limit": 5}}, "limit"),
        ({"score": {"metadata": {"outcome": "limit_time"}}}, "limit_time"),
        ({"score": {"metadata": {"invalid_success": ["x"]}}}, "invalid_success"),
    ],
)
def test_outcome_is_inspects_own_and_else_that_of_the_score(
    tmp_path: Path, more: dict[str, object], outcome: str
) -> None:
    (one,) = of_log(log(tmp_path / "a.json", [sample("s", said("assistant", "x"), **more)]))
    assert one.outcome == outcome


def test_what_our_scorer_says_is_known(tmp_path: Path) -> None:
    ours = {"harness_id": "h1", "elicitation": "best_of_n@4", "target_metric": "exact"}
    calls = [
        {"tool": "python", "text": "1/0", "outcome": "error", "detail": "division by zero", "output": ""}
    ]
    held = sample(
        "sha_of/3/0/5",
        said("assistant", "x"),
        epoch=3,
        value={"token_accuracy": 0.2, "exact": 1.0},
        score={"metadata": {"path": "call", "tokens": 12, "calls": calls}},
        metadata={"task_family": "sha_of", "task_id": "sha_of/3"},
    )
    (one,) = of_log(log(tmp_path / "a.json", [held], metadata={"tasklaws": ours}))
    assert (one.harness_id, one.elicitation, one.task_id, one.epoch) == ("h1", "best_of_n@4", "sha_of/3", 2)
    assert (one.score, one.path, one.tokens) == (1.0, "call", 12)
    assert one.calls == (Called("python", "1/0", "", "division by zero"),)


def test_strange_messages_are_borne(tmp_path: Path) -> None:
    held = {
        "id": 3,
        "epoch": True,
        "messages": [None, {"role": "assistant", "content": 5, "tool_calls": "x"}],
    }
    (one,) = of_log(log(tmp_path / "a.json", [held | {"scores": [], "output": [], "events": 3}]))
    assert one.instance_id == "3"
    assert one.score is None


def test_runs_give_one_attempt_each_with_the_wanted_score() -> None:
    row = dict.fromkeys(ATTEMPT, "x") | {"task_family": "f", "epoch": 0, "unit": None, "outcome": "submitted"}
    rows = [
        row | {"metric": "other", "score": 0.0, "text": "print(1)", "tool_outcome": "ok"},
        row | {"metric": "exact", "score": 1.0, "text": "print(1)", "tool_outcome": "ok"},
    ]
    (one,) = of_runs(pl.DataFrame(rows), "exact")
    assert one.score == 1.0
    assert one.calls == (Called("program", "print(1)"),)


def test_an_attempt_has_the_same_name_in_its_log_and_in_its_runs(tmp_path: Path) -> None:
    (one,) = of_log(log(tmp_path / "a.json", [sample("s", said("assistant", "x"))]))
    row = {name: getattr(one, name) for name in ATTEMPT} | {"task_family": "f", "outcome": "submitted"}
    (same,) = of_runs(pl.DataFrame([row | {"metric": "m", "score": 1.0, "unit": None}]))
    assert same.attempt_id == one.attempt_id
    assert from_lines(["assistant: x"]).attempt_id != one.attempt_id


def test_the_later_log_counts(tmp_path: Path) -> None:
    log(tmp_path / "2026-01.json", [sample("s", said("assistant", "early"))])
    log(tmp_path / "2026-02.json", [sample("s", said("assistant", "late"))])
    (one,) = source_of([tmp_path]).attempts()
    assert one.written == ("late",)
    assert one.log_file == "2026-02.json"


def test_places_without_logs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="holds no log"):
        source_of([tmp_path])
    with pytest.raises(BadInput, match="does not exist"):
        source_of([tmp_path / "none.eval"])


def test_a_study_is_read_with_its_logs(tmp_path: Path) -> None:
    root = study(tmp_path / "s", ("a", [agent("1")]), ("b", [agent("1")]))
    assert sorted(one.model for one in source_of([root]).attempts()) == ["a", "b"]


def test_of_several_logs_one_that_cannot_be_read_is_left_out_and_named(tmp_path: Path) -> None:
    log(tmp_path / "good.json", [sample("s", said("assistant", "x"))])
    (tmp_path / "torn.eval").write_bytes(b"PK\x03\x04 torn")
    source = source_of([tmp_path])
    assert len(list(source.attempts())) == 1
    assert len(source.unread) == 1
    assert "torn.eval" in source.unread[0]
    with pytest.raises(BadInput, match="torn"):
        list(source_of([tmp_path / "torn.eval"]).attempts())


def test_a_model_of_a_ladder_goes_by_the_name_that_it_has_there(tmp_path: Path) -> None:
    told = {"tasklaws": {"rung": "d8_s0"}}
    (one,) = of_log(log(tmp_path / "a.json", [sample("s", said("assistant", "x"))], metadata=told))
    assert one.model == "d8_s0"


def test_runs_that_a_log_tells_of_are_not_told_again(tmp_path: Path) -> None:
    root = study(tmp_path / "s", ("m", [agent("1")]))
    (one,) = source_of([root]).attempts()
    row = {name: getattr(one, name) for name in ATTEMPT} | {
        "task_family": "agents",
        "metric": "m",
        "score": 1.0,
    }
    rows = [row, row | {"instance_id": "2", "log_file": "logs/far/b.eval"}]
    table = tmp_path / "runs.csv"
    pl.DataFrame(rows).write_csv(table)
    import_runs("table", table, root)
    found = {held.instance_id: held for held in source_of([root]).attempts()}
    assert sorted(found) == ["1", "2"]
    assert found["1"].turns
    assert not found["2"].turns


@pytest.mark.parametrize(
    "about",
    [
        {},
        {"config": {"time_limit": 60, "token_limit": 500}},
        {"metadata": {"tasklaws": {"harness_id": "h1", "elicitation": "majority@4"}}},
    ],
)
def test_attempts_go_by_the_keys_that_the_importer_gives_them(tmp_path: Path, about: dict[str, Any]) -> None:
    minutes = {"metadata": {"human_minutes": 3}}
    samples = [sample("a", said("assistant", "x"), epoch=2), sample("b", said("assistant", "x"), **minutes)]
    path = log(tmp_path / "a.json", samples, **about)
    imported = read_results("inspect", path).runs
    assert imported is not None
    ours = [tuple(getattr(one, name) for name in ATTEMPT) for one in of_log(path)]
    assert sorted(ours) == sorted(imported.select(ATTEMPT).iter_rows())


def test_a_sample_that_was_broken_off_is_no_attempt(tmp_path: Path) -> None:
    broken = sample("a", error={"message": "CancelledError()"}) | {"scores": {}}
    assert list(of_log(log(tmp_path / "a.json", [broken]))) == []

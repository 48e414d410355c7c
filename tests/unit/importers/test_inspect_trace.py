"""The trace of calls in logs of Inspect, of several versions, and files that are none."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tasklaws.core.errors import BadInput
from tasklaws.importers import _inspect_files
from tasklaws.importers._inspect_trace import COLUMNS, trace

LOGS = Path(__file__).resolve().parents[4] / "shared" / "data" / "inspect_logs"
START = "2025-07-05T09:59:48+00:00"

EVENTS: list[dict[str, Any]] = [
    {"event": "model", "timestamp": START, "working_time": 1.5, "output": {"usage": {"output_tokens": 7}}},
    {"event": "tool", "timestamp": START, "completed": "2025-07-05T09:59:50+00:00", "function": "bash",
     "events": [{"event": "model", "timestamp": START}]},
    {"event": "state", "timestamp": "2025-07-05T09:59:58+00:00"},
    {"event": "tool", "function": "submit", "error": {"type": "timeout"}},
]  # fmt: skip


def sample(**more: Any) -> dict[str, Any]:
    return {"id": 1, "epoch": 2, "messages": [], **more}


def written(path: Path, *samples: Any) -> Path:
    if path.suffix == ".json":
        path.write_text(json.dumps({"version": 2, "samples": list(samples)}))
        return path
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.json", "{}")
        for i, one in enumerate(samples):
            archive.writestr(f"samples/{i}_epoch_1.json", json.dumps(one))
    return path


@pytest.mark.parametrize("suffix", [".json", ".eval"])
def test_calls_come_in_order_with_kinds_and_times(tmp_path: Path, suffix: str) -> None:
    found = trace([written(tmp_path / f"log{suffix}", sample(events=EVENTS))])
    assert dict(found.schema) == COLUMNS
    assert found["kind"].to_list() == ["model", "tool", "model", "tool"]
    assert found["function"].to_list() == [None, "bash", None, "submit"]
    assert found["seconds"].to_list() == [1.5, 2.0, 10.0, None]
    assert found["tokens"].to_list() == [7, None, None, None]
    assert found["failed"].to_list() == [False, False, False, True]
    assert found["place"].to_list() == [0, 1, 2, 3]


def test_older_logs_hold_events_under_the_transcript_or_none_at_all(tmp_path: Path) -> None:
    old = sample(transcript={"events": EVENTS})
    messages = [
        {"role": "assistant", "tool_calls": [{"function": "bash"}]},
        {"role": "tool", "function": "bash", "error": None},
    ]
    oldest = {**sample(), "messages": messages}
    assert trace([written(tmp_path / "old.json", old)]).height == 4
    found = trace([written(tmp_path / "oldest.json", oldest)])
    assert found["kind"].to_list() == ["model", "tool"]
    assert found["seconds"].to_list() == [None, None]


def test_what_is_no_sample_or_event_is_passed_over(tmp_path: Path) -> None:
    call = {"event": "tool", "function": 3, "timestamp": "soon", "working_time": "x"}
    more = [None, 1, {"event": 3}, {"event": []}, {}]
    odd = [None, 3, sample(events=None), sample(events=more), {"messages": 7}, sample(events=[call])]
    found = trace([written(tmp_path / "odd.json", *odd)])
    assert found.height == 1
    assert found["function"].to_list() == [None]


@pytest.mark.parametrize(
    "content", [b"", b"not json", b"[1]", b'{"samples": 3}', b"PK\x03\x04cut", b"\xff\xfe"]
)
def test_what_is_no_log_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.eval").write_bytes(content)
    with pytest.raises(BadInput, match="no log"):
        trace([tmp_path / "bad.eval"])


def test_a_log_that_inflates_too_far_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "large.eval", sample(padding="x" * 5000))
    monkeypatch.setattr(_inspect_files, "MOST_BYTES", 1000)
    with pytest.raises(BadInput, match="larger"):
        trace([path])
    monkeypatch.setattr(_inspect_files, "MOST_BYTES", 10**6)
    monkeypatch.setattr(_inspect_files, "MOST_IN_ALL", 1000)
    with pytest.raises(BadInput, match="larger"):
        trace([path])


@pytest.mark.skipif(not LOGS.is_dir(), reason="the logs are not here")
@pytest.mark.parametrize(
    ("name", "calls", "timed"),
    [
        ("2025-02-11T15-17-00-05-00_popularity_dPiJifoWeEQBrfWsAopzWr.eval", 10, 10),
        ("log_formats.eval", 1, 1),
        ("log_formats.json", 1, 1),
        ("log_read_sample.eval", 1, 1),
        ("mmlu-summary-choices.eval", 1, 1),
    ],
)
def test_real_logs_of_several_versions(name: str, calls: int, timed: int) -> None:
    found = trace([LOGS / name])
    assert found["kind"].to_list() == ["model"] * calls
    assert found["seconds"].drop_nulls().len() == timed
    assert found["tokens"].drop_nulls().len() == calls


def test_what_no_table_holds_is_null_or_replaced(tmp_path: Path) -> None:
    deep: dict[str, Any] = {"event": "tool", "function": "\ud800"}
    for _ in range(100):
        deep = {"event": "tool", "events": [deep]}
    odd = {"id": "\ud800", "epoch": 10**30, "events": [{"event": "tool", "function": "\ud800"}, deep]}
    found = trace([written(tmp_path / "odd.json", odd)])
    assert found["sample_id"].unique().to_list() == ["?"]
    assert found["function"][0] == "?"
    assert found["epoch"].null_count() == found.height == 21


def test_a_zip_with_a_broken_member_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "log.eval", sample(events=EVENTS))
    content = bytearray(path.read_bytes())
    at = content.index(b"samples/0_epoch_1.json") + 30
    content[at : at + 20] = bytes(20)
    path.write_bytes(bytes(content))
    with pytest.raises(BadInput):
        trace([path])

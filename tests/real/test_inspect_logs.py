"""Real logs of Inspect, of versions from 2024 to 2025 (skipped where ../shared/data is absent)."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import polars as pl
import pytest

from tasklaws.core.errors import BadInput
from tasklaws.importers._inspect_calls import calls
from tasklaws.importers._inspect_files import samples
from tasklaws.importers._inspect_trace import trace
from tasklaws.run.imports import import_runs, read_results
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from pathlib import Path

UNSCORED = "2025-02-11T15-17-00-05-00_popularity_dPiJifoWeEQBrfWsAopzWr.eval"
SEEN = ("model", "task_id", "score", "tokens", "input_tokens", "total_tokens", "working_seconds", "n_turns")


@pytest.fixture
def logs(shared_data: Path) -> Path:
    return shared_data / "inspect_logs"


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("log_formats.eval", ("ollama/llama3.1", "popularity", 0.0, 2, 66, 68, None, 1)),
        ("log_formats.json", ("ollama/llama3.1", "popularity", 0.0, 2, 66, 68, None, 1)),
        ("log_read_sample.eval", ("ollama/gemma3", "popularity", 1.0, 3, 66, 69, 0.3, 1)),
        (
            "mmlu-summary-choices.eval",
            ("openai/gpt-4o", "inspect_evals/mmlu_0_shot", 0.0, 3, 153, 156, 1.458, 1),
        ),
    ],
)
def test_each_log_says_what_it_holds(logs: Path, name: str, row: tuple[object, ...]) -> None:
    found = read_results("inspect", [logs / name])
    assert (found.warnings, found.quarantined) == ((), ())
    assert found.runs is not None
    assert found.runs.select(SEEN).rows() == [row]


def test_a_log_that_was_never_scored_is_refused_alone_and_told_among_others(logs: Path) -> None:
    with pytest.raises(BadInput, match="no sample has a score"):
        read_results("inspect", [logs / UNSCORED])
    found = read_results("inspect", [logs])
    assert f"{UNSCORED}: 10 samples have no score; left out" in found.warnings
    assert trace([logs / UNSCORED]).height == 10
    assert calls([logs / UNSCORED]).height == 0


def test_a_study_takes_them_in(logs: Path, tmp_path: Path) -> None:
    assert import_runs("inspect", [logs], tmp_path / "study").rows == 3
    assert Study(tmp_path / "study").runs()["log_file"].is_sorted()


def test_of_a_real_log_that_is_cut_off_the_whole_samples_are_read(logs: Path, tmp_path: Path) -> None:
    content = (logs / UNSCORED).read_bytes()
    with zipfile.ZipFile(logs / UNSCORED) as archive:
        starts = sorted(one.header_offset for one in archive.infolist() if "samples/" in one.filename)
    path = tmp_path / "cut.eval"
    for whole, start in enumerate(starts[1:], 1):
        path.write_bytes(content[: start + 7])
        assert len(list(samples(path))) == whole


def test_more_columns_have_their_types(logs: Path) -> None:
    found = read_results("inspect", [logs]).runs
    assert found is not None
    assert {name: found.schema[name] for name in ("n_calls", "log_prob", "sample_id")} == {
        "n_calls": pl.Int64,
        "log_prob": pl.Float64,
        "sample_id": pl.String,
    }

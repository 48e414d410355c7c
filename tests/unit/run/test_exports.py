"""Exports are whole files that say what the study said, and what it could not say."""

from __future__ import annotations

import json
import pickle
from itertools import product
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from click.testing import CliRunner
from polars.testing import assert_frame_equal

from tasklaws.cli.verbs.export import command
from tasklaws.core.errors import BadInput, NoAnswer, UnknownName
from tasklaws.core.tables import RUNS
from tasklaws.exporters import EXPORTERS
from tasklaws.exporters._files import WRITERS, disarmed
from tasklaws.exporters._format import Exporter
from tasklaws.exporters._metr_weights import with_weights
from tasklaws.run.exports import export
from tasklaws.run.imports import import_runs
from tasklaws.run.task_changes import tasks_adjust
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3_600_000


def metr_run(number: int, **more: Any) -> dict[str, Any]:
    """Return a line of METR's, as its files have them."""
    return {
        "run_id": f"r{number}", "task_id": "fam/a", "task_family": "fam", "alias": "agent", "model": "agent",
        "score_binarized": number % 2, "score_cont": number % 2 / 2, "fatal_error_from": None,
        "human_minutes": 30.5, "human_source": "baseline", "time_limit": 1800, "total_tokens": 100 + number,
        "started_at": 1_734_070_031_112 + number, "completed_at": 1_734_071_923_976 + number, **more,
    }  # fmt: skip


def lines(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def metr(tmp_path: Path) -> Path:
    """Return a study of METR's runs: two agents, two tasks, people, limits, no time limit."""
    agents = [metr_run(i, alias=alias, model=alias) for i, alias in enumerate(["agent", "other"] * 4)]
    agents += [
        metr_run(20, task_id="fam/b", human_minutes=600.0, fatal_error_from="usageLimits", time_limit=0)
    ]
    people = [
        metr_run(i, run_id=i, alias="human", model="human", started_at=0, completed_at=HOUR + i)
        for i in (30, 31)
    ]
    import_runs("metr", lines(tmp_path / "all_runs.jsonl", *agents, *people), tmp_path / "study")
    return tmp_path / "study"


def attempts(folder: Path, *rows: dict[str, Any], **tasks: Any) -> Path:
    """Return a study of attempts in our own columns."""
    about = {"model": "m", "task_family": "f", "task_id": "f/1", "metric": "exact", "epoch": 0}
    told = [about | {"instance_id": str(i)} | row for i, row in enumerate(rows)]
    pl.DataFrame(told, infer_schema_length=None).write_parquet(folder / "runs.parquet")
    import_runs("table", folder / "runs.parquet", folder / "own")
    return folder / "own"


class TestMetr:
    def test_comes_back_as_it_was(self, metr: Path, tmp_path: Path) -> None:
        export(metr, "metr", tmp_path / "runs.jsonl")
        import_runs("metr", tmp_path / "runs.jsonl", tmp_path / "back")
        one, two = Study(metr), Study(tmp_path / "back")
        weights = ("equal_task_weight", "invsqrt_task_weight")
        assert_frame_equal(two.runs().drop(weights), one.runs().drop(weights), check_exact=True)
        assert_frame_equal(two.human(), one.human(), check_exact=True)
        assert_frame_equal(two.tasks(), one.tasks(), check_exact=True)
        assert two.data_hash() == one.data_hash()

    def test_has_metrs_columns_and_types_and_names_those_it_cannot_fill(
        self, metr: Path, tmp_path: Path
    ) -> None:
        result = export(metr, "metr", tmp_path / "runs.jsonl")
        first, *_, limited, _, last = read(tmp_path / "runs.jsonl")
        assert first | {"equal_task_weight": 0, "invsqrt_task_weight": 0} == {
            "task_id": "fam/a", "task_family": "fam", "run_id": "r0", "alias": "agent", "model": "agent",
            "scaffold": None, "score_binarized": 0, "score_cont": 0.0, "fatal_error_from": None,
            "human_minutes": 30.5, "human_score": None, "human_source": "baseline", "task_source": None,
            "generation_cost": None, "tokens_count": 100, "generation_tokens": 100, "time_limit": 1800,
            "started_at": 1_734_070_031_112, "completed_at": 1_734_071_923_976,
            "equal_task_weight": 0, "invsqrt_task_weight": 0,
        }  # fmt: skip
        assert limited["fatal_error_from"] == "usageLimits"
        assert (last["alias"], last["started_at"], last["completed_at"]) == ("human", 0, HOUR + 31)
        assert result.absent == ("scaffold", "human_score", "task_source", "generation_cost")
        assert result.rows == 11

    def test_without_weights_has_those_that_metr_would_compute(self, metr: Path, tmp_path: Path) -> None:
        export(metr, "metr", tmp_path / "runs.jsonl")
        rows = [row for row in read(tmp_path / "runs.jsonl") if row["alias"] == "agent"]
        # Two tasks of one family: half for each, a quarter of that for each of four runs.
        assert [row["equal_task_weight"] for row in rows] == pytest.approx([0.125] * 4 + [0.5])
        assert [row["invsqrt_task_weight"] for row in rows] == pytest.approx([0.125] * 4 + [0.5])

    def test_leaves_out_people_who_did_the_task_before_it_was_adjusted(
        self, metr: Path, tmp_path: Path
    ) -> None:
        tasks_adjust(metr, "fam/a", reason="pilots got stuck", field="hint", value="look in the log")
        export(metr, "metr", tmp_path / "runs.jsonl")
        assert {row["alias"] for row in read(tmp_path / "runs.jsonl")} == {"agent", "other"}

    def test_of_an_attempt_of_ours_keeps_limits_tokens_and_tampering(self, tmp_path: Path) -> None:
        study = attempts(
            tmp_path,
            {"score": 1.0, "outcome": "submitted", "harness_id": "time_limit=600,token_limit=9", "tokens": 5},
            {"score": 0.0, "outcome": "limit_tokens", "elicitation": "greedy"},
            {"score": 1.0, "outcome": "invalid_success"},
            {"score": None, "outcome": "error"},
            {"score": 0.5, "outcome": "submitted"},
        )
        result = export(study, "metr", tmp_path / "runs.jsonl", elicitation="default")
        first, cheated = read(tmp_path / "runs.jsonl")
        assert (first["time_limit"], first["tokens_count"], first["generation_tokens"]) == (600, 5, 5)
        assert (cheated["score_binarized"], cheated["score_cont"]) == (0, 0.0)
        assert first["run_id"] != cheated["run_id"]
        assert set(result.warnings) == {
            "elicitation default of 2; METR's runs have one",
            "2 attempts whose score is not 0 or 1 were left out (1 error, 1 submitted)",
            "1 invalid successes count as failures",
            "1 tasks have no human time; METR's horizons need it",
        }
        (limited,) = read(export(study, "metr", tmp_path / "b.jsonl", elicitation="greedy").path)
        assert (limited["fatal_error_from"], limited["scaffold"]) == ("usageLimits", "greedy")

    def test_of_tasks_without_a_stated_time_holds_the_mean_of_people_who_succeeded(
        self, tmp_path: Path
    ) -> None:
        study = attempts(tmp_path, {"score": 1.0}, {"score": 0.0})
        told = ["submitted,", "submitted,1", "submitted,0", "limit,", "error,"]
        rows = [f"f,f/1,p{i},{10 * 4**i},{end},baseline" for i, end in enumerate(told)]
        times = "task_family,task_id,run_id,minutes,outcome,score,source\n" + "\n".join(rows)
        (tmp_path / "times.csv").write_text(times)
        import_runs("human_times", tmp_path / "times.csv", study)
        result = export(study, "metr", tmp_path / "runs.jsonl")
        rows = read(tmp_path / "runs.jsonl")
        assert [row["human_minutes"] for row in rows] == pytest.approx([20.0] * len(rows))
        persons = [row for row in rows if row["alias"] == "human"]
        assert [row["score_binarized"] for row in persons] == [1, 1, 0, 0]
        assert [row["fatal_error_from"] for row in persons] == [None, None, None, "usageLimits"]
        assert [row["completed_at"] / 60_000 for row in persons] == [10, 40, 160, 640]
        assert "human times of 1 tasks are geometric means of people's successes" in result.warnings

    def test_takes_metric_harness_and_elicitation_that_the_study_names(self, tmp_path: Path) -> None:
        rows = [
            {"score": float(i == 5), "metric": metric, "harness_id": harness, "elicitation": elicitation}
            for i, (metric, harness, elicitation) in enumerate(product(("x", "y"), ("h", "i"), ("d", "e")))
        ]
        study = attempts(tmp_path, *rows)
        (study / "study.toml").write_text('name = "own"\nmetric = "y"\nharness = "h"\nelicitation = "e"\n')
        (row,) = read(export(study, "metr", tmp_path / "runs.jsonl").path)
        assert (row["score_binarized"], row["scaffold"]) == (1, "e")

    def test_of_graded_scores_alone_has_nothing_to_say(self, tmp_path: Path) -> None:
        study = attempts(tmp_path, {"score": 0.5}, {"score": 0.25})
        with pytest.raises(NoAnswer, match="no-binary-scores"):
            export(study, "metr", tmp_path / "runs.jsonl")
        assert not (tmp_path / "runs.jsonl").exists()

    def test_of_inspect_logs_holds_what_metrs_horizons_read(self, tmp_path: Path) -> None:
        told = [
            {
                "id": f"t{i}", "epoch": e, "scores": {"match": {"value": "C" if e > i else "I"}},
                "metadata": {"human_minutes": 2.0**i, "human_source": "estimate", "task_family": f"f{i % 2}"},
            }
            for i in range(4) for e in (1, 2, 3)
        ]  # fmt: skip
        head = {"task": "maze", "model": "openai/a", "created": "2026-01-01", "eval_id": "e", "config": {}}
        log = {"version": 2, "status": "success", "eval": head, "samples": told}
        (tmp_path / "log.json").write_text(json.dumps(log))
        import_runs("inspect", tmp_path / "log.json", tmp_path / "study")
        result = export(tmp_path / "study", "metr", tmp_path / "runs.jsonl")
        rows = read(tmp_path / "runs.jsonl")
        assert result.warnings == ()
        assert [(row["task_id"], row["task_family"], row["human_minutes"]) for row in rows[::3]] == [
            ("maze/t0", "f0", 1.0), ("maze/t1", "f1", 2.0), ("maze/t2", "f0", 4.0), ("maze/t3", "f1", 8.0),
        ]  # fmt: skip
        assert [row["score_binarized"] for row in rows] == [1, 1, 1, 0, 1, 1, 0, 0, 1, 0, 0, 0]
        for name in ("equal_task_weight", "invsqrt_task_weight"):
            assert sum(row[name] for row in rows) == pytest.approx(1)


def test_weights_that_came_with_the_runs_are_kept_where_they_still_sum_to_1() -> None:
    runs = pl.DataFrame(
        {
            "alias": ["a", "a", "b", "b"], "task_id": ["t", "u", "t", "u"],
            "task_family": ["f", "f", "f", "g"],
            "equal_task_weight": [0.3, 0.7, 0.3, 0.3], "invsqrt_task_weight": [None, 0.5, 0.25, 0.75],
        }
    )  # fmt: skip
    made = with_weights(runs)
    assert made["equal_task_weight"].to_list() == [0.3, 0.7, 0.5, 0.5]
    assert made["invsqrt_task_weight"].to_list() == [0.5, 0.5, 0.25, 0.75]


def test_a_family_of_four_tasks_weighs_twice_as_much_as_one_of_one() -> None:
    runs = pl.DataFrame(
        {"alias": "a", "task_id": ["t", "u", "v", "w", "x", "x"], "task_family": ["f"] * 4 + ["g"] * 2}
    )
    made = with_weights(runs)
    assert made["equal_task_weight"].to_list() == pytest.approx([0.2] * 4 + [0.1] * 2)
    assert made["invsqrt_task_weight"].to_list() == pytest.approx([1 / 6] * 6)


@pytest.mark.parametrize("name", EXPORTERS)
def test_an_exporter_is_one_frozen_constant_of_its_file(name: str) -> None:
    exporter = EXPORTERS[name]
    assert isinstance(exporter, Exporter)
    assert exporter.name == name
    assert set(exporter.suffixes) <= set(WRITERS)
    assert 0 < len(exporter.summary) <= 110
    assert exporter.source
    assert pickle.loads(pickle.dumps(exporter)) == exporter  # noqa: S301 - our own bytes


@pytest.mark.parametrize("ending", WRITERS)
def test_cells_and_attempts_are_written_as_the_study_holds_them(
    metr: Path, tmp_path: Path, ending: str
) -> None:
    for name in ("cells", "runs"):
        path = tmp_path / f"{name}{ending}"
        result = export(metr, name, path)
        assert (result.rows, result.bytes) == ({"cells": 6, "runs": 18}[name], path.stat().st_size)
        import_runs("table", path, tmp_path / f"{name}_back")
        assert Study(tmp_path / f"{name}_back").data_hash() == Study(metr).data_hash()


def test_only_what_was_named_is_written(metr: Path, tmp_path: Path) -> None:
    assert export(metr, "cells", tmp_path / "a.csv", metric="score_cont").rows == 3
    assert export(metr, "runs", tmp_path / "b.csv", metric="score_cont", harness="default").rows == 1
    for wrong in ({"metric": "score"}, {"harness": "h"}, {"elicitation": "e"}):
        for name in ("cells", "runs", "metr"):
            with pytest.raises(UnknownName):
                export(metr, name, tmp_path / "c.jsonl", **wrong)


def test_a_spreadsheet_finds_no_formula_and_numbers_are_untouched() -> None:
    words = ["=1+1", "+1", "-1", "@a", "\tx", "\rx", "'=1", "a=1", "'a", None]
    made = disarmed(pl.DataFrame({"=text": words, "number": [-1.5] * len(words)}))
    assert made.columns == ["'=text", "number"]
    assert made["'=text"].to_list() == [
        "'=1+1",
        "'+1",
        "'-1",
        "'@a",
        "'\tx",
        "'\rx",
        "''=1",
        "a=1",
        "'a",
        None,
    ]
    assert made["number"].to_list() == [-1.5] * len(words)


def test_only_csv_has_its_texts_disarmed(tmp_path: Path) -> None:
    study = attempts(tmp_path, {"model": "=cmd()", "score": -0.0})
    for ending in WRITERS:
        export(study, "cells", tmp_path / f"c{ending}")
    assert "'=cmd()" in (tmp_path / "c.csv").read_text()
    assert pl.read_parquet(tmp_path / "c.parquet")["model"].to_list() == ["=cmd()"]
    assert read(tmp_path / "c.jsonl")[0]["model"] == "=cmd()"


def test_a_file_is_replaced_only_when_asked(metr: Path, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("mine")
    with pytest.raises(BadInput, match="--force"):
        export(metr, "cells", path)
    assert path.read_text() == "mine"
    export(metr, "cells", path, force=True)
    assert path.read_text().startswith("model,")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(BadInput, match="is a folder"):
        export(metr, "cells", tmp_path / "folder.csv", force=True)


def test_a_file_that_cannot_be_written_whole_is_not_written(
    metr: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "c.csv"
    path.write_text("mine")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(BadInput, match="No space left"):
        export(metr, "cells", path, force=True)
    assert [file.name for file in tmp_path.glob("*c.csv*")] == ["c.csv"]
    assert path.read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "out", "says"),
    [("metr", "r.csv", ".jsonl"), ("hibayes", "r.jsonl", ".csv or .parquet"), ("cells", "r", "is missing")],
)
def test_the_ending_says_how_and_must_be_one_its_readers_take(
    metr: Path,
    tmp_path: Path,
    name: str,
    out: str,
    says: str,
) -> None:
    with pytest.raises(BadInput, match=says):
        export(metr, name, tmp_path / out)


def test_an_unknown_format_and_a_study_without_attempts_are_refused(metr: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="hibayes"):
        export(metr, "hibaye", tmp_path / "r.csv")
    export(metr, "cells", tmp_path / "cells.parquet")
    import_runs("table", tmp_path / "cells.parquet", tmp_path / "counted")
    with pytest.raises(NoAnswer, match="no-attempts"):
        export(tmp_path / "counted", "metr", tmp_path / "r.jsonl")
    with pytest.raises(NoAnswer, match="nothing-to-export"):
        export(tmp_path / "counted", "runs", tmp_path / "r.jsonl")


def test_an_export_leaves_the_study_alone(metr: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in metr.rglob("*") if path.is_file()}
    for name in EXPORTERS:
        export(metr, name, tmp_path / f"{name}{EXPORTERS[name].suffixes[0]}")
    assert {path: path.read_bytes() for path in metr.rglob("*") if path.is_file()} == before


def test_runs_keep_the_columns_that_their_source_added(metr: Path, tmp_path: Path) -> None:
    export(metr, "runs", tmp_path / "r.parquet")
    columns = pl.read_parquet(tmp_path / "r.parquet").columns
    assert columns[: len(RUNS.names)] == list(RUNS.names)
    assert "fatal_error_from" in columns


def test_the_verb_says_what_it_wrote_and_what_is_null(metr: Path, tmp_path: Path) -> None:
    words = ["metr", str(metr), "--out", str(tmp_path / "r.jsonl")]
    told = CliRunner().invoke(command, words)
    assert told.exit_code == 0
    assert told.stdout.startswith("11 rows, ")
    assert "scaffold, human_score, task_source, generation_cost" in told.stdout
    again = CliRunner().invoke(command, [*words, "--json", "--force"])
    document = json.loads(again.stdout)
    assert document["path"] == str(tmp_path / "r.jsonl")
    assert (document["rows"], document["bytes"]) == (11, (tmp_path / "r.jsonl").stat().st_size)
    assert document["absent"] == ["scaffold", "human_score", "task_source", "generation_cost"]

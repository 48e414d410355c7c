"""Each block of figures says what the study holds."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from tests.unit.assess.studies import ladder_text, make_graded, sized
from tests.unit.dossier.figures.conftest import ELSEWHERE, Forger

from tasklaws.assess.track_record import latest_opened
from tasklaws.core.proportions import jeffreys
from tasklaws.core.provenance import canonical_json, sha256_hex
from tasklaws.dossier.absent import is_absent
from tasklaws.dossier.figures import (
    BLOCKS,
    SLOW_BLOCKS,
    blocks_resting_on,
    differences,
    figures,
    order_failures,
    printed,
    read_once,
)
from tasklaws.dossier.figures._block import block
from tasklaws.dossier.figures._outcomes import outcomes
from tasklaws.dossier.figures._unread import Unread
from tasklaws.families import FAMILIES
from tasklaws.run.imports import import_runs
from tasklaws.study.folder import Study
from tasklaws.study.log import Log

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = "d64_s0"


def of(name: str, study: Path, subject: str | None = None) -> Any:
    """Return one block of a study."""
    return block(name).make(read_once(Study(study)).about(subject))


def test_printed_figures_are_those_worked_out_again(small_study: Path, found: dict[str, Any]) -> None:
    said = json.loads(canonical_json(printed(found)))
    again = figures(Study(small_study), slow=False, skip=ELSEWHERE)
    assert differences(said, again) == ()
    assert set(found) == set(BLOCKS) - {*ELSEWHERE, "certificates", "red_lines"}


def test_results_are_counts_with_the_interval_of_a_share(small_study: Path, found: dict[str, Any]) -> None:
    cells, _ = Study(small_study).target_cells()
    rows = {(row["model"], row["family"]): row for row in found["results"]}
    assert list(rows) == sorted(rows)
    own = cells.filter(pl.col("model") == LARGEST, pl.col("task_family") == "add")
    row = rows[LARGEST, "add"]
    assert (row["k"], row["n"], row["n_tasks"]) == (own["k"].sum(), own["n"].sum(), own.height)
    assert row["score"] == row["k"] / row["n"]
    assert (row["lower"], row["upper"]) == jeffreys(row["k"], row["n"], 0.9)


def test_means_have_the_interval_of_their_standard_error_and_no_count(tmp_path: Path) -> None:
    row, *_ = of("results", make_graded(tmp_path, sized(4)))
    scores = pl.Series([0.5, 0.25, 1.0])
    half = 1.6448536 * float(scores.std() or 0) / 3**0.5
    assert row["k"] is None
    assert row["score"] == pytest.approx(float(scores.mean() or 0))
    assert row["upper"] - row["score"] == pytest.approx(half)


def test_scores_that_are_no_shares_stay_out(tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text('[direction]\nnll = "lower"\n')
    lines = [f"m{i},f,t,{j},nll,{3 - i / 2 + j / 9},nats" for i in range(3) for j in range(3)]
    head = "model,task_family,task_id,instance_id,metric,score,unit"
    (tmp_path / "runs.csv").write_text("\n".join([head, *lines]) + "\n")
    (tmp_path / "ladder.toml").write_text(ladder_text(sized(3)))
    import_runs(
        "table", tmp_path / "runs.csv", tmp_path / "study", tmp_path / "map.toml", tmp_path / "ladder.toml"
    )
    row, *_ = of("results", tmp_path / "study")
    assert (row["score"], row["lower"], row["reason"]) == (None, None, "the scores are not shares in [0, 1]")
    assert of("certificates", tmp_path / "study") == []


def test_scores_of_forecasts_are_those_of_their_opening(small_study: Path, found: dict[str, Any]) -> None:
    scores, opened = found["forecast_scores"], latest_opened(Study(small_study))
    assert opened is not None
    own = opened.scored
    assert (scores["n_forecasts"], scores["n_targets"]) == (1, 1)
    assert {name: scores[name] for name in own.scores["law"]} == own.scores["law"]
    best, skill = own.best_baseline()
    assert scores["skill"]["against"].startswith(f"{best}: ")
    assert scores["skill"]["value"] == pytest.approx(skill)
    assert scores["coverage"]["80"]["value"] == own.coverage[80]
    assert scores["surprises"]["n_tasks"] == scores["forecasts"][0]["n_tasks"] == own.table.height


def test_one_size_of_target_gives_no_interval(found: dict[str, Any]) -> None:
    for one in (found["forecast_scores"]["skill"], *found["forecast_scores"]["coverage"].values()):
        assert (one["lower"], one["upper"]) == (None, None)
        assert one["reason"] == "sizes of targets: 1; an interval needs 5"


def several(study: Path, crps: dict[str, dict[str, float]]) -> dict[str, Any]:
    """Return the scores of forecasts whose targets had these CRPS, by target and forecaster."""
    seen = read_once(Study(study))
    (one,) = outcomes(seen)
    assert one.opened is not None
    made = [
        replace(
            one,
            opened=replace(
                one.opened,
                target=target,
                scores={name: {"crps": value, "mae": 1.0, "log_score": -1.0} for name, value in told.items()},
            ),
        )
        for target, told in crps.items()
    ]
    other = read_once(Study(study))
    other.once("outcomes", lambda: tuple(made))
    scores: dict[str, Any] = block("forecast_scores").make(other)
    return scores


def test_skill_is_against_the_one_baseline_that_is_best_over_all_forecasts(small_study: Path) -> None:
    crps = {f"n{i}": {"law": 4.0 + i, "b1": 20.0 if i == 4 else 5.0, "b2": 6.0, "b3": 1.0} for i in range(5)}
    del crps["n0"]["b3"]
    scores = several(small_study, crps)
    skill = scores["skill"]
    assert (scores["crps"], scores["n_targets"]) == (6.0, 5)
    assert skill["against"].startswith("b2: ")
    assert skill["value"] == 1 - 30 / 30
    assert skill["lower"] < skill["value"] < skill["upper"]
    assert scores["coverage"]["80"]["lower"] <= scores["coverage"]["80"]["value"]


def test_a_baseline_that_refused_is_compared_where_it_did_not(small_study: Path) -> None:
    crps = {"n1": {"law": 9.0, "b1": 9.0}, "n2": {"law": 1.0, "b2": 2.0}, "n3": {"law": 7.0}}
    scores = several(small_study, crps)
    assert scores["skill"]["against"].startswith("b2: ")
    assert scores["skill"]["value"] == 0.5
    assert several(small_study, {"n3": {"law": 7.0}})["skill"]["reason"] == "no baseline made a forecast"


def test_targets_of_one_size_are_one_block(small_study: Path) -> None:
    same = {model: {"law": 1.0, "b1": 2.0} for model in ("d64_s0", "d64_s1", "n1", "n2", "n3")}
    skill = several(small_study, same)["skill"]
    assert (skill["value"], skill["lower"]) == (0.5, None)
    assert skill["reason"] == "sizes of targets: 4; an interval needs 5"


def test_tables_are_read_once(study: Path) -> None:
    seen = read_once(Study(study))
    for read in (seen.cells, seen.runs, seen.tasks, seen.human, seen.ladder, seen.target_cells):
        assert read() is read()
    assert seen.about("m").cells() is seen.cells()
    assert read_once(seen) is seen
    assert seen.log.entries() is seen.log.entries()


def test_a_retrodiction_is_listed_and_does_not_count(forger: Forger, found: dict[str, Any]) -> None:
    seal = next(entry for entry in forger.entries if entry.kind == "seal")
    said = json.loads((forger.path / seal.payload["file"]).read_bytes())
    content = canonical_json(said | {"label": "retrodiction", "log_head": forger.entries[-1].hash})
    (forger.path / "forecasts" / "late.json").write_bytes(content)
    told = {"label": "retrodiction", "file": "forecasts/late.json", "sha256": sha256_hex(content)}
    forger.write([*forger.entries, replace(seal, payload=seal.payload | told)])
    scores, rows = of("forecast_scores", forger.path), of("preregistration", forger.path)
    assert [one["label"] for one in scores["forecasts"]] == ["forecast", "retrodiction"]
    assert {**scores, "forecasts": 0} == {**found["forecast_scores"], "forecasts": 0}
    assert [row["scored"] for row in rows] == [True, False]
    assert rows[1]["reason"].startswith("a retrodiction")
    assert rows[1]["outcome_seq"] < rows[1]["sealed_seq"]
    assert order_failures(Study(forger.path)) == ()


def test_a_forecast_that_was_never_opened_counts_all_the_same(forger: Forger, found: dict[str, Any]) -> None:
    forger.write([entry for entry in forger.entries if entry.kind != "open"])
    assert of("forecast_scores", forger.path) == found["forecast_scores"]


def test_a_seal_stands_with_its_outcome(small_study: Path, found: dict[str, Any]) -> None:
    entries = Study(small_study).log.entries()
    (row,) = found["preregistration"]
    seal, came = entries[row["sealed_seq"]], entries[row["outcome_seq"]]
    assert (seal.kind, seal.payload["target"]) == ("seal", LARGEST)
    assert came.payload["models"] == [LARGEST]
    assert (row["sealed_at"], row["outcome_at"]) == (seal.at, came.at)
    sealed = json.loads((small_study / seal.payload["file"]).read_bytes())
    assert row["code_version"] == sealed["code_version"]
    assert row["file"] == f"evidence/study/{seal.payload['file']}"


def test_a_library_that_is_missing_here_leaves_the_anchor_open(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (row,) = of("preregistration", study)
    assert row["anchor"] == "self-attested"
    head = Study(study).log.entries()[-1]
    (study / "anchors").mkdir()
    (study / "anchors" / f"{head.seq}-{head.hash[:8]}.rfc3161.tsr").write_bytes(b"a reply")
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    (unread,) = of("preregistration", study)
    assert isinstance(unread["anchor"], Unread)
    assert differences({"b": [row]}, {"b": [unread]}) == ()


def test_a_ladder_says_what_is_known_and_what_is_not(small_study: Path, found: dict[str, Any]) -> None:
    rungs = Study(small_study).ladder()
    assert [row["model"] for row in found["ladder"]] == list(rungs.models())
    assert found["ladder"][0]["n_params"] == rungs.rungs[0].n_params
    assert is_absent(found["ladder"][0]["released"])


def test_hardness_is_locked_once_every_task_is_frozen_as_it_stands(study: Path) -> None:
    (asked,) = (row for row in of("tasks", study) if row["family"] == "add")
    assert is_absent(asked["hardness_locked_at"])
    ids = Study(study).cells().filter(pl.col("task_family") == "add")["task_id"].unique().sort().to_list()
    version = {"version": None if is_absent(asked["version"]) else asked["version"], "content_hash": "x"}
    log = Log(study / "log.jsonl")
    log.append("freeze", {"tasks": dict.fromkeys(ids[1:], version)})
    (half,) = (row for row in of("tasks", study) if row["family"] == "add")
    assert (
        half["hardness_locked_at"]["reason"]
        == f"{len(ids) - 1} of {len(ids)} tasks were frozen as they stand"
    )
    last = log.append("freeze", {"tasks": {ids[0]: version}})
    (whole,) = (row for row in of("tasks", study) if row["family"] == "add")
    assert whole["hardness_locked_at"] == last.at


def test_tasks_are_ours_only_by_their_content(tmp_path: Path) -> None:
    family = FAMILIES["sha_chain"]
    hashes = {"sha_chain/10": family.content_hash(10), "sha_chain/20": family.content_hash(20)}
    for name, told in (("own", hashes), ("other", hashes | {"sha_chain/20": "0" * 64})):
        lines = [f"m,sha_chain,{task},acc,1,2,{digest}" for task, digest in told.items()]
        csv = tmp_path / f"{name}.csv"
        csv.write_text("\n".join(["model,task_family,task_id,metric,k,n,content_hash", *lines]) + "\n")
        import_runs("table", csv, tmp_path / name)
    own, other = (of("tasks", tmp_path / name)[0] for name in ("own", "other"))
    assert own["structure"].startswith("sequential; needs a tool; deterministic")
    assert own["tool_exactness"].startswith("python: ")
    assert is_absent(other["structure"])
    assert is_absent(other["tool_exactness"])


def test_the_gap_is_that_of_the_rated_model_over_its_efforts(tmp_path: Path) -> None:
    ends = {1: 30, 2: 50, 4: 60, 8: 66}
    lines = [
        f"{model},f,t,acc,{k + more},100,best_of_n@{effort},h"
        for model, more in (("m0", -20), ("m1", 0))
        for effort, k in ends.items()
    ]
    csv = tmp_path / "cells.csv"
    csv.write_text("\n".join(["model,task_family,task_id,metric,k,n,elicitation,harness_id", *lines]) + "\n")
    (tmp_path / "ladder.toml").write_text(ladder_text(sized(2)))
    import_runs("table", csv, tmp_path / "study", ladder=tmp_path / "ladder.toml")
    made = of("elicitation", tmp_path / "study")
    gap = made["gap_estimate"]
    assert (gap["model"], made["best_of"]) == ("m1", 8)
    assert gap["lower"] <= gap["gap"] <= gap["upper"]
    assert 0.02 < gap["gap"] < 0.2
    assert [row["n_attempts"] for row in made["methods"]] == [200] * 4
    assert of("elicitation", tmp_path / "study", "m0")["gap_estimate"]["gap"] != gap["gap"]
    wider = [f"m1,f,t,acc,{k},100,another@{effort},h" for effort, k in {1: 5, 2: 20, 4: 32, 8: 42}.items()]
    csv.write_text("\n".join(["model,task_family,task_id,metric,k,n,elicitation,harness_id", *wider]) + "\n")
    import_runs("table", csv, tmp_path / "study")
    assert of("elicitation", tmp_path / "study")["gap_estimate"]["gap"] > gap["gap"] + 0.05
    assert of("elicitation", tmp_path / "study", "m9")["gap_estimate"]["gap"] is None
    (harness,) = of("harness", tmp_path / "study")
    assert (harness["harness_id"], harness["n_attempts"]) == ("h", 1200)
    assert is_absent(harness["token_limit"])


def test_limits_of_a_harness_are_those_that_it_spells_out(tmp_path: Path) -> None:
    csv = tmp_path / "runs.csv"
    rows = [f"m,f,t,{i},{metric},1,token_limit=64,100" for i in range(3) for metric in ("a", "b")]
    head = "model,task_family,task_id,instance_id,metric,score,harness_id,tokens"
    csv.write_text("\n".join([head, *rows, "m,f,t,9,a,0,,"]) + "\n")
    import_runs("table", csv, tmp_path / "study")
    default, limited = of("harness", tmp_path / "study")
    assert (default["harness_id"], default["n_attempts"]) == ("default", 1)
    assert (limited["token_limit"], limited["n_attempts"]) == (64.0, 3)
    assert limited["time_limit"]["status"] == "not-applicable"
    (method,) = of("elicitation", tmp_path / "study")["methods"]
    assert is_absent(method["tokens"])


def test_withheld_files_take_with_them_the_blocks_that_rest_on_them() -> None:
    assert blocks_resting_on(["evidence/study/notes/probes.md"]) == set()
    assert "ladder" in blocks_resting_on(["ladder.toml"])
    runs = blocks_resting_on(["evidence/study/runs/30b1260da100.parquet"])
    assert {"results", "forecast_scores", "harness", "tasks", "study"} <= runs
    assert "ladder" not in runs
    forecasts = blocks_resting_on(["evidence/study/forecasts/d64.json"])
    assert forecasts == {"preregistration", "forecast_scores", "red_lines"}
    assert blocks_resting_on(["log.jsonl"]) == {*BLOCKS, "study"} - {"ladder"}


@pytest.mark.parametrize("name", [name for name in BLOCKS if name not in {*SLOW_BLOCKS, *ELSEWHERE}])
def test_a_block_reads_no_file_that_it_does_not_name(name: str, study: Path, found: dict[str, Any]) -> None:
    for path in [path for path in study.rglob("*") if path.is_file()]:
        if name not in blocks_resting_on([path.relative_to(study).as_posix()]):
            path.unlink()
    (study / "study.toml").touch()
    assert of(name, study) == found[name]

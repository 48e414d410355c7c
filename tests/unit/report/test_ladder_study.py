"""The main job on a ladder of three tiny widths: trained, sealed, opened, gone on with."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from tests.unit.assess.studies import tree

from tasklaws.core.errors import BadInput, UnknownName
from tasklaws.ladder.corpus import Ingredient
from tasklaws.ladder.preset import PRESETS, Preset, preset_of, weighted
from tasklaws.report.ladder_study import StudyResult, study
from tasklaws.report.recorded import pack, recorded
from tasklaws.run.workers import Job, WorkerFailed, run_all
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from pathlib import Path

TINY = Preset(
    "tiny",
    (8, 12, 16),
    (0, 1),
    1_500,
    (
        Ingredient("addition", 1.0, (1, 2)),
        Ingredient("sha_chain", 1.0, (10, 100)),
        Ingredient("facts", 2.0, (1, 2), seen=True),
    ),
    items=6,
    elicited=2,
    first=2,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ladder") / "study"


@pytest.fixture(scope="module")
def made(folder: Path) -> StudyResult:
    return study(folder, TINY)


def test_the_document_has_the_keys_that_are_promised(made: StudyResult) -> None:
    document = made.document()
    assert {"rungs", "forecasts", "verdicts", "report", "seconds"} <= set(document)
    assert [rung["model"] for rung in document["rungs"]] == [
        f"d{w}_s{s}" for w in (8, 12, 16) for s in (0, 1)
    ]
    assert all(0 < rung["loss_nats"] < 5 for rung in document["rungs"])
    assert [row["target"] for row in document["forecasts"]] == ["d16_s0", "d16_s1"]
    json.dumps(document, allow_nan=False)


def test_a_forecast_is_sealed_before_the_model_is_asked(made: StudyResult, folder: Path) -> None:
    told = [
        (entry.kind, entry.payload.get("target") or (entry.payload.get("models") or [""])[0])
        for entry in Study(folder).log.entries()
    ]
    for verdict in made.verdicts:
        target = verdict["target"]
        assert told.index(("seal", target)) < told.index(("run_part", target)) < told.index(("open", target))
        assert verdict["label"] == "forecast"
    assert Study(folder).log.verify() == len(told)


def test_no_question_stands_in_the_corpus_but_facts(made: StudyResult, folder: Path) -> None:
    overlap = json.loads((folder / "models" / "corpus.json").read_text())["overlap"]
    assert overlap["addition"]["in_corpus"] == overlap["sha_chain"]["in_corpus"] == 0
    assert overlap["facts"]["in_corpus"] > 0
    assert all(row["questions"] >= 6 for row in overlap.values())


def test_runs_are_the_table_of_every_other_source(made: StudyResult, folder: Path) -> None:
    runs = Study(folder).runs()
    assert set(runs["elicitation"]) >= {"greedy", "sample", "best_of_n@8", "majority@8", "retry_on_error@4"}
    assert set(runs["task_family"]) == {"addition", "sha_chain", "facts"}
    assert runs["reference_nll"].min() > 0
    assert runs.filter(runs["metric"] == "reference_nll")["unit"].unique().to_list() == ["nats"]


def test_a_second_run_changes_nothing_and_says_so(made: StudyResult, folder: Path) -> None:
    before = tree(folder)
    again = study(folder, TINY)
    assert again.warnings[0] == "the study was complete; nothing was trained, asked or sealed"
    assert tree(folder) == before
    assert again.forecasts == made.forecasts


def test_another_preset_or_another_study_is_refused(made: StudyResult, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="study of the preset 'tiny'"):
        study(folder, "quick")
    with pytest.raises(UnknownName, match="default, quick, serious"):
        study(tmp_path / "x", "large")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "log.jsonl").write_bytes(b"")
    with pytest.raises(BadInput, match="study of something else"):
        study(tmp_path / "other", TINY)


def test_a_finished_study_can_be_packed_and_unpacked(
    made: StudyResult, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = tmp_path / "study.zip"
    assert pack(folder, packed) == packed.stat().st_size
    monkeypatch.setattr(import_module("tasklaws.report.recorded"), "PACKED", packed)
    found = recorded(tmp_path / "again")
    assert found.forecasts == made.forecasts
    assert (tmp_path / "again" / "report.html").read_bytes() == (folder / "report.html").read_bytes()
    assert not list((tmp_path / "again").rglob("*.safetensors"))
    assert recorded(tmp_path / "again").verdicts == made.verdicts
    (tmp_path / "full").mkdir()
    with pytest.raises(BadInput, match="holds no report"):
        recorded(tmp_path / "full")


def test_weights_of_the_mix_can_be_stated() -> None:
    half = weighted(TINY, [("addition", 0.5), ("facts", 0)])
    assert [(part.family, part.weight) for part in half.mix] == [("addition", 0.5), ("sha_chain", 1.0)]
    with pytest.raises(UnknownName, match="sum_range"):
        weighted(TINY, [("sum_range", 1.0)])


@pytest.mark.parametrize("name", PRESETS)
def test_presets_survive_json(name: str) -> None:
    preset = PRESETS[name]
    assert preset_of(json.loads(json.dumps(asdict(preset)))) == preset
    assert len(preset.widths) > preset.first >= 3
    assert replace(preset, name="x") != preset


def test_a_worker_that_fails_is_told_with_what_it_said() -> None:
    job = Job("tasklaws.run.rung_worker", {"folder": "/nowhere", "task": "train", "width": 8}, "train d8")
    with pytest.raises(WorkerFailed, match=r"train d8 ended with code 1: .*nowhere"):
        run_all([job], lambda _job, _line: None)

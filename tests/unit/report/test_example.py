"""The verb study: the whole loop on the example results."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.unit.assess.studies import tree

from tasklaws.assess.track_record import forecasts
from tasklaws.core.errors import UnknownName
from tasklaws.report.example import HELD_BACK, PLANNED, StudyResult, study
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("example") / "study"


@pytest.fixture(scope="module")
def made(folder: Path) -> StudyResult:
    return study(folder, "quick")


@pytest.mark.slow
def test_the_document_has_the_keys_that_are_promised(made: StudyResult) -> None:
    document = made.document()
    assert {"rungs", "forecasts", "verdicts", "report", "seconds"} <= set(document)
    assert len(document["rungs"]) == 27
    assert all(set(rung) == {"model", "n_params", "seed", "loss_nats"} for rung in document["rungs"])
    assert all({"target", "mae", "skill"} <= set(one) for one in document["forecasts"])
    json.dumps(document, allow_nan=False)


@pytest.mark.slow
def test_forecasts_of_the_largest_size_were_sealed_before_its_results_came(
    folder: Path, made: StudyResult
) -> None:
    told = [(entry.kind, entry.payload) for entry in Study(folder).log.entries()]
    largest = {one.target for one in made.opened}
    assert largest == {"d64_s0", "d64_s1"}
    sealed = [i for i, (kind, said) in enumerate(told) if kind == "seal" and said["target"] in largest]
    came = next(
        i for i, (kind, said) in enumerate(told) if kind == "import" and set(said["models"]) & largest
    )
    opened = [i for i, (kind, _) in enumerate(told) if kind == "open"]
    assert len(sealed) == len(opened) == 2
    assert max(sealed) < came < min(opened)
    assert {one.label for one in made.opened} == {"forecast"}


@pytest.mark.slow
def test_the_last_forecast_is_of_a_model_that_nobody_trained(folder: Path, made: StudyResult) -> None:
    assert made.next_target == PLANNED.model
    last = forecasts(folder).rows[-1]
    assert (last["target"], last["opened"], last["intact"]) == (PLANNED.model, False, True)


@pytest.mark.slow
def test_a_second_run_goes_on_and_changes_no_sealed_forecast(folder: Path, made: StudyResult) -> None:
    before = tree(folder / "forecasts")
    log = (folder / "log.jsonl").read_bytes()
    page = (folder / "report.html").read_bytes()
    again = study(folder, "quick")
    assert tree(folder / "forecasts") == before
    assert (folder / "log.jsonl").read_bytes() == log
    assert (folder / "report.html").read_bytes() == page
    assert [one.document() for one in again.opened] == [one.document() for one in made.opened]


@pytest.mark.slow
def test_the_report_is_there(folder: Path, made: StudyResult) -> None:
    assert made.report == str(folder / "report.html")
    assert (folder / "report.html").stat().st_size > 100_000


def test_an_unknown_preset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match=r"no preset called 'quik'.*Did you mean 'quick'"):
        study(tmp_path / "new", "quik")
    assert not (tmp_path / "new").exists()
    assert list(HELD_BACK) == ["quick", "default", "serious"]

"""The verbs on real results of real models (skipped where ../shared/data is absent).

Figures of the data are those of its README; forecasts are only held to loose bounds, so that a
better law does not break a test.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import polars as pl
import pytest

from tasklaws.assess.backtesting import backtest
from tasklaws.assess.baseline import LAW
from tasklaws.assess.forecast import predict
from tasklaws.assess.opening import open_forecast
from tasklaws.report.study_report import report
from tasklaws.run.imports import import_runs, remove
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.assess.prediction import Prediction


@pytest.fixture(scope="module")
def metr(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a study of the 7,063 runs of METR; a test that writes copies it."""
    study = tmp_path_factory.mktemp("metr") / "study"
    folder = shared_data / "metr"
    result = import_runs("metr", [folder / "runs_2025-01.jsonl.gz", folder / "release_dates.yaml"], study)
    assert result.rows == 7063
    return study


def held_to(made: Prediction) -> pl.DataFrame:
    """Return the tasks' rows, after checking what holds of any forecast."""
    rows = made.table.filter(pl.col("level") == "task")
    ok = rows.filter(pl.col("status") == "ok")
    assert ok.height == rows.height > 0
    assert (ok["q025"] <= ok["q500"]).all()
    assert (ok["q500"] <= ok["q975"]).all()
    assert (ok["mean"] >= 0).all()
    assert (ok["mean"] <= 1).all()
    assert made.document()["aggregate"] is not None
    return ok


def test_metr_has_seven_blocks_and_beats_climatology(metr: Path) -> None:
    found = backtest(metr)
    document = found.document()
    # Ten agents on ten days: the first three are learnt from.
    assert (document["folds"], document["blocks"], document["label"]) == (7, 7, "forecast")
    assert document["p_sign_flip"] is not None
    assert document["coverage"]["90"] > 0.6
    climatology = next(one for one in document["baselines"] if one["name"] == "b0_climatology")
    assert document["crps"] < climatology["crps"]
    assert set(found.table.of(LAW)["status"].unique()) <= {"ok", "no-attempts"}


def test_a_past_agent_of_metr_is_a_retrodiction_that_opens(metr: Path, tmp_path: Path) -> None:
    study = shutil.copytree(metr, tmp_path / "study")
    made = predict(study, "o1", seal=True)
    assert made.label == "retrodiction"
    held_to(made)
    opened = open_forecast(study)
    assert opened.table.height > 50
    assert opened.scores["law"]["crps"] < opened.scores["b0_climatology"]["crps"]


@pytest.mark.slow
def test_metr_has_a_report(metr: Path, tmp_path: Path) -> None:
    assert report(metr, tmp_path / "report.html").bytes > 100_000


def test_pythia_of_the_largest_size_from_the_smaller(shared_data: Path, tmp_path: Path) -> None:
    study = tmp_path / "study"
    import_runs("pythia_long", shared_data / "pythia" / "evals_long.csv.gz", study)
    ladder = Study(study).ladder()
    lineage = ladder["pythia-1.4b"].lineage
    made = predict(study, "pythia-1.4b")
    assert made.label == "retrodiction"
    held_to(made)
    assert {rung.lineage for rung in ladder.of(lineage)} == {lineage}


def test_olmo_from_compute_and_conditional_on_the_loss(shared_data: Path, tmp_path: Path) -> None:
    study = tmp_path / "study"
    import_runs("olmo_ladder", shared_data / "olmo_ladder", study)
    known = Study(study)
    largest = known.ladder().of(known.ladder().lineages()[0])[-1].model
    by_compute = predict(study, largest)
    held_to(by_compute)
    assert "loss" not in by_compute.features[0]
    (study / "study.toml").write_text('axis = "loss_nats"\n')
    assert Study(study).ladder().axis == "loss_nats"
    remade = predict(study, largest)
    held_to(remade)
    assert "loss_nats" in remade.features[0]
    # Results exist, so both are retrodictions, whatever they were learnt from.
    assert (by_compute.label, remade.label) == ("retrodiction", "retrodiction")


def test_gadre_from_the_smaller_models(shared_data: Path, tmp_path: Path) -> None:
    study = tmp_path / "study"
    result = import_runs("gadre", shared_data / "gadre", study)
    known = Study(study)
    assert result.rows > 0
    lineage = max(known.ladder().lineages(), key=lambda name: len(known.ladder().of(name)))
    made = predict(study, known.ladder().of(lineage)[-1].model)
    held_to(made)


def test_an_import_of_real_results_can_be_undone(metr: Path, tmp_path: Path) -> None:
    study = shutil.copytree(metr, tmp_path / "study")
    remove(study, Study(study).imports()[0].import_id)
    assert Study(study).runs().height == 0
    assert Study(study).log.verify() == 2

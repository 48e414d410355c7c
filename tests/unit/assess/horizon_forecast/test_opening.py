"""Sealed forecasts of time horizons: their bytes, the chain they stand in, and how they are scored."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
from typing import TYPE_CHECKING

import polars as pl
import pytest
import rfc8785
from tests.unit.assess.horizon_forecast.ladders import take_in
from tests.unit.assess.studies import tree

from tasklaws.assess.forecast import predict
from tasklaws.assess.horizon_forecast import predict_horizon
from tasklaws.assess.horizon_forecast.mixture import Mixture
from tasklaws.assess.horizon_forecast.opening import OpenedHorizon
from tasklaws.assess.opening import Opened, open_forecast
from tasklaws.assess.track_record import forecasts, latest_opened, latest_unopened
from tasklaws.cli.main import main
from tasklaws.core.errors import NoAnswer, VerificationFailed
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from pathlib import Path


def file_of(study: Path) -> Path:
    (path,) = (study / "forecasts").iterdir()
    return path


@pytest.fixture
def ready(sealed: Path) -> Path:
    """Return the study after the results of m8 came."""
    return take_in(sealed.parent, {"m8": 7.5})


def test_a_seal_is_canonical_bytes_of_its_kind_in_the_chain(sealed: Path) -> None:
    content = file_of(sealed).read_bytes()
    document = json.loads(content)
    assert content == rfc8785.dumps(document)
    entry = Study(sealed).log.entries()[-1]
    assert entry.kind == "seal"
    assert entry.payload["kind"] == document["kind"] == "time_horizon"
    assert entry.payload["sha256"] == hashlib.sha256(content).hexdigest()
    assert document["data_hash"] == Study(sealed).data_hash()
    assert document["log_head"] == entry.prev
    assert len(document["tasks"]) == 56
    assert all(task["minutes"] > 0 for task in document["tasks"])
    row = document["rows"][0]
    law = Mixture.read(row["forecasters"]["law"])
    assert {"b1_persistence", "b2_increment", "b3_trend"} < set(row["forecasters"])
    assert 2 ** law.quantile(0.05) == pytest.approx(row["lower"], rel=1e-9)


def test_before_the_results_nothing_is_opened_or_written(sealed: Path) -> None:
    before = tree(sealed)
    with pytest.raises(NoAnswer, match=r"no-results-yet.*'m8'"):
        open_forecast(sealed)
    assert tree(sealed) == before


def test_a_forecast_is_scored_from_its_own_bytes_against_what_came(ready: Path) -> None:
    document = json.loads(file_of(ready).read_bytes())
    opened = open_forecast(ready)
    assert isinstance(opened, OpenedHorizon)
    told = opened.document()
    assert (told["target"], told["label"], told["kind"]) == ("m8", "forecast", "time_horizon")
    row = told["rows"][0]
    law = Mixture.read(document["rows"][0]["forecasters"]["law"])
    y = math.log2(row["observed"]["minutes"])
    assert row["observed"]["lower"] < row["observed"]["minutes"] < row["observed"]["upper"]
    assert row["crps"] == pytest.approx(law.crps(y))
    assert row["log_score"] == pytest.approx(law.log_density(y))
    assert row["pit"] == pytest.approx([law.cdf(y)] * 2)
    assert row["inside"]["90"] == (0.05 <= law.cdf(y) <= 0.95)
    assert row["error_doublings"] == pytest.approx(y - math.log2(row["forecast"]["minutes"]))
    mean = [sum(one["crps"] for one in told["rows"]) / len(told["rows"])]
    assert told["crps_doublings"] == pytest.approx(mean[0])
    line = Study(ready).log.entries()[-1]
    assert (line.kind, line.payload["kind"]) == ("open", "time_horizon")
    assert line.payload["crps_doublings"] == told["crps_doublings"]


def test_the_observed_horizon_is_that_of_the_verb(ready: Path) -> None:
    from tasklaws.assess.horizons import horizon

    row = open_forecast(ready).document()["rows"][0]
    rows = horizon(ready, success=(50,), curves=("log_logistic",), draws=200, people=False).document()["rows"]
    (told,) = [one for one in rows if one["alias"] == "m8"]
    assert row["observed"]["minutes"] == pytest.approx(told["minutes"])


def test_a_time_horizon_outside_the_tasks_is_scored_as_a_bound(sealed: Path) -> None:
    study = take_in(sealed.parent, {"m8": 14.0})
    told = open_forecast(study).document()
    row = told["rows"][0]
    law = Mixture.read(json.loads(file_of(study).read_bytes())["rows"][0]["forecasters"]["law"])
    (low, high), longest = row["pit"], 2**10
    assert row["crps"] is None
    assert row["log_score"] == pytest.approx(math.log(1 - low))
    assert (high, row["inside"]["90"]) == (1.0, False if low > 0.95 else None)
    assert law.cdf(math.log2(longest)) == pytest.approx(low, abs=0.05)
    assert told["crps_doublings"] is None or len(told["rows"]) > 1
    assert row["error_doublings"] is None


def _altered(study: Path) -> None:
    path = file_of(study)
    path.write_bytes(path.read_bytes().replace(b'"success":50', b'"success":51'))


def _gone(study: Path) -> None:
    file_of(study).unlink()


def _log_altered(study: Path) -> None:
    log = study / "log.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"label":"forecast"', b'"label":"f0recast"'))


def _log_cut(study: Path) -> None:
    """Cut the log off before the seal, whose file stays."""
    log = study / "log.jsonl"
    kept = log.read_bytes().split(b"\n")[:1]
    log.write_bytes(b"\n".join(kept) + b"\n")


@pytest.mark.parametrize("tamper", [_altered, _gone, _log_altered, _log_cut])
def test_nothing_altered_is_opened(ready: Path, tamper: object) -> None:
    tamper(ready)  # type: ignore[operator]
    before = tree(ready)
    with pytest.raises(VerificationFailed):
        open_forecast(ready)
    assert tree(ready) == before
    assert main(["open", str(ready), "--quiet"]) == 3


def test_both_kinds_stand_in_one_record_and_open_by_their_kind(sealed: Path) -> None:
    predict(sealed, "m8", seal=True)
    study = take_in(sealed.parent, {"m8": 7.5})
    horizon, scores = forecasts(study).rows
    assert (horizon["kind"], scores["kind"]) == ("time_horizon", "score")
    assert latest_unopened(Study(study)).sha256 == scores["sha256"]
    assert isinstance(open_forecast(study), Opened)
    assert isinstance(open_forecast(study), OpenedHorizon)
    horizon, scores = forecasts(study).rows
    assert horizon["crps"] is None
    assert horizon["crps_doublings"] > 0
    assert scores["crps"] > 0
    assert scores["crps_doublings"] is None
    assert (horizon["intact"], horizon["opened"]) == (True, True)
    assert latest_opened(Study(study)).scored.sha256 == scores["sha256"]


def test_a_task_that_changed_since_is_left_out_and_sealed_times_are_kept(ready: Path) -> None:
    whole = open_forecast(ready).document()["rows"][0]["observed"]["minutes"]
    tasks = pl.read_parquet(ready / "tasks.parquet")
    tasks.with_columns((pl.col("human_minutes") * 4).alias("human_minutes")).write_parquet(
        ready / "tasks.parquet"
    )
    again = open_forecast(ready, forecasts(ready).rows[0]["sha256"])
    assert again.document()["rows"][0]["observed"]["minutes"] == pytest.approx(whole)
    assert any("human times of 56 tasks have changed" in one for one in again.warnings)


def test_the_verbs_tell_both(ready: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["open", str(ready), "--quiet"]) == 0
    told = capsys.readouterr().out
    assert "m8  forecast" in told
    assert "CRPS in doublings" in told
    assert "50 %" in told
    assert main(["forecasts", str(ready), "--quiet"]) == 0
    assert "time_horizon  m8" in capsys.readouterr().out


def test_a_retrodiction_may_be_sealed_and_says_so(ready: Path) -> None:
    made = predict_horizon(ready, "m8", (50,), draws=200, seal=True)
    assert made.label == "retrodiction"
    assert [row["label"] for row in forecasts(ready).rows] == ["forecast", "retrodiction"]


def test_a_copy_of_the_study_opens_alike(ready: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(ready, tmp_path / "copy")
    assert open_forecast(copied).document() == open_forecast(ready).document()

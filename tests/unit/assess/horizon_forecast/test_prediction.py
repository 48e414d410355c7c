"""Forecasts of a study's next time horizon: what they learn from, what they say, what they refuse."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from tests.unit.assess.horizon_forecast.ladders import LEVELS, first, make, take_in

from tasklaws.assess.horizon_forecast import backtest_horizon, predict_horizon
from tasklaws.core.errors import BadInput, NoAnswer, UnknownName

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.assess.horizon_forecast import HorizonPrediction


@pytest.fixture(scope="module")
def next_one(made: Path) -> HorizonPrediction:
    return predict_horizon(made, draws=200)


def test_the_next_model_is_forecast_from_all_before_it(next_one: HorizonPrediction) -> None:
    assert (next_one.target, next_one.label, next_one.axis) == ("m8", "forecast", "released")
    assert next_one.trained_on == tuple(first(8))
    row = next_one.document()["rows"][0]
    assert row["lower"] < row["minutes"] < row["upper"]
    assert row["quantiles"]["0.5"] == row["minutes"]
    assert sorted(row["quantiles"].values()) == list(row["quantiles"].values())
    known = {*row["learnt_from"], *(one["model"] for one in row["bounded"])}
    assert known | {one["model"] for one in row["left_out"]} == set(first(8))
    # the planted law gains .9 doublings in 182 days: 202 days a doubling
    assert 140 < row["trend"]["doubling_days"] < 290
    assert row["lower"] < 2 ** LEVELS["m8"] < row["upper"]


def test_results_of_the_target_and_of_later_models_are_never_learnt_from(tmp_path: Path, made: Path) -> None:
    whole = make(tmp_path, LEVELS)
    later = predict_horizon(whole, "m6", draws=200)
    assert later.label == "retrodiction"
    assert later.trained_on == tuple(first(6))
    assert later.document()["rows"] == predict_horizon(made, "m6", draws=200).document()["rows"]


def test_models_outside_their_tasks_count_as_bounds(tmp_path: Path) -> None:
    levels = first(8) | {"m0": -4.0, "m1": -40.0}
    row = predict_horizon(make(tmp_path, levels), "m8", (50,), draws=200).document()["rows"][0]
    bounds = {one["model"]: one for one in row["bounded"]}
    assert bounds.keys() == {"m0", "m1"}
    assert all(one["at_most"] > 0 and one["at_least"] is None for one in bounds.values())
    assert row["learnt_from"] == ["m2", "m3", "m4", "m5", "m6", "m7"]


def test_a_share_without_enough_horizons_says_why_and_the_others_stand(tmp_path: Path) -> None:
    rows = predict_horizon(make(tmp_path, first(6)), "m6", (50, 99), draws=200).document()["rows"]
    assert rows[0]["status"] == "ok"
    assert rows[1]["status"] == "failed"
    assert rows[1]["minutes"] is None
    assert "A trend needs 4 models" in rows[1]["reason"]


def test_three_models_are_too_few(tmp_path: Path) -> None:
    study = make(tmp_path, first(3))
    with pytest.raises(NoAnswer, match="ladder-too-short"):
        predict_horizon(study, "m3", draws=200)


def test_options_that_cannot_be_are_refused(made: Path) -> None:
    for success, draws in (((), 200), ((0,), 200), ((100,), 200), ((50,), 10)):
        with pytest.raises(BadInput):
            predict_horizon(made, "m8", success, draws=draws)
    with pytest.raises(UnknownName):
        predict_horizon(made, "m99", draws=200)


def test_the_same_seed_gives_the_same_forecast(made: Path, next_one: HorizonPrediction) -> None:
    assert predict_horizon(made, "m8", draws=200).document() == next_one.document()
    assert predict_horizon(made, "m8", draws=200, seed=1).document() != next_one.document()


def test_a_backtest_forecasts_each_model_from_those_before(made: Path) -> None:
    (past,) = backtest_horizon(made, (50,), draws=200)
    assert [one.target for one in past.forecasts] == ["m4", "m5", "m6", "m7"]
    assert set(past.left_out) == {"m0", "m1", "m2", "m3"}
    alone = predict_horizon(made, "m5", (50,), draws=200).document()["rows"][0]
    assert past.forecasts[1].minutes == pytest.approx(alone["minutes"])
    summary = past.document()
    assert summary["crps"] == pytest.approx(math.fsum(one.score.crps["law"] for one in past.forecasts) / 4)
    best = {one["name"]: one["crps"] for one in summary["baselines"]}
    assert summary["skill"] == pytest.approx(1 - summary["crps"] / min(best.values()))


def test_a_later_import_does_not_change_what_is_forecast_of_earlier_models(tmp_path: Path) -> None:
    study = make(tmp_path, first(8))
    before = predict_horizon(study, "m7", (50,), draws=200).document()["rows"]
    take_in(tmp_path, {"m8": 9.0})
    assert predict_horizon(study, "m7", (50,), draws=200).document()["rows"] == before

"""The forecast on METR's runs: sealed before the last model's results come, then opened."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from tasklaws.assess.horizon_forecast import backtest_horizon, predict_horizon
from tasklaws.assess.opening import open_forecast
from tasklaws.run.imports import import_runs
from tasklaws.spec.ladder import Ladder
from tasklaws.spec.ladder_file import read_ladder, write_ladder

if TYPE_CHECKING:
    from pathlib import Path

LAST = "o1"


@pytest.fixture(scope="module")
def parts(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a study of all models but the last, whose rung stands on the ladder, and the last one's runs."""
    folder, source = tmp_path_factory.mktemp("metr"), shared_data / "metr"
    rows = gzip.decompress((source / "runs_2025-01.jsonl.gz").read_bytes()).decode().splitlines()
    own = [json.loads(row)["alias"] == LAST for row in rows]
    for name, wanted in (("before", False), ("after", True)):
        kept = [row for row, is_last in zip(rows, own, strict=True) if is_last == wanted]
        (folder / f"{name}.jsonl").write_text("\n".join(kept) + "\n")
    study, whole = folder / "study", folder / "whole"
    dates = source / "release_dates.yaml"
    import_runs("metr", [folder / "before.jsonl", dates], study)
    import_runs("metr", [source / "runs_2025-01.jsonl.gz", dates], whole)
    known, every = read_ladder(study / "ladder.toml"), read_ladder(whole / "ladder.toml")
    write_ladder(study / "ladder.toml", Ladder((*known, every[LAST]), known.axis))
    return study, folder / "after.jsonl"


def test_each_model_is_forecast_from_those_released_before(parts: tuple[Path, Path]) -> None:
    half, high = backtest_horizon(parts[0], draws=256)
    assert [one.target for one in half.forecasts] == [
        "Claude 3.5 Sonnet (Old)",
        "o1-preview",
        "Claude 3.5 Sonnet (New)",
    ]
    told = {one["name"]: one["crps"] for one in half.document()["baselines"]}
    assert half.summary().mean()["crps"] < told["b3_trend"]
    assert high.forecasts == ()
    assert "davinci-002" in high.left_out


def test_the_last_model_is_sealed_and_then_scored(parts: tuple[Path, Path]) -> None:
    study, after = parts
    made = predict_horizon(study, draws=256, seal=True)
    half, high = made.document()["rows"]
    assert (made.target, made.label) == (LAST, "forecast")
    assert {one["model"] for one in half["bounded"]} == {"davinci-002", "gpt-3.5-turbo-instruct"}
    assert "A trend needs 4 models" in high["reason"]
    import_runs("metr", [after], study)
    told = open_forecast(study).document()
    row, unscored = told["rows"]
    assert row["observed"]["minutes"] == pytest.approx(43.3, rel=0.01)
    assert row["inside"]["90"] is True
    assert unscored["reason"] == "there was no forecast"
    assert told["crps_doublings"] == row["crps"] > 0

"""`tasklaws horizon` hands over what was asked for; no number outside the tasks is printed bare."""

from __future__ import annotations

import json
from typing import Any

import click
import pytest
from tests.unit.cli.fakes import Fake

from tasklaws.assess import horizon_forecast, horizons
from tasklaws.cli.verbs.horizon import command


def row(alias: str, minutes: float | None, status: str = "ok", **more: Any) -> dict[str, Any]:
    return {
        "alias": alias, "success": 50, "minutes": minutes, "lower": 8.0, "upper": 40.0, "kind": "marginal",
        "curve": "log_logistic", "status": status, "reason": None, "tasks": 9, "attempts": 18.0,
        "shortest": 2.0, "longest": 960.0, "undefined_draws": 0.0, "sensitivity": None, **more,
    }  # fmt: skip


TREND = {
    "doubling_days": 160.4, "lower": 85.0, "upper": None, "reason": "no upper end", "curve": "log_logistic",
    "agents": ["a", "b", "c"], "left_out": [], "r_squared": 0.9,
}  # fmt: skip
DOCUMENT = {
    "rows": [
        row("inside", 17.3),
        row("short", 0.000123, "extrapolation", lower=None, upper=1.5),
        row("none", None, "bound", lower=None, upper=65.0, reason="all failed", undefined_draws=None),
        row("odd", None, "failed", lower=None, upper=None, reason="rises", undefined_draws=None),
    ],
    "trend": TREND,
    "trends": [TREND],
    "curves": [],
    "curves_text": "weibull tells held-out families best",
    "repeats": [
        {"alias": "inside", "rho": 0.56, "lower": 0.4, "upper": 0.7, "verdict": "tasks_differ",
         "reason": None,
         "pass_hat": {"4": {"seen": 0.31, "if_lottery": 0.12, "tasks": 9}}},
    ],
    "within_runs": [{"alias": "inside", "slope": None, "reason": "start and end are not recorded"}],
    "multiverse": None,
    "settings": {"level": 95, "time_errors": "human times are known to a factor of 2"},
}  # fmt: skip


def run(
    monkeypatch: pytest.MonkeyPatch, document: dict[str, Any], *arguments: str
) -> list[tuple[Any, dict[str, Any]]]:
    calls: list[tuple[Any, dict[str, Any]]] = []

    def function(study: Any, *, progress: Any, **options: Any) -> Fake:
        calls.append((study, options))
        return Fake(document)

    monkeypatch.setattr(horizons, "horizon", function)
    command.main([*arguments, "--quiet"], standalone_mode=False)
    return calls


def test_verb_passes_its_options(monkeypatch: pytest.MonkeyPatch) -> None:
    ((_, usual),) = run(monkeypatch, DOCUMENT, "study")
    assert usual == {
        "success": (50, 80), "draws": 1000, "seed": 0, "level": 95, "limits": "failure",
        "invalid": "failure", "people": True, "multiverse": False,
    }  # fmt: skip
    ((_, asked),) = run(
        monkeypatch, DOCUMENT, "study", "--success", "50, 99", "--curve", "weibull", "--curve", "lomax",
        "--limits", "censor", "--invalid-success", "drop", "--no-people", "--multiverse", "--draws", "7",
    )  # fmt: skip
    assert asked["success"] == (50, 99)
    assert asked["curves"] == ("weibull", "lomax")
    assert (asked["limits"], asked["invalid"], asked["people"], asked["multiverse"], asked["draws"]) == (
        "censor", "drop", False, True, 7,
    )  # fmt: skip


def test_verb_words_numbers_bounds_and_extrapolations(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, DOCUMENT, "study")
    told = capsys.readouterr().out
    assert "17.3 (8 to 40)" in told
    assert "below 2 (open to <2)" in told
    assert "0.000123" not in told
    assert "extrapolations beyond the tasks of short" in told
    assert "below 65" in told
    assert "none at 50 %, bound: all failed" in told
    assert "odd at 50 %, failed: rises" in told
    assert "doubles in 160 days (85 to open) over 3 agents" in told
    assert "0.56 (0.40 to 0.70)" in told
    assert "duration of runs tells nothing: start and end are not recorded" in told


def test_verb_words_the_multiverse(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one = {"alias": "m", "p50_status": "ok", "p50_factor": 1.0, "shortest": 2.0, "longest": 90.0}
    document = {
        "choices": {"limits": ["failure", "drop"]},
        "combinations": 2,
        "rows": [
            {**one, "choice": "default", "value": None, "p50": 43.3},
            {**one, "choice": "limits", "value": "drop", "p50": 0.02, "p50_status": "extrapolation"},
        ],
        "ranges": [
            {"alias": "m", "success": 50, "minimum": 43.3, "median": 60.0, "maximum": 98.7, "undefined": 0,
             "outside_tasks": 1, "reason": None, "shortest": 2.0, "longest": 90.0},
        ],
    }  # fmt: skip
    run(monkeypatch, DOCUMENT | {"multiverse": document}, "study", "--multiverse")
    told = capsys.readouterr().out
    assert "limits: drop" in told
    assert "0.02" not in told
    assert "<2" in told
    assert "all 2 combinations" in told
    assert ">90" in told
    assert "98.7" not in told


def test_verb_prints_the_document(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, DOCUMENT, "study", "--json")
    assert json.loads(capsys.readouterr().out) == {"schema_version": 1, "command": "horizon", **DOCUMENT}


def test_verb_refuses_what_is_no_list_of_percentages(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(click.BadParameter, match=r"not a list of whole percentages such as 50,80"):
        run(monkeypatch, DOCUMENT, "study", "--success", "50,eighty")


FORECAST = {
    "kind": "time_horizon",
    "target": "next",
    "label": "forecast",
    "sha256": "ab" * 32,
    "tasks": 83,
    "trained_on": ["a", "b"],
    "rows": [
        {"success": 50, "minutes": 61.7, "lower": 15.0, "upper": 272.0, "reason": None},
        {"success": 80, "minutes": None, "lower": None, "upper": None, "reason": "too few models"},
    ],
    "backtest": [
        {"success": 50, "n": 4, "crps": 0.72, "skill": -0.41, "best_baseline": "b2_increment"},
        {"success": 80, "n": 0, "crps": None, "skill": None, "best_baseline": None},
    ],
}


def test_a_target_asks_for_a_forecast(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls: list[tuple[Any, ...]] = []

    def function(study: Any, target: str, *, progress: Any, **options: Any) -> Fake:
        del progress
        calls.append((target, options))
        return Fake(FORECAST)

    monkeypatch.setattr(horizon_forecast, "predict_horizon", function)
    command.main(["study", "--target", "next", "--seal", "--quiet"], standalone_mode=False)
    assert calls == [("next", {"success": (50, 80), "draws": 1000, "seed": 0, "seal": True})]
    told = capsys.readouterr().out
    assert "next  forecast  sha256 abababab" in told
    assert "61.7     15 to 272" in told
    assert "80 %: too few models" in told
    assert "4 known models forecast from those before them: CRPS 0.72 doublings, skill -0.41" in told
    assert "80 %: no known model could have been forecast" in told


def test_only_a_forecast_is_sealed() -> None:
    with pytest.raises(click.UsageError, match="--seal needs --target"):
        command.main(["study", "--seal"], standalone_mode=False)

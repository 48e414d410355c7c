"""Made-up documents of the verbs `horizon`, with one model of every status, and `human-times`."""

from __future__ import annotations

from typing import Any


def row(alias: str, minutes: float | None, status: str = "ok", **more: Any) -> dict[str, Any]:
    ends = {} if minutes is None else {"lower": minutes / 4, "upper": minutes * 4}
    return {
        "alias": alias, "success": 50, "minutes": minutes, "lower": None, "upper": None, "kind": "marginal",
        "curve": "log_logistic", "status": status, "reason": None, "tasks": 40, "attempts": 320.0,
        "shortest": 1.0, "longest": 960.0, "undefined_draws": 0.0, "sensitivity": None, **ends, **more,
    }  # fmt: skip


def time_horizons(name: str = "model-a", **more: Any) -> dict[str, Any]:
    rows = [
        row("human", 600.0),
        row(name, 42.0),
        row("model-b", 90.0),
        row("model-c", 1e-6, "extrapolation", lower=None, upper=0.5, reason="below the tasks"),
        row("model-d", None, "bound", upper=64.0, reason="all 64 attempts failed"),
        row("model-e", None, "failed", reason="success does not fall with human time"),
        row(name, 5.0, success=80),
        row(name, 40.0, curve="metr_2026_01"),
        row(name, 44.0, curve="log_logistic_latent", kind="typical"),
    ]
    trend = {
        "doubling_days": 200.0, "lower": 90.0, "upper": 400.0, "reason": None, "curve": "log_logistic",
        "agents": [name, "model-b", "model-f"], "left_out": [], "r_squared": 0.9,
    }  # fmt: skip
    return {
        "rows": rows, "trend": trend, "settings": {"level": 95}, "warnings": [f"{name}: hangs on limits"],
        "curves_text": "weibull tells held-out families best", **more,
    }  # fmt: skip


def timed(task: str, minutes: float | None, attempts: int = 4, **more: Any) -> dict[str, Any]:
    ends = (None, None) if minutes is None else (minutes / 3, minutes * 3)
    return {
        "task_family": "maze", "task_id": task, "source": "baseline", "attempts": attempts,
        "finished": attempts // 2, "minutes": minutes, "lower": ends[0], "upper": ends[1], "status": "ok",
        "reason": None, "successes_minutes": minutes, "recorded_minutes": minutes, **more,
    }  # fmt: skip


def human_times(name: str = "maze/1", **more: Any) -> dict[str, Any]:
    tasks = [
        timed(name, 12.0, recorded_minutes=6.0),
        timed("maze/2", 40.0, 9),
        timed("maze/3", None, status="bound", lower=60.0, reason="nobody finished"),
        timed("maze/4", 30.0, 0, status="estimate"),
    ]
    return {
        "level": 0.9, "tasks": tasks, "given_up": {"given_up": 8, "attempts": 17},
        "success_only": {"factor": 0.5, "lower": 0.4, "upper": 0.625, "tasks": 2},
        "axis": {"slope_kept": 0.75, "lower": 0.5, "upper": 0.875}, "two_modes": {"p": 0.02},
        "populations": [{"population": "anybody", "ratio": 1.0}, {"population": name, "ratio": 0.5}],
        **more,
    }  # fmt: skip

"""Red lines within sealed forecasts: P(cross) before anybody looks, and what came."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.assess.aggregates import TIE
from tasklaws.assess.red_lines.crossing import p_cross, score_draws
from tasklaws.core.provenance import sha256_hex
from tasklaws.spec.red_lines import DEFAULT, RED_LINES, RedLine, read_red_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tasklaws.assess.prediction import Forecasted
    from tasklaws.assess.selection import Selection
    from tasklaws.study.folder import Study

OTHER = "the forecast is of another metric, harness or elicitation"


def sealed_lines(study: Study, made: Forecasted) -> dict[str, Any]:
    """Return what a sealed forecast says of the study's red lines; empty where the study has none."""
    path = study.path / RED_LINES
    if not path.exists():
        return {}
    lines = read_red_lines(path)
    return {
        "red_lines": [_said(made, line) for line in lines],
        "red_lines_sha256": sha256_hex(path.read_bytes()),
    }


def _said(made: Forecasted, line: RedLine) -> dict[str, Any]:
    tasks = tasks_of(made, line)
    draws = score_draws(made, tasks, np.random.default_rng(0))
    known = bool(draws.size)
    reason = (
        None if known else (OTHER if not _is_of(made.selection, line) else "no task of the line is forecast")
    )
    return {
        "name": line.name,
        "threshold": line.threshold,
        "alert": line.alert,
        "tasks": tasks,
        "p_cross": p_cross(draws, line.threshold) if known else None,
        "reason": reason,
    }


def tasks_of(made: Forecasted, line: RedLine) -> list[str]:
    """Return the tasks of a line that a forecast is about; none where it is of another metric."""
    ladder, forecast = made.problem.ladder, made.forecast
    if not _is_of(made.selection, line):
        return []
    known = np.isfinite(forecast.points[0]).all(axis=1)
    named = zip(ladder.task_ids, ladder.families, known, strict=True)
    return [task for task, family, ok in named if ok and line.matches(family)]


def _is_of(selection: Selection, line: RedLine) -> bool:
    """Return whether a line is about the cells of a selection."""
    said = (("metric", line.metric), ("elicitation", line.elicitation), ("harness_id", line.harness))
    return all(
        value == DEFAULT or selection.cells[name].unique().to_list() == [value] for name, value in said
    )


def score_lines(sealed: Mapping[str, Any], scores: Mapping[str, float]) -> tuple[dict[str, Any], ...]:
    """Return the sealed lines with what came.

    Args:
        sealed: document of a sealed forecast.
        scores: score of each task that has a result.
    """
    return tuple(_scored(one, scores) for one in sealed.get("red_lines", ()))


def _scored(one: Mapping[str, Any], scores: Mapping[str, float]) -> dict[str, Any]:
    came = [scores[task] for task in one["tasks"] if task in scores]
    named = {name: one[name] for name in ("name", "threshold", "alert", "p_cross")}
    none = {"score": None, "crossed": None, "brier": None, "log_score": None}
    if one["p_cross"] is None or len(came) < len(one["tasks"]):
        missing = f"{len(one['tasks']) - len(came)} of {len(one['tasks'])} tasks have no result"
        return {**named, **none, "reason": one["reason"] or missing}
    score = float(np.mean(came))
    crossed = score >= one["threshold"] - TIE
    return {
        **named,
        "score": score,
        "crossed": crossed,
        "brier": (one["p_cross"] - crossed) ** 2,
        "log_score": math.log(one["p_cross"] if crossed else 1 - one["p_cross"]),
        "reason": None,
    }

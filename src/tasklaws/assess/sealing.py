"""Sealing a forecast before anybody looks: its canonical bytes, and their hash in the log."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tasklaws.anchoring.backing import SELF_ATTESTED
from tasklaws.assess.baseline import BASELINES
from tasklaws.assess.prediction import Forecasted, Prediction, prediction_of
from tasklaws.assess.red_lines.sealed_lines import sealed_lines
from tasklaws.assess.sealed import SCORING_RULE, encode, forecast_all, sealed_bytes, thinned
from tasklaws.assess.selection import refuse_without_counts
from tasklaws.core.progress import SILENT
from tasklaws.core.provenance import code_version, sha256_hex
from tasklaws.study.files import changing
from tasklaws.study.folder import LOG_FILE, Study
from tasklaws.study.log import Log

if TYPE_CHECKING:
    from tasklaws.core.progress import Progress


def seal_forecast(study: Study, made: Forecasted, progress: Progress = SILENT) -> Prediction:
    """Write a forecast to ``forecasts/`` with all baselines and chain its hash into the log.

    Raises:
        NoAnswer: no task has counts, so there is nothing that could be scored later.
    """
    refuse_without_counts(made.problem)
    made = replace(made, forecast=thinned(made.forecast))
    prediction = prediction_of(made)
    with progress.stage("baselines", total=len(BASELINES)) as advance:
        forecasts = forecast_all(
            made.problem, made.forecast, {name: b.forecast for name, b in BASELINES.items()}
        )
        advance(len(BASELINES))
    with changing(study.path) as changes:
        sealed_at = datetime.now(UTC)
        document = _document(study, made, prediction) | {
            "sealed_at": sealed_at.isoformat(),
            "forecasters": {name: encode(one) for name, one in forecasts.items()},
        }
        content = sealed_bytes(document)
        digest = sha256_hex(content)
        name = f"forecasts/{file_stem(made.target)}-{digest[:8]}.json"
        changes.write(name, content)
        payload = {
            "target": made.target,
            "label": made.label,
            "sha256": digest,
            "file": name,
            "anchor": SELF_ATTESTED,
        }
        Log(changes.touch(LOG_FILE)).append("seal", payload, sealed_at)
    return replace(prediction, sha256=digest, path=name)


def file_stem(target: str) -> str:
    """Return a model's name as a file name: letters, digits, dots and hyphens stay, the rest becomes _."""
    return re.sub(r"[^A-Za-z0-9.-]+", "_", target).strip(".")[:80] or "model"


def _document(study: Study, made: Forecasted, prediction: Prediction) -> dict[str, Any]:
    problem, selection = made.problem, made.selection
    entries = study.log.entries()
    shown = prediction.document()
    return {
        "target": made.target,
        "label": made.label,
        "information": problem.information,
        "lineage": problem.lineage,
        "axis": problem.axis,
        "features": shown["features"],
        "target_features": problem.target.x[0].tolist(),
        "metric": selection.metric,
        **({} if made.budget is None else {"budget": made.budget}),
        "items": "identical" if selection.identical_items else "fresh",
        "cutoff": problem.cutoff,
        "horizon": problem.horizon,
        "trained_on": list(problem.ladder.rungs),
        "code_version": code_version(),
        "data_hash": study.data_hash(),
        "log_head": entries[-1].hash if entries else None,
        "scoring_rule": SCORING_RULE,
        "tasks": _sealed_tasks(made, shown["tasks"]),
        "families": shown["families"],
        "aggregate": shown["aggregate"],
        **sealed_lines(study, made),
    }


def _sealed_tasks(made: Forecasted, tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the task records with their content hash and their position among the points."""
    position = {task: i for i, task in enumerate(made.problem.ladder.task_ids)}
    facts = made.selection.task_table()
    hashes = dict(facts.select("task_id", "content_hash").iter_rows())
    return [
        {**task, "position": position.get(task["task_id"]), "content_hash": hashes.get(task["task_id"])}
        for task in tasks
    ]

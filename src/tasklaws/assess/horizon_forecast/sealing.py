"""Sealing the forecast of a time horizon: its canonical bytes, and their hash in the log."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.anchoring.backing import SELF_ATTESTED
from tasklaws.assess.horizon_forecast.forecast import LevelForecast
from tasklaws.assess.horizon_forecast.observed import UNITS
from tasklaws.assess.horizon_forecast.scoring import SCORING_RULE
from tasklaws.assess.horizons.estimates import DEFAULT
from tasklaws.assess.sealed import SCHEMA_VERSION
from tasklaws.assess.sealing import file_stem
from tasklaws.core.provenance import canonical_json, code_version, sha256_hex
from tasklaws.study.files import changing
from tasklaws.study.folder import LOG_FILE
from tasklaws.study.log import Log

if TYPE_CHECKING:
    from tasklaws.assess.horizon_forecast.made import HorizonPrediction
    from tasklaws.study.folder import Study

KIND = "time_horizon"
"""In the sealed file and in the log; forecasts of scores have none in the log."""

ESTIMATOR = {
    "curve": DEFAULT,
    "weights": "invsqrt_family",
    "limits": "failure",
    "invalid_success": "failure",
    "penalty": 0.0,
    "interval_from_draws_of": ["family", "task"],
    "errors_from_draws_of": list(UNITS),
}
"""What is observed, in the words of the verb `horizon`."""


def seal_horizon(study: Study, made: HorizonPrediction) -> tuple[str, str]:
    """Write a forecast with all baselines, chain its hash into the log, and return hash and path."""
    with changing(study.path) as changes:
        sealed_at = datetime.now(UTC)
        content = canonical_json(_document(study, made) | {"sealed_at": sealed_at.isoformat()})
        digest = sha256_hex(content)
        name = f"forecasts/{file_stem(made.target)}-{digest[:8]}.json"
        changes.write(name, content)
        payload = {
            "kind": KIND,
            "target": made.target,
            "label": made.label,
            "sha256": digest,
            "file": name,
            "anchor": SELF_ATTESTED,
        }
        Log(changes.touch(LOG_FILE)).append("seal", payload, sealed_at)
    return digest, name


def _document(study: Study, made: HorizonPrediction) -> dict[str, Any]:
    entries = study.log.entries()
    shown = made.document()
    kept = ("target", "label", "lineage", "axis", "unit", "models", "trained_on", "settings")
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": KIND,
        **{name: shown[name] for name in kept},
        "place": made.place,
        "metric": made.asked.source.metric,
        "elicitation": made.asked.source.elicitation,
        "estimator": ESTIMATOR,
        "code_version": code_version(),
        "data_hash": study.data_hash(),
        "log_head": entries[-1].hash if entries else None,
        "scoring_rule": SCORING_RULE,
        "tasks": _tasks(study, made),
        "rows": [
            row | {"forecasters": _forecasters(level)}
            for row, level in zip(shown["rows"], made.levels, strict=True)
        ],
    }


def _forecasters(level: LevelForecast | tuple[int, str]) -> dict[str, Any]:
    if not isinstance(level, LevelForecast):
        return {}
    return {name: one.document() for name, one in level.forecasts.items()}


def _tasks(study: Study, made: HorizonPrediction) -> list[dict[str, Any]]:
    """Return the tasks on which the time horizon will be observed, with their human times."""
    hashes = content_hashes(study, made.asked.source.metric)
    asked = zip(made.asked.tasks, made.asked.families, made.asked.minutes.tolist(), strict=True)
    return [
        {"task_id": task, "family": family, "minutes": minutes, "content_hash": hashes.get(task)}
        for task, family, minutes in asked
    ]


def content_hashes(study: Study, metric: str | None) -> dict[str, str | None]:
    """Return the content hash of each task of a study as it is now."""
    own = study.tasks().filter(pl.col("metric") == metric)
    return dict(own.select("task_id", "content_hash").iter_rows())

"""Opening the sealed forecast of a time horizon: scored against what was observed on the sealed tasks."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.anchoring.backing import SELF_ATTESTED
from tasklaws.assess.baseline import LAW
from tasklaws.assess.horizon_forecast.mixture import Mixture
from tasklaws.assess.horizon_forecast.observed import suite
from tasklaws.assess.horizon_forecast.scoring import Summary, score
from tasklaws.assess.horizon_forecast.sealing import KIND, content_hashes
from tasklaws.assess.horizons.selection import asked
from tasklaws.assess.horizons.sources import source_of
from tasklaws.core.errors import NoAnswer, VerificationFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tasklaws.assess.horizon_forecast.observed import Observed
    from tasklaws.assess.horizon_forecast.scoring import HorizonScore
    from tasklaws.assess.horizons.rows import Row
    from tasklaws.assess.horizons.selection import Asked
    from tasklaws.study.folder import Study

PERCENT = 100
CLOSE = 1e-9


@dataclass(frozen=True)
class OpenedLevel:
    """What came at one share of success, and how the forecast did; null where there is nothing to score."""

    forecast: Mapping[str, Any]
    """The row as it was sealed."""
    row: Row | None
    score: HorizonScore | None
    reason: str | None

    def document(self) -> dict[str, Any]:
        """Return observed and forecast minutes, and the scores."""
        told = {} if self.row is None else self.row.document()
        kept = ("minutes", "lower", "upper", "status")
        doublings = _doublings(told.get("minutes")), _doublings(self.forecast["minutes"])
        error = None if None in doublings or not self._exact() else doublings[0] - doublings[1]  # type: ignore[operator]
        return {
            "success": self.forecast["success"],
            "observed": {name: told.get(name) for name in kept},
            "forecast": {name: self.forecast[name] for name in kept},
            "reason": self.reason or told.get("reason"),
            "error_doublings": error,
            **({} if self.score is None else self.score.document()),
        }

    def _exact(self) -> bool:
        return self.score is not None and bool(self.score.crps)


@dataclass(frozen=True)
class OpenedHorizon:
    """A sealed forecast of a time horizon, scored against what was observed."""

    target: str
    sha256: str
    label: str
    sealed_at: str
    levels: tuple[OpenedLevel, ...]
    warnings: tuple[str, ...] = ()
    anchor: str = SELF_ATTESTED
    """What backs the time of its seal."""

    def summary(self) -> Summary:
        """Return the means over shares of success."""
        return Summary(tuple(one.score for one in self.levels if one.score is not None))

    def payload(self) -> dict[str, Any]:
        """Return what the log keeps of it."""
        best, skill = self.summary().best_baseline()
        means = self.summary().mean()
        return {
            "kind": KIND,
            "target": self.target,
            "sha256": self.sha256,
            "log_score": means["log_score"],
            "crps_doublings": means["crps"],
            "best_baseline": best,
            "skill": skill,
        }

    def document(self) -> dict[str, Any]:
        """Return the keys of `interfaces.md` that a time horizon has; CRPS is in doublings."""
        summary = self.summary()
        return {
            **self.payload(),
            "label": self.label,
            "sealed_at": self.sealed_at,
            "anchor": self.anchor,
            "skill": summary.skill(),
            "best_skill": summary.best_baseline()[1],
            "coverage": summary.coverage(),
            "rows": [one.document() for one in self.levels],
            "warnings": list(self.warnings),
        }


def score_horizon(study: Study, content: bytes, sha256: str) -> OpenedHorizon:
    """Return the scores of a sealed forecast against the results that the study holds now.

    Args:
        study: the study.
        content: bytes of the sealed file, checked against the log.
        sha256: their hash.

    Raises:
        VerificationFailed: the bytes are no sealed forecast of a time horizon.
        NoAnswer: the target has no results, or no time horizon at any share of success that was forecast.
    """
    document = _read(content)
    found, warnings = _asked(study, document)
    settings = document["settings"]
    levels = tuple(_level(found, row, document["target"], **settings) for row in document["rows"])
    if all(one.score is None for one in levels):
        raise NoAnswer(
            "nothing-to-score",
            "; ".join(f"{one.forecast['success']} %: {one.reason}" for one in levels),
            "A forecast is scored against a time horizon, or a bound of it.",
            "Import more results of the model on the tasks that were sealed and open again.",
        )
    return OpenedHorizon(
        document["target"], sha256, document["label"], document["sealed_at"], levels, warnings
    )


def _read(content: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or document.get("kind") != KIND:
        raise VerificationFailed(
            "these bytes are no sealed forecast of a time horizon.",
            "The log says that they are.",
            "Restore the file.",
        )
    return document


def _level(found: Asked, row: Mapping[str, Any], target: str, draws: int, seed: int) -> OpenedLevel:
    if row["status"] != "ok":
        return OpenedLevel(row, None, None, "there was no forecast")
    horizons = suite(found, row["success"], draws, seed)
    seen: Observed | str = horizons.observed(target)
    told = horizons.rows.get(target)
    if isinstance(seen, str):
        return OpenedLevel(row, told, None, seen)
    forecasts = {name: Mixture.read(one) for name, one in row["forecasters"].items()}
    forecasts = {LAW: forecasts[LAW]} | forecasts
    return OpenedLevel(row, told, score(row["success"], forecasts, seen), None)


def _asked(study: Study, document: Mapping[str, Any]) -> tuple[Asked, tuple[str, ...]]:
    """Return what the target was asked of the sealed tasks, on their sealed times.

    Raises:
        NoAnswer: it was asked none of them, or is scored by another metric.
    """
    target, sealed = document["target"], {task["task_id"]: task for task in document["tasks"]}
    found = asked(source_of(study), people=False)
    changed = _changed(study, document["metric"], sealed)
    keep = np.array([task in sealed and task not in changed for task in found.tasks])
    place = found.agents.index(target) if target in found.agents else None
    own = None if place is None else found.n.sum(axis=0)[place] > 0
    if own is None or not (own & keep).any() or found.source.metric != document["metric"]:
        raise NoAnswer(
            "no-results-yet",
            f"model {target!r} has no results of metric {document['metric']!r} on the sealed tasks.",
            "A forecast is scored against what came.",
            "Import the results and open again.",
        )
    minutes = np.array([sealed[t]["minutes"] if t in sealed else m for t, m in _times(found)])
    moved = int((keep & (np.abs(np.log2(minutes / found.minutes)) > CLOSE)).sum())
    lacking = len(sealed) - int((own & keep).sum())
    warnings = (
        *(
            f"task {task!r} is not the one that was sealed (its content changed); left out"
            for task in changed
        ),
        *([f"{lacking} of {len(sealed)} sealed tasks have no result of {target!r}"] if lacking else []),
        *([f"human times of {moved} tasks have changed since; those sealed are taken"] if moved else []),
    )
    return replace(found, minutes=minutes).tasks_at(keep), warnings


def _times(found: Asked) -> list[tuple[str, float]]:
    return list(zip(found.tasks, found.minutes.tolist(), strict=True))


def _changed(study: Study, metric: str | None, sealed: Mapping[str, Mapping[str, Any]]) -> list[str]:
    now = content_hashes(study, metric)
    return [
        name
        for name, task in sealed.items()
        if task["content_hash"] and now.get(name) and now[name] != task["content_hash"]
    ]


def _doublings(minutes: float | None) -> float | None:
    return math.log2(minutes) if minutes else None

"""Sealing a forecast before anybody looks, opening it later, and the record of all of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tasklaws.assess.aggregates import MeanScore, mean_draws, score_mean
from tasklaws.assess.baseline import BASELINES
from tasklaws.assess.forecast import Forecasted, Prediction, forecast_frame, prediction_of
from tasklaws.assess.scores import CountScores, covered, score
from tasklaws.assess.sealed import (
    LAW,
    SCORING_RULE,
    Sealed,
    encode,
    forecast_all,
    read_sealed,
    sealed_bytes,
    thinned,
)
from tasklaws.assess.selection import select
from tasklaws.assess.skill import COVERAGES
from tasklaws.assess.surprises import RungShock, Surprises, find_surprises
from tasklaws.core.errors import NoAnswer, UnknownName, VerificationFailed
from tasklaws.core.progress import SILENT
from tasklaws.core.provenance import code_version, sha256_hex
from tasklaws.core.tables import OBSERVATIONS, validate
from tasklaws.infer.arrays import RateForecast
from tasklaws.study.files import changing
from tasklaws.study.folder import LOG_FILE, Study
from tasklaws.study.log import Log

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.core.progress import Progress
    from tasklaws.infer.arrays import Floats
    from tasklaws.study.log import Entry

ANCHOR = "self-attested"
"""What backs the time of a seal: the log's own chain and the clock of the machine that wrote it."""


def seal_forecast(study: Study, made: Forecasted, progress: Progress = SILENT) -> Prediction:
    """Write a forecast to ``forecasts/`` with all baselines and chain its hash into the log."""
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
        name = f"forecasts/{_file_stem(made.target)}-{digest[:8]}.json"
        changes.write(name, content)
        payload = {
            "target": made.target,
            "label": made.label,
            "sha256": digest,
            "file": name,
            "anchor": ANCHOR,
        }
        Log(changes.touch(LOG_FILE)).append("seal", payload, sealed_at)
    return replace(prediction, sha256=digest, path=name)


def _file_stem(target: str) -> str:
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


@dataclass(frozen=True)
class Opened:
    """A sealed forecast scored against what came."""

    target: str
    sha256: str
    label: str
    sealed_at: str
    table: pl.DataFrame
    """Of the schema ``observations``, one row per task that was forecast and observed."""
    scores: dict[str, dict[str, float]]
    """Per forecaster: log_score (nats), crps and mae (points), means over the same tasks."""
    coverage: dict[int, float | None]
    surprises: Surprises
    mean: MeanScore | None
    """The mean over tasks, scored on the joint draws."""
    warnings: tuple[str, ...] = ()

    def skill(self) -> dict[str, float]:
        """Return 1 - CRPS / CRPS of the baseline, for every baseline that made a forecast."""
        law = self.scores[LAW]["crps"]
        return {
            name: 1 - law / one["crps"]
            for name, one in self.scores.items()
            if name != LAW and one["crps"] > 0
        }

    def best_baseline(self) -> tuple[str | None, float | None]:
        """Return the baseline that did best, with hindsight, and the skill against it."""
        skills = self.skill()
        best = min(skills, key=skills.__getitem__, default=None)
        return best, skills[best] if best else None

    def document(self) -> dict[str, Any]:
        """Return the keys of `interfaces.md`."""
        found = self.surprises.rows.filter(pl.col("surprise"))
        return {
            "target": self.target,
            "sha256": self.sha256,
            "label": self.label,
            "sealed_at": self.sealed_at,
            "anchor": ANCHOR,
            **self.scores[LAW],
            "n_tasks": self.table.height,
            "coverage": {str(level): share for level, share in self.coverage.items()},
            "skill": self.skill(),
            "baselines": [{"name": name, **one} for name, one in self.scores.items() if name != LAW],
            "surprises": found.select("task_id", "direction", "p", "q").to_dicts(),
            "rung_shock": _shock(self.surprises.shock),
            "aggregate": _mean(self.mean),
            "warnings": list(self.warnings),
        }


def _shock(shock: RungShock) -> dict[str, Any]:
    return {"size_sd": shock.size, "points": shock.points, "p": shock.p, "reason": shock.reason}


def _mean(mean: MeanScore | None) -> dict[str, Any] | None:
    if mean is None:
        return None
    return {
        "mean": mean.mean,
        "observed": mean.observed,
        "error": mean.error,
        "crps": mean.crps,
        "pit": mean.pit,
    }


def open_forecast(study: Study | str | Path, sha256: str | None = None) -> Opened:
    """Verify a sealed forecast and score it against the target's results.

    Args:
        study: the study.
        sha256: hash of the forecast or its first digits; by default the latest that was never opened.

    Raises:
        VerificationFailed: the log or the file is not what was sealed.
        UnknownName: no sealed forecast has that hash.
        NoAnswer: there is nothing to open, or the target has no results yet.
    """
    study = study if isinstance(study, Study) else Study(study)
    entries = study.log.entries()
    seal = _seal(entries, sha256)
    opened = _score(study, read_sealed(verified_bytes(study, seal), seal.payload["file"]), seal)
    with changing(study.path) as changes:
        best, skill = opened.best_baseline()
        payload = {"target": opened.target, "sha256": opened.sha256, **opened.scores[LAW]}
        payload |= {"best_baseline": best, "skill": skill}
        Log(changes.touch(LOG_FILE)).append("open", payload)
    return opened


def verified_bytes(study: Study, seal: Entry) -> bytes:
    """Return the bytes of a sealed forecast after checking them against the log.

    Raises:
        VerificationFailed: the file is missing or altered.
    """
    path, sealed = study.path / str(seal.payload["file"]), seal.payload["sha256"]
    found = sha256_hex(path.read_bytes()) if path.exists() else None
    if found != sealed:
        raise VerificationFailed(
            f"{path.name}: {'missing' if found is None else f'sha256 {found[:12]}'}.",
            f"The forecast of {seal.payload['target']!r} was sealed with sha256 {sealed[:12]}.",
            "Restore the file from a copy; an edited forecast is a new forecast and needs a seal of its own.",
        )
    return path.read_bytes()


def _seal(entries: tuple[Entry, ...], sha256: str | None) -> Entry:
    seals = [entry for entry in entries if entry.kind == "seal"]
    if sha256 is not None:
        for entry in reversed(seals):
            if entry.payload["sha256"].startswith(sha256):
                return entry
        raise UnknownName("sealed forecast", sha256, (entry.payload["sha256"][:12] for entry in seals))
    opened = {entry.payload["sha256"] for entry in entries if entry.kind == "open"}
    waiting = [entry for entry in seals if entry.payload["sha256"] not in opened]
    if not waiting:
        raise NoAnswer(
            "nothing-to-open",
            f"{len(seals)} forecasts are sealed and none of them is unopened.",
            "There must be a sealed forecast.",
            "Seal one with predict --seal, or name one to open again: tasklaws forecasts STUDY lists them.",
        )
    return waiting[-1]


def _score(study: Study, sealed: Sealed, seal: Entry) -> Opened:
    n, k, warnings = _outcome(study, sealed)
    rng = np.random.default_rng(int(seal.payload["sha256"][:8], 16))
    forecasts = {name: one for name, one in sealed.forecasters().items() if isinstance(one, RateForecast)}
    scores = {name: score(one, n, k, rng) for name, one in forecasts.items()}
    common = np.all([np.isfinite(one.crps) for one in scores.values()], axis=0)
    law = forecasts[LAW]
    return Opened(
        target=sealed.document["target"],
        sha256=seal.payload["sha256"],
        label=sealed.document["label"],
        sealed_at=sealed.document["sealed_at"],
        table=_observations(sealed, n, k, scores[LAW]),
        scores={name: _means(one, common) for name, one in scores.items()},
        coverage={level: _share(covered(scores[LAW].pit, level / 100)) for level in COVERAGES},
        surprises=find_surprises(law, 0, sealed.task_ids, n[0], k[0], rng),
        mean=_mean_score(law, n, k, rng),
        warnings=warnings,
    )


def _means(scores: CountScores, common: Any) -> dict[str, float]:  # noqa: ANN401 - a mask
    return {
        "mae": float(np.abs(scores.error[common]).mean()),
        "log_score": float(scores.log_score[common].mean()),
        "crps": float(scores.crps[common].mean()),
    }


def _share(inside: Floats) -> float | None:
    known = inside[np.isfinite(inside)]
    return float(known.mean()) if known.size else None


def _outcome(study: Study, sealed: Sealed) -> tuple[Floats, Floats, tuple[str, ...]]:
    """Return the target's counts (n, k), of shape (1, tasks), n = 0 where a task changed or was not run."""
    target, metric = sealed.document["target"], sealed.document["metric"]
    selection = select(study)
    rows = selection.cells.filter((pl.col("model") == target) & pl.col("k").is_not_null())
    if not rows.height or selection.metric != metric:
        raise NoAnswer(
            "no-results-yet",
            f"model {target!r} has no results of metric {metric!r}.",
            "A forecast is scored against what came.",
            "Import the results and open again.",
        )
    known = {task: (tried, won) for task, tried, won in rows.select("task_id", "n", "k").iter_rows()}
    changed = _changed_tasks(sealed, selection.task_table())
    counts = [known.get(task, (0, 0.0)) if task not in changed else (0, 0.0) for task in sealed.task_ids]
    table = np.array(counts, dtype=np.float64).reshape(-1, 2)
    warnings = [
        f"task {task!r} is not the one that was sealed (its content changed); left out" for task in changed
    ]
    missing = [task for task in sealed.task_ids if task not in known]
    if missing:
        named = ", ".join(missing[:5])
        warnings.append(
            f"{len(missing)} of {len(sealed.task_ids)} tasks have no result of {target!r}: {named}"
        )
    return table[None, :, 0], table[None, :, 1], tuple(warnings)


def _changed_tasks(sealed: Sealed, facts: pl.DataFrame) -> list[str]:
    now = dict(facts.select("task_id", "content_hash").iter_rows())
    return [
        task["task_id"]
        for task in sealed.document["tasks"]
        if task["content_hash"] and now.get(task["task_id"]) and now[task["task_id"]] != task["content_hash"]
    ]


def _observations(sealed: Sealed, n: Floats, k: Floats, scores: CountScores) -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "task_id": sealed.task_ids,
            "task_family": sealed.families,
            "n": n[0],
            "observed": k[0] / np.where(n[0] > 0, n[0], np.nan),
            "log_score": scores.log_score[0],
            "crps": scores.crps[0],
            "pit": scores.pit[0],
        }
    )
    frame = frame.filter(pl.col("n") > 0).with_columns(
        pl.lit(sealed.document["target"]).alias("target"), pl.lit(sealed.document["metric"]).alias("metric")
    )
    return validate(frame.fill_nan(None), OBSERVATIONS, "observations")


def _mean_score(law: RateForecast, n: Floats, k: Floats, rng: np.random.Generator) -> MeanScore | None:
    if law.joint is None:
        return None
    use = (n[0] > 0) & np.isfinite(law.joint[0]).all(axis=0)
    if not use.any():
        return None
    draws = mean_draws(law.joint[0][:, use], n[0, use], law.noise[use], rng)
    return score_mean(draws, float((k[0, use] / n[0, use]).mean()), rng)


@dataclass(frozen=True)
class SealedForecast:
    """A sealed forecast as tables, verified against the log."""

    target: str
    lineage: str
    label: str
    sha256: str
    sealed_at: str
    table: pl.DataFrame
    """Of the schema ``forecasts``."""


@dataclass(frozen=True)
class OpenedForecast:
    """A sealed forecast with its scores."""

    sealed: SealedForecast
    scored: Opened


def latest_unopened(study: Study) -> SealedForecast | None:
    """Return the latest sealed forecast that was never opened, or None."""
    entries = study.log.entries()
    opened = {entry.payload["sha256"] for entry in entries if entry.kind == "open"}
    waiting = [e for e in entries if e.kind == "seal" and e.payload["sha256"] not in opened]
    return _sealed_forecast(study, waiting[-1]) if waiting else None


def latest_opened(study: Study) -> OpenedForecast | None:
    """Return the forecast that was opened last, scored again from its bytes, or None."""
    entries = study.log.entries()
    opened = [entry.payload["sha256"] for entry in entries if entry.kind == "open"]
    if not opened:
        return None
    seal = _seal(entries, opened[-1])
    sealed = read_sealed(verified_bytes(study, seal), seal.payload["file"])
    return OpenedForecast(_sealed_forecast(study, seal), _score(study, sealed, seal))


def _sealed_forecast(study: Study, seal: Entry) -> SealedForecast:
    document = read_sealed(verified_bytes(study, seal), seal.payload["file"]).document
    return SealedForecast(
        document["target"],
        document["lineage"],
        document["label"],
        seal.payload["sha256"],
        document["sealed_at"],
        forecast_frame(document),
    )


@dataclass(frozen=True)
class TrackRecord:
    """All sealed forecasts of a study, opened or not."""

    rows: tuple[dict[str, Any], ...]

    def document(self) -> dict[str, Any]:
        """Return the keys of `interfaces.md`."""
        return {"forecasts": list(self.rows)}


def forecasts(study: Study | str | Path) -> TrackRecord:
    """List every sealed forecast with its label, whether it was opened, and its scores.

    Log score and skill are those of the first opening; skill is against the best baseline of that
    forecast, known only with hindsight.

    Raises:
        VerificationFailed: the log is not what was written.
    """
    study = study if isinstance(study, Study) else Study(study)
    entries = study.log.entries()
    return TrackRecord(tuple(_row(study, entry, entries) for entry in entries if entry.kind == "seal"))


def _row(study: Study, seal: Entry, entries: tuple[Entry, ...]) -> dict[str, Any]:
    digest = seal.payload["sha256"]
    first = next((e for e in entries if e.kind == "open" and e.payload["sha256"] == digest), None)
    return {
        "target": seal.payload["target"],
        "sha256": digest,
        "label": seal.payload["label"],
        "sealed_at": seal.at,
        "opened": first is not None,
        "opened_at": first.at if first else None,
        "mae": first.payload["mae"] if first else None,
        "log_score": first.payload["log_score"] if first else None,
        "crps": first.payload["crps"] if first else None,
        "skill": first.payload["skill"] if first else None,
        "best_baseline": first.payload["best_baseline"] if first else None,
        "intact": _intact(study, seal),
    }


def _intact(study: Study, seal: Entry) -> bool:
    try:
        verified_bytes(study, seal)
    except VerificationFailed:
        return False
    return True

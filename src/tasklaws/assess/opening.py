"""Opening a sealed forecast: its bytes are checked against the log, then scored against what came."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tasklaws.anchoring.backing import SELF_ATTESTED, seal_words
from tasklaws.anchoring.study_anchors import study_anchors
from tasklaws.assess.aggregates import MeanScore, mean_draws, score_mean
from tasklaws.assess.baseline import LAW
from tasklaws.assess.budget.cells import at_budget
from tasklaws.assess.red_lines.sealed_lines import score_lines
from tasklaws.assess.scores import CountScores, covered, score
from tasklaws.assess.sealed import Sealed, read_sealed
from tasklaws.assess.selection import select
from tasklaws.assess.skill import COVERAGES
from tasklaws.assess.surprises import RungShock, Surprises, find_surprises
from tasklaws.core.errors import NoAnswer, UnknownName, VerificationFailed
from tasklaws.core.provenance import sha256_hex
from tasklaws.core.tables import OBSERVATIONS, validate
from tasklaws.infer.arrays import RateForecast
from tasklaws.study.files import changing
from tasklaws.study.folder import LOG_FILE, Study
from tasklaws.study.log import Log

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.assess.horizon_forecast.opening import OpenedHorizon
    from tasklaws.infer.arrays import Floats
    from tasklaws.study.log import Entry


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
    red_lines: tuple[dict[str, Any], ...] = ()
    """Red lines that were sealed with the forecast, with what came."""
    anchor: str = SELF_ATTESTED
    """What backs the time of the seal."""

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

    def payload(self) -> dict[str, Any]:
        """Return what the log keeps of it."""
        best, skill = self.best_baseline()
        own = {"target": self.target, "sha256": self.sha256, **self.scores[LAW]}
        return own | {"best_baseline": best, "skill": skill}

    def document(self) -> dict[str, Any]:
        """Return the keys of `interfaces.md`."""
        found = self.surprises.rows.filter(pl.col("surprise"))
        return {
            "target": self.target,
            "sha256": self.sha256,
            "label": self.label,
            "sealed_at": self.sealed_at,
            "anchor": self.anchor,
            **self.scores[LAW],
            "n_tasks": self.table.height,
            "coverage": {str(level): share for level, share in self.coverage.items()},
            "skill": self.skill(),
            "baselines": [{"name": name, **one} for name, one in self.scores.items() if name != LAW],
            "surprises": found.select("task_id", "direction", "p", "q").to_dicts(),
            "rung_shock": _shock(self.surprises.shock),
            "aggregate": _mean(self.mean),
            **({"red_lines": list(self.red_lines)} if self.red_lines else {}),
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


def open_forecast(study: Study | str | Path, sha256: str | None = None) -> Opened | OpenedHorizon:
    """Verify a sealed forecast and score it against the target's results.

    Args:
        study: the study.
        sha256: hash of the forecast or its first digits; by default the latest that was never opened.

    Raises:
        VerificationFailed: the log or the file is not what was sealed, or a seal is gone from the log.
        UnknownName: no sealed forecast has that hash, or several begin with it.
        NoAnswer: there is nothing to open, or the target has no results yet.
    """
    study = study if isinstance(study, Study) else Study(study)
    opened = _any(study, sha256)
    with changing(study.path) as changes:
        Log(changes.touch(LOG_FILE)).append("open", opened.payload())
    return opened


def _any(study: Study, sha256: str | None) -> Opened | OpenedHorizon:
    entries = study.log.entries()
    _refuse_unlogged(study, entries)
    seal = find_seal(entries, sha256)
    content = verified_bytes(study, seal)
    if not of_scores(seal):
        from tasklaws.assess.horizon_forecast.opening import score_horizon

        return replace(score_horizon(study, content, seal.payload["sha256"]), anchor=anchor_of(study, seal))
    return score_sealed(study, read_sealed(content, seal.payload["file"]), seal)


def scored(study: Study, sha256: str | None = None) -> Opened:
    """Return what `open_forecast` returns of a forecast of scores, without a line in the log.

    Raises:
        VerificationFailed: as `open_forecast`.
        UnknownName: as `open_forecast`.
        NoAnswer: as `open_forecast`.
    """
    entries = study.log.entries()
    _refuse_unlogged(study, entries)
    seal = find_seal(entries, sha256)
    return score_sealed(study, read_sealed(verified_bytes(study, seal), seal.payload["file"]), seal)


def verified_bytes(study: Study, seal: Entry) -> bytes:
    """Return the bytes of a sealed forecast after checking them against the log.

    Raises:
        VerificationFailed: the file is missing or altered.
    """
    path, sealed = study.path / str(seal.payload["file"]), seal.payload["sha256"]
    content = path.read_bytes() if path.exists() else None
    found = None if content is None else sha256_hex(content)
    if content is None or found != sealed:
        raise VerificationFailed(
            f"{path.name}: {'missing' if found is None else f'sha256 {found[:12]}'}.",
            f"The forecast of {seal.payload['target']!r} was sealed with sha256 {sealed[:12]}.",
            "Restore the file from a copy; an edited forecast is a new forecast and needs a seal of its own.",
        )
    return content


def anchor_of(study: Study, seal: Entry) -> str:
    """Return what backs the time of a seal: `self-attested`, or kind and time of an anchor."""
    entries = study.log.entries()
    return seal_words(study_anchors(study.path, entries), entries, seal)


def _refuse_unlogged(study: Study, entries: tuple[Entry, ...]) -> None:
    """Refuse a study with a forecast that no line of the log tells of: its line may have been cut off."""
    known = {entry.payload["file"] for entry in entries if entry.kind == "seal"}
    for path in sorted(study.forecasts_folder.glob("[!.]*.json")):
        if f"forecasts/{path.name}" not in known:
            raise VerificationFailed(
                f"forecasts/{path.name} is there, and {LOG_FILE} holds no seal of it.",
                "Every sealed forecast has its line in the log.",
                "Restore the log from a copy; or move the file away, if its sealing was interrupted.",
            )


def find_seal(entries: tuple[Entry, ...], sha256: str | None) -> Entry:
    """Return the seal whose hash begins with `sha256`; without one the latest that is not opened.

    Raises:
        UnknownName: not exactly one seal has that hash.
        NoAnswer: every seal was opened.
    """
    if sha256 is not None:
        return _seal_called(entries, sha256)
    seals = [entry for entry in entries if entry.kind == "seal"]
    waiting = unopened(entries)
    if not waiting:
        raise NoAnswer(
            "nothing-to-open",
            f"{len(seals)} forecasts are sealed and none of them is unopened.",
            "There must be a sealed forecast.",
            "Seal one with predict --seal, or name one to open again: tasklaws forecasts STUDY lists them.",
        )
    return waiting[-1]


def _seal_called(entries: tuple[Entry, ...], sha256: str) -> Entry:
    seals = {entry.payload["sha256"]: entry for entry in entries if entry.kind == "seal"}
    found = [entry for digest, entry in seals.items() if sha256 and digest.startswith(sha256.lower())]
    if len(found) != 1:
        raise UnknownName(
            "one sealed forecast" if found else "sealed forecast", sha256, [d[:12] for d in seals]
        )
    return found[0]


def of_scores(entry: Entry) -> bool:
    """Return whether a line of the log is about a forecast of scores; those about time horizons say so."""
    return "kind" not in entry.payload


def unopened(entries: tuple[Entry, ...]) -> list[Entry]:
    """Return the seals of forecasts that were never opened, in order."""
    opened = {entry.payload["sha256"] for entry in entries if entry.kind == "open"}
    return [e for e in entries if e.kind == "seal" and e.payload["sha256"] not in opened]


def score_sealed(study: Study, sealed: Sealed, seal: Entry) -> Opened:
    """Return the scores of a sealed forecast against the results that the study holds now.

    Raises:
        NoAnswer: the target has no results, or none on the tasks that were forecast.
    """
    n, k, warnings = _outcome(study, sealed)
    rng = np.random.default_rng(int(seal.payload["sha256"][:8], 16))
    forecasts = {name: one for name, one in sealed.forecasters().items() if isinstance(one, RateForecast)}
    scores, common = _scored(forecasts, n, k, rng)
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
        red_lines=score_lines(sealed.document, _rates(sealed, n, k)),
        anchor=anchor_of(study, seal),
    )


def _rates(sealed: Sealed, n: Floats, k: Floats) -> dict[str, float]:
    """Return the score of each task that was forecast and has results."""
    known = zip(sealed.task_ids, n[0], k[0], strict=True)
    return {task: float(won / tried) for task, tried, won in known if tried > 0}


def _scored(
    forecasts: dict[str, RateForecast], n: Floats, k: Floats, rng: np.random.Generator
) -> tuple[dict[str, CountScores], Any]:
    """Return the scores of all who forecast any of the tasks, and where all of them did.

    Raises:
        NoAnswer: the law forecast none of the tasks that have results.
    """
    scores = {name: score(one, n, k, rng) for name, one in forecasts.items()}
    scores = {name: one for name, one in scores.items() if np.isfinite(one.crps).any()}
    if LAW not in scores:
        raise NoAnswer(
            "nothing-to-score",
            "none of the tasks that were forecast has a result.",
            "A forecast is scored on the tasks it was made for, as they were then.",
            "Import results on those tasks and open again.",
        )
    return scores, np.all([np.isfinite(one.crps) for one in scores.values()], axis=0)


def _means(scores: CountScores, common: Any) -> dict[str, float]:  # noqa: ANN401 - a mask
    return {
        "mae": float(scores.absolute_error[common].mean()),
        "log_score": float(scores.log_score[common].mean()),
        "crps": float(scores.crps[common].mean()),
    }


def _share(inside: Floats) -> float | None:
    known = inside[np.isfinite(inside)]
    return float(known.mean()) if known.size else None


def _outcome(study: Study, sealed: Sealed) -> tuple[Floats, Floats, tuple[str, ...]]:
    """Return the target's counts (n, k), of shape (1, tasks), n = 0 where a task changed or was not run."""
    target, metric = sealed.document["target"], sealed.document["metric"]
    selection = select(at_budget(study, sealed.document.get("budget")))
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

"""Logs of Inspect AI, `.eval` and `.json`, read as files: one attempt per sample, epoch and score.

The task of Inspect becomes the family. Where samples say how long they take people (`human_minutes` in their
metadata), each sample is a task of its own, as in suites of agents; else the whole is one task and samples
are its instances. `task_family`, `task_id` and `human_source` in the metadata of a sample go before both.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.core.errors import BadTable
from tasklaws.core.tables import RUNS, TASKS
from tasklaws.importers._inspect_files import header, samples, text, under, whole
from tasklaws.importers._inspect_trace import moment
from tasklaws.spec.importer import Imported, Importer, ImportOptions, Quarantined
from tasklaws.spec.source import expand

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

GRADES = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
"""Inspect's own grades: correct, partial, incorrect, no answer."""
LIMITS = {"time": "limit_time", "working": "limit_time", "token": "limit_tokens"}
"""Kind of limit -> outcome; of every other kind it is `limit`."""
BOUNDS = ("time_limit", "working_limit", "token_limit", "message_limit", "cost_limit")
KEY = ("model", "task_id", "instance_id", "epoch", "harness_id", "elicitation", "metric")
FINISHED = "success"


def read(paths: Sequence[Path], options: ImportOptions) -> Imported:  # noqa: ARG001
    """Return the attempts of logs; of one that stands in several logs, the one of the latest log."""
    files = expand(paths, ("*.eval", "*.json"))
    logs = sorted(((header(file), file) for file in files), key=lambda one: (_created(one[0]), one[1].name))
    rows: list[dict[str, Any]] = []
    facts: dict[tuple[str, str], dict[str, Any]] = {}
    aside: list[Quarantined] = []
    notes: list[str] = []
    for head, file in logs:
        made = _Log(head, file)
        rows += made.rows()
        facts |= made.tasks
        aside += made.aside
        notes += made.notes()
    if not rows:
        raise BadTable(
            f"{', '.join(file.name for _, file in logs[:3])}: no sample has a score.",
            "What is imported are scores of samples.",
            "Score the logs first, or name others.",
        )
    runs = pl.DataFrame(rows, schema=dict(RUNS.dtypes()))
    kept = runs.unique(KEY, keep="last", maintain_order=True)
    if kept.height < runs.height:
        notes.append(f"{runs.height - kept.height} scores stand in several logs: the latest log counts")
    return Imported(
        rows=kept.height,
        runs=kept,
        tasks=_tasks(facts, kept),
        quarantined=tuple(aside),
        warnings=tuple(dict.fromkeys(notes)),
    )


class _Log:
    """One log: what all its samples share, and what was set aside."""

    def __init__(self, head: Mapping[str, Any], file: Path) -> None:
        said = under(head, "eval")
        self.file = file
        self.status = text(head.get("status"))
        self.model = _named(said, "model", file)
        self.family = _named(said, "task", file)
        self.run = text(said.get("eval_id")) or text(said.get("run_id")) or file.stem
        config = under(said, "config")
        bounds = [f"{name}={config[name]}" for name in BOUNDS if isinstance(config.get(name), int | float)]
        self.harness = ",".join(bounds) or "default"
        self.tasks: dict[tuple[str, str], dict[str, Any]] = {}
        self.aside: list[Quarantined] = []
        self.count = 0

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield one row for each score of each sample."""
        for count, sample in enumerate(samples(self.file), 1):
            self.count, attempt = count, self._attempt(sample)
            for metric, given, invalid in _scores(sample):
                score = _number(given)
                if score is None and attempt["outcome"] == "submitted":
                    reason = f"sample {attempt['instance_id']}, {metric}: {given!r} is no score from 0 to 1"
                    self.aside.append(Quarantined(self.file.name, count, reason))
                    continue
                outcome = "invalid_success" if invalid and score else attempt["outcome"]
                self._note(attempt, metric, sample)
                yield attempt | {"metric": metric, "score": score, "outcome": outcome}

    def _attempt(self, sample: Mapping[str, Any]) -> dict[str, Any]:
        about, name = under(sample, "metadata"), str(sample.get("id"))
        family = text(about.get("task_family")) or self.family
        own = f"{self.family}/{name}" if _minutes(about) is not None else self.family
        epoch = whole(sample.get("epoch")) or 1
        return {
            "model": self.model,
            "task_family": family,
            "task_id": text(about.get("task_id")) or own,
            "instance_id": text(name),
            "epoch": epoch - 1,
            "harness_id": self.harness,
            "elicitation": "default",
            "outcome": _outcome(sample),
            "run_id": text(sample.get("uuid")) or text(f"{self.run}:{name}:{epoch}"),
            "started_at": moment(sample.get("started_at")),
            "completed_at": moment(sample.get("completed_at")),
            "tokens": _tokens(sample),
        }

    def _note(self, attempt: Mapping[str, Any], metric: str, sample: Mapping[str, Any]) -> None:
        about = under(sample, "metadata")
        minutes = _minutes(about)
        self.tasks[attempt["task_id"], metric] = {
            "task_id": attempt["task_id"],
            "task_family": attempt["task_family"],
            "metric": metric,
            "direction": "higher",
            "human_minutes": minutes,
            "human_source": text(about.get("human_source")) if minutes is not None else None,
        }

    def notes(self) -> Iterator[str]:
        """Yield what a reader should know of the log."""
        if self.status != FINISHED:
            said = f"its status is {self.status!r}" if self.status else "it was never finished"
            yield f"{self.file.name}: {said}; its {self.count} samples are those that came first"


def _created(head: Mapping[str, Any]) -> str:
    return text(under(head, "eval").get("created")) or ""


def _named(said: Mapping[str, Any], name: str, file: Path) -> str:
    found = text(said.get(name))
    if not found:
        raise BadTable(
            f"{file.name}: {name!r} is missing.", "The header of a log has it.", "Export it again."
        )
    return found


def _scores(sample: Mapping[str, Any]) -> Iterator[tuple[str, Any, bool]]:
    """Yield metric, value, and whether the success is said to be invalid; one of each part of a score."""
    scores = under(sample, "scores") or ({"score": sample["score"]} if sample.get("score") else {})
    if not scores and (sample.get("error") or sample.get("limit")):
        return
    for scorer, score in scores.items():
        value, about = under(scores, scorer).get("value", score), under(under(scores, scorer), "metadata")
        parts = value.items() if isinstance(value, dict) else [(None, value)]
        for part, own in parts:
            yield (
                text(scorer if part is None else f"{scorer}.{part}") or "score",
                own,
                bool(about.get("invalid_success")),
            )


def _number(value: object) -> float | None:
    if isinstance(value, str) and value in GRADES:
        return GRADES[value]
    number = float(value) if isinstance(value, int | float) else math.nan
    return number if 0 <= number <= 1 else None


def _outcome(sample: Mapping[str, Any]) -> str:
    if sample.get("error"):
        return "error"
    limit = sample.get("limit")
    if not limit:
        return "submitted"
    return LIMITS.get(str(under(sample, "limit").get("type")), "limit")


def _minutes(about: Mapping[str, Any]) -> float | None:
    found = about.get("human_minutes")
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return float(found) if 0 < found < math.inf else None


def _tokens(sample: Mapping[str, Any]) -> int | None:
    """Return the tokens that models wrote in all."""
    usage = under(sample, "model_usage")
    written = [whole(under(usage, name).get("output_tokens")) for name in usage]
    known = [one for one in written if one is not None]
    return sum(known) if known else None


def _tasks(facts: Mapping[tuple[str, str], dict[str, Any]], runs: pl.DataFrame) -> pl.DataFrame:
    items = runs.group_by("task_id", "metric").agg(pl.col("instance_id").n_unique().alias("n_items"))
    told = pl.DataFrame(list(facts.values()), schema=dict(TASKS.dtypes())).drop("n_items")
    return told.join(items, on=["task_id", "metric"], maintain_order="left").select(TASKS.names)


IMPORTER = Importer(
    name="inspect",
    summary="logs of Inspect AI, .eval or .json, read without it: scores, limits, errors, tokens, times",
    source="Inspect AI, docs: Log Files",
    status="emerging",
    read=read,
)

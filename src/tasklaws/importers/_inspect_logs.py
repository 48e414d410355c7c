"""The attempts of one log of Inspect, what was set aside of it, and what a reader should know."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.importers._attempts import OUTCOMES
from tasklaws.importers._inspect_files import text, under, whole
from tasklaws.importers._inspect_header import Header
from tasklaws.importers._inspect_rows import (
    TYPES,
    attempt,
    cancelled,
    minutes,
    number,
    of_score,
    scores,
    share,
)
from tasklaws.spec.importer import Quarantined

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tasklaws.importers._inspect_files import Log

FINISHED = "success"
CHUNK = 5000
"""Rows that are held before they become columns, which take a tenth of the memory."""
SHOWN = 60
"""Characters of a score that is none."""


class Attempts:
    """The attempts of one log; `tasks`, `aside` and `notes` are whole once `frames` was."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.head = Header(log)
        self.tasks: dict[tuple[str, str], dict[str, Any]] = {}
        """(task, metric) -> what is known of the task."""
        self.aside: list[Quarantined] = []
        self.scored: dict[tuple[str, int], bool] = {}
        """(sample, epoch) -> whether it has a score."""
        self.failed: list[tuple[dict[str, Any], dict[str, Any]]] = []
        """Attempts that an error or a limit ended before they came to a score, and their metadata."""
        self.cancelled = 0

    def frames(self) -> Iterator[pl.DataFrame]:
        """Yield the attempts of the log in tables of a bounded size."""
        rows = self._rows()
        while chunk := list(islice(rows, CHUNK)):
            yield pl.DataFrame(chunk, schema=TYPES)

    def notes(self) -> Iterator[str]:
        """Yield what a reader should know of the log."""
        taken, status = len(self.scored), self.head.status
        if self.log.cut:
            lost = f"{self.log.lost} parts are lost"
            yield f"it is cut off or damaged: {taken} samples are whole and taken, {lost}"
        if status != FINISHED:
            said = f"its status is {status!r}" if status else "it was never finished"
            yield f"{said}; its {taken} samples are those that came first"
        if self.cancelled:
            yield f"{self.cancelled} samples were under way when the run was ended; left out"
        if unscored := taken - sum(self.scored.values()) - len(self._without_score()):
            yield f"{unscored} samples have no score; left out"
        if missing := self.head.missing(self.scored):
            yield missing

    def _rows(self) -> Iterator[dict[str, Any]]:
        """Yield one row for each score of each sample; last those of attempts that came to no score."""
        for count, sample in enumerate(self.log.samples(events=False), 1):
            if cancelled(sample):
                self.cancelled += 1
            elif sample.get("invalidation"):
                self._set_aside(count, f"sample {text(str(sample.get('id')))}: it was declared invalid")
            else:
                yield from self._of_sample(count, sample)
        metrics = sorted({metric for _, metric in self.tasks}) or self.head.scorers()
        for made, about in self._without_score():
            for metric in metrics:
                self._note(made, metric, about)
                yield made | {"metric": metric}

    def _of_sample(self, count: int, sample: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        made, about, scored = self._attempt(sample), under(sample, "metadata"), False
        for scorer, part, value, told in scores(sample):
            scored = True
            metric = self._metric(scorer, part, told)
            unit = text(under(told, "units").get(part)) if part else None
            score = number(value) if unit else share(value)
            if score is None and made["outcome"] == "submitted" and not self.head.ours:
                said = f"{repr(value)[:SHOWN]} is no score from 0 to 1"
                self._set_aside(count, f"sample {made['instance_id']}, {metric}: {said}")
                continue
            self._note(made, metric, about)
            outcome = self._outcome(made["outcome"], told, success=bool(score))
            yield made | of_score(told) | {"metric": metric, "score": score, "unit": unit, "outcome": outcome}
        place = made["instance_id"], made["epoch"]
        self.scored[place] = scored or self.scored.get(place, False)
        if not scored and made["outcome"] != "submitted":
            self.failed.append((made, about))

    def _without_score(self) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Return the attempts that failed and were not made again with more success."""
        return [one for one in self.failed if not self.scored[one[0]["instance_id"], one[0]["epoch"]]]

    def _outcome(self, seen: str, told: Mapping[str, Any], *, success: bool) -> str:
        """Return how an attempt ended: as Inspect saw it, else as our own score states it."""
        if success and told.get("invalid_success"):
            return "invalid_success"
        stated = told.get("outcome") if self.head.ours and seen == "submitted" else None
        return stated if isinstance(stated, str) and stated in OUTCOMES else seen

    def _attempt(self, sample: Mapping[str, Any]) -> dict[str, Any]:
        about, name = under(sample, "metadata"), text(str(sample.get("id"))) or ""
        family = self.head.family
        own = f"{family}/{name}" if minutes(about) is not None else family
        epoch = whole(sample.get("epoch")) or 1
        return {
            **self.head.shared,
            "task_family": text(about.get("task_family")) or family,
            "task_id": text(about.get("task_id")) or own,
            "instance_id": name,
            "sample_id": name,
            "epoch": epoch - 1,
            "run_id": text(sample.get("uuid")) or f"{self.head.run}:{name}:{epoch}",
            **attempt(sample),
        }

    def _metric(self, scorer: str, part: str | None, told: Mapping[str, Any]) -> str:
        """Return the name of a score: of ours that of the metric, which is a part of the one score."""
        if part is None:
            return text(scorer) or "score"
        return text(part if self.head.ours and "units" in told else f"{scorer}.{part}") or "score"

    def _note(self, made: Mapping[str, Any], metric: str, about: Mapping[str, Any]) -> None:
        """Keep what is known of a task; the first sample that says how long it takes people counts."""
        key, human = (made["task_id"], metric), minutes(about)
        if key in self.tasks and (human is None or self.tasks[key]["human_minutes"] is not None):
            return
        self.tasks[key] = {
            "task_id": made["task_id"],
            "task_family": made["task_family"],
            "metric": metric,
            "human_minutes": human,
            "human_source": text(about.get("human_source")) if human is not None else None,
            **self.head.task(made["task_id"], metric),
        }

    def _set_aside(self, count: int, reason: str) -> None:
        self.aside.append(Quarantined(self.head.file, count, reason))

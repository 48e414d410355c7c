"""The verb `label --apply`: what readers agree to be no valid success is marked so, in the open."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tasklaws.assess.observation.labels import SETTLED, read_all
from tasklaws.assess.observation.transcripts import Transcript
from tasklaws.core.errors import NoAnswer
from tasklaws.study.files import changing
from tasklaws.study.folder import LOG_FILE, Study
from tasklaws.study.log import Log
from tasklaws.study.marks import ATTEMPT, INVALID, MARK

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from tasklaws.assess.observation.labels import Label

READERS = 2
"""Readers that must say the same, where nobody settled it."""


@dataclass(frozen=True)
class AppliedResult:
    """What was marked."""

    marked: tuple[str, ...]
    """Attempts that count as invalid successes now."""
    alone: int
    """Attempts that one reader alone calls so: they are not marked."""
    unknown: int
    """Attempts called so that the study's runs do not hold."""

    def document(self) -> dict[str, Any]:
        """Return the JSON keys of `label --apply`."""
        return {"marked": list(self.marked), "alone": self.alone, "unknown": self.unknown}


def apply_labels(study: Study | str | Path) -> AppliedResult:
    """Mark the attempts that two readers, or whoever settles, call invalid successes; nothing else changes.

    The marks of before that no label holds up any more are taken back. Both stand in the log.

    Raises:
        NoAnswer: nobody has labelled anything.
    """
    opened = study if isinstance(study, Study) else Study(study)
    readers = read_all(opened.path)
    if not any(readers.values()):
        raise NoAnswer(
            "no-labels",
            f"{opened.path} has no labels.",
            "Only what readers agree on is marked.",
            "Label attempts with: tasklaws label STUDY --reader NAME.",
        )
    wanted, alone = _agreed(readers)
    there = _named(opened.runs(), wanted)
    told = [{"attempt": list(there[name]), "id": name} for name in sorted(there)]
    if told != _last(opened):
        with changing(opened.path) as changes:
            Log(changes.touch(LOG_FILE)).append(MARK, {"outcome": INVALID, "attempts": told})
    return AppliedResult(tuple(sorted(there)), alone, len(wanted - set(there)))


def _agreed(readers: dict[str, dict[str, Label]]) -> tuple[set[str], int]:
    """Return the attempts that are agreed to be invalid, and how many one reader alone calls so."""
    settled = readers.get(SETTLED, {})
    said = Counter(
        attempt
        for name, labels in readers.items()
        if name != SETTLED
        for attempt, label in labels.items()
        if label.label == INVALID and attempt not in settled
    )
    against = {
        attempt
        for name, labels in readers.items()
        if name != SETTLED
        for attempt, label in labels.items()
        if label.label != INVALID
    }
    both = {attempt for attempt, count in said.items() if count >= READERS and attempt not in against}
    decided = {attempt for attempt, label in settled.items() if label.label == INVALID}
    return both | decided, len(set(said) - both)


def _named(runs: pl.DataFrame, wanted: set[str]) -> dict[str, tuple[Any, ...]]:
    """Return attempt id -> what tells the attempt apart in the runs of the study."""
    attempts = runs.select(ATTEMPT).unique(maintain_order=True)
    return {name: row for row in attempts.iter_rows() if (name := _id(row)) in wanted}


def _id(row: tuple[Any, ...]) -> str:
    """Return the id that labels know an attempt by."""
    model, task, instance, epoch, harness, elicitation = row
    return Transcript(model, "", task, instance, epoch or 0, harness, elicitation).attempt_id


def _last(study: Study) -> list[dict[str, Any]]:
    """Return what the last mark of the log says."""
    marks = [entry.payload["attempts"] for entry in study.log.entries() if entry.kind == MARK]
    return marks[-1] if marks else []

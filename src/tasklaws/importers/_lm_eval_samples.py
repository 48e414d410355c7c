"""One samples file of lm-evaluation-harness: a line for each item, filter and repeat."""

from __future__ import annotations

import json
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tasklaws.core.errors import BadInput, BadTable
from tasklaws.importers._lm_eval_results import DATED, named
from tasklaws.spec.importer import Quarantined
from tasklaws.spec.source import read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tasklaws.importers._lm_eval_results import Results

BESIDE = frozenset(
    {
        "doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics",
        "doc_hash", "prompt_hash", "target_hash", "task_name",
    }
)  # fmt: skip
"""Keys of a line that are no metrics."""


class Samples:
    """A samples file and the results of the same run, where they were named too."""

    def __init__(self, file: Path, results: Mapping[tuple[Path, str], Results]) -> None:
        self.file = file
        date = DATED.search(file.stem)
        self.task = DATED.sub("", file.stem).removeprefix("samples_")
        self.results = results.get((file.parent, date[1])) if date else None
        self.aside: list[Quarantined] = []
        self.notes: list[str] = []

    @cached_property
    def model(self) -> str:
        """Return the model: of the results, else what the folder is called."""
        return (
            self.results.asked.model if self.results else self.file.resolve().parent.name.replace("__", "/")
        )

    @cached_property
    def step(self) -> int | None:
        """Return the training step of the model."""
        return self.results.asked.step if self.results else None

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield one attempt for each score."""
        if self.results is None:
            self.notes.append(
                f"{self.file.name}: the results of this run are not there; the model is called "
                f"{self.model!r} after its folder, and examples and limits are not known"
            )
        seen: Counter[tuple[str, str]] = Counter()
        unread: set[str] = set()
        for number, line in _lines(self.file, self.notes):
            item, sieve = self._item(line, number), str(line.get("filter") or "none")
            about = self._about | {"instance_id": item, "epoch": seen[item, sieve]}
            seen[item, sieve] += 1
            for metric, value in _metrics(line):
                if isinstance(value, bool | int | float):
                    yield from self._scored(about, named(metric, sieve), float(value), number)
                else:
                    unread.add(metric)
        self.notes += [
            f"{self.file.name}: {metric} holds no numbers and was left out" for metric in sorted(unread)
        ]

    def _item(self, line: Mapping[str, Any], number: int) -> str:
        if "doc_id" not in line:
            raise BadTable(
                f"{self.file.name}, row {number}: 'doc_id' is missing.",
                "A line of samples of lm-evaluation-harness has it.",
                "Run with --log_samples, and name its samples_*.jsonl.",
            )
        return str(line["doc_id"])

    def _scored(
        self, about: Mapping[str, Any], metric: str, value: float, number: int
    ) -> Iterator[dict[str, Any]]:
        if 0 <= value <= 1:
            yield {**about, "metric": metric, "score": value}
        else:
            reason = f"{metric} of item {about['instance_id']} is {value:g}, no score from 0 to 1"
            self.aside.append(Quarantined(self.file.name, number, reason))

    @cached_property
    def _about(self) -> dict[str, Any]:
        found = self.results
        return {
            "model": self.model,
            "task_family": found.family(self.task) if found else self.task,
            "task_id": self.task,
            "harness_id": found.asked.harness_id if found else "default",
            "elicitation": found.elicitation(self.task) if found else "default",
            "outcome": "submitted",
        }


def _metrics(line: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    stated = line.get("metrics")
    names = stated if isinstance(stated, list) else [name for name in line if name not in BESIDE]
    return ((name, line.get(name)) for name in names if line.get(name) is not None)


def _lines(file: Path, notes: list[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the lines by number; integers of any length, as questions hold them, are fine."""
    lines = read_text(file).split("\n")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            if number == len(lines) > 1:  # a last line that has no end
                notes.append(f"{file.name}: the last line is torn and was dropped")
                return
            reason = "nested too deeply" if isinstance(error, RecursionError) else f"not JSON ({error})"
            raise BadInput(
                f"{file.name}, row {number}: {reason}.", "Every line is one JSON object.", "Correct the line."
            ) from None
        if not isinstance(row, dict):
            raise BadTable(
                f"{file.name}, row {number}: {line[:40]!r} is not an object.",
                "Every line is one JSON object.",
                "Correct the line.",
            )
        yield number, row

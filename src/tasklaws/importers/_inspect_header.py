"""What the header of a log says of all its samples: model, task, harness, and which there should be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.core.errors import BadTable
from tasklaws.importers._inspect_files import text, under, whole

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from tasklaws.importers._inspect_files import Log

BOUNDS = ("time_limit", "working_limit", "token_limit", "message_limit", "cost_limit", "turn_limit")
NAMED = 3
"""Missing attempts that are named."""


class Header:
    """The header of one log, as far as attempts are concerned."""

    def __init__(self, log: Log) -> None:
        said = under(log.header, "eval")
        self.file = log.path.name
        self.status = text(log.header.get("status"))
        """How the run ended; None where it has not."""
        self.ours = under(under(said, "metadata"), "tasklaws")
        """What a log of a family of ours says of itself; empty in other logs."""
        self.family = _named(said, "task", self.file)
        self.run = text(said.get("eval_id")) or text(said.get("run_id")) or log.path.stem
        self.shared = {
            "model": text(self.ours.get("rung")) or _named(said, "model", self.file),
            "harness_id": text(self.ours.get("harness_id")) or _limits(under(said, "config")),
            "elicitation": text(self.ours.get("elicitation")) or "default",
            "log_file": self.file,
        }
        self._said = said
        self._total = whole(under(log.header, "results").get("total_samples")) or 0

    def scorers(self) -> list[str]:
        """Return the metrics of a log in which no sample came to a score."""
        if self.ours:
            return [text(self.ours.get("target_metric")) or "exact"]
        told = self._said.get("scorers")
        named = [text(one.get("name")) for one in told or [] if isinstance(one, dict)]
        return sorted({name for name in named if name})

    def task(self, task_id: str, metric: str) -> dict[str, str | None]:
        """Return direction, hash and version of a task; of tasks that are not ours, higher is better."""
        if not self.ours:
            return {"direction": "higher"}
        version = self._said.get("task_version")
        return {
            "direction": "higher" if metric == self.ours.get("target_metric") else None,
            "content_hash": text(under(self.ours, "content_hash").get(task_id)),
            "version": None if version is None else text(str(version)),
        }

    def missing(self, there: Collection[tuple[str, int]]) -> str | None:
        """Return which attempts are promised and not there, (sample, epoch from 0); None where all are."""
        names = under(self._said, "dataset").get("sample_ids")
        if not isinstance(names, list):
            lacking = self._total - len(there)
            return f"{lacking} of {self._total} attempts are missing" if lacking > 0 else None
        epochs = min(whole(under(self._said, "config").get("epochs")) or 1, MOST_EPOCHS)
        wanted = [(text(str(name)) or "", epoch) for name in names for epoch in range(epochs)]
        gone = [one for one in wanted if one not in there]
        shown = ", ".join(f"{name} (epoch {epoch + 1})" for name, epoch in gone[:NAMED])
        more = ", ..." if len(gone) > NAMED else ""
        return f"{len(gone)} of {len(wanted)} attempts are missing: {shown}{more}" if gone else None


MOST_EPOCHS = 1000
"""Epochs that are looked for, whatever a header says."""


def _limits(config: Mapping[str, Any]) -> str:
    bounds = [f"{name}={config[name]}" for name in BOUNDS if isinstance(config.get(name), int | float)]
    return ",".join(bounds) or "default"


def _named(said: Mapping[str, Any], name: str, file: str) -> str:
    found = text(said.get(name))
    if not found:
        raise BadTable(f"{file}: {name!r} is missing.", "The header of a log has it.", "Export it again.")
    return found

"""Logs of Inspect AI, `.eval` and `.json`, read as files: one attempt per sample, epoch and score.

The task of Inspect becomes the family. Where samples say how long they take people (`human_minutes` in their
metadata), each sample is a task of its own, as in suites of agents; else the whole is one task and samples
are its instances. `task_family`, `task_id` and `human_source` in the metadata of a sample go before both.
Logs of families of ours say more, under `tasklaws` in their metadata, and are read by that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tasklaws.core.errors import BadTable
from tasklaws.core.tables import TASKS
from tasklaws.importers._inspect_files import Log, text, under
from tasklaws.importers._inspect_logs import Attempts
from tasklaws.importers._inspect_rows import LIMITS, TYPES
from tasklaws.spec.importer import Imported, Importer, ImportOptions, Quarantined
from tasklaws.spec.source import expand

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Any

__all__ = ["IMPORTER", "LIMITS", "read"]

KEY = ("model", "task_id", "instance_id", "epoch", "harness_id", "elicitation", "metric")


def read(paths: Sequence[Path], options: ImportOptions) -> Imported:  # noqa: ARG001
    """Return the attempts of logs; of one that stands in several logs, the one of the latest log."""
    logs = [Log(file) for file in expand(paths, ("*.eval", "*.json"))]
    logs.sort(key=lambda log: (text(under(log.header, "eval").get("created")) or "", log.path.name))
    frames: list[pl.DataFrame] = []
    facts: dict[tuple[str, str], dict[str, Any]] = {}
    aside: list[Quarantined] = []
    notes: list[str] = []
    for log in logs:
        made = Attempts(log)
        frames += made.frames()
        log.forget()
        facts |= made.tasks
        aside += made.aside
        notes += [f"{log.path.name}: {note}" for note in made.notes()]
    runs = pl.concat(frames) if frames else pl.DataFrame(schema=TYPES)
    if not runs.height:
        raise BadTable(
            f"{', '.join(log.path.name for log in logs[:3])}: no sample has a score.",
            "What is imported are scores of samples.",
            "Score the logs first, or name others.",
        )
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

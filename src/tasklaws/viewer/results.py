"""What a study holds, read once: an index of all attempts, their cells, and what tells when to read anew.

The index has the short columns of every attempt in memory; texts and all other columns stay in the parts,
and are read when somebody looks at an attempt. Every part is held to its hash when it is read.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.core.errors import VerificationFailed
from tasklaws.core.provenance import sha256_hex
from tasklaws.core.tables import RUNS
from tasklaws.study.attempts import DEFAULT, cells_of, together
from tasklaws.study.folder import LOG_FILE
from tasklaws.study.marks import as_marked
from tasklaws.study.task_history import task_histories

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.spec.ladder import Ladder
    from tasklaws.study.folder import Study
    from tasklaws.study.log import Entry
    from tasklaws.study.settings import Settings
    from tasklaws.study.task_history import TaskHistory

NAMES = ("model", "task_family", "task_id", "harness_id", "elicitation", "metric", "outcome", "path", "unit")
"""Columns of few values, kept as numbers with their names beside them."""
MORE = {"log_file": pl.String, "sample_id": pl.String, "input_tokens": pl.Int64}
"""Columns that not every study has: where a transcript is found, and what was read."""
KEPT = (*NAMES, "instance_id", "epoch", "score", "tokens", "started_at", "completed_at", *MORE)
UNSAID = {"harness_id": DEFAULT, "elicitation": DEFAULT, "outcome": "submitted"}
"""What a source means that leaves a name out."""

Stamp = tuple[int, int]


@dataclass(frozen=True)
class Part:
    """A file of runs, as it was when its hash was checked."""

    path: Path
    sha256: str
    stamp: Stamp

    @property
    def name(self) -> str:
        """Return what its attempts are called by."""
        return self.path.stem


@dataclass(frozen=True)
class Results:
    """A study as it was when it was read."""

    study: Study
    parts: tuple[Part, ...]
    index: pl.DataFrame
    """One row per score of an attempt: `part` and `row` say where the rest of it stands."""
    cells: pl.DataFrame
    imported: int
    """Cells that were imported without their attempts."""
    ladder: Ladder
    settings: Settings
    tasks: pl.DataFrame
    histories: dict[str, TaskHistory]
    columns: frozenset[str]
    """Columns that some part has."""
    read_at: str
    stamp: Stamp

    def whole(self, part: int, row: int) -> dict[str, Any]:
        """Return one attempt with all its columns.

        Raises:
            VerificationFailed: the part is not what it was.
        """
        return self.of(part).slice(row, 1).collect().row(0, named=True)

    def of(self, part: int) -> pl.LazyFrame:
        """Return a part to be read.

        Raises:
            VerificationFailed: the part is not what it was.
        """
        held = self.parts[part]
        if stamp_of(held.path) != held.stamp and sha256_hex(_bytes(held.path)) != held.sha256:
            raise _altered(held.path)
        return pl.scan_parquet(held.path)


def read_results(study: Study) -> Results:
    """Return what `study` holds now.

    Raises:
        VerificationFailed: a part or the log is not what was written, or a part lies outside of the study.
        BadTable: cells were imported and scored from runs, with different counts.
    """
    stamp = stamp_of(study.path / LOG_FILE)
    entries = study.log.entries()
    parts, frames, columns = [], [], set[str]()
    for number, (name, sha256) in enumerate(study.live_parts("runs").items()):
        part, frame, there = _read(study.path, name, sha256, number, entries)
        parts.append(part)
        frames.append(frame)
        columns |= there
    index = pl.concat(frames) if frames else _indexed(RUNS.empty(), 0)
    runs, imported = index.with_columns(pl.col("outcome").cast(pl.String)), study.imported_cells()
    return Results(
        study,
        tuple(parts),
        index,
        together(imported, cells_of(runs)),
        imported.height,
        study.ladder(),
        study.settings,
        study.tasks(),
        task_histories(entries),
        frozenset(columns),
        datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        stamp,
    )


def stamp_of(path: Path) -> Stamp:
    """Return size and time of change of a file, which tell whether it was written since."""
    try:
        found = path.stat()
    except OSError:
        return (-1, 0)
    return (found.st_size, found.st_mtime_ns)


def inside(path: Path, folder: Path) -> bool:
    """Return whether a file lies in `folder`, whatever links lead to it."""
    return path.resolve().is_relative_to(folder.resolve())


def _read(
    root: Path, name: str, sha256: str, number: int, entries: tuple[Entry, ...]
) -> tuple[Part, pl.DataFrame, set[str]]:
    path = root / name
    if not inside(path, root):
        raise VerificationFailed(
            f"{path} leads out of the study.", "Parts lie in the folder of the study.", "Remove the link."
        )
    stamp = stamp_of(path)
    content = _bytes(path)
    if sha256_hex(content) != sha256:
        raise _altered(path)
    there = set(pl.read_parquet_schema(io.BytesIO(content)))
    frame = pl.read_parquet(io.BytesIO(content), columns=[column for column in KEPT if column in there])
    return Part(path, sha256, stamp), _indexed(_marked(frame, entries), number), there


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise _altered(path) from None


def _altered(path: Path) -> VerificationFailed:
    return VerificationFailed(
        f"{path}: it is missing, or its bytes are not those that were imported.",
        "Results are shown as they were written.",
        "Restore it from a copy, or remove its import and import it again.",
    )


def _marked(frame: pl.DataFrame, entries: tuple[Entry, ...]) -> pl.DataFrame:
    """Return a part with every column, and with the outcomes that readers gave its attempts."""
    declared = {**RUNS.dtypes(), **MORE}
    whole = frame.with_columns(
        pl.lit(None, declared[name]).alias(name) for name in KEPT if name not in frame.columns
    )
    return as_marked(whole.with_columns(pl.col(name).cast(declared[name]) for name in KEPT), entries)


def _indexed(frame: pl.DataFrame, number: int) -> pl.DataFrame:
    whole = frame if "log_file" in frame.columns else _marked(frame, ())
    said = [pl.col(name).fill_null(value) for name, value in UNSAID.items()]
    few = [pl.col(name).cast(pl.Categorical) for name in (*NAMES, "log_file")]
    place = [
        pl.lit(number, pl.UInt32).alias("part"),
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"),
    ]
    return whole.select(KEPT).with_columns(said).with_columns(*few, *place)

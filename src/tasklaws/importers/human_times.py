"""Times of people: CSV, JSON lines or Parquet, one row for each attempt, give-ups included.

Columns are ``task_family, task_id, minutes``, and may be ``run_id, score, outcome, source, population,
harness_id, task_version, limit_minutes``. A row with neither score nor outcome is taken as finished. Of
somebody who gave up the time is that of giving up; where it is not known, ``limit_minutes`` stands for it.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import polars as pl

from tasklaws.core.display import shown
from tasklaws.core.errors import BadTable
from tasklaws.core.tables import HUMAN_TIMES
from tasklaws.importers._attempts import OUTCOMES
from tasklaws.importers._column_map import ColumnMap, read_map
from tasklaws.importers._numbers import ROW, numbers, set_aside, within_unit
from tasklaws.importers._shape import load, need_values, refuse_missing, with_our_names
from tasklaws.spec.importer import Imported, Importer, ImportOptions, Quarantined
from tasklaws.spec.source import expand

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SOURCES = ("baseline", "estimate", "qa", "external_qa", "pilot")
"""What a time may be."""
ENDINGS = (*OUTCOMES, "given_up")
"""How an attempt of a person may have ended."""
NUMBERS = ("minutes", "score", "limit_minutes")
DETAILS = ("population", "harness_id", "task_version", "limit_minutes")
"""Who tried which version under what limits; of every row here, and of no other source so far."""
KEPT = tuple(dict.fromkeys((*HUMAN_TIMES.names, *DETAILS)))


def read(paths: Sequence[Path], options: ImportOptions) -> Imported:
    """Return the attempts of people, through the map in `options` where there is one."""
    said = read_map(options.column_map)
    parts = [_read_one(file, said) for file in expand(paths, ("*.csv", "*.jsonl", "*.parquet", "*.gz"))]
    return Imported(
        rows=sum(part.rows for part in parts),
        human=pl.concat([part.human for part in parts if part.human is not None], how="diagonal"),
        quarantined=tuple(q for part in parts for q in part.quarantined),
        warnings=tuple(dict.fromkeys(note for part in parts for note in part.warnings)),
    )


def _read_one(file: Path, said: ColumnMap) -> Imported:
    raw, warnings = load(file)
    for name in sorted(said.used() - set(raw.columns)):
        refuse_missing(name, raw.columns, file.name)
    frame, _ = with_our_names(raw, said)
    need_values(frame, ("task_family", "task_id"), file.name)
    if "minutes" not in frame.columns:
        refuse_missing("minutes", frame.columns, file.name)
    unknown = [name for name in frame.columns if name not in {*KEPT, ROW}]
    warnings += [f"{file.name}: columns left out: {', '.join(map(shown, unknown))}"] if unknown else []
    frame = _with_all(frame)
    for name in NUMBERS:
        frame = numbers(frame, name, file.name, said.scores if name == "score" else None)
    frame, aside = set_aside(frame, list(NUMBERS))
    within_unit(frame, "score", file.name)
    _known(frame, "source", SOURCES, file.name)
    _known(frame, "outcome", ENDINGS, file.name)
    made, without = _with_times(_with_ids(frame, file.name))
    return Imported(
        rows=made.height,
        human=made.select(KEPT),
        quarantined=tuple(Quarantined(file.name, row, reason) for row, reason in sorted(aside + without)),
        warnings=(*warnings, *_notes(made, file.name)),
    )


def _with_all(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with every column of the table; a source that is not stated is a baseline."""
    absent = [name for name in KEPT if name not in frame.columns]
    frame = frame.with_columns(pl.lit(None, pl.String).alias(name) for name in absent)
    texts = [name for name in KEPT if name not in NUMBERS]
    frame = frame.with_columns(pl.col(texts).str.strip_chars().replace("", None))
    return frame.with_columns(
        pl.col("source").str.to_lowercase().fill_null("baseline"), pl.col("outcome").str.to_lowercase()
    )


def _known(frame: pl.DataFrame, column: str, words: tuple[str, ...], source: str) -> None:
    odd = frame.filter(~pl.col(column).is_in(words) & pl.col(column).is_not_null())
    if odd.height:
        row, value = odd.select(ROW, column).row(0)
        near = difflib.get_close_matches(value, words, n=1)
        raise BadTable(
            f"{source}, row {row}, column {column!r}: {shown(value)!r}.",
            f"It is one of {', '.join(words)}.",
            f"Did you mean {near[0]!r}?" if near else "Correct the row.",
        )


def _with_ids(frame: pl.DataFrame, source: str) -> pl.DataFrame:
    """Return `frame` in which a row without an id is known by its file and place."""
    place = pl.format("{}:{}", pl.lit(source), pl.col(ROW))
    return frame.with_columns(pl.col("run_id").fill_null(place))


def _with_times(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[tuple[int, str]]]:
    """Return the rows that have a time, and (row, reason) of the others.

    Raises:
        BadTable: a time is below 0.
    """
    lost = pl.col("outcome").is_in(("given_up", "limit", "limit_time"))
    stated = pl.when(lost).then(pl.coalesce("minutes", "limit_minutes")).otherwise(pl.col("minutes"))
    frame = frame.with_columns(stated.alias("minutes"))
    timed = pl.col("minutes").fill_null(0.0) != 0
    without = frame.filter(~timed)
    reasons = without.select(
        ROW, pl.when(pl.col("minutes").is_null()).then(pl.lit("no time")).otherwise(pl.lit("a time of 0"))
    )
    return frame.filter(timed), list(reasons.iter_rows())


def _notes(frame: pl.DataFrame, source: str) -> list[str]:
    over = frame.filter(pl.col("minutes") > pl.col("limit_minutes")).height
    lost = frame.filter(pl.col("outcome").is_in(ENDINGS[1:]) | (pl.col("score") == 0)).height
    people = frame.filter(pl.col("source") == "baseline").height
    kept = f"{source}: nobody of {people} baselines gave up; were only successes kept, times are too short"
    return [
        *([f"{source}: {over} attempts took longer than their limit"] if over else []),
        *([kept] if people and not lost else []),
    ]


IMPORTER = Importer(
    name="human_times",
    summary="CSV, JSON lines or Parquet of people's attempts at tasks: minutes, give-ups and who they were",
    source="tasklaws, docs/reference",
    status="published",
    read=read,
)

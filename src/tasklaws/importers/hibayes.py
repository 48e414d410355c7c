"""Tables of HiBayES: counts by model and task, as `tasklaws export hibayes` writes them, or samples.

Counts (`model, task, n_correct, n_total`) become cells; `group` is the family, `metric`, `harness_id`,
`elicitation` and the counts of endings are taken where they stand. Samples (`model, task, score`, as its
extractors write them) become attempts; Inspect's epochs start at 1, ours at 0. In a CSV of ours ``'`` stands
before a text that a spreadsheet would run; one is taken away again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import polars.selectors as cs

from tasklaws.core.errors import BadTable
from tasklaws.core.tables import CELLS, RUNS, TASKS
from tasklaws.importers._numbers import ROW, numbers, set_aside
from tasklaws.spec.importer import Imported, Importer, ImportOptions, Quarantined
from tasklaws.spec.source import expand, read_csv, read_json_lines, read_parquet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

COUNTS = ("n_correct", "n_total")
ENDED = ("n_limit", "n_error", "n_invalid")
DEFAULTS = {"metric": "score", "harness_id": "default", "elicitation": "default"}
FAMILY = ("task_family", "group", "dataset", "task")
"""Columns that may hold the family, the first that is there counts."""

ARMED = r"^'('*[=+\-@\t\r])"
"""A text that an export disarmed for spreadsheets."""


def read(paths: Sequence[Path], options: ImportOptions) -> Imported:  # noqa: ARG001
    """Return the cells, or the attempts, of HiBayES's tables."""
    files = expand(paths, ("*.csv", "*.csv.gz", "*.parquet", "*.jsonl"))
    cells: list[pl.DataFrame] = []
    runs: list[pl.DataFrame] = []
    aside: list[Quarantined] = []
    for file in files:
        frame = _frame(file)
        counted = set(COUNTS) <= set(frame.columns)
        made, left = (_cells if counted else _attempts)(frame, file.name)
        (cells if counted else runs).append(made)
        aside += [Quarantined(file.name, row, reason) for row, reason in left]
    both = pl.concat([*cells, *runs], how="diagonal_relaxed")
    return Imported(
        rows=both.height,
        cells=_of(cells, CELLS.names),
        runs=_of(runs, RUNS.names),
        tasks=_tasks(both),
        quarantined=tuple(aside),
    )


def _of(frames: list[pl.DataFrame], names: tuple[str, ...]) -> pl.DataFrame | None:
    if not frames:
        return None
    frame = pl.concat(frames, how="diagonal_relaxed")
    return frame.select(pl.col(name) for name in names if name in frame.columns)


def _frame(file: Path) -> pl.DataFrame:
    """Return the rows under our names; CSVs are text, others have their types."""
    if file.suffix == ".parquet":
        frame = read_parquet(file)
    elif file.suffix == ".jsonl":
        frame = pl.DataFrame(read_json_lines(file)[0], infer_schema_length=None)
    else:
        frame = read_csv(file).with_columns(cs.string().str.replace(ARMED, "${1}"))
    for name, why in (("model", "the model"), ("task", "the task")):
        if name not in frame.columns:
            raise BadTable(
                f"{file.name}: column {name!r} is missing.",
                f"HiBayES's tables hold {why} in it.",
                "Rename the column, or import it with: table.",
            )
    family = next(name for name in FAMILY if name in frame.columns)
    named = frame.with_columns(
        pl.col(family).cast(pl.String).alias("task_family"), pl.col("task").cast(pl.String).alias("task_id")
    )
    return named.with_columns(
        _or_default(frame, name, value) for name, value in DEFAULTS.items()
    ).with_row_index(ROW, 2 if file.suffix not in {".parquet", ".jsonl"} else 1)


def _or_default(frame: pl.DataFrame, name: str, value: str) -> pl.Expr:
    given = pl.col(name).cast(pl.String).fill_null(value) if name in frame.columns else pl.lit(value)
    return given.alias(name)


def _cells(frame: pl.DataFrame, source: str) -> tuple[pl.DataFrame, list[tuple[int, str]]]:
    """Return one cell per row, and the rows set aside: no attempts, or more successes than attempts."""
    given = [*COUNTS, *(name for name in ENDED if name in frame.columns)]
    for name in given:
        frame = numbers(frame, name, source)
    frame, aside = set_aside(frame, given)
    k, n = pl.col("n_correct"), pl.col("n_total")
    fits = (n >= 1) & (n == n.round()) & (k >= 0) & (k <= n)
    odd = frame.filter(~fits.fill_null(value=False)).select(ROW, *COUNTS)
    aside += [(row, f"n_correct is {k} of n_total {n}") for row, k, n in odd.iter_rows()]
    kept = frame.filter(fits.fill_null(value=False))
    return kept.with_columns(
        k.alias("k"), *(pl.col(name).cast(pl.Int64) for name in given[2:]), n.cast(pl.Int64).alias("n")
    ), aside


def _attempts(frame: pl.DataFrame, source: str) -> tuple[pl.DataFrame, list[tuple[int, str]]]:
    """Return one attempt per row, and the rows set aside: whose score is no number from 0 to 1."""
    if "score" not in frame.columns:
        raise BadTable(
            f"{source}: neither 'n_correct' and 'n_total' nor 'score' are there.",
            "HiBayES's tables hold counts or scores.",
            "Rename the columns, or import it with: table.",
        )
    frame, aside = set_aside(numbers(frame, "score", source, {"C": 1.0, "I": 0.0}), ["score"])
    score = pl.col("score")
    odd = frame.filter(~score.is_between(0, 1).fill_null(value=False)).select(ROW, "score")
    aside += [(row, f"score is {value}, no number from 0 to 1") for row, value in odd.iter_rows()]
    kept = frame.filter(score.is_between(0, 1))
    place = ("model", "task_id", *DEFAULTS)
    if "epoch" in frame.columns:
        kept = numbers(kept, "epoch", source).with_columns(pl.col("epoch").cast(pl.Int64) - 1)
    else:
        kept = kept.with_columns(pl.int_range(pl.len()).over(place).alias("epoch"))
    written = (
        numbers(kept, "output_tokens", source)["output_tokens"] if "output_tokens" in kept.columns else None
    )
    return kept.with_columns(
        pl.col("task_id").alias("instance_id"),
        pl.lit("submitted").alias("outcome"),
        pl.lit(None, pl.Int64).alias("tokens") if written is None else written.cast(pl.Int64).alias("tokens"),
    ), aside


def _tasks(both: pl.DataFrame) -> pl.DataFrame:
    known: dict[str, Any] = {"direction": "higher", "identical_items": True}
    seen = both.select("task_id", "task_family", "metric").unique(["task_id", "metric"], maintain_order=True)
    told = seen.with_columns(pl.lit(value).alias(name) for name, value in known.items())
    return pl.concat([TASKS.empty(), told], how="diagonal_relaxed")


IMPORTER = Importer(
    name="hibayes",
    summary="HiBayES's tables, CSV, Parquet or JSONL: n_correct of n_total as cells, samples as attempts",
    source="UKGovernmentBEIS/hibayes, src/hibayes: load/extractors.py, process/processors.py",
    status="published",
    read=read,
)

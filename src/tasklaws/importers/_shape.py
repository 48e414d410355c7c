"""Foreign tables to text columns with our names."""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, NoReturn

import polars as pl

from tasklaws.core.display import shown
from tasklaws.core.errors import BadInput, BadTable
from tasklaws.importers._column_map import OURS, ColumnMap
from tasklaws.importers._numbers import ROW
from tasklaws.spec.source import read_csv, read_json_lines, read_parquet, refuse_doubles

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

DEFAULTS = {"metric": "score", "harness_id": "default", "elicitation": "default"}
"""What a row that does not say it is taken to have."""

LOWER_IS_BETTER = frozenset(
    {
        *("loss", "nll", "cross_entropy", "bits_per_byte", "bpb"),
        *("ppl", "perplexity", "word_perplexity", "byte_perplexity"),
        *("brier", "error", "error_rate", "wer", "cer", "mae", "mse", "rmse", "edit_distance"),
    }
)
"""Metrics known to be better when lower: their direction must be stated, never guessed."""

_SYNONYMS = {"mean": "value", "se": "stderr"}


def load(file: Path) -> tuple[pl.DataFrame, list[str]]:
    """Return the file as text columns with `ROW`, the row or line number in the file, and warnings."""
    kind = file.name.removesuffix(".gz").rpartition(".")[2].lower()
    if kind == "parquet":
        frame = read_parquet(file)
        return frame.select(pl.col(name).cast(pl.String) for name in _flat(frame, file)).with_row_index(
            ROW, 1
        ), []
    if kind in {"jsonl", "ndjson"}:
        rows, warnings = read_json_lines(file)
        names = list(dict.fromkeys(name for row in rows for name in row))
        table = {_clean(name): [_text(row.get(name)) for row in rows] for name in names}
        return pl.DataFrame(table, schema_overrides=dict.fromkeys(table, pl.String)).with_row_index(
            ROW, 1
        ), warnings
    if kind in {"csv", "tsv", "txt", "pkl", "pickle", "npz"}:
        return read_csv(file).with_row_index(ROW, 2), []
    raise BadInput(
        f"{file.name}: unknown kind of file.",
        "A table is .csv, .jsonl or .parquet, or these with .gz.",
        "Rename it.",
    )


def _flat(frame: pl.DataFrame, file: Path) -> list[str]:
    nested = [name for name, kind in frame.schema.items() if kind.is_nested() or kind == pl.Object]
    if nested:
        raise BadTable(
            f"{file.name}: column {nested[0]!r} is nested.", "Columns hold plain values.", "Flatten it."
        )
    refuse_doubles(frame.columns, file.name)
    return frame.columns


def _text(value: object) -> str | None:
    """Return a JSON value as text; a lone surrogate, which no UTF-8 file can hold, becomes its escape."""
    if value is None:
        return None
    return _clean(value if isinstance(value, str) else json.dumps(value))


def _clean(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def with_our_names(raw: pl.DataFrame, said: ColumnMap) -> tuple[pl.DataFrame, list[str]]:
    """Return `raw` with our names, and the columns nobody knows, which are kept."""
    joined = {ours: pl.concat_str(list(theirs), separator="/") for ours, theirs in said.columns.items()}
    if said.wide:
        ids = [name for name in raw.columns if name not in said.wide.values]
        raw = raw.unpivot(
            said.wide.values, index=ids, variable_name="task_id", value_name="value"
        ).drop_nulls("value")
    constants = {ours: pl.lit(str(value)) for ours, value in said.constants.items()}
    frame = raw.with_columns(**joined, **constants)
    frame = frame.rename(
        {
            theirs: ours
            for theirs, ours in _SYNONYMS.items()
            if theirs in frame.columns and ours not in frame.columns
        }
    )
    taken = {name for theirs in said.columns.values() for name in theirs} - {*said.columns, *said.constants}
    by = set(said.infer_n.by) if said.infer_n else set()
    spent = (taken | {name for name in said.used() if name not in OURS}) - by
    frame = frame.drop([name for name in frame.columns if name in spent])
    return frame, [name for name in frame.columns if name not in {*OURS, *by, ROW}]


def refuse_missing(name: str, there: Sequence[str], source: str) -> NoReturn:
    """Raise because column `name` is not among those `there`, naming the nearest.

    Raises:
        BadTable: always.
    """
    near = difflib.get_close_matches(name, there, n=1)
    raise BadTable(
        f"{source}: column {name!r} is missing.",
        f"There are the columns {', '.join(shown(column) for column in there if column != ROW)}.",
        f"Did you mean {near[0]!r}? Rename it, or map it with --map."
        if near
        else "Add it, or map it with --map.",
    )


def need_values(frame: pl.DataFrame, names: Sequence[str], source: str) -> None:
    """Raise unless every column of `names` is there and holds a value in every row.

    Raises:
        BadTable: one is missing or empty.
    """
    for name in names:
        if name not in frame.columns:
            refuse_missing(name, frame.columns, source)
        empty = frame[name].is_null() | (frame[name] == "")
        if empty.any():
            row = frame[ROW][int(empty.arg_true()[0])]
            raise BadTable(
                f"{source}, row {row}, column {name!r}: empty.",
                "A value is needed.",
                "Fill it in, or leave the row out.",
            )


def with_defaults(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with metric, harness and elicitation, those in `DEFAULTS` where it names none."""
    return frame.with_columns(
        (pl.col(name).fill_null(value) if name in frame.columns else pl.lit(value)).alias(name)
        for name, value in DEFAULTS.items()
    )


def check_directions(frame: pl.DataFrame, said: ColumnMap, source: str) -> None:
    """Raise where a metric that is better when lower comes without a direction.

    Raises:
        BadTable: it does.
    """
    if "direction" in frame.columns:
        return
    for metric in frame["metric"].unique().sort():
        if metric.lower() in LOWER_IS_BETTER and metric not in said.direction:
            raise BadTable(
                f"{source}: metric {shown(metric)!r} has no direction.",
                "Whether lower or higher is better is never guessed.",
                f'State it with --map: [direction] {shown(metric, 20)} = "lower".',
            )

"""New rows laid beside those of a study: what can be refused is refused here, before any writing."""

from __future__ import annotations

import io
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.core.display import confusable_names, shown, strange_names
from tasklaws.core.errors import BadTable
from tasklaws.core.tables import CELLS, HUMAN_TIMES, RUNS, TASKS, Schema, validate
from tasklaws.spec.ladder import Ladder
from tasklaws.study.attempts import cells_of, together
from tasklaws.study.folder import LOG_FILE
from tasklaws.study.log import Log
from tasklaws.study.merge import fresh_rows, merge_ladders, merge_tasks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.spec.importer import Imported
    from tasklaws.study.files import Changes
    from tasklaws.study.folder import Study
    from tasklaws.study.log import Kind

TABLES: dict[str, Schema] = {"runs": RUNS, "cells": CELLS, "human": HUMAN_TIMES}
"""Folders of parts -> schema of their rows."""

ENOUGH_TO_BE_SURE = 5
"""Cells, not all alike, on which two models must agree before they look like one."""


@dataclass(frozen=True)
class Arrival:
    """New content of a study, checked and ready to be written."""

    tables: dict[str, pl.DataFrame]
    """Rows that the study did not hold, by folder."""
    tasks: pl.DataFrame
    """All task records, old and new."""
    ladder: Ladder
    """The whole ladder, old and new."""
    warnings: tuple[str, ...]

    @property
    def n_rows(self) -> int:
        """Return the number of new rows."""
        return sum(table.height for table in self.tables.values())

    def models(self) -> list[str]:
        """Return the models that have new rows, sorted."""
        frames = [table for kind, table in self.tables.items() if kind != "human"]
        return sorted({model for frame in frames for model in frame["model"].unique()})


def parquet_bytes(table: pl.DataFrame) -> bytes:
    """Return `table` as the bytes of a Parquet file."""
    buffer = io.BytesIO()
    table.write_parquet(buffer)
    return buffer.getvalue()


def enter(
    changes: Changes,
    kind: Kind,
    *,
    rows: int,
    quarantined: int = 0,
    parts: dict[str, str],
    models: Sequence[str],
    rungs: Sequence[str] = (),
    inputs: dict[str, Any],
) -> None:
    """Enter in the log what came into a study.

    Args:
        changes: of the study.
        kind: ``import``, or ``run_part`` for what was run here.
        rows: rows that were taken.
        quarantined: rows that were set aside.
        parts: each new part -> SHA-256 of its bytes.
        models: models that have new rows.
        rungs: models that are new on the ladder.
        inputs: `import_id`, `format`, and whatever else the rows came of.
    """
    payload = {
        "rows": rows,
        "quarantined": quarantined,
        "parts": parts,
        "models": list(models),
        "rungs": list(rungs),
        **inputs,
    }
    Log(changes.touch(LOG_FILE)).append(kind, payload)


def checked(imported: Imported, source: str) -> Imported:
    """Return `imported` with every table held to its schema.

    Raises:
        BadTable: a row breaks it, or there is not one row.
    """
    if not imported.rows:
        raise BadTable(
            f"{source}: 0 rows could be used.", "Results need at least one row.", _why_none(imported)
        )
    held: dict[str, Any] = {
        kind: validate(table, declared, source, unique=False)
        for kind, declared in (*TABLES.items(), ("tasks", TASKS))
        if (table := getattr(imported, kind)) is not None
    }
    if "cells" in held:
        _refuse_impossible(held["cells"], source)
    return replace(imported, **held)


def _why_none(imported: Imported) -> str:
    reasons = [f"{q.file}, row {q.row}: {q.reason}" for q in imported.quarantined[:1]]
    return f"All were set aside, such as {reasons[0]}." if reasons else "Check the export."


def _refuse_impossible(cells: pl.DataFrame, source: str) -> None:
    over = cells.filter(pl.col("k") > pl.col("n") * (1 + 1e-9))
    if over.height:
        row = over.row(0, named=True)
        raise BadTable(
            f"{source}: k = {row['k']:g} of n = {row['n']} "
            f"(model {shown(row['model'])!r}, task {shown(row['task_id'])!r}).",
            "Successes cannot outnumber attempts.",
            "Correct the row; perhaps k and n are swapped.",
        )


def arrange(study: Study | None, imported: Imported, given: Ladder | None) -> Arrival:
    """Return what `study` (None where it is new) would hold after the import.

    Args:
        study: the study as it is.
        imported: checked tables of the import.
        given: ladder that replaces the study's; None adds the rungs of the import to it.

    Raises:
        BadTable: rows contradict each other or those of the study.
        BadLadder: rungs do.
    """
    tables: dict[str, pl.DataFrame] = {}
    notes: list[str] = []
    for kind, declared in TABLES.items():
        tables[kind], doubles = fresh_rows(
            _rows(imported, kind, declared), _held(study, kind, declared), declared
        )
        notes += [f"{doubles} rows of table {kind} were there already and are kept once"] if doubles else []
    cells = _all_cells(study, tables)
    tasks, task_notes = merge_tasks(study.tasks() if study else TASKS.empty(), _records(imported, tables))
    ladder = _new_ladder(study, imported, given)
    notes += [*task_notes, *ladder.warnings, *_notes(study, ladder, cells, replaced=given is not None)]
    return Arrival(tables, tasks, ladder, tuple(dict.fromkeys(notes)))


def _rows(imported: Imported, kind: str, declared: Schema) -> pl.DataFrame:
    table: pl.DataFrame | None = getattr(imported, kind)
    return declared.empty() if table is None else table


def _held(study: Study | None, kind: str, declared: Schema) -> pl.DataFrame:
    if study is None:
        return declared.empty()
    return {"runs": study.runs, "cells": study.imported_cells, "human": study.human}[kind]()


def _all_cells(study: Study | None, tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Return every cell after the import; a cell both imported and scored must agree with itself."""
    runs = pl.concat([_held(study, "runs", RUNS).select(RUNS.names), tables["runs"].select(RUNS.names)])
    cells = pl.concat([_held(study, "cells", CELLS).select(CELLS.names), tables["cells"].select(CELLS.names)])
    return together(cells, cells_of(runs))


def _records(imported: Imported, tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the task records of the import, a bare one for each task that came without."""
    told = imported.tasks if imported.tasks is not None else TASKS.empty()
    name = ["task_id", "task_family", "metric"]
    seen = pl.concat([tables["runs"].select(name), tables["cells"].select(name)]).unique(maintain_order=True)
    bare = seen.join(told.select(name), on=["task_id", "metric"], how="anti")
    return validate(pl.concat([told.select(TASKS.names), bare], how="diagonal"), TASKS, "tasks")


def _new_ladder(study: Study | None, imported: Imported, given: Ladder | None) -> Ladder:
    if given is not None:
        return given
    old = study.ladder() if study else Ladder((), "flops")
    return (
        merge_ladders(old, imported.rungs, imported.axis if not len(old) else None) if imported.rungs else old
    )


def _notes(study: Study | None, ladder: Ladder, cells: pl.DataFrame, *, replaced: bool) -> list[str]:
    models = cells["model"].unique().sort().to_list()
    without = [model for model in models if model not in ladder]
    notes = (
        [f"{len(without)} models have no rung in the ladder, such as {shown(without[0])}"] if without else []
    )
    if replaced and study and len(study.ladder()) and study.ladder() != ladder and cells.height:
        notes.append("post-hoc: the ladder was replaced after results existed")
    for column, what in (("harness_id", "harnesses"), ("elicitation", "elicitations")):
        used = cells[column].unique().sort().to_list()
        if len(used) > 1:
            notes.append(f"{len(used)} {what} are mixed: {_some(used)}")
    return [
        *notes,
        *_name_notes(models, "model"),
        *_name_notes(cells["task_id"].unique().to_list(), "task"),
        *_twins(cells),
    ]


def _some(names: list[str], most: int = 4) -> str:
    return ", ".join(map(shown, names[:most])) + (", ..." if len(names) > most else "")


def _name_notes(names: list[str], what: str) -> list[str]:
    odd = [
        f"{what} name holds invisible or steering characters: {shown(name)}"
        for name in sorted(strange_names(names))
    ]
    alike = [" and ".join(map(shown, group)) for group in confusable_names(sorted(names))]
    return odd + [f"{what} names read alike: {group}" for group in alike]


def _twins(cells: pl.DataFrame) -> list[str]:
    """Return a warning for models whose every cell is the same: perhaps one model under two names."""
    ordered = cells.with_columns((pl.coalesce("k", "sum") / pl.col("n")).alias("rate")).sort(
        "task_id", "metric"
    )
    told = ordered.group_by("model").agg(
        pl.len().alias("cells"),
        pl.col("rate").n_unique().alias("rates"),
        pl.concat_str("task_id", "metric", "k", "sum", "n", ignore_nulls=True, separator="\t").alias("all"),
    )
    sure = told.filter((pl.col("cells") >= ENOUGH_TO_BE_SURE) & (pl.col("rates") > 1))
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for model, content in sure.select("model", "all").sort("model").iter_rows():
        groups[tuple(content)].append(model)
    alike = [group for group in groups.values() if len(group) > 1]
    return [
        f"{' and '.join(map(shown, group))} have equal scores everywhere: one model under two names?"
        for group in alike
    ]

"""The table of scores that pages share: rows of families or tasks, a column for each model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tasklaws.core.display import shown
from tasklaws.viewer.parts import MISSING, NAME, Cell, Choice, Form, Grid, Pager, named, score_cell
from tasklaws.viewer.scores import is_share, summarised

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from tasklaws.viewer.asked import Asked
    from tasklaws.viewer.scores import Chosen

ROWS, COLUMNS = 100, 30
"""Rows and models of one table."""
NOTE = (
    "Each score is the mean over its tasks, each task counted alike. Below it stand the ends of its 90 % "
    "interval, which is of the noise of attempts, and n, the attempts with a score. What was not measured "
    "is missing; it is not zero."
)
LABELS = {"metric": "Metric", "elicitation": "Elicitation", "harness_id": "Harness", "lineage": "Lineage"}


@dataclass(frozen=True)
class Heat:
    """What a table of scores is made of."""

    by: str
    """Column of the rows: ``task_family`` or ``task_id``."""
    filter: str
    """Filter of attempts that names a row."""
    heading: str
    caption: str
    cells: pl.DataFrame
    address: Callable[[str], str]
    """Of the page of a row."""


def scores_form(asked: Asked, chosen: Chosen) -> Form:
    """Return the form that chooses metric, elicitation, harness and lineage."""
    value = {"metric": chosen.metric, "elicitation": chosen.elicitation, "harness_id": chosen.harness}
    value["lineage"] = chosen.lineage
    whole = {"harness_id": "all, added together", "lineage": "all"}
    choices = []
    for name, label in LABELS.items():
        values = tuple((one, one) for one in chosen.known[name])
        first = ((("", whole[name]),) if name in whole else ()) + values
        if len(values) > 1 or asked.get(name):
            choices.append(Choice(name, label, first, value[name] or ""))
    hidden = asked.only("task_id", "model", "name")
    return Form(asked.to(asked.place), tuple(choices), tuple(hidden.items()))


def heat(asked: Asked, chosen: Chosen, of: Heat) -> tuple[tuple[Any, ...], tuple[dict[str, Any], ...]]:
    """Return the blocks of a table of scores, a page of it, and its rows for a file."""
    made = summarised(of.cells, [of.by, "model"])
    share = is_share(made["score"])
    rows = {(row[of.by], row["model"]): row for row in made.iter_rows(named=True)}
    names, models = list(made[of.by].unique().sort()), list(chosen.models)
    start, row_pager = turned(asked, len(names), ROWS, "page", of.heading)
    left, column_pager = turned(asked, len(models), COLUMNS, "columns", "models")
    names, models = names[start : start + ROWS], models[left : left + COLUMNS]
    heading = (Cell(of.heading), *(named(model, asked.model(model)) for model in models))
    lines = tuple(
        (
            named(name, of.address(name)),
            *(_cell(asked, chosen, of, rows, (name, model), share=share) for model in models),
        )
        for name in names
    )
    told = f"{of.caption}: {under(chosen)}"
    grid = Grid(of.filter, told, heading, lines, NOTE)
    records = tuple(
        {of.filter: name, "model": model, "metric": chosen.metric, "elicitation": chosen.elicitation}
        | {key: value for key, value in rows[name, model].items() if key not in {of.by, "model"}}
        for name in names
        for model in models
        if (name, model) in rows
    )
    return (*row_pager, *column_pager, grid), records


def under(chosen: Chosen) -> str:
    """Return under which choice scores stand."""
    told = [("metric", chosen.metric), ("elicitation", chosen.elicitation), ("harness", chosen.harness)]
    told.append(("lineage", chosen.lineage))
    return ", ".join(f"{word} {shown(value, NAME)}" for word, value in told if value is not None)


def _cell(
    asked: Asked,
    chosen: Chosen,
    of: Heat,
    rows: dict[tuple[str, str], dict[str, Any]],
    key: tuple[str, str],
    *,
    share: bool,
) -> Cell:
    if key not in rows:
        return MISSING
    found = asked.runs(**{of.filter: key[0], "model": key[1]}, **chosen.filters())
    return score_cell(rows[key], found, share=share)


def turned(asked: Asked, total: int, size: int, key: str, what: str) -> tuple[int, tuple[Pager, ...]]:
    """Return where a page starts, and how to turn it; nothing to turn where all fit on one."""
    pages = max(1, -(-total // size))
    page = min(asked.number(key), pages)
    start = (page - 1) * size
    if pages == 1:
        return 0, ()
    told = f"Showing {what} {start + 1:,} to {min(start + size, total):,} of {total:,}"
    return start, (Pager(told, turns(asked, key, page, pages)),)


def turns(asked: Asked, key: str, page: int, pages: int) -> tuple[tuple[str, str], ...]:
    """Return links to the first, previous, next and last page."""
    places = (("First", 1), ("Previous", page - 1), ("Next", page + 1), ("Last", pages))
    there = [(word, to) for word, to in places if 1 <= to <= pages and to != page]
    return tuple((word, asked.here(**{key: to})) for word, to in there)

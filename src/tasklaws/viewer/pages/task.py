"""A task: its record, what was changed in it, and the scores of models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.core.display import shown
from tasklaws.core.errors import UnknownName
from tasklaws.report.blocks import Facts, Paragraph
from tasklaws.report.text import plain
from tasklaws.viewer.pages._scores import NOTE, scores_form, under
from tasklaws.viewer.parts import NAME, Cell, Grid, Links, Page, facts, named, number, score_cell
from tasklaws.viewer.scores import chosen, is_share, summarised

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.study.task_history import Adjustment
    from tasklaws.viewer.asked import Asked
    from tasklaws.viewer.desk import Desk
    from tasklaws.viewer.results import Results
    from tasklaws.viewer.scores import Chosen

RECORD = (
    ("version", "version"),
    ("content hash", "content_hash"),
    ("human time (minutes)", "human_minutes"),
    ("source of the human time", "human_source"),
    ("metric of the record", "metric"),
    ("better is", "direction"),
    ("chance rate", "floor"),
    ("ceiling", "ceiling"),
    ("instances", "n_items"),
)


def page(desk: Desk, asked: Asked) -> Page:
    """Return what is known of a task.

    Raises:
        UnknownName: there is no such task.
    """
    name, results = asked.get("task_id") or "", desk.results
    family = _family(results, name)
    picked = chosen(results, asked)
    made = summarised(picked.cells.filter(pl.col("task_id") == name), ["model"])
    filters = {"task_id": name, **picked.filters()}
    crumbs = (
        (results.settings.name, asked.to("", asked.chosen())),
        (shown(family, NAME), asked.family(family)),
        (shown(name, NAME), ""),
    )
    blocks = (
        Facts(facts([("task", name, ""), ("family", family, ""), *_record(results, name, picked)])),
        *_adjustments(results, name),
        Links((("Attempts at this task", asked.runs(**filters)),)),
        scores_form(asked, picked),
        _grid(asked, picked, made, filters),
    )
    return Page(shown(name, NAME), crumbs, blocks, _records(name, picked, made), "task")


def _family(results: Results, name: str) -> str:
    for frame in (results.cells, results.index, results.tasks):
        found = frame.filter(pl.col("task_id") == name)
        if found.height:
            return str(found["task_family"][0])
    raise UnknownName("task", name, set(results.cells["task_id"]))


def _record(results: Results, name: str, picked: Chosen) -> Iterator[tuple[str, object, str]]:
    """Yield the record of the metric that is shown, else the first there is."""
    records = results.tasks.filter(pl.col("task_id") == name)
    own = records.filter(pl.col("metric") == (picked.metric or ""))
    row = next((own if own.height else records).iter_rows(named=True), {})
    yield from ((term, _said(row.get(key)), "") for term, key in RECORD)


def _said(value: object) -> object:
    return plain(value) if isinstance(value, float) else value


def _adjustments(results: Results, name: str) -> Iterator[Any]:
    history = results.histories.get(name)
    changed = history.adjustments if history is not None else ()
    if not changed:
        yield Paragraph("This task was not adjusted in this study.")
        return
    heads = ("when", "field", "before", "after", "version after", "reason")
    yield Grid("adjustments", "Adjustments", tuple(map(Cell, heads)), tuple(map(_adjusted, changed)))


def _adjusted(one: Adjustment) -> tuple[Cell, ...]:
    told = (one.at, one.field, one.before, one.after, one.version_after, one.reason)
    return tuple(Cell(shown("–" if value is None else value, 2_000)) for value in told)


def _grid(asked: Asked, picked: Chosen, made: pl.DataFrame, filters: dict[str, str]) -> Grid:
    rows, share = {row["model"]: row for row in made.iter_rows(named=True)}, is_share(made["score"])
    heads = ("model", "score", "attempts", "ended by a limit", "errors", "invalid successes")
    lines = []
    for model in picked.models:
        row = rows.get(model)
        found = asked.runs(**filters, model=model)
        counts = [_count(row, key) for key in ("n", "n_limit", "n_error", "n_invalid")]
        lines.append((named(model, asked.model(model)), score_cell(row, found, share=share), *counts))
    return Grid("models", f"Scores of models: {under(picked)}", tuple(map(Cell, heads)), tuple(lines), NOTE)


def _count(row: dict[str, Any] | None, key: str) -> Cell:
    return number("–" if row is None or row[key] is None else f"{row[key]:,}")


def _records(name: str, picked: Chosen, made: pl.DataFrame) -> tuple[dict[str, Any], ...]:
    told = {"task_id": name, "metric": picked.metric, "elicitation": picked.elicitation}
    return tuple(told | row for row in made.iter_rows(named=True))

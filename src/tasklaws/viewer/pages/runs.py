"""A list of attempts: filtered, searched, in order, a hundred on a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.assess.observation.labels import LABELS as LABEL_NAMES
from tasklaws.core.display import shown
from tasklaws.report.blocks import Paragraph
from tasklaws.viewer.attempts import SORTS
from tasklaws.viewer.pages._scores import turns
from tasklaws.viewer.parts import NAME, Cell, Choice, Form, Grid, Page, Pager, named, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.viewer.asked import Asked
    from tasklaws.viewer.attempts import Slice
    from tasklaws.viewer.desk import Desk

LABELS = {
    "family": "Family",
    "task_id": "Task",
    "model": "Model",
    "metric": "Metric",
    "elicitation": "Elicitation",
    "harness_id": "Harness",
    "outcome": "Outcome",
}
BESIDE = ("score", "text", "label")
"""Filters that are no column."""
SCORES = (("1", "success (1)"), ("0", "failure (0)"), ("partial", "between 0 and 1"), ("none", "no score"))
MANY = 500
"""Values from which a filter is a line of text, not a list to choose from."""
HEADS = {
    "instance_id": "attempt",
    "model": "model",
    "task_id": "task",
    "epoch": "epoch",
    "elicitation": "elicitation",
    "harness_id": "harness",
    "metric": "metric",
    "score": "score",
    "outcome": "outcome",
    "path": "path",
    "tokens": "tokens",
    "started_at": "started (UTC)",
    "minutes": "minutes",
    "transcript": "transcript",
}
ALWAYS = frozenset({"instance_id", "model", "task_id", "score", "outcome"})


def page(desk: Desk, asked: Asked) -> Page:
    """Return a page of the attempts that are asked for."""
    found = desk.attempts.page(asked)
    rows = [_row(desk, asked, row) for row in found.rows]
    keys = [key for key in HEADS if key in ALWAYS or any(row[key].text for row in rows)]
    grid = Grid(
        "runs",
        "Attempts",
        tuple(_head(asked, key) for key in keys),
        tuple(tuple(row[key] for key in keys) for row in rows),
        "An attempt that was scored by several metrics stands here once for each.",
    )
    told = Paragraph(_nothing(desk, asked), "note") if not found.total else _pager(asked, found)
    return Page(
        "Attempts",
        tuple(crumbs(desk, asked)),
        (_form(desk, asked), told, *([grid] if rows else [])),
        [_record(desk, row) for row in found.rows],
        "attempts",
    )


def crumbs(desk: Desk, asked: Asked, last: str = "") -> Iterator[tuple[str, str]]:
    """Yield where a list of attempts stands; with `last` one of them."""
    yield desk.results.settings.name, asked.to("", asked.chosen())
    family, task, model = (asked.get(key) for key in ("family", "task_id", "model"))
    if family is not None:
        yield shown(family, NAME), asked.family(family)
    if task is not None:
        yield shown(task, NAME), asked.task(task)
    if model is not None:
        yield shown(model, NAME), asked.model(model)
    yield "Attempts", asked.to("runs", asked.only(*LABELS, *BESIDE, "sort")) if last else ""
    if last:
        yield last, ""


def _nothing(desk: Desk, asked: Asked) -> str:
    if asked.get("text") is not None and "text" not in desk.results.columns:
        return "No attempts to show: this study keeps no texts beside its scores, so they cannot be searched."
    if not desk.results.index.height:
        return "No attempts to show: this study holds scores of whole tasks, without their attempts."
    return "No attempts are like that. Take a filter away."


def _form(desk: Desk, asked: Asked) -> Form:
    choices = [_choice(desk, asked, name, label) for name, label in LABELS.items()]
    score = asked.get("score") or ""
    known = SCORES if score in {"", *(value for value, _ in SCORES)} else (*SCORES, (score, score))
    choices.append(Choice("score", "Score", (("", "all"), *known), score))
    if "text" in desk.results.columns:
        choices.append(Choice("text", "Text holds", (), asked.get("text") or ""))
    labels = desk.labels_used() if asked.get("label") is None else tuple(LABEL_NAMES)
    if labels:
        values = (("", "all"), *((one, one) for one in labels))
        choices.append(Choice("label", "Label (reader or flag)", values, asked.get("label") or ""))
    return Form(asked.to("runs"), tuple(choices), tuple(asked.only("sort").items()))


def _choice(desk: Desk, asked: Asked, name: str, label: str) -> Choice:
    value, values = asked.get(name) or "", desk.attempts.values(name)
    if len(values) > MANY:
        return Choice(name, label, (), value)
    beside = () if value in {"", *values} else (value,)
    return Choice(name, label, (("", "all"), *((one, one) for one in (*values, *beside))), value)


def _head(asked: Asked, key: str) -> Cell:
    if key not in SORTS:
        return Cell(HEADS[key])
    now = asked.get("sort")
    tone = "ascending" if now == key else "descending" if now == f"-{key}" else ""
    to = f"-{key}" if now == key else key
    arrow = {"ascending": " ▲", "descending": " ▼"}.get(tone, "")
    return Cell(
        f"{HEADS[key]}{arrow}", asked.here(sort=to, page=None), tone=tone, says=f"sort by {HEADS[key]}"
    )


def _row(desk: Desk, asked: Asked, row: dict[str, Any]) -> dict[str, Cell]:
    to = asked.only(*LABELS, *BESIDE, "sort") | {"run": desk.attempts.named(row)}
    name = row["instance_id"] or row["task_id"]
    transcript = desk.transcripts.link(row)
    seen = asked.to(transcript) if transcript else ""
    return {
        **{key: named("" if row[key] is None else str(row[key])) for key in ("elicitation", "harness_id")},
        **{key: named(row[key] or "") for key in ("metric", "outcome", "path")},
        "instance_id": named(name, asked.to("run", to)),
        "model": named(row["model"], asked.model(row["model"])),
        "task_id": named(row["task_id"], asked.task(row["task_id"])),
        "epoch": number("" if row["epoch"] is None else str(row["epoch"])),
        "score": number("none" if row["score"] is None else f"{row['score']:.4g}"),
        "tokens": number("" if row["tokens"] is None else f"{row['tokens']:,}"),
        "started_at": number(f"{row['started_at']:%Y-%m-%d %H:%M:%S}" if row["started_at"] else ""),
        "minutes": number(_minutes(row)),
        "transcript": Cell("open" if seen else "", seen, says=f"open the transcript of {shown(name, NAME)}"),
    }


def _minutes(row: dict[str, Any]) -> str:
    if not row["started_at"] or not row["completed_at"]:
        return ""
    return f"{(row['completed_at'] - row['started_at']).total_seconds() / 60:,.2f}"


def _record(desk: Desk, row: dict[str, Any]) -> dict[str, Any]:
    gone = {"part", "row", "log_file", "sample_id"}
    return {"run": desk.attempts.named(row)} | {key: value for key, value in row.items() if key not in gone}


def _pager(asked: Asked, found: Slice) -> Pager:
    first, last = found.start + 1, found.start + len(found.rows)
    told = (
        f"Showing attempts {first:,} to {last:,} of {found.total:,}; page {found.page:,} of {found.pages:,}"
    )
    return Pager(told, turns(asked, "page", found.page, found.pages) if found.pages > 1 else ())

"""The prediction for the next model, per family and per task, with its seal."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.report.blocks import Block, Facts, Field, Figure, Key, Panel, Paragraph, Table
from tasklaws.report.drawing import LAW, LAW_LIGHT, OUTCOME
from tasklaws.report.figures import intervals
from tasklaws.report.section import Section
from tasklaws.report.text import LABELS, NBSP, count, percent, visible

if TYPE_CHECKING:
    from tasklaws.report.content import Prediction, ReportInput

CAP = 60
"""Lines drawn in one chart; the table holds all."""
NARROW = 0.1
"""Width of a 90 % interval that counts as narrow, as a share."""

_KEYS = (
    Key("●", LAW, "median", "median"),
    Key("▬", LAW_LIGHT, f"50{NBSP}% interval", "narrow"),
    Key("─", LAW, f"90{NBSP}% interval", "wide"),
)
_OUTCOME = Key("◆", OUTCOME, "what happened", "outcome")
_DRAWN = ("name", "q050", "q250", "q500", "q750", "q950", "observed")
_NUMBERS = (
    Field("metric", "metric"),
    Field("n", "attempts"),
    Field("mean", "mean", percent),
    Field("q050", f"5{NBSP}%", percent),
    Field("q250", f"25{NBSP}%", percent),
    Field("q500", "median", percent),
    Field("q750", f"75{NBSP}%", percent),
    Field("q950", f"95{NBSP}%", percent),
)

Rows = list[dict[str, Any]]


def _usable(forecasts: pl.DataFrame, level: str, name: str) -> Rows:
    """Return the rows of one level that hold quantiles, highest median first, each with a `name` of its own.

    The metric joins the name where a task or family has several.
    """
    drawn = pl.all_horizontal(pl.col(name, "q050", "q250", "q500", "q750", "q950").is_not_null())
    rows = forecasts.filter(pl.col("level") == level, pl.col("status") == "ok", drawn)
    order = ("q500", "task_family", "task_id", "metric")
    found = rows.sort(*order, descending=[True, False, False, False]).to_dicts()
    seen = Counter(row[name] for row in found)
    return [
        {**row, "name": f"{row[name]} · {row['metric']}" if seen[row[name]] > 1 else row[name]}
        for row in found
    ]


def _width(row: dict[str, Any]) -> float:
    return float(row["q950"] - row["q050"])


def _cut(rows: Rows, what: str) -> tuple[Rows, str]:
    """Return the rows that are drawn, in their order, and a sentence where there are more."""
    if len(rows) <= CAP:
        return rows, ""
    widest = {row["name"] for row in sorted(rows, key=_width, reverse=True)[:CAP]}
    told = f" Showing {CAP} of {len(rows):,} {what}: those with the widest intervals. The table holds all."
    return [row for row in rows if row["name"] in widest], told


def _figure(name: str, title: str, caption: str, first: tuple[Field, ...], rows: Rows) -> Figure:
    drawn, cut = _cut(rows, name)
    outcomes = any("observed" in row for row in rows)
    description = f"Forecast scores of {len(drawn):,} {name}: medians with 50 and 90 percent intervals."
    lines = [{key: row[key] for key in _DRAWN if key in row} for row in drawn]
    return Figure(
        name=f"prediction-{name}",
        title=title,
        caption=caption + cut,
        description=description,
        panels=(Panel(intervals(lines, description, outcomes=outcomes)),),
        table=Table(
            (*first, *_NUMBERS, *((Field("observed", "outcome", percent),) if outcomes else ())),
            tuple(rows),
            file_name=name,
        ),
        keys=(*_KEYS, _OUTCOME) if outcomes else _KEYS,
        headline=True,
    )


def _families(rows: Rows) -> Figure:
    widest = max(rows, key=_width)
    span = f"{percent(widest['q050'], 0)} to {percent(widest['q950'], 0)}"
    title = f"Least certain family: {visible(widest['name'])}, from {span}"
    caption = (
        "Each line is one family of tasks. The score should fall on the thin line nine times out of ten."
    )
    return _figure("families", title, caption, (Field("task_family", "family"),), rows)


def _tasks(rows: Rows) -> Figure:
    narrow = sum(_width(row) <= NARROW for row in rows)
    title = f"90{NBSP}% intervals of {narrow:,} of {count(len(rows), 'task')} are at most 10{NBSP}points wide"
    caption = "Each line is one task, from the highest forecast to the lowest."
    first = (Field("task_id", "task"), Field("task_family", "family"))
    return _figure("tasks", title, caption, first, rows)


def _seal(prediction: Prediction, target: str) -> Facts:
    label = prediction.seal.label if prediction.seal else str(prediction.forecasts["label"][0])
    rows = [("Model", target, ""), ("Label", visible(label), LABELS.get(label, ""))]
    if prediction.seal is None:
        note = "nothing proves that this forecast came before the results"
        return Facts((*rows, ("Seal", "not sealed", note)))
    seal = prediction.seal
    own = "only the clock and the log of this study vouch for the time"
    return Facts(
        (
            *rows,
            ("Sealed at", visible(seal.sealed_at), ""),
            ("Tasks sealed", f"{seal.n_tasks:,}", ""),
            ("SHA-256", visible(seal.sha256), "hash of the sealed file"),
            ("Anchor", visible(seal.anchor), own if seal.anchor == "self-attested" else ""),
        )
    )


def build(content: ReportInput) -> tuple[Block, ...]:
    """Return seal, families and tasks."""
    if content.prediction is None:
        return ()
    forecasts, opened = content.prediction.forecasts, content.outcome
    families, tasks = _usable(forecasts, "family", "task_family"), _usable(forecasts, "task", "task_id")
    if opened is not None:
        by_task, by_family = opened.task_rates(), opened.family_rates()
        tasks = [{**row, "observed": by_task.get((row["task_id"], row["metric"]))} for row in tasks]
        families = [{**row, "observed": by_family.get(row["task_family"])} for row in families]
    blocks: list[Block] = [_seal(content.prediction, visible(forecasts["target"][0]))]
    # Where every family is one task, the two charts would be the same.
    if families and len(families) != len(tasks):
        blocks.append(_families(families))
    if tasks:
        blocks.append(_tasks(tasks))
    if not families and not tasks:
        blocks.append(Paragraph("No task has a usable forecast; the reasons stand under warnings."))
    return tuple(blocks)


SECTION = Section(
    name="prediction",
    title="Prediction for the next model",
    order=20,
    summary="What the next model is forecast to score, with intervals and seal.",
    needs="a prediction: run `tasklaws predict STUDY --target MODEL --seal`",
    build=build,
)

"""Past predictions against what happened, and against the baselines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.assess.baseline import BASELINES
from tasklaws.report.blocks import Block, Field, Figure, Key, Panel, Paragraph, Table
from tasklaws.report.drawing import LAW, OUTCOME, SOFT
from tasklaws.report.figures import CROWDED_FROM, bars, scatter
from tasklaws.report.section import Section
from tasklaws.report.text import LABELS, NBSP, count, percent, plain, points, visible

if TYPE_CHECKING:
    from tasklaws.report.content import Document, ReportInput

CAP = 4_000
"""Forecasts drawn; the download holds more."""

OURS = "tasklaws"
_DRAWN = ("name", "model", "mean", "observed", "q050", "q950", "held")
_FORECAST_FIELDS = (
    Field("model", "model"),
    Field("cutoff", "last seen"),
    Field("task_id", "task"),
    Field("family", "family"),
    Field("n", "attempts"),
    Field("mean", "predicted", percent),
    Field("q050", f"5{NBSP}%", percent),
    Field("q950", f"95{NBSP}%", percent),
    Field("observed", "observed", percent),
    Field("held", f"90{NBSP}% interval"),
    Field("block", "block"),
)
_FORECASTER_FIELDS = (
    Field("name", "forecaster"),
    Field("role", "role"),
    Field("summary", "what it does"),
    Field("crps", "CRPS (points)"),
    Field("mae", "mean error (points)"),
    Field("log_score", "log score (nats, higher is better)"),
)
_EXTRA = ("_crps", "_log_score", "_mean")
"""Endings of the columns in which a backtest keeps the scores of the baselines."""


def _scored(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the forecasts that hold an interval, with `held` and `name`, in a fixed order."""
    held = pl.when(pl.col("observed").is_between("q050", "q950")).then(pl.lit("inside"))
    full = frame.filter(pl.all_horizontal(pl.col("mean", "q050", "q950").is_not_null()))
    named = full.with_columns(
        held.otherwise(pl.lit("outside")).alias("held"), pl.col("task_id").alias("name")
    )
    return named.sort("block", "model", "task_id", "cutoff")


def _thinned(frame: pl.DataFrame) -> tuple[pl.DataFrame, str]:
    """Return at most `CAP` rows, evenly spread, and a sentence where there are more."""
    if len(frame) <= CAP:
        return frame, ""
    told = f" Showing {CAP:,} of {len(frame):,} forecasts, evenly spread."
    return frame[[i * len(frame) // CAP for i in range(CAP)]], told


def _scatter(scored: pl.DataFrame) -> Figure:
    drawn, cut = _thinned(scored)
    inside = int((scored["held"] == "inside").sum())
    whose = "its" if len(scored) == 1 else "their"
    description = f"{count(len(drawn), 'past forecast')} against the scores observed later."
    extra = (Field(name, name) for name in scored.columns if name.endswith(_EXTRA))
    shown = ", drawn where the outcome fell outside" if len(drawn) > CROWDED_FROM else ""
    exact = "A point on the dashed line was predicted exactly"
    return Figure(
        name="past-outcomes",
        title=f"{inside:,} of {count(len(scored), 'past outcome')} fell inside {whose} 90{NBSP}% interval",
        caption=f"{exact}; its horizontal line is the 90{NBSP}% interval{shown}.{cut}",
        description=description,
        panels=(Panel(scatter(drawn.select(_DRAWN).to_dicts(), description)),),
        table=Table((*_FORECAST_FIELDS, *extra), tuple(scored.to_dicts()), file_name="past-forecasts"),
        keys=(Key("●", LAW, "inside"), Key("▲", OUTCOME, "outside"), Key("╌", SOFT, "exact")),
    )


def _ranked(document: Document) -> list[dict[str, Any]]:
    """Return one row per forecaster that has a CRPS, best first."""
    best = document.get("best_baseline")
    numbers = {key: document.get(key) for key in ("crps", "mae", "log_score")}
    own = {"name": OURS, "role": "this method", "summary": "the law of this study", **numbers}
    others = (
        {
            "role": "best baseline" if entry["name"] == best else "baseline",
            "summary": BASELINES[entry["name"]].summary if entry["name"] in BASELINES else None,
            **entry,
        }
        for entry in document.get("baselines") or ()
    )
    rows = [{**row, "value": row["crps"]} for row in (own, *others) if row.get("crps") is not None]
    return sorted(rows, key=lambda row: (row["value"], row["name"]))


def _bar(row: dict[str, Any]) -> dict[str, Any]:
    role = "" if row["role"] == "baseline" else f"  {row['role']}"
    return {
        "name": row["name"],
        "value": row["value"],
        "role": row["role"],
        "label": f"{row['value']:.2f}{role}",
    }


def _finding(rows: list[dict[str, Any]]) -> str:
    by_role = {row["role"]: row["value"] for row in rows}
    own, best = by_role.get("this method"), by_role.get("best baseline")
    if own is None or not best:
        return "Error of each forecaster (CRPS)"
    direction = "below" if own < best else "above"
    change = f"{percent(abs(1 - own / best), 0)} {direction} that of the best baseline"
    return f"The error (CRPS) is {points(own, 2)}, {change}"


def _bars(rows: list[dict[str, Any]]) -> Figure:
    description = "CRPS in points of this method and of every baseline; shorter is better."
    used = tuple(f for f in _FORECASTER_FIELDS if any(row.get(f.key) is not None for row in rows))
    return Figure(
        name="past-baselines",
        title=_finding(rows),
        caption=(
            "CRPS is the distance between the forecast distribution and the outcome, in points: shorter bars "
            "are better. A method that does not beat simple baselines, such as repeating the last model's "
            "score, has learnt nothing."
        ),
        description=description,
        panels=(Panel(bars([_bar(row) for row in rows], description, "CRPS (points)")),),
        table=Table(used, tuple(rows), file_name="forecasters"),
    )


def _flat(row: Document) -> dict[str, Any]:
    """Return a row with nested entries spelt out: `coverage` of 90 becomes `coverage_90`."""
    flat: dict[str, Any] = {}
    for key, value in row.items():
        flat |= (
            {f"{key}_{inner}": v for inner, v in value.items()} if isinstance(value, dict) else {key: value}
        )
    return flat


def _families(document: Document) -> tuple[Block, ...]:
    rows = tuple(_flat(row) for row in document.get("by_family") or ())
    if not rows:
        return ()
    keys = dict.fromkeys(key for row in rows for key in row if not key.endswith("reason"))
    shares = ("coverage", "skill")
    fields = tuple(
        Field(key, key.replace("_", " "), percent if key.startswith(shares) else plain) for key in keys
    )
    return (Table(fields, rows, "Past forecasts by family (mae and crps in points).", "by-family"),)


def build(content: ReportInput) -> tuple[Block, ...]:
    """Return the scatter where cell forecasts are kept, the bars, the table by family."""
    if content.backtest is None:
        return ()
    document, frame = content.backtest.document, content.backtest.forecasts
    folds = document.get("folds")
    often = f" {count(folds, 'time')}" if folds else ""
    intro = (
        f"The backtest held out models{often}, forecast them from the smaller or older ones only, and "
        "compared the forecasts with what the models scored. Everything was fitted again each time."
    )
    label = str(document.get("label") or "")
    told = f" Their label is {visible(label)}: {LABELS.get(label, 'a label of its own')}." if label else ""
    blocks: list[Block] = [Paragraph(intro + told)]
    if frame is not None and len(scored := _scored(frame)):
        blocks.append(_scatter(scored))
    if rows := _ranked(document):
        blocks.append(_bars(rows))
    return (*blocks, *_families(document))


SECTION = Section(
    name="past",
    title="Past predictions",
    order=30,
    summary="Past predictions against outcomes and against the baselines.",
    needs="a backtest: run `tasklaws backtest STUDY`",
    build=build,
)

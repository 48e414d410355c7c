"""Calibration: did outcomes fall where the forecasts said they would, as often as they said."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from tasklaws.report.blocks import Block, Field, Figure, Key, Panel, Table
from tasklaws.report.content import Coverage, ReportInput
from tasklaws.report.drawing import INK, LAW, LAW_LIGHT
from tasklaws.report.figures import coverage, histogram
from tasklaws.report.intervals import count_band
from tasklaws.report.section import Section
from tasklaws.report.text import NBSP, count, percent, reason_for, undefined


def _bins(counts: tuple[int, ...]) -> list[dict[str, Any]]:
    total, width = sum(counts), 1 / len(counts)
    lower, upper = count_band(total, width)
    return [
        {
            "bin": f"{percent(i * width, 0)} to {percent((i + 1) * width, 0)}",
            "start": round(i * width, 9),
            "end": round((i + 1) * width, 9),
            "count": number,
            "lower": lower,
            "upper": upper,
            "role": "within chance" if lower <= number <= upper else "beyond chance",
        }
        for i, number in enumerate(counts)
    ]


def _shape(counts: tuple[int, ...]) -> str:
    """Return the finding: how many outcomes fell in the outer bins, against chance."""
    total, ends = sum(counts), counts[0] + counts[-1]
    lower, upper = count_band(total, 2 / len(counts))
    share, due = percent(ends / total, 0), percent(2 / len(counts), 0)
    told = "more than" if ends > upper else "less than" if ends < lower else "about"
    return f"{share} of outcomes fell in the two outermost parts of their forecasts, {told} the {due} due"


_BIN_FIELDS = (
    Field("bin", "part of the forecast"),
    Field("count", "outcomes"),
    Field("lower", f"due at least (90{NBSP}%)"),
    Field("upper", f"due at most (90{NBSP}%)"),
    Field("role", "compared with chance"),
)
_LEVEL_FIELDS = (
    Field("name", "interval"),
    Field("nominal", "promised", percent),
    Field("observed", "held", percent),
    Field("lower", "from", percent),
    Field("upper", "to", percent),
)


def _histogram(counts: tuple[int, ...]) -> Figure:
    rows = _bins(counts)
    total, bins = sum(counts), len(counts)
    description = (
        f"Histogram of the places of {count(total, 'outcome')} in their forecasts, {count(bins, 'bin')}."
    )
    return Figure(
        name="calibration-pit",
        title=_shape(counts),
        caption=(
            "If forecasts are calibrated all bars are about equally high. A hill in the middle means "
            "forecasts too wide, high ends mean too narrow, a slope means too high or too low. The grey band "
            "is what chance allows for independent outcomes; tasks of one model are not independent, so bars "
            "leave it more often."
        ),
        description=description,
        panels=(Panel(histogram(rows, total / bins, description)),),
        table=Table(_BIN_FIELDS, tuple(rows), file_name="pit"),
        keys=(
            Key("■", LAW_LIGHT, "within chance"),
            Key("■✱", LAW, "beyond chance"),
            Key("╌", INK, "expected"),
        ),
    )


def _levels(content: ReportInput) -> tuple[Coverage, ...]:
    """Return the coverage given, else that of the backtest's document, without an interval."""
    if content.reliability is not None and content.reliability.coverage:
        return content.reliability.coverage
    if content.backtest is None:
        return ()
    document = content.backtest.document
    given = document.get("coverage") or {}
    return tuple(
        Coverage(int(level) / 100, value, reason=reason_for(document, "coverage"))
        for level, value in sorted(given.items())
    )


def _level(level: Coverage) -> dict[str, Any]:
    reason = level.reason or "no block interval was computed"
    return {**asdict(level), "name": f"{percent(level.nominal, 0)} interval", "reason": reason}


def _kept(level: Coverage) -> str:
    if level.observed is None:
        return f"have no coverage: {undefined(level.reason or 'no reason was recorded')}"
    return f"held {percent(level.observed, 0)} of outcomes"


def _coverage(levels: tuple[Coverage, ...]) -> Figure:
    rows = [_level(level) for level in levels]
    widest = max(levels, key=lambda level: level.nominal)
    spans = (
        f"The line is a 90{NBSP}% interval over blocks (models of one lineage and size); the promise is kept "
        "where the line crosses the bar."
        if any(level.lower is not None for level in levels)
        else "Without an interval over blocks nothing can be said of the distance between them."
    )
    description = "Share of past outcomes inside the intervals of each nominal level."
    return Figure(
        name="calibration-coverage",
        title=f"{percent(widest.nominal, 0)} intervals {_kept(widest)}",
        caption=f"The upright bar is the promise, the dot what happened. {spans}",
        description=description,
        panels=(Panel(coverage(rows, description)),),
        table=Table(_LEVEL_FIELDS, tuple(rows), file_name="coverage"),
        keys=(Key("┃", INK, "promised"), Key("●", LAW, "happened")),
    )


def build(content: ReportInput) -> tuple[Block, ...]:
    """Return the PIT histogram and the coverage chart, where there is anything to show."""
    counts = content.reliability.pit_counts if content.reliability else ()
    levels = _levels(content)
    histograms = (_histogram(counts),) if sum(counts) else ()
    return (*histograms, *((_coverage(levels),) if levels else ()))


SECTION = Section(
    name="calibration",
    title="Calibration",
    order=50,
    summary="Whether intervals held as often as they promised.",
    needs="a backtest: run `tasklaws backtest STUDY`",
    build=build,
)

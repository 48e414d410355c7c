"""Inside the models: what probes read beyond random weights, and what tuning on right samples adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.core.proportions import jeffreys
from tasklaws.report.blocks import Block, Field, Figure, Key, Panel, Paragraph, Table
from tasklaws.report.drawing import LAW, LAW_LIGHT, OUTCOME, chart, dot, encoded, layer, names, tooltip
from tasklaws.report.multiples import (
    GLYPHS,
    LINEAGE_COLOURS,
    Lineages,
    PanelRows,
    curve_panel,
    parameters_axis,
)
from tasklaws.report.section import Section
from tasklaws.report.text import count, magnitude, percent, points, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.report.blocks import Row
    from tasklaws.report.content import ReportInput

KINDS = {"trained": "accuracy", "untrained": "control"}
LINE = 24
"""Pixels of a line in the chart of tuning."""

_PROBES = (
    Field("model", "model"),
    Field("n_params", "parameters", magnitude),
    Field("property", "property"),
    Field("family", "family"),
    Field("size", "size"),
    Field("accuracy", "trained", percent),
    Field("control", "untrained", percent),
    Field("difference", "difference", percent),
    Field("lower", "from", percent),
    Field("upper", "to", percent),
    Field("most_common", "most common answer", percent),
    Field("n_texts", "prompts"),
)
_TUNING = (
    Field("model", "model"),
    Field("family", "family"),
    Field("n", "questions"),
    Field("before", "before", percent),
    Field("after", "after", percent),
    Field("difference", "difference", percent),
    Field("lower", "from", percent),
    Field("upper", "to", percent),
    Field("samples", "samples drawn"),
    Field("right", "right samples used"),
)


def _ordered(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row["n_params"], row["model"]))


def _clear(rows: Sequence[Row]) -> list[Row]:
    """Return the rows whose difference is above 0 in all of its interval."""
    return [row for row in rows if row["lower"] > 0]


def _probe_title(rows: Sequence[Row]) -> str:
    clear = _clear(rows)
    whole = f"of {count(len(rows), 'probe')} {len(clear)} read more off trained than off untrained weights"
    if not clear:
        return f"No finding: {whole}"
    best = max(clear, key=lambda row: row["difference"])
    return (
        f"{whole.capitalize()}; most the {visible(best['property'])} in {visible(best['model'])}, "
        f"{percent(best['accuracy'], 0)} against {percent(best['control'], 0)}"
    )


def _series(rows: Sequence[Row]) -> PanelRows:
    """Return the accuracies of one property, those of trained and of untrained weights."""
    observed: list[dict[str, Any]] = []
    for row in rows:
        for kind, key in KINDS.items():
            lower, upper = jeffreys(row[key] * row["n_texts"], row["n_texts"])
            place = {"x": row["n_params"], "model": row["model"], "lineage": kind}
            observed.append({**place, "rate": row[key], "lower": lower, "upper": upper})
    line = [{**one, **dict.fromkeys(("q050", "q500", "q950"), one["rate"])} for one in observed]
    return PanelRows(observed, line, ())


def _probe_figure(rows: Sequence[Row]) -> Figure:
    sizes = [row["n_params"] for row in rows]
    axis = parameters_axis(sizes)
    kinds = Lineages(tuple(KINDS), frozenset())
    panels = []
    for name in dict.fromkeys(row["property"] for row in rows):
        own = [row for row in rows if row["property"] == name]
        text = f"Accuracy of a probe of the {name} against parameters, trained and untrained."
        panels.append(Panel(curve_panel(_series(own), kinds, axis, text), visible(name)))
    marks = zip(KINDS, GLYPHS, LINEAGE_COLOURS, strict=False)
    return Figure(
        name="probes",
        title=_probe_title(rows),
        caption="A linear probe reads a property of the prompt where the model begins to answer; the same "
        "probe on untrained weights of the same shape stands beside it, as random weights pass on much of "
        "what they read. Bars are 90 % intervals of each accuracy over prompts; the table has the interval "
        "of the difference, without width where both said the same of every prompt. Of probes with nothing "
        "to find, one in twenty is expected to differ upwards. Models of other seeds are not covered.",
        description=f"Accuracy of {count(len(rows), 'probe')} beside untrained weights.",
        panels=tuple(panels),
        table=Table(_PROBES, tuple(rows), "Probes", "probes"),
        keys=tuple(Key(glyph, colour, kind) for kind, (_, glyph), colour in marks),
    )


def _tuning_title(rows: Sequence[Row]) -> str:
    better, worse = len(_clear(rows)), sum(row["upper"] < 0 for row in rows)
    most = max(rows, key=lambda row: row["difference"])
    whole = f"tuning on right samples lifts {better} of {count(len(rows), 'score')} and lowers {worse}"
    if not better:
        return whole.capitalize()
    return (
        f"{whole.capitalize()}; most {visible(most['family'])} of {visible(most['model'])}, from "
        f"{percent(most['before'], 0)} to {percent(most['after'], 0)}"
    )


def _drawn(rows: Sequence[Row]) -> dict[str, Any]:
    """Return one line per model and family: the score before, and after with its interval."""
    placed = [
        {
            "name": f"{row['model']} {row['family']}",
            "before": row["before"],
            "after": row["after"],
            "lower": row["before"] + row["lower"],
            "upper": row["before"] + row["upper"],
        }
        for row in rows
    ]
    axis = {"format": ".0%", "title": "score", "orient": "top", "tickCount": 6}
    y, x = names(), encoded("lower", axis=axis, scale={"domain": [0, 1], "clamp": True})
    hint = tooltip(
        ("name", "name"), ("before", "before"), ("after", "after"), ("lower", "from"), ("upper", "to")
    )
    shared = {"y": y, "tooltip": hint}
    layers = [
        layer("rule", {"color": LAW_LIGHT, "strokeWidth": 6}, {**shared, "x": x, "x2": {"field": "upper"}}),
        layer("point", {**dot("circle", 60, LAW), "filled": False}, {**shared, "x": encoded("before")}),
        layer("point", dot("diamond", 85, OUTCOME), {**shared, "x": encoded("after")}),
    ]
    return chart(placed, layers, "Scores before and after tuning on right samples", LINE * len(rows))


def _tuning_figure(rows: Sequence[Row]) -> Figure:
    return Figure(
        name="tuning",
        title=_tuning_title(rows),
        caption="One line per model and family, smallest model first. A model draws samples on questions "
        "that it may be trained on, and is tuned on those that are right; the scored questions are the same "
        "before and after and were never tuned on. Bars are 90 % intervals of the change, drawn from the "
        "score before it; of lines where nothing changes, one in twenty is expected to lie to either side. "
        "Families were chosen by scores on other questions, those nearest to one half.",
        description=f"Scores before and after tuning, {count(len(rows), 'line')}.",
        panels=(Panel(_drawn(rows)),),
        table=Table(_TUNING, tuple(rows), "Tuning on right samples", "tuning"),
        keys=(Key("○", LAW, "before"), Key("◆", OUTCOME, "after"), Key("▬", LAW_LIGHT, "90 % interval")),
    )


def _probe_words(rows: Sequence[Row]) -> str:
    mean = sum(row["difference"] for row in rows) / len(rows)
    return (
        f"Probes read {points(100 * mean)} more off trained than off untrained weights on average; only "
        "such a difference was learned."
    )


def _tuning_words(rows: Sequence[Row]) -> str:
    mean = sum(row["difference"] for row in rows) / len(rows)
    drawn, used = (sum(row[key] for row in rows) for key in ("samples", "right"))
    return (
        f"Tuning on right samples changes a score by {points(100 * mean)} on average; "
        f"{drawn:,} samples were drawn for it in all, and {used:,} right ones used."
    )


def build(content: ReportInput) -> tuple[Block, ...]:
    """Return what probes read and what tuning adds, each in a sentence and a figure."""
    found = (content.elicitation or {}).get("internals")
    if found is None:
        return ()
    probes, tuning = _ordered(found["probes"]), _ordered(found["tuning"])
    blocks: list[Block] = []
    if tuning:
        blocks += [Paragraph(_tuning_words(tuning)), _tuning_figure(tuning)]
    elif probes:
        blocks.append(Paragraph("No model was tuned: none has a family that it neither fails nor masters."))
    if probes:
        blocks += [Paragraph(_probe_words(probes)), _probe_figure(probes)]
    return tuple(blocks)


SECTION = Section(
    name="internals",
    title="Inside the models",
    order=48,
    summary="What tuning on a model's own right samples adds, and what probes read beyond random weights.",
    needs="models to tune and to probe: run `tasklaws study DIR` with a preset other than quick",
    build=build,
)

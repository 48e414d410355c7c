"""The verb `preview`: what a family's structure implies, drawn before any model is run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasklaws.core.errors import BadInput
from tasklaws.core.progress import SILENT, Progress
from tasklaws.families import FAMILIES
from tasklaws.metrics import METRICS
from tasklaws.report.blocks import Bullets, Facts, Field, Figure, Panel, Paragraph, Table
from tasklaws.report.drawing import chart, encoded, layer
from tasklaws.report.page import FilledSection, Heading, page_of
from tasklaws.report.text import NBSP, plain
from tasklaws.spec.harness import Harness
from tasklaws.study.files import write_whole
from tasklaws.theory.described import CALL_LIMIT, described
from tasklaws.theory.implied import Assumed, Implied, implied

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tasklaws.report.blocks import Block, Row
    from tasklaws.spec.family import Family
    from tasklaws.spec.metric import Metric

SECONDS_PER_TOKEN = 0.02
"""Writing speed of the agents that are shown."""

COLOURS = "viridis"

_WORDS = {
    "linear": "in step with the error of a token",
    "power": "a power of what one token gets right",
    "logarithmic": "in step with log-likelihood",
    "threshold": "nothing until the right answer overtakes the others",
    "aggregate": "of several attempts",
}


@dataclass(frozen=True)
class PreviewResult:
    """Where the page is, and the numbers behind its charts."""

    path: Path
    bytes: int
    family: str
    tasks: tuple[dict[str, Any], ...]
    """Per size: threshold (log10 flops), the score at the top, the share that limits end."""
    curves: tuple[dict[str, Any], ...]
    """Per size, metric and compute: the expected score."""

    def document(self) -> dict[str, Any]:
        """Return the keys `path`, `bytes`, `family`, `tasks` and `curves`."""
        return {
            "path": str(self.path),
            "bytes": self.bytes,
            "family": self.family,
            "tasks": list(self.tasks),
            "curves": list(self.curves),
        }


def preview(
    family: str,
    out: str | Path | None = None,
    *,
    call_limit: float = CALL_LIMIT,
    assumed: Assumed | None = None,
    progress: Progress = SILENT,
) -> PreviewResult:
    """Write a page with the curves that the structure of `family` implies.

    Args:
        family: name of a family.
        out: the page; default ``FAMILY-preview.html`` in the working folder.
        call_limit: seconds that one call of a tool may run.
        assumed: what is assumed of agents; it moves and stretches curves, not their order.
        progress: told of each step.

    Raises:
        UnknownName: there is no such family.
        BadPlan: the limit is not positive.
        BadInput: the page cannot be written, or `out` is a folder.
    """
    entry, path = FAMILIES[family], Path(out or f"{family}-preview.html")
    if path.is_dir():
        raise BadInput(f"{path} is a folder.", "The page is one file.", f"Name {path / 'preview.html'}.")
    harness, assumed = Harness(call_limit=call_limit), assumed or Assumed()
    law = assumed.law([entry.plan(size) for size in entry.sizes], SECONDS_PER_TOKEN)
    with progress.stage("evaluating", len(entry.sizes)) as advance:
        tasks = implied(entry, law, harness)
        advance(len(entry.sizes))
    rows = {name: list(_curve(METRICS[name], tasks)) for name in entry.metrics}
    page = page_of(entry.name, _sections(entry, tasks, rows, harness, assumed), "preview of a family")
    write_whole(path, page)
    return PreviewResult(
        path,
        len(page),
        entry.name,
        tuple(_task_row(task) for task in tasks),
        tuple(row | {"metric": name} for name, some in rows.items() for row in some),
    )


def _curve(metric: Metric, tasks: Sequence[Implied]) -> Iterator[dict[str, Any]]:
    for task in tasks:
        laws = task.solutions if metric.kind == "process" else task.outputs
        for flops, law in zip(task.flops, laws, strict=True):
            value = metric.expected(law)
            if value is not None:
                yield {"size": str(task.size), "x": float(flops), "value": float(value)}


def _task_row(task: Implied) -> dict[str, Any]:
    return {
        "size": task.size,
        "threshold": task.threshold,
        "reason": None if task.threshold is not None else "success does not rise within the ladder",
        "top": float(task.success[-1]),
        "ended_by_limit": float(task.ended_by_limit[-1]),
        "seconds_median": float(task.seconds_median[-1]),
        "seconds_mean": float(task.seconds_mean[-1]),
    }


def _sections(
    family: Family,
    tasks: Sequence[Implied],
    rows: dict[str, list[dict[str, Any]]],
    harness: Harness,
    assumed: Assumed,
) -> list[FilledSection]:
    told = described(family, harness.call_limit or CALL_LIMIT)
    return [
        FilledSection(Heading("expects", "What to expect"), _expectations(family, told)),
        FilledSection(Heading("scores", "Score along a ladder"), _scores(tasks, rows)),
        FilledSection(Heading("tasks", "One task or many"), (_thresholds(tasks),)),
        FilledSection(Heading("time", "Time along a ladder"), (_times(tasks),)),
        FilledSection(Heading("assumed", "What was assumed"), _assumptions(harness, assumed, family)),
    ]


def _expectations(family: Family, told: dict[str, Any]) -> tuple[Block, ...]:
    fields = tuple(Field(name, name.replace("_", " ")) for name in ("size", "work", "span", "least_work"))
    return (
        Paragraph(f"{family.summary[0].upper()}{family.summary[1:]}.", "lead"),
        Bullets(tuple(told["expects"])),
        Table(fields, tuple(told["sizes"]), "Operations by size", f"{family.name}-sizes"),
        Paragraph(
            "Work: operations without any shortcut. Span: the longest chain of operations that need each "
            "other. Least work: operations for somebody who knows every shortcut.",
            "note",
        ),
    )


def _scores(tasks: Sequence[Implied], rows: dict[str, list[dict[str, Any]]]) -> tuple[Block, ...]:
    drawn = {name: some for name, some in rows.items() if some}
    return tuple(_score_figure(name, some, tasks) for name, some in drawn.items())


def _score_figure(name: str, rows: list[dict[str, Any]], tasks: Sequence[Implied]) -> Figure:
    metric = METRICS[name]
    title = f"{name}: {_WORDS[metric.linearity]}, {metric.direction} is better"
    return Figure(
        f"score-{name}",
        title,
        metric.resolution,
        f"Expected {name} against training compute, one line for each of {len(tasks)} sizes.",
        (Panel(_lines(rows, name, share=metric.unit == "share", sizes=[str(task.size) for task in tasks])),),
        Table(
            (Field("size", "size"), Field("x", "flops"), Field("value", name, plain)),
            tuple(rows),
            f"Expected {name}",
            name,
            folded=True,
        ),
    )


def _lines(rows: Sequence[Row], title: str, *, share: bool, sizes: Sequence[str]) -> dict[str, Any]:
    """Return a line per size over compute."""
    shown = {"format": ".0%"} if share else {}
    scale = {"domain": [0, 1]} if share else {"zero": True}
    colour = encoded(
        "size",
        "ordinal",
        sort=list(sizes),
        scale={"scheme": COLOURS},
        legend={"title": "size", "orient": "bottom", "columns": 8},
    )
    x = encoded(
        "x",
        scale={"type": "log", "nice": False},
        axis={"title": "training compute (FLOP)", "labelExpr": "format(datum.value, '.0e')", "tickCount": 6},
    )
    y = encoded("value", scale=scale, axis={"title": title, **shown})
    tip = [
        {"field": "size", "type": "nominal", "title": "size"},
        {"field": "x", "type": "quantitative", "title": "FLOP", "format": ".1e"},
        {"field": "value", "type": "quantitative", "title": title, "format": ".3f"},
    ]
    mark = layer("line", {"strokeWidth": 2}, {"x": x, "y": y, "color": colour, "tooltip": tip})
    return chart(rows, [mark], f"{title} against training compute by size", 260)


def _thresholds(tasks: Sequence[Implied]) -> Table:
    rows = tuple(_task_row(task) for task in tasks)
    fields = (
        Field("size", "size"),
        Field("threshold", "threshold (log10 FLOP)", lambda value: f"{value:.2f}"),
        Field("top", "success at the top", lambda value: f"{value:.2f}"),
        Field("ended_by_limit", "lost to limits at the top", lambda value: f"{value:.2f}"),
    )
    return Table(fields, rows, _spread(tasks), "thresholds")


def _spread(tasks: Sequence[Implied]) -> str:
    known = [task.threshold for task in tasks if task.threshold is not None]
    if len(known) < 2:  # noqa: PLR2004
        return "Where success first reaches half of its top."
    return (
        f"Where success first reaches half of its top: {len(known)} sizes within "
        f"{max(known) - min(known):.1f}{NBSP}decades of compute. Thresholds that coincide make one task."
    )


def _times(tasks: Sequence[Implied]) -> Figure:
    rows = [
        {"size": str(task.size), "x": float(flops), "value": float(max(value, FASTEST))}
        for task in tasks
        for flops, value in zip(task.flops, task.seconds_median, strict=True)
    ]
    spec = _lines(rows, "median seconds", share=False, sizes=[str(task.size) for task in tasks])
    spec["layer"][0]["encoding"]["y"]["scale"] = {"type": "log"}
    low, high = (f(task.seconds_median[-1] for task in tasks) for f in (min, max))
    fields = (Field("size", "size"), Field("x", "flops"), Field("value", "median seconds", plain))
    return Figure(
        "time",
        f"At the top half of the attempts take less than {low:.2g} to {high:.2g}{NBSP}s, by size",
        "Median seconds of an attempt, whatever comes of it: writing at the stated speed, and the run time "
        "of tools up to the limit of a call.",
        "Median seconds of an attempt against training compute, one line per size.",
        (Panel(spec),),
        Table(fields, tuple(rows), "Median seconds", "time", folded=True),
    )


FASTEST = 1e-3
"""Seconds below which times are drawn as this."""


def _assumptions(harness: Harness, assumed: Assumed, family: Family) -> tuple[Block, ...]:
    facts = (
        ("limit of a call", f"{harness.call_limit:g}{NBSP}s", "measured run times are those of one machine"),
        ("writing speed", f"{SECONDS_PER_TOKEN:g}{NBSP}s per token", ""),
        ("excess loss", f"{assumed.loss_at:g} nats per token at 10^20 FLOP", "the same for all skills"),
        ("its exponent", f"{assumed.exponent:g}", "ordinary losses fall more slowly, and curves are wider"),
        ("shortcuts", f"known by half of the agents at 10^{assumed.known_at:g} FLOP", ""),
        ("independence", "given skill and knowledge, steps fail independently", "real contexts get dirty"),
    )
    return (
        Paragraph(
            "Nothing here was measured on a model. Curves follow from the plan, exactly, under these "
            "assumptions; they move and stretch with them, and keep their order."
        ),
        Facts(facts),
        Paragraph(" ".join(family.facts["notes"].split()), "note"),
    )

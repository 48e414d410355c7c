"""Results as notebooks show them: the charts of the report, drawn as images, which run no script.

A front end that does not trust a notebook drops scripts, frames and drawings in line, but shows images.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tasklaws.assess.track_record import forecasts, latest_opened, latest_unopened
from tasklaws.core.errors import NoAnswer
from tasklaws.report import content as parts
from tasklaws.report.blocks import Bullets, Field, Figure, Paragraph, Table
from tasklaws.report.collect import outcome_of, past_forecasts, reliability, sealed_prediction
from tasklaws.report.content import ReportInput, checked
from tasklaws.report.pictures import still
from tasklaws.report.section import SECTIONS
from tasklaws.report.svg import WIDTH
from tasklaws.report.templating import templates
from tasklaws.report.text import percent, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.report.blocks import Block
    from tasklaws.study.folder import Study

Draw = Callable[[Any], "Sequence[Block]"]
"""From a result to what a notebook shows of it."""

_LAW = (
    Field("lineage", "lineage"),
    Field("family", "family"),
    Field("task_id", "task"),
    Field("metric", "metric"),
    Field("form", "form"),
    Field("weight", "weight", percent),
    Field("law", "law"),
    Field("x", "x"),
)


def html(result: Any) -> str:  # noqa: ANN401 - results of verbs have no class in common
    """Return a result as HTML: sentences, charts as images, tables folded away."""
    blocks = _blocks(result)
    drawn = {block.name: still(block, titled=True) for block in blocks if isinstance(block, Figure)}
    page = templates("tasklaws.report").get_template("notebook.html.j2")
    return page.render(blocks=blocks, pictures=drawn, width=WIDTH)


def _blocks(result: Any) -> Sequence[Block]:  # noqa: ANN401
    try:
        return SHOWN[type(result).__name__](result)
    except NoAnswer as error:
        return (Paragraph(visible(str(error))),)


def _sections(names: Sequence[str], content: ReportInput) -> list[Block]:
    """Return what these sections of the report make of `content`."""
    content = checked(content)
    return [block for name in names for block in SECTIONS[name].build(content)]


def _documented(section: str, part: str = "") -> Draw:
    """Return how a result is shown of which the report holds the document."""

    def shown(result: Any) -> Sequence[Block]:  # noqa: ANN401
        content = ReportInput(type(result).__name__, **{part or section: result.document()})
        return _sections((section,), content)

    return shown


def _prediction(made: Any) -> Sequence[Block]:  # noqa: ANN401
    n_tasks = made.table.filter(made.table["level"] == "task").height
    seal = parts.Seal(made.sha256, "see the log", made.label, n_tasks) if made.sha256 else None
    content = ReportInput(made.target, prediction=parts.Prediction(made.table, seal))
    return _sections(("prediction",), content)


def _backtest(tested: Any) -> Sequence[Block]:  # noqa: ANN401
    held = parts.Backtest(tested.document(), past_forecasts(tested))
    content = ReportInput("backtest", backtest=held, reliability=reliability(tested))
    return _sections(("verdict", "past", "calibration"), content)


def _opened(opened: Any) -> Sequence[Block]:  # noqa: ANN401
    document = opened.document()
    against = parts.Backtest(document | {"best_baseline": opened.best_baseline()[0]})
    held = parts.Opened(opened.table, document)
    return _sections(("surprises", "past"), ReportInput(opened.target, opened=held, backtest=against))


def _diagnosis(made: Any) -> Sequence[Block]:  # noqa: ANN401
    return _sections(("families",), ReportInput("diagnosis", diagnosed=made.families))


def _laws(made: Any) -> Sequence[Block]:  # noqa: ANN401
    return (Table(_LAW, tuple(made.rows), "Every form that was fitted to every curve", "laws"),)


def _report(made: Any) -> Sequence[Block]:  # noqa: ANN401
    files = (Bullets(tuple(map(visible, made.static))),) if getattr(made, "static", ()) else ()
    return (Paragraph(visible(f"{made.path}, {made.bytes:,} bytes: open it in a browser.")), *files)


def _study(study: Study) -> Sequence[Block]:
    """Return what stands in the study's tables and log; nothing is fitted for it."""
    waiting, opened = latest_unopened(study), latest_opened(study)
    content = ReportInput(
        study.settings.name,
        ladder=study.ladder().table(),
        cells=study.target_cells()[0],
        tasks=study.tasks(),
        prediction=sealed_prediction(waiting or (opened.sealed if opened else None)),
        opened=outcome_of(opened),
        record=forecasts(study).document(),
    )
    return _sections(("curves", "prediction", "record"), content)


SHOWN: dict[str, Draw] = {
    "Backtest": _backtest,
    "BudgetResult": _documented("budget"),
    "Comparison": _documented("comparison"),
    "Diagnosis": _diagnosis,
    "ElicitResult": _documented("elicited", "elicitation"),
    "FlagsResult": _documented("transcripts", "flags"),
    "HeadlinePage": _documented("headline"),
    "HorizonResult": _documented("time_horizons"),
    "HumanTimes": _documented("human_times"),
    "Opened": _opened,
    "Prediction": _prediction,
    "RedLines": _documented("red_lines"),
    "ReportResult": _report,
    "Study": _study,
    "StudyLaws": _laws,
    "TrackRecord": _documented("record"),
}
"""Class of a result -> how it is shown."""

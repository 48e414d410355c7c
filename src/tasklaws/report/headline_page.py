"""The verb `headline`: a study on one page, in plain language."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasklaws.assess.headline.headline import headline_of
from tasklaws.assess.headline.known import Known
from tasklaws.core.progress import SILENT
from tasklaws.report.blocks import Block, Field, Figure, Key, Panel, Table
from tasklaws.report.drawing import LAW, LAW_LIGHT, OUTCOME
from tasklaws.report.figures import intervals
from tasklaws.report.page import FilledSection, Heading, page_of
from tasklaws.report.sections.headline import claims, evidence, legend
from tasklaws.report.text import NBSP, count, percent, visible
from tasklaws.study.files import write_whole
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from tasklaws.assess.headline.headline import Headline
    from tasklaws.core.progress import Progress
    from tasklaws.report.content import Document

REPORT = "report.html"
CAP = 12
"""Families drawn; the table holds all."""
_NUMBERS = (
    Field("family", "family"),
    Field("q050", f"5{NBSP}%", percent),
    Field("q500", "median", percent),
    Field("q950", f"95{NBSP}%", percent),
)


@dataclass(frozen=True)
class HeadlinePage:
    """A page that was written, and its claims."""

    claimed: Headline
    path: str
    bytes: int

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return the warnings of the study."""
        return self.claimed.warnings

    def document(self) -> dict[str, Any]:
        """Return the claims, and the keys `path` and `bytes`."""
        return {**self.claimed.document(), "path": self.path, "bytes": self.bytes}


def headline(
    study: Study | str | Path, out: str | Path | None = None, *, progress: Progress = SILENT
) -> HeadlinePage:
    """Write the claims of a study as one self-contained page.

    Args:
        study: the study.
        out: the file; by default ``headline.html`` in the study.
        progress: who hears how far it is.

    Raises:
        NoAnswer: the study has no results.
        BadInput: the file cannot be written.
    """
    study = study if isinstance(study, Study) else Study(study)
    path = Path(out) if out is not None else study.path / "headline.html"
    made = headline_of(Known(study, progress))
    page = headline_page(made.document(), REPORT if (path.parent / REPORT).exists() else None)
    write_whole(path, page)
    return HeadlinePage(made, str(path), len(page))


def headline_page(document: Document, report: str | None = None) -> bytes:
    """Return the page of a document of the verb `headline`; the same bytes for the same document.

    Args:
        document: of the verb `headline`.
        report: name of the report's file, where it lies beside the page.
    """
    filled = [FilledSection(Heading("headline", "In short"), (legend(), claims(document)))]
    if chart := _chart(document):
        filled.append(FilledSection(Heading("forecast", "The forecast"), (chart,)))
    filled.append(
        FilledSection(Heading("evidence", "What each claim rests on"), (evidence(document, report),))
    )
    return page_of(document["title"], filled, "headline", styles=("report.css", "headline.css"))


def _chart(document: Document) -> Block | None:
    """Return the forecast by family, with what came where it was opened."""
    told = document["forecast"]
    if not told or not told["families"]:
        return None
    rows = sorted(told["families"], key=lambda row: (row["q500"], row["family"]), reverse=True)
    drawn = [{"name": row["family"], **row} for row in _widest(rows)]
    cut = (
        f" Drawn: the {CAP} least certain of {count(len(rows), 'family', 'families')}."
        if len(rows) > CAP
        else ""
    )
    description = (
        f"Forecast scores of {count(len(drawn), 'family', 'families')}, with 50 and 90 percent intervals."
    )
    opened = bool(told["opened"])
    fields = (*_NUMBERS, Field("observed", "outcome", percent)) if opened else _NUMBERS
    outcome = (Key("◆", OUTCOME, "what happened", "outcome"),) if opened else ()
    return Figure(
        name="forecast-families",
        title=_title(visible(told["target"]), rows, opened=opened),
        caption=f"Right forecasts have nine of ten outcomes on their thin line.{cut}",
        description=description,
        panels=(Panel(intervals(drawn, description, outcomes=opened)),),
        table=Table(fields, tuple(rows), file_name="families"),
        keys=(
            Key("●", LAW, "median", "median"),
            Key("▬", LAW_LIGHT, f"50{NBSP}% interval", "narrow"),
            Key("─", LAW, f"90{NBSP}% interval", "wide"),
            *outcome,
        ),
    )


def _widest(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows that are drawn, in their order."""
    kept = sorted(rows, key=lambda row: row["q950"] - row["q050"], reverse=True)[:CAP]
    return [row for row in rows if row in kept]


def _title(target: str, rows: list[dict[str, Any]], *, opened: bool) -> str:
    """Return the finding of the chart."""
    known = [row for row in rows if row.get("observed") is not None]
    if opened and known:
        held = sum(row["q050"] <= row["observed"] <= row["q950"] for row in known)
        whole = count(len(known), "family", "families")
        return f"{target}: {held} of {whole} came out inside the 90{NBSP}% interval of the sealed forecast"
    widest = max(rows, key=lambda row: row["q950"] - row["q050"])
    return (
        f"{target}: least certain is {visible(widest['family'])}, "
        f"{percent(widest['q050'], 0)} to {percent(widest['q950'], 0)}"
    )

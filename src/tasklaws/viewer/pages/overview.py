"""The first page: families by models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.report.blocks import Paragraph
from tasklaws.report.text import count
from tasklaws.viewer.pages._scores import Heat, heat, scores_form
from tasklaws.viewer.parts import Links, Page
from tasklaws.viewer.scores import chosen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.viewer.asked import Asked
    from tasklaws.viewer.desk import Desk


def page(desk: Desk, asked: Asked) -> Page:
    """Return the families of a study by its models."""
    results = desk.results
    crumbs = ((results.settings.name, ""),)
    if not results.cells.height and not results.index.height:
        empty = "Nothing was measured in this study yet. Run or import something, and load this page again."
        return Page(results.settings.name, crumbs, (Paragraph(empty, "note"),))
    picked = chosen(results, asked)
    table = Heat("task_family", "family", "family", "Scores of families", picked.cells, asked.family)
    blocks, records = heat(asked, picked, table)
    told = ", ".join(_told(desk, len(picked.models)))
    links = [("All attempts", asked.runs())]
    if desk.transcripts.logs:
        links.append(("All transcripts", asked.to("transcripts/")))
    return Page(
        results.settings.name,
        crumbs,
        (Paragraph(told), Links(tuple(links)), scores_form(asked, picked), *blocks),
        records,
        "families",
    )


def _told(desk: Desk, models: int) -> Iterator[str]:
    """Yield how much there is."""
    results = desk.results
    yield count(results.cells["task_family"].n_unique(), "family", "families")
    yield count(results.cells["task_id"].n_unique(), "task")
    yield count(models, "model")
    yield count(results.index.height, "score of attempts", "scores of attempts")
    if results.imported:
        yield f"{count(results.imported, 'cell')} imported without attempts"
    yield count(len(desk.transcripts), "log") + " of transcripts"

"""`tasklaws preview`: the curves that a family's structure implies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tasklaws.cli.tables import number, table
from tasklaws.cli.verb import Result, verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.core.progress import Progress


def _wording(document: dict[str, Any]) -> Iterator[str]:
    columns = ("size", "threshold", "top", "ended_by_limit", "seconds_median")
    yield from table(
        [{c: row[c] if c == "size" else number(row[c]) for c in columns} for row in document["tasks"]],
        columns,
    )
    yield f"{document['path']}  {document['bytes']} bytes"


@verb(
    "preview",
    brief="Draw what a family of tasks implies.",
    wording=_wording,
    example="tasklaws preview sum_range --call-limit 1 --out sum_range.html",
)
@click.argument("family")
@click.option(
    "--out", metavar="FILE", type=click.Path(path_type=Path), help="Default: FAMILY-preview.html here."
)
@click.option(
    "--call-limit", type=float, default=10.0, show_default=True, help="Seconds a call of a tool may run."
)
def command(progress: Progress, family: str, out: Path | None, call_limit: float) -> Result:
    """Write one HTML page on FAMILY: score against scale for each metric, thresholds and time.

    Nothing is run: the curves follow from the plans of the tasks, under assumptions that the page states.
    """
    from tasklaws.report.preview import preview

    return preview(family, out, call_limit=call_limit, progress=progress)

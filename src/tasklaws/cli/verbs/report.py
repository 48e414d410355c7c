"""`tasklaws report`: one self-contained page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tasklaws.cli.verb import Result, study_argument, verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.core.progress import Progress


def _wording(document: dict[str, Any]) -> Iterator[str]:
    yield f"{document['path']}  {document['bytes']} bytes"


@verb(
    "report",
    brief="Write the study as one offline page.",
    wording=_wording,
    example="tasklaws report study/ --out report.html",
)
@study_argument
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), help="Default: STUDY/report.html.")
def command(progress: Progress, study: Path, out: Path | None) -> Result:
    """Write STUDY as one HTML page that needs no network."""
    from tasklaws.report.study_report import report

    return report(study, out=out, progress=progress)

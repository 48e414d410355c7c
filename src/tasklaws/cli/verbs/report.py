"""`tasklaws report`: one self-contained page, and its figures as pictures."""

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
    static = document["static"]
    if static:
        yield f"{Path(static[-1]).parent}  {len(static)} files, listed in {Path(static[-1]).name}"


@verb(
    "report",
    brief="Write the study as one offline page.",
    wording=_wording,
    example="tasklaws report study/ --out report.html",
)
@study_argument
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), help="Default: STUDY/report.html.")
@click.option(
    "--static",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Write each figure into DIR too, as pictures and CSV.",
)
@click.option(
    "--format",
    "formats",
    type=click.Choice(["svg", "png", "pdf"]),
    multiple=True,
    help="Of the pictures; may be given again. Default: svg and png.",
)
def command(
    progress: Progress, study: Path, out: Path | None, static: Path | None, formats: tuple[str, ...]
) -> Result:
    """Write STUDY as one HTML page that needs no network."""
    from tasklaws.report.study_report import report

    return report(study, out=out, static=static, formats=formats, progress=progress)

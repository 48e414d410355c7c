"""`tasklaws export`: a study as a table that other programs read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tasklaws.cli.verb import Result, verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.core.progress import Progress


def _wording(document: dict[str, Any]) -> Iterator[str]:
    yield f"{document['rows']} rows, {document['bytes']} bytes: {document['path']}"
    if document["absent"]:
        yield f"null, because the study does not know them: {', '.join(document['absent'])}"


@verb(
    "export",
    brief="Write a study as a table for others.",
    wording=_wording,
    example="tasklaws export metr study/ --out runs.jsonl",
)
@click.argument("format", metavar="FORMAT")
@click.argument("study", type=click.Path(path_type=Path))
@click.option(
    "--out",
    metavar="FILE",
    required=True,
    type=click.Path(path_type=Path),
    help="The file; its ending says how: .csv, .parquet or .jsonl.",
)
@click.option("--metric", metavar="NAME", help="Only this metric.")
@click.option("--harness", metavar="ID", help="Only this harness.")
@click.option("--elicitation", metavar="NAME", help="Only this elicitation.")
@click.option("--force", is_flag=True, help="Replace FILE where it exists.")
def command(_progress: Progress, format: str, study: Path, out: Path, **options: Any) -> Result:  # noqa: A002, ANN401
    """Write STUDY in FORMAT: metr (runs.jsonl), hibayes (n_correct of n_total), cells or runs.

    In a CSV, a text that a spreadsheet would run as a formula starts with '; Parquet and JSON are exact.
    """
    from tasklaws.run.exports import export

    return export(study, format, out, **options)

"""`tasklaws study`: the whole loop on the example results."""

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
    yield from table(document["forecasts"], ("target", "mae", "skill", "best_baseline"))
    yield "mae in points; skill against the baseline that did best on that model, known with hindsight only"
    yield f"next model  {document['next']}, sealed and waiting to be opened"
    yield f"report  {document['report']}  ({number(document['seconds'], 1)} s)"


@verb(
    "study",
    brief="Run the whole loop on the example results.",
    wording=_wording,
    example="tasklaws study example-study",
)
@click.argument("directory", metavar="[DIR]", default="example-study", type=click.Path(path_type=Path))
@click.option(
    "--preset",
    type=click.Choice(("quick", "default", "serious")),
    default="default",
    show_default=True,
    help="How much is done.",
)
def command(progress: Progress, directory: Path, preset: str) -> Result:
    """Import, fit, seal, open, backtest and report on the example results, in DIR.

    The example results are recorded runs of small transformers that ship with the package.
    """
    from tasklaws.report.example import study

    return study(directory, preset, progress=progress)

"""`tasklaws import`: foreign results to the tables of a study."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tasklaws.cli.tables import table
from tasklaws.cli.verb import Result, verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.core.progress import Progress

A_PATH = click.Path(path_type=Path)


def _wording(document: dict[str, Any]) -> Iterator[str]:
    yield f"{document['rows']} rows imported  (import {document['import_id']})"
    quarantined = document["quarantined"]
    if quarantined:
        yield f"{len(quarantined)} rows set aside, because they cannot be used:"
        yield from table(quarantined, ("file", "row", "reason"))


@verb(
    "import",
    brief="Read foreign results into a study.",
    wording=_wording,
    example="tasklaws import table results.csv --map columns.toml --ladder ladder.toml --into study/",
)
@click.argument("format", metavar="FORMAT")
@click.argument("paths", metavar="[PATH...]", nargs=-1, type=A_PATH)
@click.option("--into", metavar="STUDY", required=True, type=A_PATH, help="The study; created if absent.")
@click.option("--map", "column_map", metavar="FILE", type=A_PATH, help="TOML: which column is which.")
@click.option("--ladder", metavar="FILE", type=A_PATH, help="ladder.toml that replaces that of the study.")
@click.option(
    "--steps",
    type=click.Choice(("last", "all")),
    default="last",
    show_default=True,
    help="Training checkpoints: the last one of each run, or all as rungs.",
)
def command(_progress: Progress, format: str, **options: Any) -> Result:  # noqa: A002, ANN401
    """Read results of FORMAT from PATH... into a study; `tasklaws list importers` names the formats.

    An import that is refused leaves the study as it was. `tasklaws remove` undoes one.
    """
    from tasklaws.run.imports import import_runs

    return import_runs(format, **options)

"""`tasklaws list`: the entries of a catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tasklaws.cli.tables import table
from tasklaws.cli.verb import Result, verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.core.progress import Progress


def _wording(document: dict[str, Any]) -> Iterator[str]:
    yield from table(document["entries"], ("name", "kind", "status", "summary"))


@verb("list", brief="List the entries of the catalogues.", wording=_wording, example="tasklaws list families")
@click.argument("kind", required=False)
def command(_progress: Progress, kind: str | None) -> Result:
    """List the catalogue KIND, or all of them.

    There are families, tools, sandboxes, elicitations, metrics, worlds, importers, exporters, forms,
    baselines, flags and sections.
    """
    from tasklaws.core.entries import catalogue

    return catalogue(kind)

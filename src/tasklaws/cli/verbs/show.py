"""`tasklaws show`: one entry of a catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tasklaws.cli.tables import text
from tasklaws.cli.verb import Result, verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.core.progress import Progress


def _wording(document: dict[str, Any]) -> Iterator[str]:
    for entry in document["entries"]:
        yield f"{entry['name']}: {text(entry['summary'])}"
        facts = {key: text(entry[key]) for key in ("kind", "status", "source")} | (entry["facts"] or {})
        width = max(map(len, facts))
        yield from (f"  {key:<{width}} {value}" for key, value in facts.items())


@verb("show", brief="Show one entry of a catalogue.", wording=_wording, example="tasklaws show metr")
@click.argument("name")
def command(_progress: Progress, name: str) -> Result:
    """Show the catalogue entry NAME: what it is, its status and its source."""
    from tasklaws.core.entries import catalogue

    return catalogue(name=name)

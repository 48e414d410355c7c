"""`tasklaws show`: one entry of a catalogue."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import click

from tasklaws.cli.tables import table, text
from tasklaws.cli.verb import Result, verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.core.progress import Progress


TRAITS = {
    "tool": ("needs a tool", "needs no tool"),
    "sequential": ("sequential", "not sequential"),
    "deterministic": ("deterministic", "not deterministic"),
    "knowledge": ("needs knowledge", "no knowledge needed"),
}
"""Trait of a family -> words for yes and for no."""


def _wording(document: dict[str, Any]) -> Iterator[str]:
    for entry in document["entries"]:
        yield f"{entry['name']}: {text(entry['summary'])}"
        if entry["kind"] == "families":
            yield from _family(document)
        facts = {key: text(entry[key]) for key in ("kind", "status", "source")} | (entry["facts"] or {})
        width = max(map(len, facts))
        for key, value in facts.items():
            first, *more = textwrap.wrap(value, 100 - width) or [""]
            yield f"  {key:<{width}} {first}"
            yield from (f"  {'':<{width}} {line}" for line in more)


def _family(document: dict[str, Any]) -> Iterator[str]:
    traits = document["traits"]
    yield "  " + ", ".join(words[0 if traits[name] else 1] for name, words in TRAITS.items())
    yield from (f"  {line}" for line in table(document["sizes"], ("size", "work", "span", "least_work")))
    yield "  along a ladder:"
    yield from (f"    - {line}" for line in document["expects"])
    yield ""


@verb("show", brief="Show one entry of a catalogue.", wording=_wording, example="tasklaws show sum_range")
@click.argument("name")
@click.option("--call-limit", type=float, help="Of a family: seconds that a call of a tool may run.")
def command(_progress: Progress, name: str, call_limit: float | None) -> Result:
    """Show the catalogue entry NAME: what it is, its status and its source.

    Of a family of tasks: its traits, work, span and least work by size, and what to expect of it
    along a ladder under a limit on calls (10 s unless another is given).
    """
    from tasklaws.core.entries import catalogue

    asked = {} if call_limit is None else {"call_limit": call_limit}
    return catalogue(None, name, **asked)

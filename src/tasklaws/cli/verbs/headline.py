"""`tasklaws headline`: one page in plain language, with what every sentence rests on."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tasklaws.cli.verb import Result, study_argument, verb
from tasklaws.core.display import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.core.progress import Progress

WIDTH = 96


def _wording(document: dict[str, Any]) -> Iterator[str]:
    for claim in document["claims"]:
        yield from _lines(f"{claim['kind']:<9}", claim["text"])
        if claim["would_change"]:
            yield from _lines(" " * 9, f"Would change it: {claim['would_change']}")
        yield ""
    yield f"{document['path']}  {document['bytes']} bytes"


def _lines(label: str, text: str) -> list[str]:
    told = shown(text, sys.maxsize)
    return textwrap.wrap(told, WIDTH, initial_indent=f"{label} ", subsequent_indent=" " * 10)


@verb(
    "headline",
    brief="Write one page in plain language.",
    wording=_wording,
    example="tasklaws headline study/ --out headline.html",
)
@study_argument
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), help="Default: STUDY/headline.html.")
def command(progress: Progress, study: Path, out: Path | None) -> Result:
    """Write what STUDY says as one page for somebody who has not followed it, and print its claims.

    Each claim is marked: observed (counted), derived (fitted or tested) or guess (about what nobody has
    seen). With it stand what it rests on and a result that would overturn it.
    """
    from tasklaws.report.headline_page import headline

    return headline(study, out, progress=progress)

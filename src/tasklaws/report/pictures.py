"""The figures of a report as files for papers and slides, each with its caption and its numbers."""

from __future__ import annotations

import base64
import hashlib
import json
from importlib.util import find_spec
from typing import TYPE_CHECKING

from tasklaws.core.errors import UnknownName
from tasklaws.core.progress import SILENT
from tasklaws.report.blocks import Figure
from tasklaws.report.content import checked
from tasklaws.report.picture_folder import LIST, refuse_foreign, replace, written_before
from tasklaws.report.section import in_order
from tasklaws.report.svg import draw
from tasklaws.report.svg_panels import library
from tasklaws.report.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tasklaws.core.progress import Progress
    from tasklaws.report.content import ReportInput

PNG_DPI, PNG_SCALE = 300, 2
"""Dots per inch that a PNG states; its dots per pixel of the drawing."""

FORMATS: dict[str, Callable[[str], bytes]] = {
    "svg": lambda svg: svg.encode(),
    "png": lambda svg: library().svg_to_png(svg, scale=PNG_SCALE * 72 / PNG_DPI, ppi=PNG_DPI),
    "pdf": lambda svg: library().svg_to_pdf(svg),
}
"""Format -> what makes a file of it. The library orders the fonts of a PDF anew each time; the others are
the same bytes for the same drawing."""
USUAL = ("svg", "png")
"""Formats where none is asked for."""


def asked(formats: Sequence[str]) -> tuple[str, ...]:
    """Return the formats that are asked for, each once; the usual ones where there are none.

    Raises:
        UnknownName: there is no such format.
        BadInput: the library that draws is not installed.
    """
    for name in formats:
        if name not in FORMATS:
            raise UnknownName("format of pictures", name, FORMATS)
    library()
    return tuple(dict.fromkeys(formats)) or USUAL


def figures(content: ReportInput) -> tuple[Figure, ...]:
    """Return the figures of the report in their order.

    Raises:
        BadTable: a table of the input breaks its schema.
    """
    content = checked(content)
    blocks = (block for section in in_order() for block in section.build(content))
    return tuple(block for block in blocks if isinstance(block, Figure))


def write_pictures(
    content: ReportInput,
    directory: Path,
    formats: Sequence[str] = USUAL,
    progress: Progress = SILENT,
) -> tuple[Path, ...]:
    """Write each figure of a report as a picture, its numbers as CSV, and the list of them all.

    What an earlier call wrote is replaced; no other file of the folder is touched.

    Args:
        content: what the report holds.
        directory: made if absent.
        formats: of each picture, of `FORMATS`.
        progress: who hears how far it is.

    Returns:
        The files, the list of the figures last.

    Raises:
        UnknownName: there is no such format.
        BadInput: the extra ``png`` is missing, or the folder holds a file of the same name that is not
            ours or was changed.
    """
    formats, found = asked(formats), figures(content)
    before = written_before(directory)
    names = {LIST, *(f"{figure.name}.{end}" for figure in found for end in (*formats, "csv"))}
    refuse_foreign(directory, names - before)
    files = _files(found, formats, progress)
    files[LIST] = _list(content.title, found, files)
    replace(directory, before, files)
    return tuple(directory / name for name in files)


def _files(found: Sequence[Figure], formats: Sequence[str], progress: Progress) -> dict[str, bytes]:
    """Return name -> bytes of pictures and numbers; nothing is written before the last one is drawn."""
    files: dict[str, bytes] = {}
    with progress.stage("drawing figures", len(found)) as advance:
        for figure in found:
            svg = draw(figure)
            files |= {f"{figure.name}.{name}": FORMATS[name](svg) for name in formats}
            files[f"{figure.name}.csv"] = figure.table.csv
            advance(1)
    return files


def _list(title: str, found: Sequence[Figure], files: dict[str, bytes]) -> bytes:
    """Return the list of the figures: what they say, and their files with hashes."""
    hashes = {name: hashlib.sha256(written).hexdigest() for name, written in files.items()}
    entries = [
        {key: getattr(figure, key) for key in ("name", "title", "caption", "description")}
        | {"files": {name: sha256 for name, sha256 in hashes.items() if _stem(name) == figure.name}}
        for figure in found
    ]
    listed = {"report": visible(title), "figures": entries}
    return (json.dumps(listed, indent=1, ensure_ascii=False) + "\n").encode()


def _stem(name: str) -> str:
    return name.rpartition(".")[0]


def still(figure: Figure, *, titled: bool = False) -> str | None:
    """Return a figure as the address of an image, None where the library that draws is missing.

    A browser runs no script of an image and loads nothing for it, whatever names stand in it.

    Args:
        figure: what is drawn.
        titled: with title and key, which the page writes itself.
    """
    if find_spec("vl_convert") is None:
        return None
    return "data:image/svg+xml;base64," + base64.b64encode(draw(figure, titled=titled).encode()).decode()

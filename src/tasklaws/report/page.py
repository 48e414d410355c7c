"""Turn what a report holds into the bytes of one HTML file, and write it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from tasklaws.report.bundle import content_security_policy, inline, read_asset, read_bundle
from tasklaws.report.content import ReportInput, checked
from tasklaws.report.section import Section, in_order
from tasklaws.report.text import visible
from tasklaws.study.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tasklaws.report.blocks import Block


@dataclass(frozen=True)
class Heading:
    """The name and title of a section that is in no catalogue."""

    name: str
    title: str
    needs: str = ""


@dataclass(frozen=True)
class FilledSection:
    """A section with the blocks it made of the input."""

    section: Section | Heading
    blocks: tuple[Block, ...]


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("tasklaws.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # The filter `tojson` escapes < > & ' and, with ASCII output, U+2028 and U+2029.
    environment.policies["json.dumps_kwargs"] = {
        "sort_keys": True,
        "ensure_ascii": True,
        "allow_nan": False,
        "separators": (",", ":"),
    }
    environment.filters["visible"] = visible
    return environment


def render(content: ReportInput) -> bytes:
    """Return the page: self-contained, the same bytes for the same input.

    Raises:
        BadTable: a table of the input breaks its schema.
        VerificationFailed: the drawing library in the package was altered.
    """
    content = checked(content)
    return page_of(content.title, [FilledSection(s, s.build(content)) for s in in_order()])


def page_of(title: str, filled: Sequence[FilledSection], kind: str = "report") -> bytes:
    """Return the page of these sections; those without blocks are listed as missing.

    Raises:
        VerificationFailed: the drawing library in the package was altered.
    """
    bundle, boot = read_bundle(), read_asset("boot.js")
    page = _templates().get_template("page.html.j2")
    html = page.render(
        title=visible(title),
        kind=kind,
        policy=content_security_policy(bundle, boot),
        style=inline(read_asset("report.css")),
        bundle=inline(bundle),
        boot=inline(boot),
        sections=[entry for entry in filled if entry.blocks],
        absent=[entry.section for entry in filled if not entry.blocks],
    )
    return html.encode("utf-8")


def write_report(content: ReportInput, path: Path) -> int:
    """Write the page to `path` and return its size in bytes; the file is whole or not there.

    Raises:
        BadInput: the file cannot be written.
    """
    page = render(content)
    write_whole(path, page)
    return len(page)

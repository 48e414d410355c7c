"""Blocks of a Markdown page that are marked to be run.

A block is marked by the comment ``<!-- run -->`` on the line above its fence. In a ``console``
block a line after ``$ `` is a command; what follows is its output, where ``...`` stands for
anything. A ``python`` block is executed as it is. The blocks of a page run in order, in one folder.
"""

from __future__ import annotations

import doctest
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MARKED = re.compile(r"^<!-- run -->\n```(console|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One marked block and the line of the page it starts on."""

    language: str
    text: str
    line: int


def marked_blocks(page: Path) -> list[Block]:
    """Return the marked blocks of `page` in order."""
    text = page.read_text(encoding="utf-8")
    return [Block(m[1], m[2], text.count("\n", 0, m.start()) + 1) for m in MARKED.finditer(text)]


def commands(block: Block) -> list[tuple[str, str]]:
    """Return each command of a console block with the output that should follow it."""
    parts = re.split(r"^\$ (.*)\n", block.text, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def agrees(expected: str, found: str) -> bool:
    """Return whether `found` is as expected, ``...`` standing for anything."""
    return doctest.OutputChecker().check_output(
        expected, found, doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    )

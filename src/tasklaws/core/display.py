"""Foreign names made fit for a terminal; the data itself keeps what the source wrote."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Unicode categories that steer instead of showing: controls, bidi and zero-width marks, surrogates."""


def shown(text: object, longest: int = 80) -> str:
    r"""Return `text` with every steering character written as an escape, cut to `longest` characters.

    Escape sequences, bidirectional overrides, zero-width characters and lone surrogates become
    visible (``\u202e``) and inert.
    """
    cut = str(text)
    cut = cut if len(cut) <= longest else cut[: longest - 1] + "…"
    return "".join(_escaped(char) if unicodedata.category(char) in UNSHOWN else char for char in cut)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode()


def strange_names(names: Iterable[str]) -> list[str]:
    """Return the names that hold a steering character, in the order given."""
    return [name for name in names if any(unicodedata.category(char) in UNSHOWN for char in name)]


def confusable_names(names: Iterable[str]) -> list[tuple[str, ...]]:
    """Return groups of different names that read alike.

    Names read alike when they agree after compatibility normalisation, case folding and removal
    of steering characters; letters of other alphabets that look alike are not compared.
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for name in dict.fromkeys(names):
        groups[_read_as(name)].append(name)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def _read_as(name: str) -> str:
    kept = "".join(char for char in name if unicodedata.category(char) not in UNSHOWN)
    return unicodedata.normalize("NFKC", kept).casefold().strip()

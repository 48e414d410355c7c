"""One way of splitting texts into tokens, for all tools.

A token is a run of up to four letters, a run of up to four digits, a run of white space, or a single
other character. It stands in for the byte-pair tokens of models, whose mean length is about four
characters in English and less in code, and needs no vocabulary.
"""

from __future__ import annotations

import re

CLASSES = {"word": r"[^\W\d_]{1,4}", "number": r"\d{1,4}", "space": r"\s+", "mark": r"[^\w\s]|_"}
"""Class of token -> pattern. Every character belongs to exactly one class."""

_TOKEN = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in CLASSES.items()))


def tokens(text: str) -> tuple[str, ...]:
    """Return the tokens of `text`; joined together they are the text."""
    return tuple(match[0] for match in _TOKEN.finditer(text))


def token_class(token: str) -> str:
    """Return the class of a token: ``word``, ``number``, ``space`` or ``mark``."""
    found = _TOKEN.match(token)
    return found.lastgroup or "" if found else ""

"""The symbols that small models read and write: letters, digits, signs, and whole pieces of programs."""

from __future__ import annotations

import re
import string

from tasklaws.core.errors import BadInput

END = "$"
"""Ends a document."""
ASKS = ">"
"""Ends a prompt."""

PIECES = (
    "for i in range(",
    "sha256(",
    "print(",
    "+1):",
    "):",
    "//2)",
    "s=s+i",
    "x=",
    "s=",
    *(f"{name}(" for name in ("rot", "dup", "cut", "pad", "swp", "inc", "mir", "len")),
    *(f",{n})" for n in range(1, 6)),
)
"""Pieces of programs that are one symbol each."""

SIGNS = "\n $*+='()>|.!?:&,"

VOCABULARY = ("", *PIECES, *SIGNS, *string.digits, *string.ascii_lowercase, *string.ascii_uppercase)
"""Symbol of each number; number 0 fills up rows."""

_NUMBER = {symbol: number for number, symbol in enumerate(VOCABULARY)}
_SPLIT = re.compile("|".join(re.escape(piece) for piece in PIECES) + "|.", re.DOTALL)


def encode(text: str) -> list[int]:
    """Return the numbers of the symbols of `text`.

    Raises:
        BadInput: a character is in no symbol.
    """
    try:
        return [_NUMBER[symbol] for symbol in _SPLIT.findall(text)]
    except KeyError as error:
        raise BadInput(
            f"the text {text[:40]!r} holds {error.args[0]!r}.",
            "Compact texts use letters, digits and a few signs.",
            "Write the compact rendering without it.",
        ) from None


def decode(numbers: list[int]) -> str:
    """Return the text of symbols, up to the first end of a document."""
    text = "".join(VOCABULARY[number] for number in numbers)
    return text.split(END, 1)[0]

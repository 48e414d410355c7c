"""Drawing words and numbers, and reading an answer out of a response.

Only methods of `Random` are used whose streams are the same from Python 3.11 to 3.14: `random`, `randrange`,
`getrandbits`, `choice`, `sample` and `shuffle`.
"""

from __future__ import annotations

from string import ascii_lowercase
from typing import TYPE_CHECKING

from tasklaws.tools.python import TOOL as PYTHON

if TYPE_CHECKING:
    from random import Random

DRESS = "`*_\"' \t"
"""What people and models put around an answer without meaning anything by it."""


def random_word(rng: Random, length: int) -> str:
    """Return `length` lower-case letters."""
    return "".join(rng.choice(ascii_lowercase) for _ in range(length))


def random_number(rng: Random, digits: int) -> int:
    """Return a number of exactly `digits` digits; 0 counts as a number of one digit."""
    return rng.randrange(10 ** (digits - 1) if digits > 1 else 0, 10**digits)


def digits(number: int) -> int:
    """Return how many digits `number` has, its sign left out."""
    return len(str(abs(number)))


def last_line(response: str) -> str:
    """Return the last line that is not empty, without quotation marks, emphasis and a full stop at its ends.

    Text before a colon is dropped: ``Answer: 42`` says 42.
    """
    lines = [line for line in response.splitlines() if line.strip()]
    return undressed(lines[-1].rpartition(":")[2]) if lines else ""


def undressed(text: str) -> str:
    """Return `text` without quotation marks, emphasis, blanks and a full stop at its ends."""
    return text.strip(DRESS).removesuffix(".").strip(DRESS)


def last_number(response: str) -> str:
    """Return the last line as `last_line` does; of a number, without marks of thousands and leading zeros."""
    answer = last_line(response)
    bare = answer.replace(",", "").replace(" ", "")
    return str(int(bare)) if bare.isascii() and bare.isdecimal() else answer


def call_tokens(text: str) -> int:
    """Return how many tokens `text` has, as the tools count them."""
    return len(PYTHON.tokens(text))

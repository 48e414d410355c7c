"""Counts as people write them: ``410M``, ``300B``, ``7e9``, ``1.3T``."""

from __future__ import annotations

import math
import re

from tasklaws.core.errors import BadInput

SUFFIXES = {"": 1.0, "K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}
_WRITTEN = re.compile(r"\s*([+-]?(?:\d[\d_]*)(?:\.\d*)?(?:[eE][+-]?\d+)?)\s*([KMBTkmbt]?)\s*")


def quantity(value: object, place: str) -> float:
    """Return the count that `value` states: a number, or text with a suffix K, M, B or T.

    Args:
        value: number or text.
        place: file, row and key, for the message.

    Raises:
        BadInput: it is neither, or not finite.
    """
    number = _read(value)
    if number is None or not math.isfinite(number):
        raise BadInput(
            f"{place}: {value!r} is not a count.",
            "A count is a finite number, or text with one of the suffixes K, M, B, T.",
            "Write it like 410M, 7e9 or 1.3T.",
        )
    return number


def _read(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    match = _WRITTEN.fullmatch(value) if isinstance(value, str) else None
    # Rounding to 15 digits undoes the product's last-bit error: 1.3T is 1.3e12, not 1.3000000000000002e12.
    return float(f"{float(match[1].replace('_', '')) * SUFFIXES[match[2].upper()]:.15g}") if match else None

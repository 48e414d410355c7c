"""Names, numbers and undefined numbers as readers see them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from tasklaws.core import display

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NBSP = "\N{NO-BREAK SPACE}"
LABELS = {
    "forecast": "no information from the target model was used",
    "conditional": "a covariate measured on the target, such as its held-out loss, was used",
    "retrodiction": "the target's results already existed when the forecast was made",
}
"""What the label of a forecast means (formal model 0b.15)."""
RARE = 0.001

TOO_LARGE = 1e15
"""Numbers from here are written in powers of ten."""


def visible(text: str) -> str:
    """Return `text` whole, with control, bidirectional and zero-width characters spelt out."""
    return display.shown(text, sys.maxsize)


def percent(share: float, digits: int = 1) -> str:
    """Return a share in [0, 1] as a percentage."""
    return f"{100 * share:.{digits}f}{NBSP}%"


def points(value: float, digits: int = 1) -> str:
    """Return a number of points (0 to 100) with its unit."""
    return f"{value:.{digits}f}{NBSP}points"


def magnitude(value: float) -> str:
    """Return a large count with its suffix, such as 1.21B; beyond 10^15 in powers of ten."""
    if value < TOO_LARGE:
        for size, suffix in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K")):
            if value >= size:
                return f"{value / size:.3g}{suffix}"
    return f"{value:.3g}"


def count(number: float, noun: str, plural: str = "") -> str:
    """Return a number with its noun in the right form."""
    return f"{number:,.0f}{NBSP}{noun if number == 1 else plural or noun + 's'}"


def chance(p: float) -> str:
    """Return a probability; below one in a thousand only that."""
    return f"{p:.3f}" if p >= RARE else f"< {RARE:g}"


def plain(value: float) -> str:
    """Return a number at four significant digits."""
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) < TOO_LARGE else f"{value:.4g}"


def undefined(reason: str) -> str:
    """Return what stands in the place of a number that has no value."""
    return f"not defined: {visible(reason)}"


def reason_for(document: Mapping[str, Any], key: str) -> str:
    """Return why `key` of a document is null."""
    return str(document.get(f"{key}_reason") or document.get("reason") or "no reason was recorded")


def stated(document: Mapping[str, Any], key: str, formatter: Callable[[float], str]) -> str:
    """Return the number under `key` in words, or why it is undefined."""
    value = document.get(key)
    return undefined(reason_for(document, key)) if value is None else formatter(float(value))


def interval(lower: float | None, upper: float | None, formatter: Callable[[float], str] = percent) -> str:
    """Return an interval in words; an end that is undefined makes the whole undefined."""
    if lower is None or upper is None:
        return undefined("no interval was computed")
    return f"{formatter(lower)} to {formatter(upper)}"

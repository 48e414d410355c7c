"""What numbers of the formal model may be; each check raises with the value and what it must be."""

from __future__ import annotations

import math

from tasklaws.core.errors import BadPlan


def not_negative(value: float, what: str) -> None:
    """Raise where `value` is negative or not finite.

    Raises:
        BadPlan: it is.
    """
    if not (math.isfinite(value) and value >= 0):
        raise BadPlan(f"{what} is {value!r}.", "It must be a finite number, 0 or more.", "Correct it.")


def share(value: float, what: str) -> None:
    """Raise where `value` is not a probability.

    Raises:
        BadPlan: it is not in [0, 1].
    """
    if not 0 <= value <= 1:
        raise BadPlan(f"{what} is {value!r}.", "It must lie between 0 and 1.", "Correct it.")


def whole(value: object, least: int, what: str) -> None:
    """Raise where `value` is not a whole number of `least` or more.

    Raises:
        BadPlan: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise BadPlan(f"{what} is {value!r}.", f"It must be a whole number, {least} or more.", "Correct it.")


def positive(value: float, what: str) -> None:
    """Raise where `value` is not a finite number above 0.

    Raises:
        BadPlan: it is not.
    """
    if not (math.isfinite(value) and value > 0):
        raise BadPlan(f"{what} is {value!r}.", "It must be a finite number above 0.", "Correct it.")


def between(value: float, low: float, high: float, what: str) -> None:
    """Raise where `value` does not lie strictly between `low` and `high`.

    Raises:
        BadPlan: it does not.
    """
    if not low < value < high:
        raise BadPlan(
            f"{what} is {value!r}.", f"It must lie strictly between {low:g} and {high:g}.", "Correct it."
        )


def inner_rate(value: float, what: str) -> None:
    """Raise where `value` is not a rate strictly between 0 and 1.

    Raises:
        BadPlan: it is not.
    """
    between(value, 0.0, 1.0, what)

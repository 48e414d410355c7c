"""The digits that a dossier prints."""

from __future__ import annotations

from typing import Any

from tasklaws.core.errors import BadInput
from tasklaws.dossier.figures._unread import Unread

DIGITS = {"crps": 3, "mae": 3}
"""Decimals of errors, which are in points; shares, scores, log scores and probabilities have `USUAL`."""
USUAL = 4


def digits_of(name: str) -> int:
    """Return the decimals of the figure called `name`."""
    return DIGITS.get(name, USUAL)


def printed(value: Any, name: str = "") -> Any:  # noqa: ANN401 - JSON is anything
    """Return `value` with every number rounded to its printed digits; whole numbers stay as they are.

    Raises:
        BadInput: something cannot be worked out on this machine; whoever can would find another text.
    """
    if isinstance(value, Unread):
        raise BadInput(
            f"an anchor of time cannot be read: {value}.",
            "What is printed must be the same on every machine.",
            'Install what is missing: pip install "tasklaws[sign]".',
        )
    if isinstance(value, dict):
        return {key: printed(one, key) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [printed(one, name) for one in value]
    return rounded(value, name)


def rounded(value: Any, name: str) -> Any:  # noqa: ANN401 - JSON is anything
    """Return one value with the digits of the figure called `name`."""
    return round(float(value), digits_of(name)) + 0.0 if isinstance(value, float) else value

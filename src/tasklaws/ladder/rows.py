"""Packed rows of documents, as arrays of whatever library holds them."""

from __future__ import annotations

from typing import Any, NamedTuple

Array = Any
"""An array of numpy or of JAX."""


class Rows(NamedTuple):
    """Packed rows of documents; integer arrays of shape (rows, length)."""

    tokens: Array
    places: Array
    documents: Array
    """Which document of the row a token belongs to; attention stays within it."""
    counts: Array
    """1 where the next token belongs to the answer and is learned."""

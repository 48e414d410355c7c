"""Starts for a curve of which only one start is known: scattered around it by orders of magnitude."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.random import Generator

    from tasklaws.infer.arrays import Floats


def scattered(start: Floats, count: int, decades: float, rng: Generator) -> Floats:
    """Return starts for `search`, of shape (count, parameters): `start` itself, then scattered ones.

    Each parameter of the others is multiplied by its own 10^u, u uniform over `decades` either way; it
    keeps its sign, and 0 stays 0.

    Args:
        start: the known start, of shape (parameters,).
        count: starts to return.
        decades: the largest factor, as a power of ten.
        rng: source of randomness.
    """
    factors = 10.0 ** rng.uniform(-decades, decades, (count, len(start)))
    factors[:1] = 1.0
    return np.asarray(start * factors)

"""Run times: what a table of them implies about one operation.

Source: formal model P7b.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from tasklaws.core.errors import NoAnswer

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = NDArray[np.float64]


class PerOperation(NamedTuple):
    """What a table of run times implies about one operation."""

    seconds: Floats
    """Seconds per operation in each row, of shape (rows,)."""
    factor: float
    """Dearest operation in units of the cheapest, among rows that take time; 1 if time is linear in size."""
    slope: float
    """Slope of log time on log size between the smallest and the largest of these rows; 1 likewise."""


def per_operation(sizes: Sequence[float], seconds: Sequence[float]) -> PerOperation:
    """Return what run times of `seconds` for tasks of growing `sizes` imply about one operation.

    Raises:
        NoAnswer: fewer than two rows take any time.

    Source: formal model P7b.
    """
    n, taken = np.asarray(sizes, dtype=float), np.asarray(seconds, dtype=float)
    each, timed = taken / n, taken > 0
    if timed.sum() < 2:  # noqa: PLR2004  a slope takes two
        raise NoAnswer(
            "too-few-rows",
            f"{timed.sum()} of {n.size} rows take any time.",
            "A slope needs 2 or more.",
            "Add rows, or state times more finely.",
        )
    rise, run = np.log(taken[timed][[0, -1]]), np.log(n[timed][[0, -1]])
    slope = float((rise[1] - rise[0]) / (run[1] - run[0]))
    return PerOperation(each, float(each[timed].max() / each[timed].min()), slope)


def linear_rows(sizes: Sequence[float], low: Sequence[float], high: Sequence[float]) -> list[tuple[int, ...]]:
    """Return the largest sets of rows that one line, overhead + w x size, reproduces.

    Args:
        sizes: operations of each row.
        low: least time that a row's statement allows, by its rounding.
        high: greatest time that it allows.

    Returns:
        Indices of rows; several sets where equally many rows can be had in several ways. Overhead and w are
        0 or more.
    """
    rows = range(len(sizes))
    for count in range(len(sizes), 0, -1):
        found = [kept for kept in combinations(rows, count) if _on_a_line(sizes, low, high, kept)]
        if found:
            return found
    return []


def _on_a_line(
    sizes: Sequence[float], low: Sequence[float], high: Sequence[float], kept: tuple[int, ...]
) -> bool:
    most = max(sizes[i] for i in kept)
    line = np.array([[1.0, sizes[i] / most] for i in kept])
    least, greatest = np.array([low[i] for i in kept]), np.array([high[i] for i in kept])
    found = linprog([0, 0], A_ub=np.vstack([line, -line]), b_ub=np.concatenate([greatest, -least]))
    return bool(found.success)

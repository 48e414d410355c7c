"""Uncertainty by blocks: tasks of one target share a shock, so only lineage x size is independent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.core.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tasklaws.infer.arrays import Floats

DRAWS = 4000
LEAST_BLOCKS = 5
"""Blocks a claim of significance needs: with fewer the smallest two-sided p exceeds .05."""

TOO_FEW = f"fewer-than-{LEAST_BLOCKS}-blocks"
EXACT_UP_TO = 14
"""Up to so many blocks all sign patterns are enumerated."""


@dataclass(frozen=True)
class Interval:
    """An estimate with its block-bootstrap interval; ends are null with a reason where undefined."""

    value: float | None
    lower: float | None
    upper: float | None
    reason: str | None = None


@dataclass(frozen=True)
class BlockTest:
    """A test over blocks; `p` is null with a reason where there are too few."""

    p: float | None
    n_blocks: int
    reason: str | None = None


def block_sums(values: Floats, blocks: NDArray[Any]) -> Floats:
    """Return the sums of each column of `values`, of shape (cells, columns), per block, (blocks, columns)."""
    _, at = np.unique(blocks, return_inverse=True)
    return np.stack([np.bincount(at, column) for column in values.T], axis=1)


def bootstrap(
    sums: Floats, statistic: Callable[[Floats], Floats], rng: np.random.Generator, level: float = 0.90
) -> Interval:
    """Return a statistic of summed columns with its percentile interval over resampled blocks.

    Args:
        sums: sums per block, of shape (blocks, columns).
        statistic: takes totals of shape (..., columns) and returns values of shape (...).
        rng: source of randomness.
        level: probability of the central interval.
    """
    if len(sums) == 0:
        return Interval(None, None, None, "no-blocks")
    value = float(statistic(sums.sum(axis=0)))
    if not math.isfinite(value):
        return Interval(None, None, None, "undefined")
    if len(sums) < 2:  # noqa: PLR2004
        return Interval(value, None, None, "one-block")
    times = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=DRAWS)
    drawn = statistic(times @ sums)
    drawn = drawn[np.isfinite(drawn)]
    lower, upper = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value, float(lower), float(upper))


def sign_test(differences: Floats) -> BlockTest:
    """Test by signs alone that `differences`, one per block, are as often above 0 as below (two-sided)."""
    kept = differences[differences != 0]
    n = len(kept)
    if n < LEAST_BLOCKS:
        return BlockTest(None, n, TOO_FEW)
    fewer = min(int((kept > 0).sum()), int((kept < 0).sum()))
    tail = sum(math.comb(n, i) for i in range(fewer + 1)) / 2**n
    return BlockTest(min(1.0, 2 * tail), n)


def sign_flip_test(differences: Floats, rng: np.random.Generator) -> BlockTest:
    """Test that the mean of `differences`, one per block, is 0 by flipping their signs (two-sided).

    Raises:
        BadInput: a difference is not finite.
    """
    n = len(differences)
    if not np.isfinite(differences).all():
        raise BadInput(
            "a block has no difference.", "Every block needs a finite value.", "Leave the block out."
        )
    if n < LEAST_BLOCKS:
        return BlockTest(None, n, TOO_FEW)
    exact = n <= EXACT_UP_TO
    signs = np.array(list(product((-1, 1), repeat=n))) if exact else rng.choice((-1, 1), size=(DRAWS, n))
    far = int((np.abs(signs @ differences) >= abs(differences.sum()) - 1e-12).sum())
    return BlockTest(far / len(signs) if exact else (far + 1) / (len(signs) + 1), n)

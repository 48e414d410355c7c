"""Sub-distributions over cost on a grid: what part of an attempt's probability ends at which cost."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import fft

from tasklaws.core.errors import BadPlan
from tasklaws.spec.bounds import whole

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

FEW = 32
"""Occupied cells up to which adding shifted copies beats two transforms; it also loses no relative digit."""


Unit = Literal["tokens", "seconds"]


@dataclass(frozen=True)
class Axis:
    """One axis of cost, cut into equal cells; cell i stands for the cost i x width."""

    unit: Unit
    width: float = 1.0
    cells: int = 4096

    def __post_init__(self) -> None:
        """Refuse other units, a width that is not positive and no cells."""
        if self.unit not in ("tokens", "seconds"):
            raise BadPlan(
                f"the unit of a cost axis is {self.unit!r}.", "It is tokens or seconds.", "Correct it."
            )
        if not (math.isfinite(self.width) and self.width > 0):
            raise BadPlan(
                f"the width of a cell is {self.width!r}.", "It is a positive number.", "Correct it."
            )
        whole(self.cells, 1, "the number of cells of a cost axis")


Grid = tuple[Axis, ...]
"""The axes of a law of cost; none where only success matters."""


@dataclass(frozen=True)
class Mass:
    """A sub-distribution: `cells` holds what ends on the grid, `total` also what ends beyond it.

    `*` is the law of the sum of two independent costs (a convolution, cut at the end of the grid), `+` pools
    two exclusive events, and a number times a mass is that share of it.
    """

    cells: NDArray[np.float64]
    """Of the shape of the grid."""
    total: float

    @cached_property
    def occupied(self) -> int:
        """Return how many cells are not empty."""
        return int(np.count_nonzero(self.cells != 0))

    @cached_property
    def transform(self) -> NDArray[np.complex128]:
        """Return the Fourier transform on a grid of twice the length, where sums do not wrap around."""
        spectrum: NDArray[np.complex128] = fft.rfftn(self.cells, _padded(self.cells.shape))
        return spectrum

    def __mul__(self, other: Mass) -> Mass:
        """Return the law of the sum of costs of two independent events that both happen."""
        few, many = sorted((self, other), key=lambda mass: mass.occupied)
        cells = _shifted(many, few) if few.occupied <= FEW else _transformed(many, few)
        return Mass(cells, self.total * other.total)

    def __add__(self, other: Mass) -> Mass:
        """Return the mass of either of two exclusive events."""
        return Mass(self.cells + other.cells, self.total + other.total)

    def __rmul__(self, factor: float) -> Mass:
        """Return the share `factor` of the mass."""
        return Mass(factor * self.cells, factor * self.total)

    def beyond(self, other: Mass) -> Mass:
        """Return this mass without `other`, which is part of it."""
        return Mass(np.maximum(self.cells - other.cells, 0.0), max(self.total - other.total, 0.0))


def _padded(shape: tuple[int, ...]) -> list[int]:
    return [fft.next_fast_len(2 * length - 1, real=True) for length in shape]


def _transformed(a: Mass, b: Mass) -> NDArray[np.float64]:
    shape = a.cells.shape
    both: NDArray[np.float64] = fft.irfftn(a.transform * b.transform, _padded(shape))
    return np.maximum(both[tuple(slice(length) for length in shape)], 0.0)


def _shifted(many: Mass, few: Mass) -> NDArray[np.float64]:
    """Return the convolution as a sum of copies of `many`, moved by the occupied cells of `few`."""
    shape = many.cells.shape
    cells = np.zeros(shape)
    for place in np.flatnonzero(few.cells != 0):
        index = np.unravel_index(place, shape)
        behind = tuple(slice(i, None) for i in index)
        before = tuple(slice(length - i) for i, length in zip(index, shape, strict=True))
        cells[behind] += few.cells[index] * many.cells[before]
    return cells


def nothing(grid: Grid) -> Mass:
    """Return the mass of an event that never happens."""
    return Mass(np.zeros([axis.cells for axis in grid]), 0.0)


def at_no_cost(grid: Grid) -> Mass:
    """Return the mass of an event that is certain and free."""
    cells = np.zeros([axis.cells for axis in grid])
    cells[(0,) * len(grid)] = 1.0
    return Mass(cells, 1.0)


def spread(grid: Grid, costs: dict[str, NDArray[np.float64]], weights: NDArray[np.float64]) -> Mass:
    """Return the mass of a discrete law: unit -> costs of each of its points, rounded to the nearest cell."""
    cells = np.zeros([axis.cells for axis in grid])
    places = [np.floor(costs[axis.unit] / axis.width + 0.5) for axis in grid]
    inside = np.ones(weights.shape, dtype=bool)
    for place, axis in zip(places, grid, strict=True):
        inside &= place < axis.cells
    index = tuple(place[inside].astype(np.int64) for place in places)
    np.add.at(cells, index if grid else (), weights[inside] if grid else weights.sum())
    return Mass(cells, float(weights.sum()))


def pooled(masses: Iterable[Mass], grid: Grid) -> Mass:
    """Return the mass of any of several exclusive events."""
    total = nothing(grid)
    for mass in masses:
        total = total + mass
    return total

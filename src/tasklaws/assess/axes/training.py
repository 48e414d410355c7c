"""What some models tell of some tasks: abilities, luck, and a likelihood curve of each task's difficulty."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import logsumexp

from tasklaws.assess.axes.lattice import LUCKS, Cells, cells, normal, points
from tasklaws.infer.irt.explained import Curves, regress
from tasklaws.infer.irt.rasch import fit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasklaws.assess.evidence import Counts
    from tasklaws.infer.arrays import Floats

    Mask = NDArray[np.bool_]

BELOW, ABOVE, MOST = 6.0, 8.0, 14.0
"""Logits by which the grid of difficulties goes below and above the models, and its ends at most."""
MIDDLE = LUCKS[2]


@dataclass(frozen=True, eq=False)
class Told:
    """The counts of a suite, and how likely they are with each luck."""

    counts: Counts
    cells: Cells
    by_luck: dict[float, Floats]

    @classmethod
    def of(cls, counts: Counts) -> Told:
        """Return what `counts` tell."""
        own = cells(counts.k, counts.n, counts.floor)
        return cls(counts, own, {luck: own.given(luck) for luck in LUCKS})


@dataclass(frozen=True, eq=False)
class Trained:
    """What the models and tasks that may be seen tell; the others have told nothing."""

    told: Told
    tasks: Mask
    models: Mask
    ability: Floats
    """Of shape (models,)."""
    ability_se: Floats
    luck: float
    curves: Curves
    """Of all tasks; flat where a task may not be seen."""

    @property
    def step(self) -> float:
        """Return the step of all lattices."""
        return self.told.cells.step

    def pinned(self, ability: Floats) -> Trained:
        """Return the same with other abilities."""
        return replace(self, ability=ability, curves=curves(self, ability, self.luck))


def train(told: Told, tasks: Mask, models: Mask) -> Trained:
    """Return what some models tell of some tasks, both masks."""
    seen, counts = tasks[:, None] & models, told.counts
    found = fit(np.where(seen, counts.k, 0.0), np.where(seen, counts.n, 0.0), counts.floor)
    empty = Curves(np.empty(0), np.empty((0, 0)))
    bare = Trained(told, tasks, models, found.ability, found.ability_se, MIDDLE, empty)
    luck = likeliest(bare)
    return replace(bare, luck=luck, curves=curves(bare, found.ability, luck))


def likeliest(bare: Trained) -> float:
    """Return the luck that makes the counts likeliest, each task having a difficulty of its own."""
    first = curves(bare, bare.ability, MIDDLE)
    ones = np.ones((bare.tasks.size, 1))
    line = regress(first, ones, bare.tasks[None].astype(float))
    prior = np.log(np.maximum(normal(first.grid, line.coefficients[:, 0], line.sd)[0], np.finfo(float).tiny))

    def height(luck: float) -> float:
        own = curves(bare, bare.ability, luck).log_likelihood[bare.tasks]
        return float(logsumexp(own + prior, axis=1).sum())

    return max(LUCKS, key=height)


def curves(trained: Trained, ability: Floats, luck: float) -> Curves:
    """Return the likelihood curve of each task's difficulty over the models that may be seen."""
    grid = difficulties(ability[trained.models], trained.step)
    given, half = trained.told.by_luck[luck], points(trained.step).size // 2
    total = np.zeros((trained.tasks.size, grid.size))
    for m in np.flatnonzero(trained.models):
        at = np.rint((ability[m] - grid) / trained.step).astype(int) + half
        total += given[:, m, np.clip(at, 0, 2 * half)]
    return Curves(grid, np.where(trained.tasks[:, None], total, 0.0))


def difficulties(ability: Floats, step: float) -> Floats:
    """Return the grid of difficulties; its points are multiples of `step`."""
    low, high = max(ability.min() - BELOW, -MOST), min(ability.max() + ABOVE, MOST)
    return np.asarray(np.arange(int(np.floor(low / step)), int(np.ceil(high / step)) + 1) * step, dtype=float)

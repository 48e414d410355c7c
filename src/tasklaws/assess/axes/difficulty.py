"""How hard each way of ordering tasks takes a task to be: a probability for each point of the grid.

An axis that is stated beforehand (human time, work) gives a line, and the tasks stray from it. An axis that
is learnt (empirical difficulty) gives what the earlier models' answers to that very task leave open. Without
an axis a task is one of its family, or, where its family may not be seen, one of the suite.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.assess.axes.lattice import normal
from tasklaws.infer.irt.explained import regress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tasklaws.assess.axes.training import Trained
    from tasklaws.infer.arrays import Floats

SPREADS = (0.3, 0.6, 1.0, 1.6, 2.4, 3.5)
"""Standard deviations between and within families that are weighed, in logits."""
TINY = np.finfo(float).tiny
LEAST_SD = 0.3


def by_line(trained: Trained, x: Floats, left: Floats | None = None) -> Floats:
    """Return difficulties on a line over `x`, of shape (tasks, grid); NaN where a task has no `x`.

    Args:
        trained: what may be seen.
        x: place of each task, NaN where it has none.
        left: variance that errors of `x` leave open, of each task; None for none.
    """
    known = np.isfinite(x)
    seen = trained.tasks & known
    centre, scale = x[seen].mean(), max(float(x[seen].std()), TINY)
    place = np.where(known, (x - centre) / scale, 0.0)
    columns = np.column_stack([np.ones(x.size), place])
    line = regress(trained.curves, columns, seen[None].astype(float))
    spread = np.full(x.size, line.sd[0] ** 2)
    if left is not None:
        of_line = (line.coefficients[0, 1] / scale) ** 2 * np.where(known, left, 0.0)
        spread = np.maximum(spread - of_line[seen].mean(), LEAST_SD**2) + of_line
    # the line itself is known from so many tasks only
    inverse = np.linalg.pinv(columns[seen].T @ columns[seen], hermitian=True)
    lever = 1 + np.einsum("tp,pq,tq->t", columns, inverse, columns)
    made = normal(trained.curves.grid, columns @ line.coefficients[0], np.sqrt(spread * lever))
    return np.where(known[:, None], made, np.nan)


def alike(trained: Trained) -> Floats:
    """Return the difficulty of any task of the suite, for all."""
    line = regress(trained.curves, np.ones((trained.tasks.size, 1)), trained.tasks[None].astype(float))
    sd = line.sd * np.sqrt(1 + 1 / trained.tasks.sum())
    one = normal(trained.curves.grid, line.coefficients[:, 0], sd)
    return np.repeat(one, trained.tasks.size, axis=0)


def by_answers(trained: Trained) -> Floats:
    """Return what answers to each task itself leave open of its difficulty."""
    line = regress(trained.curves, np.ones((trained.tasks.size, 1)), trained.tasks[None].astype(float))
    return posterior(
        normal(trained.curves.grid, line.coefficients[:, 0], line.sd), trained.curves.log_likelihood
    )


def by_family(trained: Trained, families: Sequence[str]) -> Floats:
    """Return the difficulty of any task of the same family, learnt from all its tasks.

    Families are normal around the suite and tasks around their family. Both spreads are weighed by how likely
    they make the counts, the middle of the suite is the likeliest for each.
    """
    grid, own = trained.curves.grid, np.unique(families, return_inverse=True)[1]
    around = {sd: normal(grid, grid, np.full(grid.size, sd)) for sd in SPREADS}
    units = {sd: _sums(_log(trained.curves.log_likelihood, around[sd]), own) for sd in SPREADS}
    pairs = list(product(SPREADS, repeat=2))
    heights = np.array([_log(units[within], around[between]).sum(0) for between, within in pairs])
    weights = np.exp(heights.max(1) - heights.max())
    made = np.zeros((own.max() + 1, grid.size))
    for (between, within), middle, weight in zip(
        pairs, heights.argmax(1), weights / weights.sum(), strict=True
    ):
        made += weight * posterior(around[between][middle], units[within]) @ around[within]
    return np.asarray(made[own])


def posterior(prior: Floats, log_likelihood: Floats) -> Floats:
    """Return probabilities over the last axis."""
    made = prior * np.exp(log_likelihood - log_likelihood.max(-1, keepdims=True))
    return np.asarray(made / made.sum(-1, keepdims=True))


def _log(log_likelihood: Floats, around: Floats) -> Floats:
    """Return the log likelihood of centres, one for each row of `around`, of shape (units, grid)."""
    top = log_likelihood.max(-1, keepdims=True)
    return np.asarray(np.log(np.maximum(np.exp(log_likelihood - top) @ around.T, TINY)) + top)


def _sums(tasks: Floats, own: NDArray[np.intp]) -> Floats:
    """Return the sums over the tasks of each family."""
    made = np.zeros((int(own.max()) + 1, tasks.shape[1]))
    np.add.at(made, own, tasks)
    return made

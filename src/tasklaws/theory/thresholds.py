"""Tasks that are solved from some rung on: their thresholds are the law, and gaps say how even they are.

Where every task is all or nothing, the aggregate score at x is the share of thresholds up to x: the
distribution function of the author's difficulties, whatever the models. What a forecast needs is the
density of thresholds just ahead of the frontier.

The gap index N = (sum g)^2 / sum g^2 counts the equal gaps that would be as uneven as the gaps g: all
gaps equal give their number, one cliff gives 1. It knows no unit, so z-scores leave it as it is, and
ranks give every family the same. Only an outside unit, such as decades of compute, gives it meaning.

Source: formal model, P13 (aggregate), P17 (normalisation), P20 and D3 (gaps).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from tasklaws.core.errors import BadInput
from tasklaws.spec.bounds import not_negative, whole

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


def aggregate(x: ArrayLike, thresholds: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Return the weighted share of tasks solved at each place `x`, in the unit of `thresholds`.

    Args:
        x: places on the axis, of any shape.
        thresholds: where each task begins to be solved, of shape (tasks,); infinity where it never is.
        weights: one per task, not all 0; None for equal ones.
    """
    b = _numbers(thresholds, least=1)
    w = np.ones(b.size) if weights is None else np.asarray(weights, dtype=float)
    if w.shape != b.shape or not (w >= 0).all() or not 0 < w.sum() < np.inf:
        raise BadInput(
            f"there are {b.size} thresholds and weights of shape {w.shape} with sum {w.sum():g}.",
            "Each task needs a weight of 0 or more, and one of them must be above 0.",
            "Correct the weights.",
        )
    order = np.argsort(b)
    solved = np.concatenate([[0.0], np.cumsum(w[order])]) / w.sum()
    places = np.asarray(x, dtype=float)
    if np.isnan(places).any():
        raise BadInput("a place on the axis is no number.", "Scores have a place each.", "Leave it out.")
    rates: Floats = solved[np.searchsorted(b[order], places, side="right")]
    return rates


def just_ahead(thresholds: ArrayLike, frontier: float, step: float) -> int:
    """Return how many tasks a frontier that moves by `step` begins to solve: those in (frontier, + step]."""
    not_negative(step, "the step of a frontier")
    b = _numbers(thresholds, least=1)
    return int(((b > frontier) & (b <= frontier + step)).sum())


def gaps(difficulties: ArrayLike) -> Floats:
    """Return the gaps between neighbouring difficulties, of shape (tasks - 1,).

    Raises:
        BadInput: fewer than two difficulties, or one that is not finite.
    """
    b = _numbers(difficulties, least=2)
    if not np.isfinite(b).all():
        raise BadInput(
            f"{int(np.isinf(b).sum())} of {b.size} difficulties are infinite.",
            "A gap lies between two tasks that are solved somewhere.",
            "Leave out tasks that were never or always solved.",
        )
    return np.diff(np.sort(b))


def gap_index(difficulties: ArrayLike) -> float:
    """Return the gap index, between 1 (one cliff) and tasks - 1 (equal gaps).

    Raises:
        BadInput: all difficulties are equal, so that there is no gap.
    """
    g = gaps(difficulties)
    if not g.any():
        raise BadInput(
            f"all {g.size + 1} difficulties are equal.",
            "The gap index needs two that differ.",
            "Add tasks of other difficulty.",
        )
    g = g / g.max()
    return float(g.sum() ** 2 / (g**2).sum())


def z_scores(difficulties: ArrayLike) -> Floats:
    """Return difficulties with mean 0 and standard deviation 1, of the same shape."""
    b = _numbers(difficulties, least=2)
    gap_index(b)  # refuses equal difficulties, whose rounded spread need not be 0
    scores: Floats = (b - b.mean()) / b.std()
    return scores


def rank_normal(difficulties: ArrayLike) -> Floats:
    """Return the normal quantile at (rank - 1/2) / tasks of each difficulty; ties rank as they stand."""
    b = _numbers(difficulties, least=2)
    ranks = np.argsort(np.argsort(b, kind="stable"), kind="stable")
    return np.asarray(ndtri((ranks + 0.5) / b.size), dtype=float)


def null_gap_index(n_gaps: int, draws: int, rng: np.random.Generator) -> Floats:
    """Return gap indices of families whose difficulties are uniform at random, of shape (draws,).

    Shares of the gaps in the range are then Dirichlet(1, ..., 1). A family below the 5 % quantile has a
    cliff.
    """
    whole(n_gaps, 1, "the number of gaps")
    whole(draws, 1, "the number of draws")
    shares = rng.dirichlet(np.ones(n_gaps), size=draws)
    index: Floats = 1 / (shares**2).sum(axis=1)
    return index


def null_sum_of_squares(n_gaps: int) -> float:
    """Return the mean of the sum of squared gap shares of such a family: 2 / (gaps + 1)."""
    whole(n_gaps, 1, "the number of gaps")
    return 2 / (n_gaps + 1)


def _numbers(values: ArrayLike, least: int) -> Floats:
    b = np.asarray(values, dtype=float)
    if b.ndim != 1 or b.size < least or np.isnan(b).any():
        raise BadInput(
            f"the difficulties have shape {b.shape} and {int(np.isnan(b).sum())} of them are no number.",
            f"They are a list of {least} or more numbers.",
            "Leave out tasks without one, or add tasks.",
        )
    return b

"""How far the scores of answers are all or nothing, with an interval from drawing the answers anew.

The variance of a score with mean mu is at most (best - mu) (mu - worst), and is that where every answer is
right or worst. The worst is what models score that solve nothing, guesses that vary by chance; what varies
like guesses is taken off. Then B is 1 / length for an answer of tokens that err alone, and 1 for an answer
that is right or a guess. Only tasks that a model solves some of the time tell.

Source: formal model, D7; Bhatia & Davis 2000.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import polars as pl

    from tasklaws.infer.arrays import Floats

BAR = 0.8
DRAWS = 399
OFTEN, CLOSE = 0.1, 0.02
AT_ONCE = 2_000_000
"""Numbers that are held at a time."""


@dataclass(frozen=True)
class Binarity:
    """How all-or-nothing a score is: 0 for a score that never varies, 1 for one of two values."""

    value: float
    lower: float
    upper: float
    """Interval of 90 %."""
    p: float
    """Of a binarity of at most `BAR`."""
    cells: int
    """Tasks on models that told it."""


class _Cells(NamedTuple):
    """Answers sorted by cell, and which cells are compared with which."""

    share: Floats
    start: np.ndarray
    size: np.ndarray
    judged: np.ndarray
    """Places of the cells that tell."""
    foot: np.ndarray
    """Place of the cell of the same task's guesses, for each of them; empty where nobody only guesses."""


def binarity(
    attempts: pl.DataFrame, middle: np.ndarray, foot: np.ndarray, rng: np.random.Generator
) -> Binarity | None:
    """Return the binarity of a metric, or None where nothing tells it.

    Args:
        attempts: task, model (places) and share, sorted by both.
        middle: whether a task is solved some of the time by a model, of shape (tasks, models).
        foot: places of models that only guess; none where the worst score is 0.
        rng: of the draws.
    """
    cells = _cells(attempts, middle, foot)
    if cells is None:
        return None
    over, under = _parts(cells, cells.share[None])
    if under[0] <= 0:
        return None
    value = float(over[0] / under[0])
    drawn = _drawn(cells, rng)
    lower, upper = np.quantile(drawn, (0.05, 0.95))
    p = (1 + (drawn <= BAR).sum()) / (len(drawn) + 1)
    return Binarity(value, float(lower), float(upper), float(p), len(cells.judged))


def _cells(attempts: pl.DataFrame, middle: np.ndarray, foot: np.ndarray) -> _Cells | None:
    """Return the answers by cell; those of all who guess make one cell for each task."""
    task, model, share = (attempts[name].to_numpy() for name in ("task", "model", "share"))
    use = middle[task, model]
    guesses = np.isin(model, foot)
    if guesses.any() and not _below_guesses(share[use], share[guesses]):
        low = guesses
    else:
        low = np.zeros(len(task), dtype=bool)
    use |= low
    key = (np.where(low, -1, model) + (task + 1) * (middle.shape[1] + 2))[use]
    order = np.argsort(key, kind="stable")
    _, start, size = np.unique(key[order], return_index=True, return_counts=True)
    tasks, at_foot = task[use][order][start], low[use][order][start]
    feet = {int(tasks[i]): i for i in np.flatnonzero(at_foot & (size > 1))}
    judged = [i for i in np.flatnonzero(~at_foot & (size > 1)) if not low.any() or int(tasks[i]) in feet]
    if not judged:
        return None
    beside = [feet[int(tasks[i])] for i in judged] if low.any() else []
    return _Cells(share[use][order], start, size, np.array(judged), np.array(beside, dtype=int))


def _below_guesses(share: Floats, guesses: Floats) -> bool:
    """Return whether answers are often worse than guesses: then a guess is not the worst there is."""
    far = guesses.mean() - 2 * guesses.std() - CLOSE
    return bool(len(share) and (share < far).mean() > OFTEN)


def _parts(cells: _Cells, share: Floats, *, again: bool = False) -> tuple[Floats, Floats]:
    """Return what answers vary beyond guesses, and the most they could, summed, for shares (draws, answers).

    Answers that are drawn again from those that were seen vary less by one in n, which is put right.
    """
    n = cells.size.astype(float)
    mean = np.add.reduceat(share, cells.start, axis=1) / n
    square = np.add.reduceat(share**2, cells.start, axis=1) / n
    usual = n / np.maximum(n - 1, 1)
    var = np.maximum(square - mean**2, 0) * (usual**2 if again else usual)
    n, spread, own = n[cells.judged], var[:, cells.judged], mean[:, cells.judged]
    low, guess = (part[:, cells.foot] if len(cells.foot) else 0.0 for part in (mean, var))
    error = spread / n * ((2 * n - 1) / n if again else 1.0)
    over = spread - guess * (1 - own) / np.maximum(1 - low, 1e-9)
    return over.sum(1), ((1 - own) * (own - low) + error).sum(1)


def _drawn(cells: _Cells, rng: np.random.Generator) -> Floats:
    """Return binarities of answers drawn anew within every task on every model."""
    start, size = (np.repeat(part, cells.size) for part in (cells.start, cells.size))
    found: list[Floats] = []
    chunk = max(1, AT_ONCE // len(start))
    for first in range(0, DRAWS, chunk):
        shape = min(chunk, DRAWS - first), len(start)
        drawn = cells.share[start + (rng.random(shape) * size).astype(int)]
        over, under = _parts(cells, drawn, again=True)
        found.append(np.where(under > 0, over / np.where(under > 0, under, 1.0), 1.0))
    return np.concatenate(found)

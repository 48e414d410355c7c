"""Logistics of success in log human time, one per agent, and their bootstrap.

The log-odds of success at a task of x doublings (log2 minutes) are level + slope x. A fit minimises the
weighted log loss plus penalty / 2 slope^2; the level is never penalised. METR's estimator is a penalty of .1
with `invsqrt_family` weights and a bootstrap of families, tasks and runs.

Source: arXiv 2503.14499; METR, eval-analysis-public.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.infer.horizon import kernel
from tasklaws.infer.horizon.bootstrap import BLOCK, drawn, generator, task_counts, whole
from tasklaws.infer.horizon.cells import plain
from tasklaws.infer.horizon.kernel import ALL_FAIL, ALL_PASS, FEW, OK, RISING, SEPARATED
from tasklaws.spec.bounds import inner_rate, not_negative

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from tasklaws.infer.horizon.bootstrap import Level
    from tasklaws.infer.horizon.cells import Floats, HorizonCells

__all__ = [
    "ALL_FAIL",
    "ALL_PASS",
    "FEW",
    "METR_PENALTY",
    "OK",
    "RISING",
    "SEPARATED",
    "LogisticFits",
    "bootstrap",
    "fit",
]

METR_PENALTY = 0.1
"""On the slope per doubling, the attempts of an agent weighing 1 together.

Source: METR, eval-analysis-public.
"""
NEAR = 10.0
"""Log-odds within which the fit of all data is where the fits of draws start."""


@dataclass(frozen=True, eq=False)
class LogisticFits:
    """Fits, arrays of one shape: (agents,) or (draws, agents)."""

    level: Floats
    """Log-odds of success at tasks of one minute; -inf for ALL_FAIL, inf for ALL_PASS, NaN for FEW."""
    slope: Floats
    """Log-odds per doubling; 0 for ALL_FAIL and ALL_PASS, NaN for FEW, +-2^40 where it is infinite."""
    state: NDArray[np.int8]
    """OK; ALL_FAIL and ALL_PASS: every attempt ended alike; SEPARATED (without a penalty only): no failure
    is shorter than a success; RISING: success does not fall with time; FEW: no attempt, or one time only."""

    def doublings_at(self, success: float, *, rising: bool = False) -> Floats:
        """Return log2 minutes at which success is reached, NaN for RISING and FEW.

        It is -inf for ALL_FAIL and inf for ALL_PASS; for SEPARATED the middle of the gap at every success.

        Args:
            success: the rate, between 0 and 1.
            rising: tell where rising curves cross the rate too, as METR's code does in its draws.
        """
        inner_rate(success, "the rate of success")
        fell = (self.state == OK) | (self.state == SEPARATED)
        if rising:
            fell |= (self.state == RISING) & (self.slope > 0)
        found = np.full(self.state.shape, np.nan)
        np.divide(math.log(success / (1 - success)) - self.level, self.slope, out=found, where=fell)
        parted = self.state == SEPARATED
        found[parted] = -self.level[parted] / self.slope[parted]
        found[self.state == ALL_FAIL] = -np.inf
        found[self.state == ALL_PASS] = np.inf
        return found


def fit(cells: HorizonCells, penalty: float = 0.0) -> LogisticFits:
    """Return the logistic of each agent; arrays have shape (agents,)."""
    not_negative(penalty, "the penalty on the slope")
    found = _empty((len(cells.agents),))
    passed, failed = cells.weight * cells.k, cells.weight * (cells.n - cells.k)
    _climb(cells.doublings, passed, failed, penalty=penalty, start=np.full((1, 2), np.nan), into=found)
    return found


def bootstrap(
    cells: HorizonCells,
    draws: int,
    seed: int,
    levels: Collection[Level] = ("family", "task"),
    penalty: float = 0.0,
) -> LogisticFits:
    """Return the logistics of resampled data; arrays have shape (draws, agents).

    Draws of families and tasks are shared by all agents, so differences between agents may be taken draw
    by draw. Weights of attempts stay what they are in all data.

    Args:
        cells: counts and weights.
        draws: how many.
        seed: same seed, same draws; the first draws of a longer bootstrap are those of a shorter one.
        levels: what is drawn anew, out of family, task and run.
        penalty: on half the square of the slope.

    Raises:
        BadInput: runs are to be drawn, and scores are graded.
    """
    if "run" in levels:
        whole(cells)
    start = _starts(cells, fit(cells, penalty))
    found = _empty((draws, len(cells.agents)))
    for block, first in enumerate(range(0, draws, BLOCK)):
        rows = slice(first, min(first + BLOCK, draws))
        counts = task_counts(cells.family, levels, generator(seed, block))[: rows.stop - first]
        for a in range(len(cells.agents)):
            rng = generator(seed, block, a) if "run" in levels else None
            passed, failed = drawn(cells, a, counts, rng)
            part = _empty((len(counts),))
            _climb(cells.doublings, passed, failed, penalty=penalty, start=start[a], into=part)
            for name in ("level", "slope", "state"):
                getattr(found, name)[rows, a] = getattr(part, name)
    return found


def _empty(shape: tuple[int, ...]) -> LogisticFits:
    return LogisticFits(np.empty(shape), np.empty(shape), np.empty(shape, np.int8))


def _climb(
    x: Floats, passed: Floats, failed: Floats, *, penalty: float, start: Floats, into: LogisticFits
) -> None:
    """Fill `into` with the fits of weights of shape (sets, tasks)."""
    x, passed, failed = plain(x), plain(passed), plain(failed)
    kernel.climb_all(x, passed, failed, float(penalty), start, into.level, into.slope, into.state)


def _starts(cells: HorizonCells, found: LogisticFits) -> Floats:
    """Return where fits of draws start, of shape (agents, 1, 2); NaN where all data are no help."""
    with np.errstate(invalid="ignore"):
        log_odds = found.level[:, None] + found.slope[:, None] * cells.doublings
        near = np.abs(log_odds).max(1, initial=0.0) < NEAR
    return np.where(near[:, None], np.stack([found.level, found.slope], 1), np.nan)[:, None]

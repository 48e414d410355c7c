"""Typical and marginal time horizons: tasks of one length differ, and human times are measured with noise.

The log-odds that one attempt of an agent succeeds at task t are level + slope z_t + u_t. z_t, its true log2
time, is normal over tasks and was measured with an error of known standard deviation; u_t is normal with
standard deviation `task_sd`. Attempts at one task share both, so z_t and u_t are integrated out of the
counts of a task, not of an attempt. Every agent has a `task_sd` of its own: what is odd about a task for one
model need not be for the next. Weights of tasks make the likelihood a weighted one; tasks of a family are
not independent, which leaves the estimate where it is and is left to the bootstrap to count.

The *typical* time horizon is that of the task with u = 0, the *marginal* one that of tasks drawn at random.
Both are in true time. They agree at one half and nowhere else.

Only repeats tell a spread between tasks from coin tosses: without them there is no answer here.

Source: formal model P11, P14c and P23; Carroll et al., "Measurement error in nonlinear models", 2006,
chapters 4 and 8.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, stdtrit

from tasklaws.core.errors import BadInput
from tasklaws.infer.horizon import _mixed_kernel as kernel
from tasklaws.infer.horizon.bootstrap import BLOCK, generator, task_counts
from tasklaws.infer.horizon.logistic import (
    ALL_FAIL,
    ALL_PASS,
    FEW,
    NEAR,
    OK,
    RISING,
    SEPARATED,
    LogisticFits,
    bootstrap,
    fit,
)
from tasklaws.spec.bounds import inner_rate

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from tasklaws.infer.horizon.bootstrap import Counts, Level
    from tasklaws.infer.horizon.cells import Floats, HorizonCells

UNREPEATED, BOUNDLESS, NOISE, UNSETTLED = range(6, 10)
"""States beside those of `logistic`."""

ENDINGS = np.array([OK, BOUNDLESS, UNSETTLED, NOISE], np.int8)
"""State after each ending of a climb."""

REASONS: Mapping[int, str] = {
    ALL_FAIL: "no attempt succeeded",
    ALL_PASS: "every attempt succeeded",
    SEPARATED: "no failure is shorter than a success: the spread between tasks is not told, and the time "
    "horizons are the middle of the gap",
    RISING: "success does not fall with human time",
    FEW: "there is no attempt, or all tasks take people equally long",
    UNREPEATED: "too few tasks were attempted twice or more to tell how far tasks of one length differ",
    BOUNDLESS: "nearly every task is always or never solved, or success falls in one step: the spread "
    "between tasks has no upper bound, and the time horizons are those of its limit",
    NOISE: "the stated errors of the human times explain all differences between them",
    UNSETTLED: "the fit did not settle",
}
"""State -> why there is no answer, or what is wrong with it."""

LEAST_REPEATED = 5
"""Tasks with two attempts or more that it takes."""

FEWEST = 2
"""Families below which a bootstrap says nothing."""


@dataclass(frozen=True, eq=False)
class Mixed:
    """Fits, arrays of one shape: (agents,) or (draws, agents)."""

    level: Floats
    """Log-odds of success at a typical task of one minute; NaN where there is no answer."""
    slope: Floats
    """Log-odds for a doubling of true time."""
    task_sd: Floats
    """Standard deviation of the log-odds between tasks of one true time."""
    state: NDArray[np.int8]

    def typical(self, success: float) -> Floats:
        """Return log2 minutes at which the typical task is solved with rate `success`."""
        inner_rate(success, "the rate of success")
        return self._crossing(np.full(self.state.shape, math.log(success / (1 - success))))

    def marginal(self, success: float) -> Floats:
        """Return log2 minutes of the tasks that are solved with rate `success` over tasks and attempts."""
        inner_rate(success, "the rate of success")
        logits = np.empty(self.state.size)
        # where successes and failures are a gap apart every rate is reached in it, whatever the spread
        spread = np.where(self.state == SEPARATED, 0.0, self.task_sd)
        kernel.marginal_logits(float(success), spread.ravel(), logits)
        return self._crossing(logits.reshape(self.state.shape))

    def _crossing(self, logits: Floats) -> Floats:
        """Return where the line is at `logits`; -inf for ALL_FAIL, inf for ALL_PASS, else NaN."""
        found = np.full(self.state.shape, np.nan)
        falls = np.isin(self.state, (OK, SEPARATED, BOUNDLESS)) & (self.slope < 0)
        np.divide(logits - self.level, self.slope, out=found, where=falls)
        found[self.state == ALL_FAIL], found[self.state == ALL_PASS] = -np.inf, np.inf
        return found


def fit_mixed(cells: HorizonCells, time_sd: Floats) -> Mixed:
    """Return the model of each agent; arrays have shape (agents,).

    Args:
        cells: counts; a task weighs what all its attempts weigh together.
        time_sd: standard deviation of the error of each task's time, in doublings, of shape (tasks,).
    """
    once, plain = np.ones((1, len(cells.tasks)), np.int64), fit(cells)
    plain = LogisticFits(plain.level[None], plain.slope[None], plain.state[None])
    found = _fits(cells, noise_of(cells, time_sd), once, _rough(cells), plain)
    return Mixed(found.level[0], found.slope[0], found.task_sd[0], found.state[0])


def bootstrap_mixed(
    cells: HorizonCells,
    time_sd: Floats,
    draws: int,
    seed: int,
    levels: Collection[Level] = ("family",),  # type: ignore[assignment]  # mypy widens a tuple of one
) -> Mixed:
    """Return the models of resampled families; arrays have shape (draws, agents).

    The draws are those of `logistic.bootstrap` with the same seed and levels. The law of true times is
    estimated anew in each. Drawing tasks within families too counts what tasks of a family differ in twice:
    intervals of 90 % then hold the truth in 91 to 96 % of worlds. Families alone, with the quantiles at
    `tail`, hold it in 87 to 91 %, whatever tasks of a family have in common.
    """
    if "run" in levels or draws < 1:
        raise BadInput(
            f"{draws} draws of {', '.join(levels)} were asked for.",
            "It takes one or more, and runs of a task are never drawn anew: doubled, they look as if tasks "
            "differed more.",
            "Draw families, or families and tasks.",
        )
    start, all_data = _rough(cells), fit_mixed(cells, time_sd)
    settled = all_data.state == OK
    start[settled] = np.stack([all_data.level, all_data.slope, all_data.task_sd], 1)[settled]
    blocks = range(math.ceil(draws / BLOCK))
    counts = np.concatenate([task_counts(cells.family, levels, generator(seed, block)) for block in blocks])
    plain = bootstrap(cells, draws, seed, levels)
    return _fits(cells, noise_of(cells, time_sd), counts[:draws], start, plain)


def tail(level: float, families: int) -> float:
    """Return the share of draws to leave out at either end for an interval of `level` from so many families.

    A bootstrap of few families spreads too little: by the root of (families - 1) / families, and as if that
    spread were known. The percentiles are moved out by as much (expanded percentile interval).

    Source: Hesterberg, "What teachers should know about the bootstrap", The American Statistician 2015.
    """
    inner_rate(level, "the level of an interval")
    if families < FEWEST:
        return 0.0
    return float(ndtr(stdtrit(families - 1, (1 - level) / 2) * math.sqrt(families / (families - 1))))


def noise_of(cells: HorizonCells, time_sd: Floats) -> Floats:
    """Return the errors of human times as they can be used.

    Raises:
        BadInput: there is not one finite error, 0 or more, for each task.
    """
    noise = np.asarray(time_sd, dtype=float)
    if noise.shape != cells.doublings.shape or not (np.isfinite(noise) & (noise >= 0)).all():
        raise BadInput(
            f"the errors of human times have shape {noise.shape}, or one is no finite number of at least 0.",
            f"One is needed for each of the {len(cells.tasks)} tasks, in doublings.",
            "Set it to 0 where a time is known exactly.",
        )
    return noise


def _rough(cells: HorizonCells) -> Floats:
    """Return level, slope and task_sd from which a climb may start, of shape (agents, 3)."""
    plain = fit(cells)
    weight = cells.weight * cells.n
    total = np.maximum(weight.sum(1), np.finfo(float).tiny)
    rate = np.clip((cells.weight * cells.k).sum(1) / total, 0.05, 0.95)
    start = np.stack([np.log(rate / (1 - rate)), np.zeros_like(rate), np.ones_like(rate)], 1)
    near = np.isin(plain.state, (OK, RISING)) & (np.abs(plain.slope) < NEAR) & (np.abs(plain.level) < NEAR)
    start[near, 0], start[near, 1] = plain.level[near], plain.slope[near]
    return start


def _fits(cells: HorizonCells, noise: Floats, counts: Counts, start: Floats, plain: LogisticFits) -> Mixed:
    """Return the fits of draws that hold tasks `counts` times, of shape (draws, agents).

    Args:
        cells: counts and weights.
        noise: errors of times.
        counts: of shape (draws, tasks).
        start: of shape (agents, 3).
        plain: logistics of the same draws: where counts alone decide, they are the answer.
    """
    weight = cells.weight * cells.n
    repeated = (counts > 0) @ ((cells.n > 1) & (weight > 0)).T.astype(np.int64)
    state, wanted = plain.state.copy(), np.isin(plain.state, (OK, RISING))
    state[wanted & (repeated < LEAST_REPEATED)] = UNREPEATED
    wanted &= state != UNREPEATED
    found, ending = np.full((*state.shape, 3), np.nan), np.zeros(state.shape, np.int8)
    told = ~(wanted | (state == UNREPEATED))
    found[told, 0], found[told, 1] = plain.level[told], plain.slope[told]
    arrays = (
        np.require(array, float, ["C", "W"])
        for array in (cells.doublings, noise, cells.k, cells.n, weight, counts, start)
    )
    kernel.climb_all(*arrays, wanted, found, ending)  # type: ignore[call-arg]  # numba counts no starred arguments
    state[wanted] = ENDINGS[ending[wanted]]
    state[(state == OK) & (found[..., 1] >= 0)] = RISING
    return Mixed(found[..., 0], found[..., 1], found[..., 2], state)

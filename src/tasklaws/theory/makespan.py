"""Makespan: how long a plan takes when several workers share it, by simulation.

The operations of an attempt are its steps, each with its retries, and the runs of its loops by tool. A
worker who is free takes the first operation in the order of the plan that is ready (list scheduling).
Parts in order form a line, parts in any order lie side by side, associative ones form a tree. For general
plans the expected makespan is #P-hard, hence simulation.

Source: Graham, "Bounds on multiprocessing timing anomalies", 1969; formal model, sections 3.2 and P16.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.core.errors import BadInput
from tasklaws.theory.monte_carlo import NO_LIMITS, Estimate, Simulated
from tasklaws.theory.walk import Attempts, Operation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.spec.agent import Agent
    from tasklaws.spec.harness import Harness
    from tasklaws.spec.plan import Plan
    from tasklaws.theory.costs import Floats
    from tasklaws.theory.walk import Bools

CELLS = 2_000_000
"""Operations times attempts that are scheduled at once."""


def simulate_team(
    plan: Plan,
    agent: Agent,
    harness: Harness = NO_LIMITS,
    *,
    workers: int | None,
    n: int,
    rng: np.random.Generator,
    discrete: bool = False,
) -> Simulated:
    """Return `n` attempts at `plan` by `workers` copies of `agent`; None: as many as could be of use.

    All is as in `simulate`, but seconds are the makespan, and limits on time apply to it. With one worker
    and the same `rng` both give the same attempts.

    Raises:
        BadInput: `workers` is below 1, or the plan has too many operations.
        BadPlan: as in `simulate`.
    """
    attempts = Attempts(plan, agent, harness, n, rng, discrete=discrete, recorded=True)
    ok = attempts.run(plan)
    attempts.seconds = makespans(attempts.operations, workers)
    limited = attempts.limited()
    return Simulated(ok & ~limited, limited, attempts.tokens, attempts.seconds)


def makespans(operations: Sequence[Operation], workers: int | None) -> Floats:
    """Return the time at which the last operation of each attempt ends, of shape (attempts,).

    Raises:
        BadInput: `workers` is below 1.
    """
    if workers is None:
        return _without_waiting(operations)
    if workers < 1:
        raise BadInput(f"{workers} workers were to share a plan.", "It takes 1 or more.", "Ask for more.")
    seconds = np.stack([one.seconds for one in operations], axis=1)
    needs = np.zeros((len(operations), len(operations)), np.bool_)
    for later, one in enumerate(operations):
        needs[later, list(one.after)] = True
    batches = np.array_split(np.arange(len(seconds)), math.ceil(seconds.size / CELLS))
    return np.concatenate([_scheduled(seconds[rows], needs, workers) for rows in batches])


def _without_waiting(operations: Sequence[Operation]) -> Floats:
    ends: list[Floats] = []
    for one in operations:
        ready = np.max([ends[earlier] for earlier in one.after], axis=0) if one.after else 0.0
        ends.append(ready + one.seconds)
    last: Floats = np.max(ends, axis=0)
    return last


def _scheduled(seconds: Floats, needs: Bools, workers: int) -> Floats:
    """Begin one operation per attempt and pass, always the one that can begin first."""
    n, m = seconds.shape
    rows = np.arange(n)
    free = np.zeros((n, min(workers, m)))
    ready, missing = np.zeros((n, m)), np.tile(needs.sum(axis=1), (n, 1))
    end = np.zeros(n)
    for _ in range(m):
        start = np.maximum(ready, free.min(axis=1)[:, None])
        start[missing != 0] = np.inf
        next_one, worker = start.argmin(axis=1), free.argmin(axis=1)
        ended = start[rows, next_one] + seconds[rows, next_one]
        free[rows, worker] = ended
        later = needs[:, next_one].T
        ready = np.where(later, np.maximum(ready, ended[:, None]), ready)
        missing -= later
        missing[rows, next_one] = -1
        end = np.maximum(end, ended)
    return end


def mean(values: Floats) -> Estimate:
    """Return the mean of independent draws and its standard error.

    Raises:
        BadInput: there are fewer than two.
    """
    if values.size < 2:  # noqa: PLR2004  a spread needs two
        raise BadInput(
            f"the spread of {values.size} draws was asked for.", "It takes 2 or more.", "Draw more."
        )
    return Estimate(float(values.mean()), float(values.std(ddof=1) / math.sqrt(values.size)))

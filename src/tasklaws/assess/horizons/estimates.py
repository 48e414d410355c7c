"""One estimator of time horizons, fitted to all agents, with its draws."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np

from tasklaws.assess.horizons.selection import Counting
from tasklaws.infer.horizon.bootstrap import BLOCK, generator, task_counts
from tasklaws.infer.horizon.curves import fit_curves
from tasklaws.infer.horizon.logistic import (
    ALL_FAIL,
    ALL_PASS,
    FEW,
    METR_PENALTY,
    OK,
    RISING,
    SEPARATED,
    bootstrap,
    fit,
)
from tasklaws.infer.horizon.mixed import REASONS, bootstrap_mixed, fit_mixed

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tasklaws.assess.horizons.noise import TimeErrors
    from tasklaws.assess.horizons.selection import Asked
    from tasklaws.infer.arrays import Floats
    from tasklaws.infer.horizon.cells import HorizonCells
    from tasklaws.infer.horizon.logistic import LogisticFits

REPLICA = "metr_2026_01"
DEFAULT = "log_logistic"
LATENT = "log_logistic_latent"
Kind = Literal["typical", "marginal"]
KINDS: tuple[Kind, Kind] = ("typical", "marginal")
PLAIN_STATES = (ALL_FAIL, ALL_PASS, SEPARATED, RISING, FEW)
"""States that mean the same in every fit."""


@dataclass(frozen=True, eq=False)
class Estimate:
    """Time horizons of all agents by one estimator."""

    curve: str
    kind: Kind
    cells: HorizonCells
    """What it was fitted to."""
    minutes: Floats
    """Human time of the tasks, of shape (tasks,)."""
    state: NDArray[np.int8]
    """Of each agent's fit, as in infer/horizon/logistic."""
    at: Callable[[float], Floats]
    """Share of success -> log2 minutes, of shape (agents,)."""
    draws_at: Callable[[float], Floats] | None = None
    """Likewise for each draw, of shape (draws, agents); None where there are none."""
    note: str = ""
    """Stands in the reason of every row."""
    metr: bool = False
    """Draws without a horizon are left out, as METR does; else they make the interval wider."""
    refused: str = ""
    """Why there are no draws, where they were asked for."""
    own: tuple[str, ...] = ()
    """What is to be said of each agent; empty for none."""
    how: Counting = field(default=Counting())
    """How attempts were counted."""
    lines: LogisticFits | None = None
    """The fits, where they are lines in log-odds."""
    drawn_lines: LogisticFits | None = None


def replica(asked: Asked, draws: int, seed: int) -> Estimate:
    """Return METR's estimator of January 2026: for replication only."""
    cells = asked.cells(recorded=True)
    fits = fit(cells, METR_PENALTY)
    graded = bool((cells.k % 1 != 0).any())
    refused = "METR draws runs that failed or succeeded; these scores are graded" if graded else ""
    drawn: Callable[[float], Floats] | None = None
    if draws and not graded:
        fitted = bootstrap(cells, draws, seed, ("family", "task", "run"), METR_PENALTY)
        drawn = partial(fitted.doublings_at, rising=True)
    note = "for replication: METR's penalty on the slope shortens time horizons above 50 %"
    return Estimate(
        REPLICA, "marginal", cells, asked.minutes, fits.state, fits.doublings_at, drawn, note, metr=True,
        refused=refused,
    )  # fmt: skip


def of_curve(asked: Asked, how: Counting, curve: str, draws: int, seed: int) -> Estimate:
    """Return one of the other curves, without a penalty, drawn as the default is."""
    cells = asked.cells(how)
    fits = fit_curves(cells, curve)
    drawn = _curve_draws(cells, curve, draws, seed) if draws else None
    return Estimate(curve, "marginal", cells, asked.minutes, fits.state, fits.doublings_at, drawn)


def _curve_draws(cells: HorizonCells, curve: str, draws: int, seed: int) -> Callable[[float], Floats]:
    """Return the time horizons of resampled families and tasks; a draw of an agent is fitted as an agent."""
    parts = []
    for block, first in enumerate(range(0, draws, BLOCK)):
        counts = task_counts(cells.family, ("family", "task"), generator(seed, block))[: draws - first]
        weight = (counts[:, None] * cells.weight).reshape(-1, len(cells.tasks))
        k, n = (np.tile(array, (len(counts), 1)) for array in (cells.k, cells.n))
        stacked = replace(cells, agents=cells.agents * len(counts), k=k, n=n, weight=weight)
        parts.append(fit_curves(stacked, curve))
    shape = -1, len(cells.agents)
    return lambda success: np.concatenate([part.doublings_at(success).reshape(shape) for part in parts])


def default(asked: Asked, how: Counting, draws: int, seed: int) -> Estimate:
    """Return the logistic in log time without a penalty; families and their tasks are drawn."""
    cells = asked.cells(how)
    fits = fit(cells)
    drawn = bootstrap(cells, draws, seed) if draws else None
    return Estimate(
        DEFAULT, "marginal", cells, asked.minutes, fits.state, fits.doublings_at,
        drawn.doublings_at if drawn else None, how=how, lines=fits, drawn_lines=drawn,
    )  # fmt: skip


def latent(
    asked: Asked, how: Counting, times: TimeErrors, draws: int, seed: int
) -> tuple[Estimate, Estimate]:
    """Return the typical and the marginal time horizon in true time, tasks of one length differing."""
    cells = asked.cells(how)
    fits = fit_mixed(cells, times.sd)
    drawn = bootstrap_mixed(cells, times.sd, draws, seed) if draws else None
    plain = np.isin(fits.state, PLAIN_STATES)
    state = np.where(plain, fits.state, OK).astype(np.int8)
    own = tuple("" if at or s == OK else REASONS[int(s)] for s, at in zip(fits.state, plain, strict=True))
    typical, marginal = (
        Estimate(
            LATENT,
            kind,
            cells,
            asked.minutes,
            state,
            getattr(fits, kind),
            getattr(drawn, kind) if drawn else None,
            own=own,
        )
        for kind in KINDS
    )
    return typical, marginal

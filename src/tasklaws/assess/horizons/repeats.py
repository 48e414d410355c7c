"""What repeats tell and curves cannot: is every run a toss of a coin, or is each task always or never solved?

The correlation of two runs of one task, rho, is taken about the fitted curve, so that tasks may differ in
length and in their number of runs; where all tasks are of one length and have equally many runs it is the
rho of the beta-binomial law. pass^k, that k runs of one task all succeed, stands beside what a coin of the
fitted rate would give.

Source: formal model P10, P11, P21 and 0b.3; arXiv 2406.12045 (pass^k).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import binom, expit

from tasklaws.assess.planning.repeats import ALWAYS, SOME
from tasklaws.infer.horizon.bootstrap import BLOCK, generator, task_counts
from tasklaws.infer.horizon.logistic import OK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.assess.horizons.estimates import Estimate
    from tasklaws.infer.arrays import Floats
    from tasklaws.infer.horizon.cells import HorizonCells

KS = (1, 2, 4, 8)
LEAST_TASKS = 5
"""Tasks with enough runs that an estimate takes."""
LOTTERY, DIFFER, ALWAYS_OR_NEVER, NOT_TOLD = "lottery", "tasks_differ", "always_or_never", "not_told"


@dataclass(frozen=True)
class RepeatsRow:
    """What the repeats of one agent tell."""

    alias: str
    rho: float | None
    """Correlation of two runs of one task: 0 a lottery, 1 always or never."""
    lower: float | None
    upper: float | None
    verdict: str
    pass_hat: dict[str, dict[str, float | int]]
    """k -> share of tasks that k runs all solve: seen, and expected of coins of the fitted rate."""
    slope: float | None
    """Of falling log-odds in natural log of time; above 1 no mixture of constant hazards has it."""
    slope_lower: float | None
    slope_upper: float | None
    tasks: int
    """Tasks with two runs or more."""
    reason: str | None = None

    def document(self) -> dict[str, Any]:
        """Return the row as JSON."""
        return asdict(self)


def repeats_rows(default: Estimate, seed: int, level: float) -> Iterator[RepeatsRow]:
    """Yield one row per agent, from the default fits and their draws of families and tasks."""
    cells = default.cells
    counts = _draws(cells, default, seed)
    for place, alias in enumerate(cells.agents):
        tasks = int((cells.n[place] > 1).sum())
        reason = _why_not(default, place, tasks)
        if reason:
            yield RepeatsRow(alias, None, None, None, NOT_TOLD, {}, None, None, None, tasks, reason)
        else:
            yield _row(default, place, counts, level, tasks)


def _draws(cells: HorizonCells, default: Estimate, seed: int) -> Floats:
    """Return how often each task is drawn in the draws of the default's fits, of shape (draws, tasks)."""
    many = 0 if default.drawn_lines is None else len(default.drawn_lines.state)
    blocks = [
        task_counts(cells.family, ("family", "task"), generator(seed, block))[: many - first]
        for block, first in enumerate(range(0, many, BLOCK))
    ]
    return np.concatenate(blocks).astype(float) if blocks else np.empty((0, len(cells.tasks)))


def _why_not(default: Estimate, place: int, tasks: int) -> str | None:
    if default.lines is None or default.state[place] != OK:
        return "there is no falling curve to compare with"
    if (default.cells.k[place] % 1 != 0).any() or (default.cells.n[place] % 1 != 0).any():
        return "scores are graded, or attempts are counted in parts: pass^k and rho take whole successes"
    if tasks < LEAST_TASKS:
        return f"{tasks} tasks were attempted twice or more; it takes {LEAST_TASKS}"
    k, n = (array[place][default.cells.n[place] > 1] for array in (default.cells.k, default.cells.n))
    if min((k > 0).sum(), (k < n).sum()) < LEAST_TASKS:
        ended = f"{(k > 0).sum()} tasks have a success and {(k < n).sum()} a failure"
        return f"{ended}; it takes {LEAST_TASKS} of either"
    return None


def _row(default: Estimate, place: int, counts: Floats, level: float, tasks: int) -> RepeatsRow:
    cells, lines, drawn = default.cells, default.lines, default.drawn_lines
    assert lines is not None  # noqa: S101  told by _why_not
    k, n, weight = cells.k[place], cells.n[place], cells.weight[place] * cells.n[place]
    rate = expit(lines.level[place] + lines.slope[place] * cells.doublings)
    rho = float(correlation(k, n, rate, weight[None])[0])
    low = high = slope_low = slope_high = None
    if drawn is not None:
        fell = np.isfinite(drawn.level[:, place]) & np.isfinite(drawn.slope[:, place])
        rates = expit(drawn.level[fell, place, None] + drawn.slope[fell, place, None] * cells.doublings)
        low, high = _ends(correlation(k, n, rates, counts[fell] * weight), level)
        slope_low, slope_high = _ends(-drawn.slope[fell, place] / np.log(2), level)
    slope = float(-lines.slope[place] / np.log(2))
    return RepeatsRow(
        cells.agents[place], rho, low, high, _verdict(low, high), dict(_pass_hat(k, n, rate, weight)),
        slope, slope_low, slope_high, tasks,
    )  # fmt: skip


def correlation(k: Floats, n: Floats, rate: Floats, weight: Floats) -> Floats:
    """Return the correlation of two runs of one task about `rate`, of shape (draws,).

    Args:
        k: successes, of shape (tasks,).
        n: runs.
        rate: expected of each task, of shape (tasks,) or (draws, tasks).
        weight: of each task, of shape (draws, tasks); those with fewer than two runs do not count.
    """
    pairs = np.maximum(n * (n - 1), 1)
    off = k - n * rate
    together = off**2 - (k * (1 - rate) ** 2 + (n - k) * rate**2)
    held = np.where(n > 1, weight, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = (held * together / pairs).sum(axis=1) / (held * rate * (1 - rate)).sum(axis=1)
    return found


def _ends(draws: Floats, level: float) -> tuple[float | None, float | None]:
    known = draws[np.isfinite(draws)]
    if not known.size:
        return None, None
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _verdict(low: float | None, high: float | None) -> str:
    """Return what the interval of rho says; ALWAYS and SOME are the reference points of the planner."""
    if low is None or high is None:
        return NOT_TOLD
    if high < SOME:
        return LOTTERY
    if low > (ALWAYS + SOME) / 2:
        return ALWAYS_OR_NEVER
    return DIFFER if low > 0 else NOT_TOLD


def _pass_hat(
    k: Floats, n: Floats, rate: Floats, weight: Floats
) -> Iterator[tuple[str, dict[str, float | int]]]:
    """Yield pass^k over the tasks with k runs or more, and what coins of the fitted rate would give there."""
    for many in KS:
        enough = n >= many
        if enough.sum() < LEAST_TASKS:
            return
        share = weight[enough] / weight[enough].sum()
        yield (
            str(many),
            {
                "seen": float(share @ (binom(k[enough], many) / binom(n[enough], many))),
                "if_lottery": float(share @ rate[enough] ** many),
                "tasks": int(enough.sum()),
            },
        )

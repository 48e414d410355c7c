"""Which law of people the attempts are fitted with, and what tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from tasklaws.assess.human_times.timed import merged
from tasklaws.infer.human_times.log_normal import fit_censored
from tasklaws.infer.human_times.mixture import fit_blow_ups
from tasklaws.infer.human_times.modes import LEVEL, Test, combined, two_modes, two_modes_pooled
from tasklaws.infer.human_times.populations import MOST, fit_populations, tasks_shared
from tasklaws.infer.human_times.selection import LeftOut, fit_truncated, nobody_left_out

if TYPE_CHECKING:
    from tasklaws.assess.human_times.timed import Timed
    from tasklaws.infer.arrays import Floats
    from tasklaws.infer.human_times.modes import Worlds
    from tasklaws.infer.human_times.pooled import Fit

LawName = Literal["auto", "log_normal", "blow_ups", "truncated"]
LAWS: tuple[LawName, ...] = ("auto", "log_normal", "blow_ups", "truncated")


@dataclass(frozen=True, eq=False)
class Fitted:
    """The law that was taken, and the tests behind it."""

    fit: Fit
    timed: Timed
    modes: Test | None
    """Of all tasks together; None where there are too few times."""
    task_modes: tuple[Test | None, ...]
    left_out: LeftOut | None
    """None where no limit is stated, or some gave up: then they are not left out."""
    factors: bool
    """Whether populations have factors of their own."""


def fitted(timed: Timed, law: LawName, rng: np.random.Generator) -> Fitted:
    """Return the law that fits; `auto` lets the tests decide.

    It is that of successes alone where nobody gave up and times beyond the limit are missing; that of
    blow-ups where both tests find two modes; else the log-normal one, with a factor for each population.
    """
    attempts = timed.attempts
    plain = fit_censored(attempts)
    room = _room(plain)
    pooled = two_modes_pooled(attempts, rng, room)
    own = attempts.successes()
    worlds: Worlds = {}
    each = tuple(
        two_modes(own.log_minutes[own.task == task], rng, float(room[task]), worlds)
        for task in range(attempts.tasks)
    )
    left_out = nobody_left_out(attempts, rng) if attempts.done.all() else None
    bimodal = pooled is not None and max(pooled.p, combined(each) or 1.0) <= LEVEL
    missing = left_out is not None and left_out.p <= LEVEL
    made = _chosen(timed, law, plain, bimodal=bimodal, missing=missing)
    factors = made.law.name == "populations"
    return Fitted(made, timed if factors else merged(timed), pooled, each, left_out, factors)


def _chosen(timed: Timed, law: LawName, plain: Fit, *, bimodal: bool, missing: bool) -> Fit:
    attempts = timed.attempts
    if law == "truncated" or (law == "auto" and missing):
        return fit_truncated(attempts)
    if law == "blow_ups" or (law == "auto" and bimodal):
        return fit_blow_ups(attempts)
    if law == "auto" and 1 < len(timed.populations) <= 1 + MOST and _all_shared(timed):
        return fit_populations(attempts)
    return plain


def _all_shared(timed: Timed) -> bool:
    return all(tasks_shared(timed.attempts, group) for group in range(1, len(timed.populations)))


def _room(plain: Fit) -> Floats:
    """Return by how many spreads the time at which people give up lies above each task's median."""
    attempts = plain.attempts
    end = np.full(attempts.tasks, np.inf)
    lost = ~attempts.done
    stop = np.full(attempts.tasks, -np.inf)
    np.maximum.at(stop, attempts.task[lost], attempts.log_minutes[lost])
    end = np.where(np.isfinite(stop), stop, end)
    value = np.nan_to_num(plain.estimates().value, nan=np.inf)
    with np.errstate(invalid="ignore"):
        room = (end - value) / np.exp(plain.shape[0])
    return np.where(np.isnan(room), np.inf, room)

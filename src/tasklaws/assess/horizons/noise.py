"""How well tasks' human times are known, and the times that are expected given what was measured."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.assess.evidence import Counts, suite_from_counts
from tasklaws.assess.task_times import task_times
from tasklaws.core.errors import BadInput

if TYPE_CHECKING:
    from tasklaws.assess.horizons.selection import Asked
    from tasklaws.infer.arrays import Floats

LEAST_SPREAD = 0.05
"""Least share of the spread of measured times that is taken to be real."""


@dataclass(frozen=True, eq=False)
class TimeErrors:
    """Errors of the human times, in doublings."""

    sd: Floats
    """Of shape (tasks,)."""
    assumed: bool
    """Whether no error was measured: the spread between people is that of formal model P14."""
    words: str

    def expected(self, doublings: Floats) -> Floats:
        """Return log2 of the true times that are expected, drawn towards the mean (regression calibration).

        Source: formal model P14c; Carroll et al., "Measurement error in nonlinear models", 2006, chapter 4.
        """
        centre, spread = float(doublings.mean()), float(doublings.var())
        real = max(spread - float((self.sd**2).mean()), LEAST_SPREAD * spread)
        kept = real / (real + self.sd**2) if real > 0 else np.ones_like(self.sd)
        return np.asarray(centre + kept * (doublings - centre))


def time_errors(asked: Asked) -> TimeErrors:
    """Return the error of each task's time: from people's attempts, without any the spread of one person."""
    if (asked.minutes <= 0).any():
        raise BadInput("a human time is not positive.", "Minutes are above 0.", "Correct the tasks.")
    nothing = np.zeros((len(asked.tasks), 0))
    ends = np.zeros(len(asked.tasks)), np.ones(len(asked.tasks))
    counts = Counts(asked.tasks, asked.families, (), nothing, nothing, nothing, nothing, *ends)
    suite = replace(
        suite_from_counts(counts, np.empty(0)), human=asked.source.human, tasks=asked.source.tasks
    )
    times = task_times(suite)
    sd = np.where(np.isfinite(times.se), times.se, times.log_sd) / np.log(2)
    measured = int((times.people > 0).sum())
    words = (
        f"human times are known to a factor of {2 ** float(np.median(sd)):.2g} (median over tasks; "
        f"measured on {measured} of {len(asked.tasks)} tasks, else one person's spread)"
    )
    return TimeErrors(sd, measured == 0, words)

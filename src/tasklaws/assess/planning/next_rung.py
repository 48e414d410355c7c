"""How well a family's answers tell its next rung, and what would tell it well enough.

Asked is a standard error of log hazard by chance of answers: that is what attempts and rungs buy. The shock
of rungs stands beside it, for no number of attempts removes it.

Source: formal model, D13 as corrected in 0b.2 and 0b.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, hypot, log
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq

from tasklaws.assess.checks._rungs import unlimited
from tasklaws.assess.planning.hazard_fit import fit
from tasklaws.infer.irt.shock import rung_shock

if TYPE_CHECKING:
    from tasklaws.assess.evidence import Evidence, Suite
    from tasklaws.assess.planning.hazard_line import HazardLine
    from tasklaws.infer.irt.shock import Shock

ASKED = 0.3
"""Standard error of log hazard: a factor of 1.35 in hazard."""
LEAST_SIZES = 4
"""Two sizes make a line and a third a bend; the fourth is the first that can stray from both."""
MOST_FACTOR = 1000.0
MOST_RUNGS = 12


@dataclass(frozen=True)
class NextRung:
    """What is known of the next rung of one family, and what would be enough."""

    line: HazardLine
    spacing: float
    sizes: int
    shock_sd: float
    """Root mean square of the shock of a rung, in logits."""
    models: int = 1
    """Of each size that is added."""

    @property
    def place(self) -> float:
        """Return where the next size stands."""
        return float(self.line.x.max()) + self.spacing

    @property
    def error(self) -> float:
        """Return the standard error of the family's log hazard there, by chance of answers."""
        return self.line.error(self.place)

    @property
    def error_with_shock(self) -> float:
        """Return the same with the shocks of the rungs at hand and of the next one."""
        return hypot(self.error, self.shock_sd * self.line.error_of_shock(self.place))

    @property
    def enough(self) -> bool:
        """Return whether C8 is content: sizes enough, and the error by chance of answers small enough."""
        return self.sizes >= LEAST_SIZES and self.spacing > 0 and self.error <= ASKED

    @property
    def attempts(self) -> float:
        """Return the median number of attempts of a cell."""
        asked = self.line.n[self.line.n > 0]
        return float(np.median(asked)) if asked.size else 0.0

    def attempts_needed(self, asked: float = ASKED) -> int | None:
        """Return the attempts of each cell that give the error `asked`; None beyond 1,000 times."""

        def beyond(log_factor: float) -> float:
            return self.line.with_attempts(float(np.exp(log_factor))).error(self.place) - asked

        low, high = log(1 / max(1.0, self.attempts)), log(MOST_FACTOR)
        if beyond(high) > 0:
            return None
        if beyond(low) <= 0:
            return 1
        return ceil(round(self.attempts * float(np.exp(brentq(beyond, low, high, rtol=1e-3))), 2))

    def rungs_needed(self, asked: float = ASKED) -> int | None:
        """Return how many sizes more give the error `asked` one size ahead; None where no few do.

        They stand above the ladder, as far apart as its sizes, and each is asked as often.
        """
        for more in range(MOST_RUNGS + 1):
            if self.sizes + more < LEAST_SIZES:
                continue
            longer = self.line.with_rungs(more, self.spacing, self.models) if more else self.line
            if longer.error(self.place + more * self.spacing) <= asked:
                return more
        return None


def next_rung(evidence: Evidence) -> NextRung | None:
    """Return what is known of the next rung; None where no answers, or no different ones, are at hand.

    Attempts that a limit decided do not count.
    """
    counts = unlimited(evidence.counts)
    tasks, models = np.flatnonzero(counts.n.sum(axis=1) > 0), np.flatnonzero(counts.n.sum(axis=0) > 0)
    kept, x = counts.tasks_at(tasks).models_at(models), evidence.x[models]
    if not (kept.k.any() and (kept.k < kept.n).any()):
        return None
    sizes = len({evidence.suite.sizes[m] for m in models})
    spacing = float(np.ptp(x)) / max(1, sizes - 1)
    line = fit(kept.k, kept.n, x, kept.floor)
    shock = shock_of(evidence.suite)
    rms = float(np.sqrt((shock.weights * shock.grid**2).sum()))
    return NextRung(line, spacing, sizes, rms, max(1, round(len(models) / sizes)))


@lru_cache(maxsize=4)
def shock_of(suite: Suite) -> Shock:
    """Return the rung shock of a suite, from all of its families."""
    counts = suite.counts.unlimited()
    return rung_shock(counts.k, counts.n, suite.x, counts.families, counts.floor)

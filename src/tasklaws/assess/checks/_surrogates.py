"""The four questions put to a metric that is to stand in for the target.

Is it on its scale where the target is not? Does it move smoothly along the ladder? Does it tell all, so that
nothing is left that grows with the model? Did it tell the next size better than the target itself did?
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import binom

from tasklaws.assess.check import ALPHA
from tasklaws.assess.checks.linearity import LEAST
from tasklaws.assess.metric_links import Answers, drift, independent, learnt
from tasklaws.assess.metric_table import log_hazard
from tasklaws.assess.next_rung import gains
from tasklaws.assess.rung_regression import regress
from tasklaws.theory.resolution import informative_range

if TYPE_CHECKING:
    from tasklaws.assess.evidence import Evidence
    from tasklaws.assess.metric_table import Measured
    from tasklaws.infer.arrays import Floats

LEVEL_SMOOTH, LEVEL_SUFFICIENT, LEVEL_AHEAD = 0.01, 0.03, 0.0313
"""Of the tests of a smooth curve and of a link, and of held-out sizes: together about `ALPHA`. If all of five
sizes were told worse p is 1/32."""
MORE = 2
"""Sizes at which the candidate must tell something where the target is on its floor."""
BLOCKS = 5
"""Held-out sizes without which no claim about forecasts is made."""
BEND_FROM = 6
"""Places from which a smooth curve may bend."""
OFF = 0.02
"""Least share by which a mean must lie off its ends, however precise."""
ROUGH = 0.05
"""By how much of itself a loss may lie off a curve that is called smooth."""
SURE = 2.0
MOST_FLIPS = 12


@dataclass(frozen=True)
class Candidate:
    """What a metric answered to the four questions; None is not told."""

    name: str
    kind: str
    informative: int
    """Sizes at which it is off its ends."""
    more: bool | None
    smooth_p: float | None
    independent_p: float | None
    """Of the link of independent tokens: nothing is left that grows along the ladder."""
    learnt_p: float | None
    """The same of a link learnt across tasks."""
    gains: Floats
    """Of each held-out size, in nats for each answer."""

    @property
    def smooth(self) -> bool | None:
        """Return whether a smooth curve fits."""
        return None if self.smooth_p is None else self.smooth_p > LEVEL_SMOOTH

    @property
    def sufficient_p(self) -> float | None:
        """Return the larger p of the two links: one that holds is enough."""
        known = [p for p in (self.independent_p, self.learnt_p) if p is not None]
        return max(known) if known else None

    @property
    def sufficient(self) -> bool | None:
        """Return whether the metric tells all that the place on the ladder tells."""
        if self.sufficient_p is None:
            return None
        return (
            True if self.sufficient_p > LEVEL_SUFFICIENT else (False if self.learnt_p is not None else None)
        )

    @property
    def ahead_p(self) -> float | None:
        """Return p of: forecasts through the metric are as good at least, by flipping the signs of gains."""
        blocks = self.gains[-MOST_FLIPS:]
        if len(blocks) < BLOCKS:
            return None
        flips = np.array(list(product((-1.0, 1.0), repeat=len(blocks)))) @ np.abs(blocks)
        return float((flips <= blocks.sum() + 1e-12).mean())

    @property
    def p(self) -> float | None:
        """Return p of: it is smooth, tells all and forecasts as well; None where no test could be made."""
        tests = (
            (self.smooth_p, LEVEL_SMOOTH),
            (self.sufficient_p, LEVEL_SUFFICIENT),
            (self.ahead_p, LEVEL_AHEAD),
        )
        known = [p * ALPHA / level for p, level in tests if p is not None]
        return min(1.0, *known) if known else None

    @property
    def ahead(self) -> bool | None:
        """Return whether held-out sizes were told better; None where too few, or where it is a draw."""
        if self.ahead_p is None:
            return None
        return True if self.gains.sum() > 0 else (False if self.ahead_p <= LEVEL_AHEAD else None)

    @property
    def answers(self) -> tuple[bool | None, ...]:
        """Return the four answers in order."""
        return self.more, self.smooth, self.sufficient, self.ahead

    def facts(self) -> dict[str, Any]:
        """Return the candidate's line in the details of a finding."""
        return {
            "kind": self.kind,
            "informative": self.informative,
            "more_informative": self.more,
            "smooth": self.smooth,
            "smooth_p": self.smooth_p,
            "sufficient": self.sufficient,
            "independent_p": self.independent_p,
            "learnt_p": self.learnt_p,
            "forecasts_better": self.ahead,
            "forecasts_p": self.ahead_p,
            "p": self.p,
            "gain": float(self.gains.mean()) if len(self.gains) else None,
            "gains": self.gains.tolist(),
            "held_out": len(self.gains),
        }


def candidate(evidence: Evidence, one: Measured, x: Floats | None = None) -> Candidate | None:
    """Return the answers of one metric over `x`, by default the ladder's axis; None if none is shared."""
    answers = _answers(evidence, one)
    place = evidence.x if x is None else x
    models = np.flatnonzero((answers.n > 0).any(axis=0) & np.isfinite(place))
    tasks = np.flatnonzero((answers.n[:, models] > 0).any(axis=1))
    if not len(models) or not len(tasks):
        return None
    part = np.ix_(tasks, models)
    own = Answers(
        answers.k[part], answers.n[part], answers.floor[tasks], answers.hazard[part], answers.lengths
    )
    at, sizes = place[models], _sizes(evidence, place, models)
    tells = _informative(evidence, one)
    by_chain, by_tasks = drift(independent(own), at), drift(learnt(own), at) if len(tasks) > 1 else None
    return Candidate(
        one.name,
        one.kind,
        int(tells.sum()),
        _more(evidence, tells),
        _smooth_p(own, at),
        None if by_chain is None else by_chain[1],
        None if by_tasks is None else by_tasks[1],
        gains(own, at, sizes),
    )


def _answers(evidence: Evidence, one: Measured) -> Answers:
    """Return the target's counts beside the hazards of a metric; no attempts where it was not measured."""
    counts, at = evidence.counts, {task: i for i, task in enumerate(one.tasks)}
    log = np.full(counts.n.shape, np.nan)
    said = log_hazard(one)
    for row, task in enumerate(counts.tasks):
        if task in at:
            log[row] = said[at[task]]
    n = np.where(np.isfinite(log), np.rint(counts.n), 0.0)
    hazard = np.where(n > 0, np.exp(log), 1.0)
    return Answers(np.minimum(np.rint(counts.k), n), n, counts.floor, hazard, not one.unbounded)


def _sizes(evidence: Evidence, place: Floats, models: np.ndarray) -> np.ndarray:
    """Return the number of each model's size along the ladder."""
    names = [evidence.suite.sizes[m] for m in models]
    where = {
        name: np.mean([place[m] for m, own in zip(models, names, strict=True) if own == name])
        for name in names
    }
    order = sorted(where, key=lambda name: (where[name], name))
    return np.array([order.index(name) for name in names])


def _informative(evidence: Evidence, one: Measured) -> np.ndarray:
    """Return at which sizes, in the order of the ladder, a metric is off its ends, surely and by some way.

    A loss has no lower end. A share's is what the smallest models score if they solve nothing.
    """
    names, counts = np.asarray(evidence.suite.sizes), evidence.counts
    order = list(dict.fromkeys(names.tolist()))
    member = np.array([names == name for name in order], dtype=float)
    n = one.n @ member.T
    share = (one.n * one.share) @ member.T / np.maximum(n, 1)
    error = (one.n * one.share_var) @ member.T / np.maximum(n, 1) ** 2
    asked, total = n > 0, np.maximum((n > 0).sum(0), 1)
    mean, sure = (share * asked).sum(0) / total, SURE * np.sqrt((error * asked).sum(0)) / total
    enough = n.sum(0) >= LEAST
    if one.unbounded:
        return np.asarray(enough & (mean < 1 - OFF))
    first = int(np.argmax(enough)) if enough.any() else 0
    told, asked_first = (part @ member[first] for part in (counts.k.sum(0), counts.n.sum(0)))
    solves = told > (float(counts.floor.mean()) + ALPHA) * asked_first if len(counts.floor) else False
    base, noise = (0.0, 0.0) if solves else (mean[first], sure[first])
    gap = np.maximum(np.hypot(sure, noise), OFF)
    return np.asarray(enough & (mean - base > gap) & (1 - mean > np.maximum(sure, OFF / 4)))


def _more(evidence: Evidence, tells: np.ndarray) -> bool | None:
    """Return whether the metric tells something at two sizes at which the target is on its floor.

    Or at all such sizes where there are fewer; and somewhere at all.
    """
    counts, names = evidence.counts, np.asarray(evidence.suite.sizes)
    member = np.array([names == name for name in dict.fromkeys(names.tolist())], dtype=float)
    k, n = np.rint(member @ counts.k.sum(axis=0)), np.rint(member @ counts.n.sum(axis=0))
    if not n.any():
        return None
    floor = float((counts.floor * counts.n.sum(axis=1)).sum() / counts.n.sum())
    low = k <= informative_range(floor)[0] * n
    on_floor = (n > 0) & (low | (binom.sf(k - 1, n, floor) > ALPHA))
    return bool(tells.any() and (tells & on_floor).sum() >= min(MORE, on_floor.sum()))


def _smooth_p(own: Answers, x: Floats) -> float | None:
    """Return p of a smooth curve of the mean log hazard; a line, or a bend where there are places enough.

    Models of one size, and what is left about the curve, tell how far models stray by themselves.
    """
    known = own.n > 0
    log = np.where(known, np.log(np.clip(own.hazard, 1e-6, None)), 0.0)
    places = len(np.unique(x))
    curve = 3 if places >= BEND_FROM else 2
    extra = min(2, places - curve - 1, len(x) - curve - 2)
    if extra < 1:
        return None
    task, model = np.nonzero(known)
    design = np.zeros((len(task), known.shape[0] + known.shape[1]))
    design[np.arange(len(task)), task] = design[np.arange(len(task)), known.shape[0] + model] = 1
    value = np.linalg.lstsq(design, log[known], rcond=None)[0][known.shape[0] :]
    z = (x - x.mean()) / max(float(x.std()), 1e-9)
    columns = np.vander(z, curve + extra, increasing=True)
    line = regress(value, np.full(len(x), ROUGH**2), columns)
    return None if line is None else line.p(extra)


@lru_cache(maxsize=64)
def on_ladder(evidence: Evidence, one: Measured) -> Candidate | None:
    """Return the answers of one metric over the ladder's own axis."""
    return candidate(evidence, one)

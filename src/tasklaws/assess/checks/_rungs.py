"""A family on its ladder: abilities and difficulties in logits, width of a rung, and families drawn alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from tasklaws.assess.check import Finding, does_not_apply, unknown
from tasklaws.infer.irt import rasch
from tasklaws.infer.irt.shock import rung_shock

if TYPE_CHECKING:
    from tasklaws.assess.evidence import Counts, Evidence
    from tasklaws.infer.arrays import Floats
    from tasklaws.infer.irt.rasch import Rasch
    from tasklaws.infer.irt.shock import Shock

DRAWS = 199
LEAST_TASKS = 2
LEAST_SIZES = 4
"""With fewer, differences between tasks and between models cannot be told apart."""


@dataclass(frozen=True)
class Rungs:
    """What the answers of a ladder tell of one family."""

    counts: Counts
    """Tasks and models that were asked, without what a limit decided."""
    x: Floats
    fit: Rasch
    shock: Shock
    slope: float
    """Logits of ability for each unit of `x`."""
    spacing: float
    """Mean distance of neighbouring sizes on `x`."""
    left_out: int
    """Tasks that were asked and say nothing, for a limit decided them."""

    @property
    def step(self) -> float:
        """Return how far the abilities of neighbouring sizes lie apart, in logits."""
        return self.slope * self.spacing

    @property
    def level(self) -> float:
        """Return the ability in the middle of the ladder, each model for what is known of it."""
        return float(level(self.fit.ability, weights(self.fit, self.shock.sd), self.x, self.slope))

    @property
    def middle(self) -> float:
        """Return the mean difficulty, each task for what is known of it."""
        weight = 1 / self.fit.difficulty_se**2
        return float((weight * self.fit.difficulty).sum() / weight.sum())

    @property
    def place(self) -> Floats:
        """Return where on `x` each task is solved half of the time (half above chance)."""
        return np.asarray(self.x.mean() + (self.fit.difficulty - self.level) / self.slope)


def weights(fit: Rasch, shock: Floats | float) -> Floats:
    """Return the weights of models in a line: one that fails or solves nearly all says little of itself."""
    return np.asarray(1 / (fit.ability_se**2 + np.asarray(shock)[..., None] ** 2))


def slope(ability: Floats, weight: Floats, x: Floats) -> Floats:
    """Return the slope of the weighted line of ability on `x`, over the last axis."""
    total = weight.sum(-1, keepdims=True)
    off_x = x - (weight * x).sum(-1, keepdims=True) / total
    return np.asarray((weight * off_x * ability).sum(-1) / (weight * off_x**2).sum(-1))


def level(ability: Floats, weight: Floats, x: Floats, along: Floats | float) -> Floats:
    """Return the height of that line at the mean of `x`."""
    off = ability - np.asarray(along)[..., None] * (x - x.mean())
    return np.asarray((weight * off).sum(-1) / weight.sum(-1))


def unlimited(counts: Counts) -> Counts:
    """Return the counts without what limits decided.

    An attempt that would have succeeded is what a limit ends, and what failed before is left. So where limits
    end more attempts than succeed, the rest are failures by choice: of a model at a task, or of a whole task.
    """
    rest = counts.unlimited()
    decided = counts.n_limit > rest.k
    decided |= (counts.n_limit.sum(axis=1) > rest.k.sum(axis=1))[:, None]
    return replace(rest, k=np.where(decided, 0.0, rest.k), n=np.where(decided, 0.0, rest.n))


def rungs_of(evidence: Evidence) -> Rungs | Finding:
    """Return the family on its ladder, or the finding that there is too little for one."""
    if not evidence.counts.tasks:
        return does_not_apply("The scores of this family are graded, so its tasks have no counts to compare.")
    counts = unlimited(evidence.counts)
    tasks, models = np.flatnonzero(counts.n.sum(axis=1) > 0), np.flatnonzero(counts.n.sum(axis=0) > 0)
    sizes = len({evidence.suite.sizes[m] for m in models})
    kept, x = counts.tasks_at(tasks).models_at(models), evidence.x[models]
    lack = _lack(kept, x, sizes)
    if lack is not None:
        return lack
    fit, shock = rasch.fit(kept.k, kept.n, kept.floor), _shock(evidence)
    along = float(slope(fit.ability, weights(fit, shock.sd), x))
    if not along > 0:
        return unknown("a ladder along which ability grows", "Ability does not grow along the ladder here.")
    asked = int((evidence.counts.n.sum(axis=1) > 0).sum())
    return Rungs(kept, x, fit, shock, along, float(np.ptp(x)) / (sizes - 1), asked - len(tasks))


def _lack(kept: Counts, x: Floats, sizes: int) -> Finding | None:
    """Return what the answers lack for difficulties and rungs to be told; None where they do."""
    said = "with answers that no limit decided"
    if (tasks := len(kept.tasks)) < LEAST_TASKS:
        return unknown(f"{LEAST_TASKS} tasks {said}", f"The number of tasks {said} is {tasks}.")
    if sizes < LEAST_SIZES:
        return unknown(f"{LEAST_SIZES} sizes of models", f"The number of sizes of models {said} is {sizes}.")
    if not (kept.k.any() and (kept.k < kept.n).any()):
        return unknown("answers that differ", "Every answer is right, or every one is wrong.")
    if np.ptp(x) <= 0:
        return unknown("models at different places of the ladder", "All models stand at one place.")
    return None


def _shock(evidence: Evidence) -> Shock:
    suite = evidence.suite
    told = suite.counts.unlimited()
    return rung_shock(told.k, told.n, suite.x, told.families, told.floor, without=evidence.family)


def alike(rungs: Rungs, difficulty: Floats, rng: np.random.Generator) -> tuple[Rasch, Floats]:
    """Return fits and slopes of families of this design with other difficulties.

    Abilities stand on the line of this family's ladder, each with a rung shock whose size is drawn.

    Args:
        rungs: the family, with its tasks, models and attempts.
        difficulty: of shape (draws, tasks), in logits.
        rng: of the draws.
    """
    draws = len(difficulty)
    sd = rungs.shock.draws(rng, draws)
    line = rungs.level + rungs.slope * (rungs.x - rungs.x.mean())
    ability = line + sd[:, None] * rng.standard_normal((draws, len(rungs.x)))
    floor = rungs.counts.floor[:, None]
    rate = floor + (1 - floor) * expit(ability[:, None, :] - difficulty[..., None])
    n = np.rint(rungs.counts.n).astype(int)
    fit = rasch.fit(rng.binomial(n, rate).astype(float), n.astype(float), rungs.counts.floor)
    return fit, slope(fit.ability, weights(fit, sd), rungs.x)

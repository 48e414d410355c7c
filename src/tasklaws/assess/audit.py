"""The audit of a certificate's fits: the same model by sampling, without any normal approximation.

Checks take abilities and difficulties from the top of the posterior, with errors by Laplace's approximation.
The sampler draws from the posterior itself; where both differ by more than an error, verdicts that hang on
errors are doubtful.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.infer.irt import nuts, rasch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasklaws.assess.evidence import Counts
    from tasklaws.infer.arrays import Floats

FAR = 1.0
"""Standard errors by which a fit may be off: a model with one success has a lopsided posterior, the mean of
which is half an error from its top."""
MIXED = 1.02
"""Largest r-hat of chains that agree."""
LEAST_DRAWS = 100
"""Independent draws below which the sampler has not told."""
ONE_SLOPE = 1e-9
"""Spread of log slopes: the checks' model has one for all tasks."""
SOME = (2, 2)
"""Fewest tasks and models that are sampled."""


@dataclass(frozen=True)
class Audit:
    """What the sampler says of one family's fit."""

    ok: bool | None
    """None where the sampler itself did not settle."""
    ability_off: float
    """Largest distance of a model's place from the sampled mean, in standard errors."""
    difficulty_off: float
    """The same of tasks."""
    error_ratio: float | None
    """Median of sampled over approximate standard errors of difficulties."""
    r_hat: float
    effective: float
    divergences: int
    text: str

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)


def audit(counts: Counts, seed: int) -> Audit | None:
    """Return the audit of one family; None where too few of its cells were asked.

    Raises:
        BadInput: the packages of the extra `bayes` are not installed.
    """
    asked = counts.n > 0
    rows, columns = asked.any(axis=1), asked.any(axis=0)
    if rows.sum() < SOME[0] or columns.sum() < SOME[1]:
        return None
    k, n, floor = counts.k[rows][:, columns], counts.n[rows][:, columns], counts.floor[rows]
    fitted, found = rasch.fit(k, n, floor), nuts.sampled(k, n, floor, seed=seed, log_slope_sd=ONE_SLOPE)
    centre = _centre(fitted, n, floor[:, None])
    level, middle = (found.ability @ centre)[:, None], float(fitted.ability @ centre)
    models, tasks = ((k.sum(axis) > 0) & (k.sum(axis) < n.sum(axis)) for axis in (0, 1))
    difficulty = (found.difficulty - level)[:, tasks]
    ability_off = _off(fitted.ability - middle, fitted.ability_se, found.ability - level, models)
    difficulty_off = _off(fitted.difficulty - middle, fitted.difficulty_se, found.difficulty - level, tasks)
    settled = found.r_hat <= MIXED and found.effective >= LEAST_DRAWS and found.divergences == 0
    ok = max(ability_off, difficulty_off) <= FAR if settled else None
    return Audit(
        ok,
        ability_off,
        difficulty_off,
        float(np.median(difficulty.std(0) / fitted.difficulty_se[tasks])) if tasks.any() else None,
        found.r_hat,
        found.effective,
        found.divergences,
        _text(ok, ability_off, difficulty_off),
    )


def _centre(fitted: rasch.Rasch, n: Floats, floor: Floats) -> Floats:
    """Return the shares of models in the level beside which abilities and difficulties are told."""
    logistic = fitted.rate()
    information = n * (1 - floor) * logistic**2 * (1 - logistic) / (floor + (1 - floor) * logistic)
    return np.asarray(information.sum(0) / information.sum())


def _off(placed: Floats, error: Floats, drawn: Floats, told: NDArray[np.bool_]) -> float:
    """Return the largest distance in standard errors; what was never or always solved has no place."""
    away = np.abs((drawn.mean(0) - placed) / error)
    return float(away[told].max(initial=0.0))


def _text(ok: bool | None, ability: float, difficulty: float) -> str:
    if ok is None:
        return "The sampler did not settle, so that it says nothing about the fit."
    says = "agrees with" if ok else "contradicts"
    return (
        f"Sampling {says} the fit: models are off by at most {ability:.2g} standard errors, "
        f"tasks by {difficulty:.2g}."
    )

"""Rung shocks: by how much models stand above or below the smooth curve of their ladder, for no known reason.

Two models of equal size differ by their seed, their data, their luck. All tests over rungs need a null with
that in it: a test without it takes every lucky model for a step, a surprise or a dependence.

Each family tells the abilities of its models with a known error. What they stray from a line (or a bend,
where there are sizes enough) beyond that error is shock. Curves are integrated out, so few models say little
and are not taken to say that there is no shock. A step is a law and no luck: where one is more plausible than
a smooth curve, it is part of the curve.

Source: formal model, 0b.2; Patterson & Thompson 1971 (restricted likelihood).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.linalg import null_space
from scipy.special import logsumexp

from tasklaws.infer.irt import rasch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.infer.arrays import Floats

GRID = 4.0 * (np.arange(61) / 60) ** 1.5
"""Standard deviations that are weighed, in logits; closer together where small."""
SHARES = np.linspace(0, 1, 5)
PRIOR_SD = 0.75
"""Of the half-normal prior of the standard deviation."""
OTHERS = 3
"""Families besides the judged one that are enough to tell its null."""
BEND = 6
"""Different places from which a curve may bend."""
INFORMATIVE = 0.3
"""Least information on an ability, for squared logits: models that solve nothing, or all, have less."""

STEP_SD = 3.0
"""About how large a step is, in logits, where there is one."""
LEAST = 1e-9
COLLINEAR = -20.0
"""Logarithm of a volume below which a step is no other than the curve itself."""


@dataclass(frozen=True)
class Shock:
    """Standard deviation of what shifts all answers of one model in one family, in logits, as a posterior."""

    sd: float
    """Its median."""
    grid: Floats
    weights: Floats
    """Posterior weights of the standard deviations in `grid`; they add up to 1."""
    shared: float
    """Share of its variance that a model carries through all families: the suite's own shock."""

    def draws(self, rng: np.random.Generator, size: int) -> Floats:
        """Return standard deviations from the posterior, of shape (size,)."""
        return np.asarray(rng.choice(self.grid, size=size, p=self.weights))


class _Residual(NamedTuple):
    """What one family says beyond its curve: independent normal values of known error."""

    value: Floats
    variance: Floats
    loading: Floats
    """How far each value moves with the shock of each model, of shape (values, models)."""
    scale: float
    """Logarithm of the volume of the curve's columns."""


def rung_shock(
    k: Floats,
    n: Floats,
    x: Floats,
    families: Sequence[str],
    floor: Floats | float = 0.0,
    *,
    without: str | None = None,
) -> Shock:
    """Return how far models stray from the smooth curve of each family over `x`.

    Args:
        k: successes, of shape (tasks, models).
        n: attempts, of the same shape.
        x: place of each model, growing, of shape (models,).
        families: family of each task.
        floor: chance rates.
        without: a family that is judged and so must not tell of its own null; where others are too few it is
            used all the same, one step at any of its places allowed for.
    """
    k, n = np.broadcast_arrays(np.asarray(k, float), np.asarray(n, float))
    chance = np.broadcast_to(np.asarray(floor, float), k.shape[:1])
    own = np.asarray(families)

    def ability(family: str) -> tuple[Floats, Floats]:
        return rasch.told(k[own == family], n[own == family], chance[own == family])

    others = [_most_plausible(*ability(name), x) for name in sorted({*families}) if name != without]
    telling = [one for one in others if len(one.value)]
    if without not in families or len(telling) >= OTHERS:
        return _posterior(_log_likelihood(telling))
    judged = _with_a_step(*ability(str(without)), x)
    placed = [_log_likelihood([*telling, one]) - one.scale for one in judged]
    return _posterior(np.asarray(logsumexp(np.stack(placed), axis=0)))


def _residual(ability: Floats, information: Floats, x: Floats, step: int | None = None) -> _Residual:
    """Return what is left of abilities beyond a curve over `x`, and beyond a step before `step` if any."""
    use = np.diagonal(information) > INFORMATIVE
    curve = _columns(x[use])
    if step is not None:
        curve = np.column_stack([curve, np.arange(len(x))[use] >= step])
    if use.sum() <= curve.shape[1]:
        return _Residual(np.empty(0), np.empty(0), np.empty((0, len(x))), 0.0)
    error = np.linalg.inv(information + 1e-6 * np.eye(len(x)))[np.ix_(use, use)]
    beyond = null_space(curve.T)
    variance, axes = np.linalg.eigh(beyond.T @ error @ beyond)
    loading = np.zeros((len(variance), len(x)))
    loading[:, use] = (beyond @ axes).T
    scale = np.linalg.slogdet(curve.T @ curve)[1] / 2
    return _Residual(loading[:, use] @ ability[use], np.maximum(variance, 0), loading, float(scale))


def _columns(x: Floats) -> Floats:
    """Return the columns of a line over `x`, or of a bend where there are places enough."""
    places = len(np.unique(x))
    degree = 2 if places >= BEND else min(1, places - 1)
    middle, half = (x.max() + x.min()) / 2 if len(x) else 0.0, np.ptp(x) / 2 if places > 1 else 1.0
    return np.vander((x - middle) / half, max(degree, 0) + 1)


def _with_a_step(ability: Floats, information: Floats, x: Floats) -> list[_Residual]:
    """Return what is left of a family for every place of a step, the places equally likely beforehand."""
    use = np.flatnonzero(np.diagonal(information) > INFORMATIVE)
    places = use[1:][np.diff(x[use]) > 0]
    made = [_residual(ability, information, x, step) for step in places]
    apart = [one for one in made if one.scale > COLLINEAR]
    return apart or [_residual(ability, information, x)]


def _most_plausible(ability: Floats, information: Floats, x: Floats) -> _Residual:
    """Return what is left of a family beyond its curve, a step in it where that is more plausible.

    A step has to pay for its size and for its place: a lucky model is no step.
    """
    smooth, stepped = _residual(ability, information, x), _with_a_step(ability, information, x)
    price = np.log(STEP_SD * len(stepped))
    found = max(stepped, key=_evidence)
    return found if _evidence(found) - price > _evidence(smooth) else smooth


def _evidence(one: _Residual) -> float:
    """Return the log probability of what a family says, curves and standard deviations integrated out."""
    spread = np.maximum(one.variance + GRID[:, None] ** 2, LEAST)
    fit = -(one.value**2 / spread + np.log(spread)).sum(-1) / 2
    return float(logsumexp(fit + _log_prior())) - one.scale


def _log_likelihood(residuals: Sequence[_Residual]) -> Floats:
    """Return the log likelihood over `GRID` and `SHARES`, the models' shared shocks integrated out."""
    own = GRID[:, None] ** 2 * (1 - SHARES)
    shared = GRID[:, None] ** 2 * SHARES
    if not residuals:
        return np.zeros(own.shape)
    value = np.concatenate([one.value for one in residuals])
    variance = np.concatenate([one.variance for one in residuals])
    loading = np.concatenate([one.loading for one in residuals])
    precision = 1 / np.maximum(variance + own[..., None], LEAST)
    pull = (precision * value) @ loading
    weight = np.einsum("...v,vm,vl->...ml", precision, loading, loading)
    system = np.eye(loading.shape[1]) + shared[..., None, None] * weight
    explained = shared * (pull * np.linalg.solve(system, pull[..., None])[..., 0]).sum(-1)
    fit = (precision * value**2).sum(-1) - explained
    return np.asarray(np.log(precision).sum(-1) - fit - np.linalg.slogdet(system)[1]) / 2


def _posterior(log_likelihood: Floats) -> Shock:
    """Return the posterior over `GRID` under the half-normal prior, shares equally likely beforehand."""
    log_weight = log_likelihood + _log_prior()[:, None]
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    over = weight.sum(1)
    middle = float(np.interp(0.5, np.cumsum(over) - over / 2, GRID))
    return Shock(middle, GRID, over, float((weight * SHARES).sum()))


def _log_prior() -> Floats:
    """Return the log prior weights of `GRID`, which add up to 1."""
    weight = np.gradient(GRID) * np.exp(-((GRID / PRIOR_SD) ** 2) / 2)
    return np.asarray(np.log(weight / weight.sum()))

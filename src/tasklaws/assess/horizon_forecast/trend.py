"""The law of time horizons: their doublings lie about a line, models scatter, each is measured with error.

The observed doublings of model i at x_i are ``level + slope x_i + scatter_i + error_i``. Scatters are normal
and independent; how widely models scatter has a half-Cauchy prior with the median SCATTER. Errors come from
the suite's tasks, which all models share: they are normal with correlation `shared`. Level and slope have
flat priors. So the forecast is a mixture of normals with the tails of a Student-t, and never claims to be
better than the measurements are.

A time horizon of which only a bound is known says that it lies beyond the bound, no more.

Source: Gelman (2006), Bayesian Analysis 1, 515 (the prior); Genz (1992), J. Comput. Graph. Stat. 1, 141
(probabilities of bounded normals).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import log_ndtr, ndtri_exp
from scipy.stats import qmc

from tasklaws.assess.horizon_forecast.mixture import Mixture
from tasklaws.core.errors import NoAnswer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasklaws.infer.arrays import Floats

LEAST_MODELS = 4
"""Models with a time horizon of their own: two make a line, and two more tell how far from it models lie."""
LEAST_ERROR = 0.02
"""Doublings: no suite measures a time horizon better than to one per cent."""
SCATTER = 1.0
"""Doublings: the scatter of models about the line is as likely above as below."""
SCATTERS = 200
"""Values of the scatter, equally likely beforehand."""
POINTS = 256
"""Points for the models of which only a bound is known; a power of 2."""


@dataclass(frozen=True, eq=False)
class Seen:
    """Time horizons of models at one level of success; arrays of shape (models,)."""

    x: Floats
    """Place on the axis: years, or decades of compute."""
    doublings: Floats
    """log2 of the observed horizon in minutes; where it is only bounded, of the bound."""
    side: NDArray[np.int_]
    """0 where the horizon is known, -1 where it lies below `doublings`, 1 where above."""
    error: Floats
    """Standard deviation of the error of measurement, in doublings."""
    shared: float
    """Correlation of the errors of two models, in [0, 1)."""
    error_ahead: float
    """Error with which the horizon of the model forecast will be measured."""


class Fitted(NamedTuple):
    """The law after the data."""

    forecast: Mixture
    """Of the observed doublings of the model forecast."""
    slope: Mixture
    """Doublings a unit of the axis."""
    scatter: float
    """Median standard deviation of models about the line, in doublings."""


def fitted(seen: Seen, x_ahead: float) -> Fitted:
    """Return the forecast of the doublings that will be observed of a model at `x_ahead`.

    Raises:
        NoAnswer: fewer than LEAST_MODELS models have a time horizon, or they are at one place.
    """
    known = np.flatnonzero(seen.side == 0)
    _refuse_few(seen.x[known])
    order = np.concatenate([known, np.flatnonzero(seen.side)])
    x = np.append(seen.x[order], x_ahead) - seen.x[known].mean()
    error = np.append(np.maximum(seen.error[order], LEAST_ERROR), max(seen.error_ahead, LEAST_ERROR))
    y, m = seen.doublings[order], known.size
    scatter = SCATTER * np.tan(np.pi / 2 * (np.arange(SCATTERS) + 0.5) / SCATTERS)
    told = _given(x, y[:m], _covariances(error, seen.shared, scatter))
    log_weight, mean, sd = _bounded(told, y[m:], seen.side[order][m:])
    log_weight = log_weight + told.log_likelihood
    weights = np.exp(log_weight - log_weight.max())
    weights /= weights.sum()
    forecast, slope = (Mixture(weights, mean[:, i], sd[:, i]) for i in range(2))
    return Fitted(forecast, slope, float(scatter[np.searchsorted(np.cumsum(weights), 0.5)]))


def _refuse_few(x: Floats) -> None:
    places = np.unique(x).size
    if x.size < LEAST_MODELS or places == 1:
        raise NoAnswer(
            "ladder-too-short",
            f"models with a time horizon within their tasks: {x.size}, at places on the axis: {places}.",
            f"A trend needs {LEAST_MODELS} models, not all at one place.",
            "Import results of more models, or tasks short and long enough for the models there are.",
        )


def _covariances(error: Floats, shared: float, scatter: Floats) -> Floats:
    """Return the covariances of all models' observed doublings, of shape (scatters, models, models)."""
    alike = shared + (1 - shared) * np.eye(error.size)
    return np.outer(error, error) * alike + scatter[:, None, None] ** 2 * np.eye(error.size)


class _Given(NamedTuple):
    """What the known time horizons tell of the others, of the one ahead and of the slope, by scatter."""

    log_likelihood: Floats
    mean: Floats
    """Of shape (scatters, others + 2)."""
    covariance: Floats
    """Of shape (scatters, others + 2, others + 2)."""


def _given(x: Floats, y: Floats, covariance: Floats) -> _Given:
    """Return the likelihood of the first models' doublings, and what they tell of the rest.

    Source: Rasmussen & Williams (2006), eq. 2.41 to 2.45, with flat priors of level and slope.
    """
    m = y.size
    line = np.column_stack([np.ones_like(x), x])
    known, rest = line[:m], np.vstack([line[m:], [0.0, 1.0]])
    inverse = np.linalg.inv(covariance[:, :m, :m])
    # the slope is a coordinate like the models to come: no error of its own, none shared with them
    cross = np.pad(covariance[:, m:, :m], ((0, 0), (0, 1), (0, 0)))
    own = np.pad(covariance[:, m:, m:], ((0, 0), (0, 1), (0, 1)))
    information = known.T @ inverse @ known
    coefficients = np.linalg.solve(information, (known.T @ inverse @ y)[..., None])[..., 0]
    missed = y - coefficients @ known.T
    pulled = cross @ inverse
    lacking = rest - pulled @ known
    spread = own - pulled @ cross.swapaxes(1, 2)
    spread = spread + lacking @ np.linalg.solve(information, lacking.swapaxes(1, 2))
    size = np.linalg.slogdet(covariance[:, :m, :m])[1] + np.linalg.slogdet(information)[1]
    mean = coefficients @ rest.T + (pulled @ missed[..., None])[..., 0]
    return _Given(-(size + np.einsum("gi,gij,gj->g", missed, inverse, missed)) / 2, mean, spread)


def _bounded(told: _Given, bound: Floats, side: NDArray[np.int_]) -> tuple[Floats, Floats, Floats]:
    """Return the bounds' log probability, and means and spreads of forecast and slope given them.

    Given a scatter and bounds these are no normals any more; they are replaced by those of the same mean and
    spread. Arrays have the shapes (scatters,), (scatters, 2) and (scatters, 2).
    """
    root = np.linalg.cholesky(told.covariance)
    free = bound.size
    drawn = np.zeros((len(root), POINTS, free))
    log_share = np.zeros((len(root), POINTS))
    for j, (limit, s) in enumerate(zip(bound, side, strict=True)):
        centre = told.mean[:, j, None] + np.einsum("gpi,gi->gp", drawn[:, :, :j], root[:, j, :j])
        inside = log_ndtr(s * (centre - limit) / root[:, j, j, None])
        log_share += inside
        drawn[:, :, j] = -s * ndtri_exp(np.log(_spread_out(free)[:, j]) + inside)
    most = log_share.max(axis=1, keepdims=True)
    share = np.exp(log_share - most)
    total = share.sum(axis=1, keepdims=True)
    share = (share / total)[..., None]
    shift = drawn @ root[:, free:, :free].swapaxes(1, 2)
    mean = (share * shift).sum(axis=1)
    between = (share * (shift - mean[:, None]) ** 2).sum(axis=1)
    within = (root[:, free:, free:] ** 2).sum(axis=2)
    return (most + np.log(total / POINTS))[:, 0], told.mean[:, free:] + mean, np.sqrt(within + between)


@lru_cache(maxsize=16)
def _spread_out(dimensions: int) -> Floats:
    """Return points that fill the unit cube evenly, of shape (POINTS, dimensions); always the same."""
    points: Floats = qmc.Sobol(dimensions, rng=np.random.default_rng(0)).random(POINTS)
    return np.clip(points, 1e-12, 1 - 1e-12)

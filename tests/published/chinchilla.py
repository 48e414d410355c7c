"""The loss law of Besiroglu et al. (2024), arXiv 2404.10102, and worlds that obey it.

Published: L = E + A N^-alpha + B D^-beta, fitted to 240 of the 245 points read off figure 4 of Hoffmann
et al. (arXiv 2203.15556) by minimising the sum of Huber losses of the log residuals, of width 1e-3.
Hoffmann et al. had taken the mean of these losses, which made the objective so small that their search
met its tolerance, and ended, before it reached the lowest value; a sum and a relative tolerance avoid that.

The points are not kept here. The design and the noise imitate them: twelve budgets, sizes spread about
the best one of each as theirs are, and log residuals that grow away from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize
from scipy.special import ndtri

from tasklaws.forms import FORMS
from tasklaws.infer.curves.fit import Fits, fit_batch
from tasklaws.infer.curves.problem import Options, Points

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats

NAMES = ("irreducible", "amount_n", "amount_d", "exponent_n", "exponent_d")
PUBLISHED = np.array([1.8172, 482.01, 2085.43, 0.3478, 0.3658])
"""E, A, B, alpha and beta: table 1 of arXiv 2404.10102."""
HALF_DIGIT = np.array([5e-5, 5e-3, 5e-3, 5e-5, 5e-5])
"""Half a unit of the last printed digit."""
PUBLISHED_ERRORS = np.array([0.03, 124.58, 1293.23, 0.02, 0.02])
"""Standard errors, likewise."""

BUDGETS, SIZES = np.geomspace(4e18, 2e21, 12), 20
"""Budgets whose log10 has the mean and the spread of the 240 points, 19.94 and 0.83, and models of each."""
SMALLEST, LARGEST = 5.73e7, 1.62e10
"""Parameters of the smallest and the largest model of the figure."""
SPREAD = 0.29
"""Standard deviation of log10 of a size over the best size of its budget: that of the 240 points."""
NOISE, GROWTH = 0.004, 6.0
"""Standard deviation of the log residuals at the best size, and its growth with the square of the decades
away: of the 240 points, 1.48 times their median size is 0.004 up to 0.2 and 0.010 beyond 0.4 decades."""
WIDTH = 1e-3


@dataclass(frozen=True)
class Design:
    """Parameters and tokens of every model, and the decades from the best size of its budget."""

    n: Floats
    d: Floats
    away: Floats


def design() -> Design:
    """Return the 240 models."""
    _, a, b, alpha, beta = PUBLISHED
    compute = np.repeat(BUDGETS, SIZES)
    ratio = (alpha * a / (beta * b)) ** (1 / (alpha + beta))
    best = ratio * (compute / 6) ** (beta / (alpha + beta))
    shares = (np.arange(SIZES) + 0.5) / SIZES
    n = np.clip(best * 10 ** np.tile(SPREAD * ndtri(shares), len(BUDGETS)), SMALLEST, LARGEST)
    return Design(n, compute / (6 * n), np.log10(n / best))


def losses(models: Design) -> Floats:
    """Return the published law at the models."""
    e, a, b, alpha, beta = PUBLISHED
    return np.asarray(e + a * models.n**-alpha + b * models.d**-beta)


def worlds(models: Design, count: int, rng: np.random.Generator) -> Floats:
    """Return noisy losses, of shape (worlds, models)."""
    sd = NOISE * (1 + GROWTH * models.away**2)
    return np.asarray(losses(models) * np.exp(sd * rng.normal(size=(count, len(sd)))))


def fitted(models: Design, values: Floats, *, exact: bool = False) -> Fits:
    """Return our fits of every world; amounts are stated at one parameter and one token: they are A and B."""
    options = Options(
        "log_huber",
        shape=WIDTH,
        fixed={"origin_n": 0.0, "origin_d": 0.0},
        bounds={"amount_n": (0.0, 1e6), "amount_d": (0.0, 1e7)},
        exact=exact,
    )
    points = Points(np.log10([models.n, models.d]), values, np.ones_like(values))
    return fit_batch(FORMS["joint_loss"], points, options)


def estimates(fits: Fits) -> Floats:
    """Return E, A, B, alpha and beta of every fit."""
    return fits.params[:, [fits.form.names.index(name) for name in NAMES]]


def published_procedure(models: Design, values: Floats) -> float:
    """Return the lowest sum of Huber losses that L-BFGS-B finds for one world from a grid of starts.

    The law is the log of a sum of three exponentials of (log A, log B, log E, alpha, beta), as in section
    3.3 of arXiv 2203.15556; the grid is a part of theirs.
    """
    log_n, log_d, log_l = np.log(models.n), np.log(models.d), np.log(values)

    def objective(q: Floats) -> tuple[float, Floats]:
        terms = np.stack([q[0] - q[3] * log_n, q[1] - q[4] * log_d, np.full_like(log_n, q[2])])
        law = np.logaddexp.reduce(terms)
        share, r = np.exp(terms - law), law - log_l
        size, pull = np.abs(r), np.clip(r, -WIDTH, WIDTH)
        value = np.where(size <= WIDTH, r**2 / 2, WIDTH * (size - WIDTH / 2)).sum()
        by_term = share * pull
        return value, np.array([*by_term.sum(axis=1), -by_term[0] @ log_n, -by_term[1] @ log_d])

    starts = product((0, 10, 20), (0, 10, 20), (0, 1), (0, 1), (0, 1))
    tight = {"ftol": 1e-15, "gtol": 1e-12, "maxiter": 5000, "maxfun": 20000}
    found = (minimize(objective, q, jac=True, method="L-BFGS-B", options=tight) for q in starts)
    return min(float(one.fun) for one in found)

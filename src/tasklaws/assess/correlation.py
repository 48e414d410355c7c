"""Four things that are called correlation between tasks, each by its own name.

* Strata: how many difficulties can be told apart. Copies of one task have one, whatever they correlate.
* Design effect: how many independent tasks would give the family's mean score the same precision.
* Spectral dimension: in how many directions the scores of models vary. At most the models less one, and few
  in a Guttman ladder, in which each model solves all easier tasks: ideal for a law, and highly correlated.
* Residual dependence: what tasks of a family share beyond the ability of a model and their own difficulty.

Only the first says whether a family can carry a law; a high correlation alone condemns nothing.

Source: formal model, D1 and D2; Wright & Masters 1982 (strata); Galwey 2009; Horn 1965 (parallel analysis).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import chdtrc

from tasklaws.infer.irt import rasch

if TYPE_CHECKING:
    from tasklaws.assess.evidence import Counts, Evidence
    from tasklaws.infer.arrays import Floats

DRAWS = 199
LEAST_MODELS, LEAST_TASKS = 3, 2
ROUNDING = 1e-9


def correlations(counts: Counts, evidence: Evidence, rng: np.random.Generator) -> dict[str, Any]:
    """Return design effect, spectral dimension and residual dependence of a family, None where not told.

    Args:
        counts: of the family, without what limits decided.
        evidence: on the family, for what its tasks share beyond the abilities that the whole suite tells.
        rng: of parallel analysis.
    """
    asked = counts.n.sum(axis=1) > 0
    whole = (counts.n[asked] > 0).all(axis=0)
    k, n = counts.k[asked][:, whole], counts.n[asked][:, whole]
    enough = k.shape[0] >= LEAST_TASKS and k.shape[1] >= LEAST_MODELS
    return {
        "design_effect": design_effect(k, n) if enough else None,
        "spectrum": spectrum(k, n, rng) if enough else None,
        "residual_icc": residual_icc(evidence),
    }


def strata(difficulty: Floats, se: Floats) -> tuple[Floats, Floats]:
    """Return separation G and strata H = (4 G + 1) / 3 of difficulties with their errors, over the last axis.

    G is the standard deviation of the difficulties in units of their errors, the errors' own share taken out.
    """
    noise = (np.asarray(se, float) ** 2).mean(-1)
    g = np.sqrt(np.maximum(0, np.var(difficulty, axis=-1, ddof=1) - noise) / noise)
    return g, (4 * g + 1) / 3


def homogeneity(k: Floats, n: Floats) -> dict[str, Any]:
    """Return chi-square, degrees of freedom and p of equal rates of all tasks at each model."""
    total, successes = n.sum(axis=0), k.sum(axis=0)
    rate = successes / np.maximum(total, 1)
    spread = n * rate * (1 - rate)
    seen = spread > 0
    chi2 = float(np.divide((k - n * rate) ** 2, spread, where=seen, out=np.zeros(k.shape)).sum())
    df = int(np.maximum(seen.sum(axis=0) - 1, 0).sum())
    return {"chi2": chi2, "df": df, "p": float(chdtrc(df, chi2)) if df else None}


def design_effect(k: Floats, n: Floats) -> dict[str, Any] | None:
    """Return the mean correlation of two tasks over models, chance of answers taken out, and `n_eff`.

    `n_eff` = n / (1 + (n - 1) rho) concerns the precision of the family's mean, and nothing else.
    """
    tasks, models = k.shape
    rate = k / n
    chance = (rate * (1 - rate) / np.maximum(n - 1, 1)).mean()
    own = rate.var(axis=1, ddof=1).mean()
    shared = (tasks**2 * rate.mean(axis=0).var(ddof=1) - tasks * own) / (tasks * (tasks - 1))
    if own - chance <= ROUNDING:
        return None
    rho = float(np.clip(shared / (own - chance), 0, 1))
    return {"rho": rho, "n_eff": tasks / (1 + (tasks - 1) * rho), "tasks": tasks, "models": models}


def spectrum(k: Floats, n: Floats, rng: np.random.Generator, draws: int = DRAWS) -> dict[str, Any] | None:
    """Return spectral dimension and Galwey's number of the correlations of tasks over models.

    Parallel analysis deals the answers of each model anew among the tasks: what copies of one task show.
    `p` is of the null that there is no more in the correlations than that. None where fewer than two tasks
    vary over the models.
    """
    found = eigenvalues(k / n)
    if not np.isfinite(found).all():
        return None
    dealt = spectral_dimension(eigenvalues(deal(k, n, draws, rng) / n))
    null = dealt[np.isfinite(dealt)]
    dimension = float(spectral_dimension(found))
    return {
        "spectral_dimension": dimension,
        "galwey": float(galwey(found)),
        "most": min(k.shape[0], k.shape[1] - 1),
        "copies_95": float(np.quantile(null, 0.95)) if null.size else None,
        "p": float(((null >= dimension - ROUNDING).sum() + 1) / (null.size + 1)) if null.size else None,
    }


def eigenvalues(rate: Floats) -> Floats:
    """Return the eigenvalues of the correlations of tasks over models, of shape (..., models).

    They are found from the models' side: both sides have the same ones, but for zeros. Tasks that do not vary
    have no correlation and are left out; NaN where fewer than two vary.
    """
    off = rate - rate.mean(axis=-1, keepdims=True)
    size = np.sqrt((off**2).sum(axis=-1, keepdims=True))
    varies = size > ROUNDING
    unit = off / np.where(varies, size, np.inf)
    found = np.maximum(np.linalg.eigvalsh(unit.swapaxes(-1, -2) @ unit), 0)
    return np.where(varies.sum(axis=-2) >= LEAST_TASKS, found, np.nan)


def spectral_dimension(eigenvalues: Floats) -> Floats:
    """Return (sum l)^2 / sum l^2: the number of equal eigenvalues that would be as uneven."""
    return np.asarray(eigenvalues.sum(-1) ** 2 / (eigenvalues**2).sum(-1))


def galwey(eigenvalues: Floats) -> Floats:
    """Return (sum sqrt l)^2 / sum l, Galwey's effective number of tests."""
    return np.asarray(np.sqrt(eigenvalues).sum(-1) ** 2 / eigenvalues.sum(-1))


def deal(k: Floats, n: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """Return counts with each model's successes dealt anew among its attempts, (draws, tasks, models)."""
    attempts = np.rint(n).astype(int)
    successes = np.minimum(np.rint(k.sum(axis=0)).astype(int), attempts.sum(axis=0))
    columns = [
        rng.multivariate_hypergeometric(attempts[:, m], successes[m], size=draws, method="marginals")
        for m in range(k.shape[1])
    ]
    return np.stack(columns, axis=-1).astype(float)


def residual_icc(evidence: Evidence) -> float | None:
    """Return how alike the tasks of a family stray from the suite's abilities and their own difficulties.

    None in a suite of one family: what it shares is then its models' ability.
    """
    suite = evidence.suite.counts.unlimited()
    own = np.array([family == evidence.family for family in suite.families])
    if own.all() or own.sum() < LEAST_TASKS or not evidence.suite.models:
        return None
    rate = np.clip(rasch.fit(suite.k, suite.n, suite.floor).rate(suite.floor), ROUNDING, 1 - ROUNDING)[own]
    k, n = suite.k[own], suite.n[own]
    z = np.divide(k - n * rate, np.sqrt(n * rate * (1 - rate)), where=n > 0, out=np.zeros(k.shape))
    pairs = (n > 0).sum(axis=0) * ((n > 0).sum(axis=0) - 1)
    alike = z.sum(axis=0) ** 2 - (z**2).sum(axis=0)
    return float((alike[pairs > 0] / pairs[pairs > 0]).mean()) if (pairs > 0).any() else None

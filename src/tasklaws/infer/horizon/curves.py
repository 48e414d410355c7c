"""Four falling curves of success against human time, and which of them tells held-out families best.

They are those of `theory.horizons.CURVES`, with time in units of that at which success is one half, here
worked out in logarithms, where nothing overflows. A fit maximises the weighted log likelihood less
penalty / 2 times the square of the fall of the log-odds per doubling where success is one half. For the
log-logistic that is its slope: its fit is that of `logistic`.

Source: formal model D5, P10; arXiv 2503.14499 (log_logistic), arXiv 2505.05115 (exponential).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, xlog1py, xlogy

from tasklaws.core.errors import BadInput, UnknownName
from tasklaws.infer.horizon import curve_kernel as kernel
from tasklaws.infer.horizon.cells import plain
from tasklaws.infer.horizon.kernel import ALL_FAIL, ALL_PASS, OK, SEPARATED
from tasklaws.spec.bounds import inner_rate, not_negative

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasklaws.infer.horizon.cells import Floats, HorizonCells

KINDS = {
    "exponential": kernel.EXPONENTIAL,
    "log_logistic": kernel.LOGISTIC,
    "weibull": kernel.WEIBULL,
    "lomax": kernel.LOMAX,
}

UNSURE = 0.01
"""Weight of one half in held-out predictions: no sample shows that a task cannot be solved, or must be."""

LN2 = math.log(2)


@dataclass(frozen=True, eq=False)
class CurveFits:
    """Fits of one curve, each array of shape (sets,): one set per agent, unless told otherwise."""

    curve: str
    log2_median: Floats
    """log2 minutes at which success is one half; -inf for ALL_FAIL, inf for ALL_PASS, else NaN where
    the state is neither OK nor SEPARATED. A Weibull's is the first failure where SEPARATED."""
    shape: Floats
    """As in `theory.horizons.CURVES`; 1 for the exponential, inf where SEPARATED, 0 where RISING, which is
    flat, else NaN. A Lomax of shape 10^6, the largest, is an exponential."""
    state: NDArray[np.int8]
    """As in `logistic`. An exponential always falls; it and a Lomax are never SEPARATED."""
    log_likelihood: Floats
    """Weighted, without the penalty; NaN for FEW."""
    overall: Floats
    """Weighted rate of success, NaN without attempts."""

    def doublings_at(self, success: float) -> Floats:
        """Return log2 minutes at which success is reached, as `LogisticFits.doublings_at` does."""
        inner_rate(success, "the rate of success")
        if self.curve == "log_logistic":
            away = math.log2(1 / success - 1) / self.shape_or(1.0)
        elif self.curve == "lomax":
            shape = self.shape_or(1.0)
            away = (_log_expm1(-math.log(success) / shape) - _log_expm1(LN2 / shape)) / LN2
        else:
            away = math.log2(-math.log2(success)) / self.shape_or(1.0)
        told = np.isin(self.state, (OK, SEPARATED, ALL_FAIL, ALL_PASS))
        return np.where(told, self.log2_median + away, np.nan)

    def success(self, doublings: Floats) -> Floats:
        """Return the rates at log2 minutes, of shape (sets, tasks); the overall rate where no curve falls."""
        falls = np.isin(self.state, (OK, SEPARATED))[:, None]
        away = np.where(falls, doublings - np.where(falls, self.log2_median[:, None], 0.0), 0.0)
        shape = self.shape_or(1.0)[:, None]
        with np.errstate(over="ignore", invalid="ignore"):
            turned = np.where(away == 0.0, 0.0, shape * away)
            if self.curve == "log_logistic":
                rates = expit(-LN2 * turned)
            elif self.curve == "lomax":
                rates = np.exp(-shape * np.logaddexp(0.0, LN2 * away + _log_expm1(LN2 / shape)))
            else:
                rates = np.exp(-LN2 * np.exp2(turned))
        return np.where(falls, rates, self.overall[:, None])

    def shape_or(self, otherwise: float) -> Floats:
        """Return the shapes, and `otherwise` where there is none."""
        return np.where(self.shape > 0, self.shape, otherwise)


def fit_curves(cells: HorizonCells, curve: str, penalty: float = 0.0) -> CurveFits:
    """Return the fit of `curve` to each agent; arrays have shape (agents,).

    Raises:
        UnknownName: there is no such curve.
    """
    passed, failed = cells.weight * cells.k, cells.weight * (cells.n - cells.k)
    return _fitted(cells.doublings, passed, failed, curve, penalty)


def held_out_log_score(
    cells: HorizonCells, curve: str, folds: NDArray[np.int_] | None = None, penalty: float = 0.0
) -> Floats:
    """Return the log score of each family, told from the others, of shape (agents, families).

    It is the sum over the family's attempts of weight times log likelihood, NaN where the agent was asked
    none. Where an agent's attempts weigh 1 together, its sum over families is the mean per attempt.
    Predictions hold one half with a weight of 1 %, so no score is infinite. Curves are compared by the
    differences of their scores.

    Args:
        cells: counts and weights.
        curve: its name.
        folds: number of each family's fold, of shape (families,); families of one fold are left out
            together. One fold per family where not given.
        penalty: of the fits.

    Raises:
        BadInput: `folds` has another shape.
        UnknownName: there is no such curve.
    """
    agents, families = len(cells.agents), int(cells.family.max(initial=-1)) + 1
    folds = np.arange(families) if folds is None else folds
    if folds.shape != (families,):
        raise BadInput(f"folds has shape {folds.shape}.", f"{(families,)} is needed.", "Number each family.")
    passed, failed = cells.weight * cells.k, cells.weight * (cells.n - cells.k)
    score = np.full((agents, len(cells.tasks)), np.nan)
    for fold in np.unique(folds):
        out = (folds == fold)[cells.family]
        fits = _fitted(cells.doublings, passed * ~out, failed * ~out, curve, penalty)
        rate = (1 - UNSURE) * fits.success(cells.doublings[out]) + UNSURE / 2
        score[:, out] = xlogy(passed[:, out], rate) + xlog1py(failed[:, out], -rate)
    belongs = (cells.family[:, None] == np.arange(families)).astype(float)
    asked = (cells.n > 0) @ belongs > 0
    return np.where(asked, np.where(cells.n > 0, score, 0.0) @ belongs, np.nan)


def _fitted(x: Floats, passed: Floats, failed: Floats, curve: str, penalty: float) -> CurveFits:
    """Return the fits to weights of shape (sets, tasks)."""
    if curve not in KINDS:
        raise UnknownName("curve of success", curve, KINDS)
    not_negative(penalty, "the penalty on the slope")
    won, total = passed.sum(1), (passed + failed).sum(1)
    overall = np.divide(won, total, out=np.full(len(won), np.nan), where=total > 0)
    median, shape, told = (np.empty(len(won)) for _ in range(3))
    state = np.empty(len(won), np.int8)
    kernel.fall_all(
        KINDS[curve], plain(x), plain(passed), plain(failed), float(penalty), median, shape, state, told
    )
    return CurveFits(curve, median, shape, state, told, overall)


def _log_expm1(y: Floats) -> Floats:
    return y + np.log(-np.expm1(-y))

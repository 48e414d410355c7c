"""The compiled regression and the pooled slope against slow oracles."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from tasklaws.assess.baselines.b4_pooled_slope import WORTH, levels_and_slopes
from tasklaws.assess.regression import (
    GUMBEL,
    INTERCEPT_SD,
    LEVER_CAP,
    LOGIT,
    SLOPE_SD,
    fit_task,
    lever,
    rate_and_slope,
    with_intercept,
)
from tasklaws.infer.arrays import Floats, LadderArrays


def _negative(b: Floats, *cells: Any) -> float:
    x, k, n, floor, link, precision = cells
    p = np.array([rate_and_slope(float(eta), floor, link)[0] for eta in x @ b])
    return float(-(k * np.log(p) + (n - k) * np.log1p(-p)).sum() + 0.5 * (precision * b * b).sum())


@pytest.mark.parametrize("link", [LOGIT, GUMBEL])
@pytest.mark.parametrize("seed", range(20))
def test_fit_task_finds_the_mode_that_a_slow_optimiser_finds(seed: int, link: int) -> None:
    """Random cells, among them all-zero and all-success tasks."""
    rng = np.random.default_rng(seed)
    rungs, n = int(rng.integers(2, 9)), float(rng.choice([5, 60, 3000]))
    x = with_intercept(rng.normal(0, 0.7, (rungs, 2)), np.zeros((1, 2)))
    floor = float(rng.choice([0.0, 0.25]))
    rate = rng.choice([0.0, 1.0, 0.6]) if seed % 4 == 0 else rng.random(rungs)
    k, attempts = rng.binomial(int(n), rate, rungs).astype(float), np.full(rungs, n)
    precision = np.array([0.04, 0.3, 0.3])
    arguments = (x, k, attempts, floor, link, precision)
    b, covariance = fit_task(*arguments)
    starts = [np.zeros(3), b, b + 0.1]
    slow = min(
        minimize(_negative, s, args=arguments, method="Nelder-Mead", options={"fatol": 1e-9}).fun
        for s in starts
    )
    assert _negative(b, *arguments) <= slow + 1e-4 * max(1, abs(slow) * 1e-2)
    assert (np.linalg.eigvalsh(covariance) > 0).all()


def test_fit_task_without_prior_equals_statsmodels() -> None:
    statsmodels = pytest.importorskip("statsmodels.api")
    rng = np.random.default_rng(0)
    x = with_intercept(rng.normal(0, 1, (8, 1)), np.zeros((1, 1)))
    k = rng.binomial(50, expit(x @ [0.3, 0.8])).astype(float)
    b, covariance = fit_task(x, k, np.full(8, 50.0), 0.0, LOGIT, np.full(2, 1e-10))
    peer = statsmodels.GLM(np.column_stack([k, 50 - k]), x, family=statsmodels.families.Binomial()).fit()
    np.testing.assert_allclose(b, peer.params, atol=1e-5)
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)), peer.bse, rtol=1e-4)


def test_pooled_slope_is_the_mode_of_its_likelihood() -> None:
    rng = np.random.default_rng(1)
    tasks, x = 7, np.arange(5.0)[:, None] * 0.5
    n = np.full((tasks, 5), WORTH)
    k = rng.binomial(100, expit(rng.normal(0, 1, (tasks, 1)) + 0.7 * (x - 1).T)).astype(float)
    names = tuple("abcdefg")
    rungs = tuple("12345")
    ladder = LadderArrays(names, names, rungs, k, n, np.zeros(tasks), np.ones(tasks), x, x[:, 0], rungs)
    level, slopes, variance = levels_and_slopes(ladder)

    def negative(b: Floats) -> float:
        eta = b[:tasks, None] + (x - x.mean()).T * b[tasks]
        value = (k * eta - n * np.logaddexp(0, eta)).sum()
        return float(
            -value + 0.5 * (b[:tasks] ** 2).sum() / INTERCEPT_SD**2 + 0.5 * b[tasks] ** 2 / SLOPE_SD**2
        )

    slow = minimize(negative, np.zeros(tasks + 1), method="BFGS")
    np.testing.assert_allclose(np.r_[level, slopes], slow.x, atol=1e-3)
    assert (variance > 0).all()


def test_lever_grows_with_extrapolation_up_to_its_cap() -> None:
    x = np.arange(4.0)[:, None]
    design = with_intercept(x, x)
    found = lever(design, with_intercept(np.array([[1.5], [4.0], [400.0]]), x))
    assert found[0] == pytest.approx(1.25)
    assert found[1] == pytest.approx(1 + 0.25 + 2.5**2 / 5)
    assert found[2] == LEVER_CAP

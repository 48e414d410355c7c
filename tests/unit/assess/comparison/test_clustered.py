"""Means over clusters: held against other software, against the matrix formulas, and against what must be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t
from statsmodels.regression.linear_model import WLS

from tasklaws.assess.comparison.clustered import clustered, satterthwaite, working_model
from tasklaws.assess.comparison.reference import beyond, matched_df

seeds = st.integers(0, 2**32 - 1)


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return values, weights and clusters of unequal sizes."""
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(k := int(rng.integers(3, 9))), rng.integers(1, 6, k))
    weights = rng.uniform(0.2, 2, len(cluster))
    return rng.normal(size=len(cluster)), weights / weights.sum(), cluster


@settings(deadline=None, max_examples=25)
@given(seeds)
def test_the_variance_is_cr2_as_its_matrices_have_it(seed: int) -> None:
    values, weights, cluster = drawn(seed)
    share, spread = np.bincount(cluster, weights), working_model(values, weights, cluster)
    means = np.bincount(cluster, weights * values) / share
    maker = np.eye(len(share)) - np.outer(np.ones(len(share)), share)
    covariance = maker @ np.diag(spread) @ maker.T
    adjusted = np.sqrt(spread / np.diag(covariance)) * (maker @ means)
    found = clustered(values, weights, cluster)
    assert found.value == pytest.approx(float(weights @ values))
    assert found.variance == pytest.approx(float((share**2) @ adjusted**2))
    parts = share**2 * spread / np.diag(covariance)
    form = maker.T @ np.diag(parts) @ maker @ np.diag(spread)
    told = np.trace(form) ** 2 / np.trace(form @ form)
    assert satterthwaite(share, spread, parts) == pytest.approx(told)


@settings(deadline=None, max_examples=12)
@given(seeds)
def test_where_clusters_count_alike_it_is_the_cluster_covariance_of_statsmodels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    many, size = int(rng.integers(3, 12)), int(rng.integers(1, 5))
    cluster, values = np.repeat(np.arange(many), size), rng.normal(size=many * size)
    fitted = WLS(values, np.ones(len(values))).fit(cov_type="cluster", cov_kwds={"groups": cluster})
    found = clustered(values, np.full(len(values), 1 / len(values)), cluster)
    assert found.value == pytest.approx(float(fitted.params[0]))
    assert found.variance**0.5 == pytest.approx(float(fitted.bse[0]))
    assert found.df == pytest.approx(many - 1, rel=1e-3)


@settings(deadline=None, max_examples=12)
@given(seeds, st.floats(-3, 3), st.floats(0.1, 10))
def test_moving_and_stretching_the_values_moves_and_stretches_the_estimate(
    seed: int, moved: float, by: float
) -> None:
    values, weights, cluster = drawn(seed)
    one, other = clustered(values, weights, cluster), clustered(moved + by * values, weights, cluster)
    assert other.value == pytest.approx(moved + by * one.value, abs=1e-9)
    assert other.variance == pytest.approx(by**2 * one.variance)
    assert other.df == pytest.approx(one.df, rel=1e-3)


@pytest.mark.parametrize("many", [2, 3, 10, 40])
@pytest.mark.parametrize("outside", [0.1, 0.05, 0.01])
def test_with_equal_weights_the_exact_distribution_is_students(many: int, outside: float) -> None:
    share, spread = np.full(many, 1 / many), np.ones(many)
    parts = share**2 / (1 - 1 / many)
    far = float(t.ppf(1 - outside / 2, many - 1))
    assert beyond(far, share, spread, parts) == pytest.approx(outside, rel=0.005)


def test_with_unequal_weights_it_is_what_draws_say() -> None:
    share = 1 / np.arange(1, 9)
    share, spread = share / share.sum(), np.linspace(0.5, 2, 8)
    parts = share**2
    draws = np.random.default_rng(0).normal(size=(100_000, 8)) * np.sqrt(spread)
    means = draws @ share
    far = np.abs(means) / np.sqrt((draws - means[:, None]) ** 2 @ parts)
    for limit in (1.0, 2.0, 4.0):
        assert beyond(limit, share, spread, parts) == pytest.approx(float((far > limit).mean()), abs=0.006)
    df = matched_df(share, spread, parts, 0.95)
    assert float(np.quantile(far, 0.95)) == pytest.approx(float(t.ppf(0.975, df)), rel=0.02)


def test_values_that_are_all_alike_have_no_spread_and_a_df_all_the_same() -> None:
    found = clustered(np.full(6, 0.25), np.full(6, 1 / 6), np.repeat(np.arange(3), 2))
    assert (found.value, found.variance) == (pytest.approx(0.25), pytest.approx(0.0, abs=1e-12))
    assert found.df == pytest.approx(2, rel=1e-3)

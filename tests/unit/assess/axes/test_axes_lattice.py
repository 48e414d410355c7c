"""Likelihoods on the lattice are those of beta-binomial counts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import betabinom, binom

from tasklaws.assess.axes.lattice import LUCKS, cells, normal, points, rates_given


@pytest.mark.parametrize("luck", LUCKS)
def test_luck_leaves_the_mean_rate_alone(luck: float) -> None:
    made = rates_given(luck, 0.1)
    at = points(0.1)
    assert made.sum(1) == pytest.approx(1)
    inside = np.abs(at) < 6
    assert (made @ expit(at))[inside] == pytest.approx(expit(at)[inside], abs=2e-3)


@pytest.mark.parametrize("n", [1, 8, 60, 800])
@pytest.mark.parametrize("luck", [0.02, 0.06, 0.36])
def test_likelihood_is_that_of_a_beta_binomial_count(n: int, luck: float) -> None:
    k = np.unique(np.round(np.linspace(0, n, 7)))
    own = cells(k[None], np.full((1, k.size), float(n)), np.zeros(1))
    at, size = points(own.step), (1 - luck) / luck
    for logit in (-2.0, 0.0, 1.5):
        place = int(np.abs(at - logit).argmin())
        p = expit(at[place])
        exact = betabinom.logpmf(k, n, size * p, size * (1 - p))
        coefficient = binom.logpmf(k, n, 0.5) - n * np.log(0.5)
        likely = exact > -12
        told = own.given(luck)[0, :, place] + coefficient
        assert told[likely] == pytest.approx(exact[likely], abs=0.15 if luck < 0.06 else 0.1)


@pytest.mark.parametrize("luck", LUCKS)
def test_failures_are_successes_in_the_mirror(luck: float) -> None:
    k = np.array([[0.0, 30.0, 60.0]])
    own = cells(k, np.full((1, 3), 60.0), np.zeros(1)).given(luck)[0]
    assert own == pytest.approx(own[::-1, ::-1], rel=1e-6)


def test_least_luck_is_nearly_a_binomial_count_and_a_floor_lifts_it() -> None:
    k, n = np.array([[2.0, 6.0]]), np.full((1, 2), 8.0)
    own = cells(k, n, np.array([0.25]))
    place = int(np.abs(points(own.step) - 1.0).argmin())
    p = 0.25 + 0.75 * expit(points(own.step)[place])
    exact = k * np.log(p) + (n - k) * np.log(1 - p)
    assert own.given(LUCKS[0])[:, :, place] == pytest.approx(exact, abs=0.05)


def test_a_normal_law_beyond_the_grid_stays_at_its_end() -> None:
    grid = np.arange(-5, 6) * 1.0
    made = normal(grid, np.array([0.0, 99.0]), np.array([1.0, 1e-6]))
    assert made.sum(1) == pytest.approx(1)
    assert made[0] @ grid == pytest.approx(0)
    assert made[1].argmax() == grid.size - 1

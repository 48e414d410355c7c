from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import norm

from tasklaws.infer.irt import rasch
from tasklaws.infer.irt.spread import FALL, GRID, difficulty_sd

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats


def world(
    rng: np.random.Generator, sd: float, *, tasks: int = 20, models: int = 6, n: int = 8, floor: float = 0.0
) -> tuple[Floats, Floats]:
    ability = np.linspace(-2, 2, models) + rng.normal(size=models) * 0.3
    rate = floor + (1 - floor) * expit(ability - rng.normal(size=(tasks, 1)) * sd)
    return rng.binomial(n, rate).astype(float), np.full(rate.shape, float(n))


@pytest.mark.parametrize(("sd", "floor"), [(0.0, 0.0), (0.3, 0.0), (1.0, 0.0), (2.0, 0.0), (1.0, 0.25)])
def test_intervals_of_90_percent_hold_the_truth_that_often(sd: float, floor: float) -> None:
    rng = np.random.default_rng(1)
    found = [difficulty_sd(*world(rng, sd, floor=floor), floor) for _ in range(100)]
    inside = np.mean([one.lower <= sd <= one.upper for one in found])
    assert 0.83 <= inside <= 1.0


def test_estimates_are_those_of_the_truth_and_not_of_the_noise() -> None:
    rng = np.random.default_rng(2)
    middle = [np.median([difficulty_sd(*world(rng, sd)).sd for _ in range(80)]) for sd in (0.0, 0.5, 1.5)]
    assert middle == pytest.approx([0, 0.5, 1.5], abs=0.12)


def test_laplace_is_close_to_integration_over_one_difficulty() -> None:
    rng = np.random.default_rng(3)
    k, n = world(rng, 1.0, tasks=200, n=20)
    found = difficulty_sd(k, n)
    at = np.linspace(-8, 8, 801)
    ability = np.linspace(-2, 2, 6)
    cells = [0.4, 0.7, 1.0, 1.4, 2.0]
    exact = []
    for sd in cells:
        ability = rasch.fit(k, n, difficulty_sd=sd).ability
        eta = ability[:, None] - at
        told = k @ np.log(expit(eta)) + (n - k) @ np.log(expit(-eta))
        top = told.max(1, keepdims=True)
        exact.append(np.log((np.exp(told - top) * norm.pdf(at, scale=sd)).sum(1) * 0.02).sum() + top.sum())
    exact = np.array(exact) - exact[2]
    ours = np.interp(cells, GRID, found.log_likelihood)
    assert ours - ours[2] == pytest.approx(exact, rel=0.1, abs=1.0)


def test_alike_tasks_may_all_be_alike() -> None:
    k, n = np.tile([1.0, 4.0, 7.0], (10, 1)), np.full((10, 3), 8.0)
    found = difficulty_sd(k, n)
    assert (found.sd, found.lower) == (0, 0)
    assert found.upper < 0.5


def test_guttman_tasks_have_no_upper_end_but_a_lower_one() -> None:
    k = np.triu(np.ones((6, 6))) * 50
    found = difficulty_sd(k, np.full((6, 6), 50.0))
    assert found.lower > 2
    assert found.upper > found.sd


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_where_nothing_or_all_is_solved_the_data_say_next_to_nothing(share: float) -> None:
    n = np.full((5, 3), 8.0)
    found = difficulty_sd(n * share, n)
    assert found.lower == 0
    assert found.upper > 3


def test_unasked_tasks_and_models_say_nothing() -> None:
    rng = np.random.default_rng(4)
    k, n = world(rng, 1.0)
    plain = difficulty_sd(k, n)
    more = np.pad(k, ((0, 3), (0, 2))), np.pad(n, ((0, 3), (0, 2)))
    assert difficulty_sd(*more).sd == pytest.approx(plain.sd, abs=1e-6)
    assert difficulty_sd(np.zeros((2, 2)), np.zeros((2, 2))).upper == np.inf


def test_the_interval_ends_where_the_likelihood_fell() -> None:
    found = difficulty_sd(*world(np.random.default_rng(5), 1.0))
    heights = np.interp([found.lower, found.upper], GRID, found.log_likelihood)
    assert heights == pytest.approx([-FALL, -FALL], abs=1e-9)
    assert found.lower < found.sd < found.upper

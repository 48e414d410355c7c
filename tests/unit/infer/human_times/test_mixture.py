"""Blow-ups: the law is a law, its median is its median, and its shape is found where many times tell it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import ndtr

from tasklaws.infer.human_times.attempts import Attempts
from tasklaws.infer.human_times.mixture import (
    BLOW_UPS,
    delay,
    fit_blow_ups,
    mean_above_place,
    median_above_place,
    share,
)

SHAPE = np.array([math.log(0.4), math.log(0.3 / 0.7), math.log(math.log(4))])
AT = np.linspace(-6, 10, 20_001)


def likelihood(done: bool, budget: bool = False) -> np.ndarray:
    """Return the likelihood of an attempt at each of the times in `AT`, its task lying at 0."""
    n = AT.size
    data = Attempts(np.arange(n), AT, np.full(n, done), n, budget=np.full(n, budget))
    return np.exp(BLOW_UPS.log_likelihood(SHAPE, data, np.zeros((n, 1)))[:, 0])


def test_density_sums_to_one_and_has_the_moments_of_p14() -> None:
    mass = likelihood(done=True) * (AT[1] - AT[0])
    mean = (mass * AT).sum()
    assert mass.sum() == pytest.approx(1, abs=1e-6)
    assert mean == pytest.approx(mean_above_place(SHAPE), abs=1e-6)
    w, d = share(SHAPE), delay(SHAPE)
    assert (mass * (AT - mean) ** 2).sum() == pytest.approx(0.4**2 + w * (1 - w) * d**2, rel=1e-5)


def test_giving_up_and_a_budget_are_the_tails_of_the_density() -> None:
    below = np.cumsum(likelihood(done=True)) * (AT[1] - AT[0])
    assert likelihood(done=False) == pytest.approx(1 - below, abs=1e-3)
    assert likelihood(done=True, budget=True) == pytest.approx(below, abs=1e-3)


@pytest.mark.parametrize("weight", [0.02, 0.3, 0.5, 0.9])
def test_half_of_everybody_is_done_by_the_median(weight: float) -> None:
    shape = np.array([math.log(0.4), math.log(weight / (1 - weight)), math.log(1.4)])
    at = median_above_place(shape)
    done = (1 - weight) * ndtr(at / 0.4) + weight * ndtr((at - delay(shape)) / 0.4)
    assert done == pytest.approx(0.5, abs=1e-9)


def test_shape_and_medians_are_found_with_people_who_give_up() -> None:
    rng = np.random.default_rng(0)
    truth = rng.uniform(math.log(15), math.log(240), 12)
    logs = truth[:, None] + 0.4 * rng.standard_normal((12, 60)) + math.log(4) * (rng.random((12, 60)) < 0.3)
    limit = math.log(480)
    task = np.repeat(np.arange(12), 60)
    data = Attempts(task, np.minimum(logs.ravel(), limit), logs.ravel() <= limit, 12)
    found = fit_blow_ups(data)
    for told, at, width in ((share, 0.3, 0.06), (delay, math.log(4), 0.1)):
        value, lower, upper = found.of_shape(told)
        assert value == pytest.approx(at, abs=width)
        assert lower < value < upper
    medians = found.estimates("median")
    inside = (medians.lower < truth + median_above_place(SHAPE)) & (
        truth + median_above_place(SHAPE) < medians.upper
    )
    assert inside.mean() > 0.6
    assert found.estimates("geometric_mean").value == pytest.approx(truth + mean_above_place(SHAPE), abs=0.35)


def test_extreme_times_give_finite_likelihoods() -> None:
    data = Attempts(np.zeros(3, int), np.array([-50.0, 0.0, 80.0]), np.array([True, False, True]), 1)
    found = BLOW_UPS.log_likelihood(SHAPE, data, np.zeros((3, 1)))
    assert np.isfinite(found).all()

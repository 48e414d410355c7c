"""Successes alone: what they hide, the truncated law, and whether somebody was left out."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tasklaws.infer.human_times.attempts import Attempts
from tasklaws.infer.human_times.log_normal import fit_censored
from tasklaws.infer.human_times.selection import (
    TRUNCATED,
    fit_truncated,
    mean_shift,
    nobody_left_out,
    with_limit,
)
from tasklaws.spec.cost import LogNormal
from tasklaws.theory.baselines import success_only_factor

LIMIT = math.log(480)


def kept(truth: np.ndarray, m: int, rng: np.random.Generator, *, limited: bool = True) -> Attempts:
    """Return those of `m` people at each task who finished within the limit."""
    logs = (truth[:, None] + 0.9 * rng.standard_normal((truth.size, m))).ravel()
    done = logs <= LIMIT
    task = np.repeat(np.arange(truth.size), m)[done]
    limit = np.full(task.size, LIMIT) if limited else np.empty(0)
    return Attempts(task, logs[done], np.ones(task.size, bool), truth.size, limit)


@pytest.mark.parametrize("median", [60.0, 240.0, 900.0])
def test_shift_of_the_mean_is_that_of_the_theory(median: float) -> None:
    found = mean_shift(0.9, np.array([LIMIT - math.log(median)]))
    assert math.exp(found[0]) == pytest.approx(success_only_factor(LogNormal(median, 0.9), 480))


def test_density_below_the_limit_sums_to_one_but_for_the_prior() -> None:
    at = np.linspace(LIMIT - 12, LIMIT, 40_001)[:-1]
    many = 40_000
    data = Attempts(np.zeros(many, int), at, np.ones(many, bool), 1, np.full(many, LIMIT))
    logs = TRUNCATED.log_likelihood(np.array([math.log(0.9)]), data, np.full((many, 1), LIMIT + 0.5))[:, 0]
    # one term of many is the prior's
    assert (np.exp(logs)).sum() * 12 / many == pytest.approx(1, abs=1e-3)


def test_truncated_law_finds_medians_that_successes_understate() -> None:
    rng = np.random.default_rng(0)
    truth = np.array([math.log(60), math.log(240), math.log(240), math.log(400)])
    data = kept(truth, 400, rng)
    assert fit_truncated(data).estimates().value == pytest.approx(truth, abs=0.3)
    assert (fit_censored(data).estimates().value[1:] < truth[1:] - 0.25).all()


def test_without_a_stated_limit_the_longest_time_stands_for_it() -> None:
    rng = np.random.default_rng(1)
    truth = np.full(8, math.log(240))
    known = fit_truncated(kept(truth, 80, rng)).estimates().value
    guessed = fit_truncated(kept(truth, 80, np.random.default_rng(1), limited=False)).estimates().value
    assert guessed == pytest.approx(known, abs=0.25)


def test_a_task_of_few_successes_near_the_limit_has_an_end() -> None:
    data = Attempts(np.array([0, 0, 1, 1, 1]), np.array([6.1, 6.15, 3.0, 4.0, 4.5]), np.ones(5, bool), 2)
    found = fit_truncated(with_limit(data, np.full(5, LIMIT))).estimates()
    assert np.isfinite(found.upper).all()
    assert found.upper[0] > 6.2


def test_those_who_were_left_out_are_missed() -> None:
    rng = np.random.default_rng(2)
    found = nobody_left_out(kept(np.full(20, math.log(240)), 8, rng), rng)
    assert found is not None
    assert found.p < 0.01
    assert found.expected > 3


def test_nobody_is_missed_where_limits_are_far() -> None:
    rng = np.random.default_rng(3)
    logs = rng.normal(3, 0.5, 160)
    data = Attempts(np.repeat(np.arange(20), 8), logs, np.ones(160, bool), 20, np.full(160, LIMIT))
    found = nobody_left_out(data, rng)
    assert found is not None
    assert found.p > 0.5


def test_without_limits_or_repeats_nothing_is_said() -> None:
    rng = np.random.default_rng(4)
    one = Attempts(np.arange(3), np.array([3.0, 4.0, 5.0]), np.ones(3, bool), 3, np.full(3, LIMIT))
    assert nobody_left_out(one, rng) is None
    assert nobody_left_out(Attempts(np.zeros(4, int), rng.normal(3, 1, 4), np.ones(4, bool), 1), rng) is None

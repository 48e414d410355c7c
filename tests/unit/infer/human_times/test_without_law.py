"""Geometric means and medians that rest on no law, populations, and what noise does to an axis."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tasklaws.infer.human_times.attempts import Attempts
from tasklaws.infer.human_times.axis import axis_error, axis_errors, reliability
from tasklaws.infer.human_times.geometric import Interval, geometric_mean, median
from tasklaws.infer.human_times.populations import fit_populations, ratios, tasks_shared
from tasklaws.theory import baselines
from tasklaws.theory.horizons import with_label_noise


def test_geometric_mean_is_that_of_the_theory() -> None:
    logs = np.log([10.0, 12.0, 40.0, 9.0])
    found, told = geometric_mean(logs, 0.95), baselines.geometric_mean(np.exp(logs))
    assert found.value == pytest.approx(math.log(told.minutes))
    assert found.upper == pytest.approx(math.log(told.minutes * told.factor))


def test_one_time_has_no_interval_and_none_no_mean() -> None:
    assert geometric_mean(np.array([2.0])) == Interval(2.0, None, None)
    assert geometric_mean(np.empty(0)) == Interval(None, None, None)
    assert median(np.empty(0), np.empty(0, bool)) == Interval(None, None, None)


def test_median_of_four_has_no_interval_and_of_five_the_least_and_the_greatest() -> None:
    times = np.array([3.0, 1.0, 2.0, 5.0, 4.0])
    four = median(times[:4], np.ones(4, bool))
    assert (four.lower, four.upper) == (None, None)
    five = median(times, np.ones(5, bool))
    # 1 - 2 / 32 = .9375: between the ends and their neighbours, nearer to the ends
    assert five.value == 3
    assert 1 < five.lower < 1.6
    assert five.upper == pytest.approx(6 - five.lower)


def test_those_who_give_up_take_away_the_upper_end() -> None:
    times, done = np.arange(10.0), np.arange(10) < 7
    found = median(times, done)
    whole = median(times, np.ones(10, bool))
    assert found.value == whole.value == 4.5
    assert found.lower == whole.lower
    assert found.upper is None
    assert median(times, np.arange(10) < 4).value is None


@pytest.mark.parametrize("n", [6, 9, 20, 80])
def test_interval_of_the_median_holds_it_in_nine_of_ten_worlds_of_any_law(n: int) -> None:
    rng = np.random.default_rng(n)
    worlds = 1500
    logs = rng.gumbel(size=(worlds, n))
    truth = -math.log(math.log(2))
    found = [median(row, np.ones(n, bool)) for row in logs]
    held = np.mean([one.lower <= truth <= one.upper for one in found])
    assert held == pytest.approx(0.9, abs=0.012 + 4 * math.sqrt(0.09 / worlds))


def test_ratio_of_populations_is_found_with_people_who_give_up() -> None:
    rng = np.random.default_rng(0)
    truth, limit = rng.uniform(3, 5.8, 25), math.log(480)
    group = np.tile(np.arange(12) % 3, 25)
    shift = np.array([0.0, math.log(0.5), math.log(2.0)])[group]
    logs = np.repeat(truth, 12) + shift + 0.6 * rng.standard_normal(300)
    task = np.repeat(np.arange(25), 12)
    data = Attempts(task, np.minimum(logs, limit), logs <= limit, 25, np.full(300, limit), group)
    found = ratios(fit_populations(data))
    for one, wanted in zip(found, (0.5, 2.0), strict=True):
        assert one.lower < math.log(wanted) < one.upper
        assert one.upper - one.lower < 0.5
    assert fit_populations(data).estimates().value == pytest.approx(truth, abs=0.9)
    assert tasks_shared(data, 1) == 25


def test_populations_that_share_no_task_are_told_so() -> None:
    group = np.array([0, 0, 1, 1])
    data = Attempts(np.array([0, 0, 1, 1]), np.arange(4.0), np.ones(4, bool), 2, group=group)
    assert tasks_shared(data, 1) == 0


@pytest.mark.parametrize("people", [1, 4, 16])
def test_noise_flattens_by_the_share_of_variance_that_it_is(people: int) -> None:
    found = axis_error(people, 1.0, 2.0)
    assert found.log_error == pytest.approx(1 / math.sqrt(people))
    assert found.linear == pytest.approx(4 / (4 + 1 / people))
    told = with_label_noise(1.0, math.exp(2.0), found.log_error, 2.0, 1.0)
    assert (found.logistic, found.horizon) == pytest.approx((told.slope, told.median / math.exp(2.0)))


def test_more_people_flatten_less() -> None:
    rows = axis_errors(0.9, 1.5)
    assert [row.linear for row in rows] == sorted(row.linear for row in rows)
    assert rows[-1].horizon == pytest.approx(1, abs=0.05)


def test_reliability_is_the_share_that_is_not_noise() -> None:
    rng = np.random.default_rng(1)
    true = rng.normal(4, 1.5, 600)
    se = np.full(600, 0.9)
    found = reliability(true + 0.9 * rng.standard_normal(600), se, rng)
    assert found is not None
    assert found.value == pytest.approx(1.5**2 / (1.5**2 + 0.9**2), abs=0.04)
    assert found.lower < found.value < found.upper
    assert found.task_sd == pytest.approx(true.std(), abs=0.1)
    assert reliability(true[:2], se[:2], rng) is None

"""Two modes: tests whose null is drawn for the numbers at hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import combine_pvalues

from tasklaws.assess.planning import two_modes as planned
from tasklaws.infer.human_times import modes
from tasklaws.infer.human_times.attempts import Attempts
from tasklaws.infer.human_times.modes import (
    combined,
    likelihood_ratios,
    one_mode,
    pooled_ratios,
    two_modes,
    two_modes_pooled,
)


def test_the_planner_uses_the_same_statistic() -> None:
    assert planned.likelihood_ratios is modes.likelihood_ratios
    assert planned.critical_value is modes.critical_value


def test_two_groups_are_found_and_one_is_not() -> None:
    rng = np.random.default_rng(0)
    one = rng.normal(5, 0.4, 40)
    two = np.append(one[:24], one[24:] + 2.5)
    found, none = (two_modes(logs, np.random.default_rng(1)) for logs in (two, one))
    assert found is not None
    assert none is not None
    assert found.p <= 0.01
    assert none.p > 0.1
    assert found.statistic > found.critical


def test_unit_and_middle_of_times_do_not_matter() -> None:
    logs = np.random.default_rng(2).normal(5, 0.4, 12)
    one, two = (two_modes(own, np.random.default_rng(3)) for own in (logs, 3 * logs - 7))
    assert one is not None
    assert two is not None
    assert one.statistic == pytest.approx(two.statistic, abs=1e-6)
    assert one.p == two.p


@pytest.mark.parametrize("logs", [np.array([1.0, 2.0, 3.0, 4.0]), np.full(9, 2.0)])
def test_too_few_or_equal_times_are_not_tried(logs: np.ndarray) -> None:
    assert two_modes(logs, np.random.default_rng(0)) is None


def test_worlds_are_shared_by_tasks_of_one_number() -> None:
    rng, worlds = np.random.default_rng(4), {}
    first = two_modes(rng.normal(size=10), rng, worlds=worlds)
    second = two_modes(rng.normal(size=10), rng, worlds=worlds)
    assert first is not None
    assert second is not None
    assert first.critical == second.critical
    assert list(worlds) == [(10, np.inf)]


def test_worlds_of_one_mode_are_cut_off_where_people_give_up() -> None:
    drawn = one_mode(np.full(50, 0.5), 200, np.random.default_rng(5))
    assert drawn.max() <= 0.5
    assert drawn.mean() == pytest.approx(-math.exp(-0.125) / math.sqrt(2 * math.pi) / 0.6915, abs=0.03)


@pytest.mark.parametrize("m", [4, 8])
def test_pooled_ratio_does_not_see_where_tasks_lie(m: int) -> None:
    rng = np.random.default_rng(6)
    task = np.repeat(np.arange(6), m)
    logs = rng.standard_normal((5, task.size))
    moved = 2 * (logs + rng.normal(0, 5, 6)[task])
    found = pooled_ratios(logs, task)
    assert (found >= 0).all()
    assert pooled_ratios(moved, task) == pytest.approx(found, abs=1e-6)


def test_pooled_ratio_of_one_task_is_no_more_than_that_of_the_planner() -> None:
    logs = np.random.default_rng(7).standard_normal((20, 15))
    pooled, single = pooled_ratios(logs, np.zeros(15, int)), likelihood_ratios(logs)
    # both climb one likelihood, from other starts; neither may stand above its top
    assert np.abs(pooled - single).max() < 3
    assert np.median(np.abs(pooled - single)) < 0.05


def test_modes_that_no_task_shows_by_itself_are_found_together() -> None:
    rng = np.random.default_rng(9)
    places = rng.uniform(2, 6, 20)[:, None]
    logs = places + 0.4 * rng.standard_normal((20, 8)) + math.log(4) * (rng.random((20, 8)) < 0.3)
    task = np.repeat(np.arange(20), 8)
    data = Attempts(task, logs.ravel(), np.ones(160, bool), 20)
    found = two_modes_pooled(data, rng, draws=99)
    assert found is not None
    assert found.p == pytest.approx(0.01)
    one = Attempts(task, (places + 0.4 * rng.standard_normal((20, 8))).ravel(), np.ones(160, bool), 20)
    none = two_modes_pooled(one, rng, draws=99)
    assert none is not None
    assert none.p > 0.05


def test_pooled_test_needs_repeats() -> None:
    data = Attempts(np.arange(9), np.linspace(1, 3, 9), np.ones(9, bool), 9)
    assert two_modes_pooled(data, np.random.default_rng(0)) is None


def test_combination_is_fishers() -> None:
    tests = [modes.Test(0.0, 1.0, p, 9) for p in (0.02, 0.4, 0.11)]
    assert combined([*tests, None]) == pytest.approx(combine_pvalues([0.02, 0.4, 0.11]).pvalue)
    assert combined(tests[:2]) is None

"""Attempts, power and intervals: bounds, other software, and what must not happen where all went alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.power import TTestPower

from tasklaws.assess.comparison.attempts import Pairs, Side, on_these_tasks, unseen
from tasklaws.assess.comparison.clustered import Estimate
from tasklaws.assess.comparison.power import (
    clusters_needed,
    interval,
    minimum_detectable,
    p_value,
    power,
)


def side(wins: list[int], n: list[int]) -> Side:
    k, many = np.array(wins, float), np.array(n, float)
    mean = k / many
    spread = np.where(many > 1, mean * (1 - mean) * many / np.maximum(many - 1, 1), np.nan)
    return Side(many, mean, spread)


def pairs(a: Side, b: Side) -> Pairs:
    none = np.zeros(len(a.n))
    return Pairs(np.zeros(len(a.n), int), a, b, none, none)


def alike(many: int) -> np.ndarray:
    return np.full(many, 1 / many)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9), st.data()), min_size=1, max_size=5))
def test_no_interval_is_closed_or_leaves_what_differences_can_be(counts: list) -> None:
    n_a, n_b = [n for n, _, _ in counts], [n for _, n, _ in counts]
    a = side([data.draw(st.integers(0, n)) for n, _, data in counts], n_a)
    b = side([data.draw(st.integers(0, n)) for _, n, data in counts], n_b)
    found = on_these_tasks(pairs(a, b), alike(len(counts)))
    lower, upper = interval(found, 0.95)
    assert -1 <= lower <= found.value + 1e-12
    assert found.value - 1e-12 <= upper <= 1
    assert upper - lower > 0.01
    other = on_these_tasks(pairs(b, a), alike(len(counts)))
    assert (other.value, other.variance) == (pytest.approx(-found.value), pytest.approx(found.variance))


def test_one_task_has_the_interval_of_agresti_and_caffo_where_all_or_none_succeed() -> None:
    found = on_these_tasks(pairs(side([0], [20]), side([0], [20])), np.ones(1))
    rate = 1 / 22
    assert found.variance == pytest.approx(2 * rate * (1 - rate) / 22, rel=0.01)


def test_what_was_not_seen_fades_with_attempts() -> None:
    few, many = (unseen(pairs(side([0], [n]), side([n], [n])), np.ones(1)) for n in (10, 1000))
    assert few > 1000 * many > 0


def test_answers_that_go_together_make_the_difference_surer() -> None:
    apart = pairs(side([6, 5], [10, 10]), side([4, 5], [10, 10]))
    together = replace(apart, shared=np.full(2, 10.0), covariance=np.full(2, 0.2))
    assert on_these_tasks(together, alike(2)).variance < 0.5 * on_these_tasks(apart, alike(2)).variance


def test_a_lone_attempt_takes_the_variance_of_the_others() -> None:
    found = side([1, 5, 5], [1, 10, 10])
    assert found.own()[0] == pytest.approx(found.variance[1])
    assert side([1, 0], [1, 1]).own() == pytest.approx([0.25, 0.25])


@pytest.mark.parametrize(("effect", "many"), [(0.3, 5), (0.5, 20), (1.5, 8)])
def test_power_is_that_of_statsmodels(effect: float, many: int) -> None:
    told = TTestPower().power(effect, many, 0.05, df=many - 1)
    assert power(effect, 1 / many**0.5, many - 1, 0.95) == pytest.approx(float(told), abs=1e-6)


def test_the_minimum_detectable_difference_has_its_power_and_none_is_above_one() -> None:
    found = minimum_detectable(0.05, 6, 0.95)
    assert found is not None
    assert power(found, 0.05, 6, 0.95) == pytest.approx(0.8, abs=1e-6)
    assert minimum_detectable(0.5, 6, 0.95) is None
    assert power(0.0, 0.05, 6, 0.95) == pytest.approx(0.05, abs=1e-6)


def test_clusters_needed_are_the_fewest_that_do() -> None:
    needed = clusters_needed(0.1, 0.08, 10, 0.95)
    assert needed is not None
    reached = [power(0.1, 0.08 * (10 / n) ** 0.5, n - 1, 0.95) for n in (needed - 1, needed)]
    assert reached[0] < 0.8 <= reached[1]
    assert clusters_needed(1e-6, 0.1, 10, 0.95) is None


@settings(max_examples=40)
@given(st.floats(-1, 1), st.floats(1e-4, 0.5), st.floats(1, 100))
def test_p_is_below_five_percent_just_where_the_interval_leaves_out_zero(
    value: float, se: float, df: float
) -> None:
    found = Estimate(value, se**2, df)
    lower, upper = interval(found, 0.95, np.inf)
    assert (p_value(found) < 0.05 - 1e-9) <= (lower > 0 or upper < 0)
    assert (p_value(found) > 0.05 + 1e-9) <= (lower <= 0 <= upper)

"""Agents that led at their release tell in how many days time horizons double."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from tasklaws.assess.horizons.estimates import DEFAULT, Estimate
from tasklaws.assess.horizons.rows import rows
from tasklaws.assess.horizons.trend import Trend, trend
from tasklaws.infer.horizon.cells import HorizonCells

FIRST = date(2024, 1, 1)


def found(days: list[int | None], doublings: list[float], noise: float = 0.0, draws: int = 400) -> Trend:
    """Return the trend of agents with those times; draws scatter about them."""
    names = tuple(f"m{i}" for i in range(len(days)))
    tasks = np.arange(0.0, 12.0)
    shape = len(days), len(tasks)
    cells = HorizonCells(
        names,
        tuple(map(str, tasks)),
        np.arange(12),
        tasks,
        np.ones(shape),
        np.full(shape, 2.0),
        np.ones(shape),
    )
    values = np.array(doublings)
    scattered = values + noise * np.random.default_rng(0).standard_normal((draws, len(days)))
    estimate = Estimate(
        DEFAULT, "marginal", cells, 2.0**tasks, np.zeros(len(days), np.int8), lambda _: values,
        lambda _: scattered,
    )  # fmt: skip
    released = [None if day is None else FIRST + timedelta(days=day) for day in days]
    return trend(estimate, list(rows(estimate, (50,), 0.95)), released, 0.95)


def test_a_planted_doubling_time_is_found_with_its_interval() -> None:
    told = found([0, 200, 400, 600, 800], [1.0, 2.0, 3.0, 4.0, 5.0], noise=0.2)
    assert told.doubling_days == pytest.approx(200)
    assert told.lower is not None
    assert told.upper is not None
    assert told.lower < 200 < told.upper
    assert told.r_squared == pytest.approx(1)


def test_agents_that_did_not_lead_and_those_outside_the_tasks_are_not_in_the_line() -> None:
    told = found([0, 100, 200, 400, 600], [1.0, 0.5, 2.0, 3.0, 40.0])
    assert told.agents == ("m0", "m2", "m3")
    assert told.left_out == ("m4",)
    assert told.doubling_days == pytest.approx(200)


@pytest.mark.parametrize(
    ("days", "doublings"), [([0, 100], [1.0, 2.0]), ([0, 100, None], [1.0, 2.0, 3.0]), ([], [])]
)
def test_too_few_dated_agents_give_no_trend(days: list[int | None], doublings: list[float]) -> None:
    told = found(days, doublings)
    assert (told.doubling_days, told.lower, told.upper) == (None, None, None)
    assert told.reason is not None
    assert "it takes 3" in told.reason


def test_growth_that_is_not_told_from_none_has_no_upper_end() -> None:
    told = found([0, 100, 200, 300], [1.0, 1.1, 1.2, 1.3], noise=2.0)
    assert told.doubling_days == pytest.approx(1000)
    assert told.upper is None
    assert "no upper end" in str(told.reason)


def test_of_one_day_only_the_longest_leads() -> None:
    assert found([0, 0, 100, 200], [1.0, 1.5, 2.0, 3.0]).agents == ("m1", "m2", "m3")


def test_draws_without_a_time_horizon_leave_that_agent_out_and_are_told() -> None:
    days: list[int | None] = [0, 200, 400, 600]
    told = found(days, [1.0, 2.0, 3.0, 4.0], noise=0.1)
    names = ("m0", "m1", "m2", "m3")
    assert told.agents == names
    assert told.reason is None

"""Repeats tell coin tosses from tasks that are always or never solved; durations tell of runs going wrong."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.assess.horizons.agents import Tables, attempt, logistic, tables, times

from tasklaws.assess.horizons.curve_choice import NAMES, alike, curve_rows
from tasklaws.assess.horizons.estimates import default
from tasklaws.assess.horizons.repeats import correlation, repeats_rows
from tasklaws.assess.horizons.selection import Asked, Counting, asked
from tasklaws.assess.horizons.sources import source_of
from tasklaws.assess.horizons.within_runs import within_rows
from tasklaws.theory.frailty import pass_all_seen, rho


def of(made: Tables) -> Asked:
    return asked(source_of(made.runs, made.tasks))


def test_the_correlation_is_that_of_the_beta_binomial_law_where_tasks_are_of_one_length() -> None:
    rng = np.random.default_rng(1)
    k = rng.binomial(8, rng.beta(0.3, 0.3, 4000)).astype(float)
    n, rate = np.full(k.size, 8.0), np.full(k.size, k.mean() / 8)
    (found,) = correlation(k, n, rate, np.ones((1, k.size)))
    assert found == pytest.approx(rho(k, 8), abs=1e-3)


@pytest.mark.parametrize(
    ("spread", "verdicts", "low", "high"),
    [(0.0, {"lottery", "not_told"}, -0.1, 0.1), (8.0, {"always_or_never"}, 0.55, 1.0)],
)
def test_a_lottery_is_told_from_tasks_that_are_always_or_never_solved(
    spread: float, verdicts: set[str], low: float, high: float
) -> None:
    made = of(logistic({"m": 60.0}, seed=2, runs=12, spread=spread))
    (row,) = repeats_rows(default(made, Counting(), 300, 0), 0, 0.9)
    assert row.rho is not None
    assert low < row.rho < high
    assert row.verdict in verdicts
    seen, tosses = row.pass_hat["8"]["seen"], row.pass_hat["8"]["if_lottery"]
    assert (seen > 2 * tosses) == (spread > 0)


def test_pass_hat_k_is_the_unbiased_estimate_where_tasks_weigh_alike() -> None:
    minutes = {f"f{i}/1": 2.0**i for i in range(10)}
    solved = [4, 4, 4, 3, 4, 2, 1, 2, 0, 0]
    rows = [
        attempt("m", task, i, float(i < many))
        for (task, many) in zip(minutes, solved, strict=True)
        for i in range(4)
    ]
    (row,) = repeats_rows(default(of(tables(rows, dict(minutes))), Counting(), 0, 0), 0, 0.9)
    for k in (1, 2, 4):
        assert row.pass_hat[str(k)]["seen"] == pytest.approx(pass_all_seen(solved, 4, k))
    assert row.verdict == "not_told"


def test_without_repeats_or_with_grades_nothing_is_told() -> None:
    (single,) = repeats_rows(default(of(logistic({"m": 60.0}, runs=1)), Counting(), 0, 0), 0, 0.9)
    assert (single.rho, single.verdict) == (None, "not_told")
    assert "twice" in str(single.reason)
    graded = logistic({"m": 60.0})
    graded.runs = graded.runs.with_columns(score=graded.runs["score"] * 0.5)
    (row,) = repeats_rows(default(of(graded), Counting(), 0, 0), 0, 0.9)
    assert "graded" in str(row.reason)


def test_an_agent_that_hardly_ever_succeeds_is_no_lottery() -> None:
    minutes = times()
    short = sorted(minutes, key=minutes.__getitem__)[:3]
    rows = [attempt("m", task, i, float(task in short and i == 0)) for task in minutes for i in range(4)]
    (row,) = repeats_rows(default(of(tables(rows, dict(minutes))), Counting(), 50, 0), 0, 0.9)
    assert (row.rho, row.verdict) == (None, "not_told")
    assert row.reason == "3 tasks have a success and 36 a failure; it takes 5 of either"


def test_curves_are_compared_and_those_not_told_apart_are_named() -> None:
    rows = list(curve_rows(default(of(logistic({"m": 60.0, "n": 12.0}, runs=30)), Counting(), 0, 0), 0))
    assert [row.curve for row in rows[:4]] == list(NAMES)
    assert {row.alias for row in rows} == {None, "m", "n"}
    for alias in (None, "m", "n"):
        own = [row for row in rows if row.alias == alias]
        assert sum(row.weight or 0 for row in own) == pytest.approx(1)
        assert min(row.behind for row in own if row.behind is not None) == 0
        assert [row.told_apart for row in own].count(None) == 1
    assert "held-out families best" in alike(rows)


def test_one_family_compares_no_curves() -> None:
    minutes = {f"a/{i}": 2.0**i for i in range(8)}
    rows = [attempt("m", task, i, float(i < 4 - n // 2)) for n, task in enumerate(minutes) for i in range(4)]
    told = list(curve_rows(default(of(tables(rows, dict(minutes))), Counting(), 0, 0), 0))
    assert all(row.log_score is None for row in told)
    assert "not compared" in alike(told)


def runs_of_durations(slope: float, seed: int = 0) -> Tables:
    """Return runs whose log-odds of success change by `slope` with each doubling of their duration."""
    rng = np.random.default_rng(seed)
    minutes = times()
    rows = []
    for number, (task, time) in enumerate(minutes.items()):
        for i in range(12):
            away = rng.normal(0, 1)
            rate = 1 / (1 + np.exp(-(0.5 * np.sin(number) + slope * away)))
            rows.append(attempt("m", task, i, float(rng.random() < rate), lasted=time / 4 * 2**away))
    return tables(rows, dict(minutes))


@pytest.mark.parametrize("slope", [-0.6, 0.0, 0.4])
def test_a_planted_slope_over_the_duration_of_runs_is_found(slope: float) -> None:
    (row,) = within_rows(of(runs_of_durations(slope)), 0.95)
    assert row.lower is not None
    assert row.upper is not None
    assert row.lower < slope < row.upper
    assert row.upper - row.lower < 0.8
    assert (row.upper < 0) == (slope == -0.6)
    assert row.time_slope == pytest.approx(1, abs=0.15)


def test_runs_without_a_clock_tell_nothing_of_their_duration() -> None:
    (row,) = within_rows(of(logistic({"m": 60.0})), 0.95)
    assert row.slope is None
    assert "not recorded" in str(row.reason)

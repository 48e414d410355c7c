"""D10 reads the log: what was adjusted there, and which times are of the version in force."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from tests.characteristics.checks.hardness_adjustment import family, timed
from tests.unit.run.test_task_changes import people, study

from tasklaws.assess.check import CHECKS
from tasklaws.assess.checks._adjustments import adjustments, fresh_over_pilot, suite_adjustments
from tasklaws.assess.checks.hardness_adjustment import horizon_factor
from tasklaws.assess.evidence import suites
from tasklaws.run.task_changes import tasks_adjust
from tasklaws.theory.hardness import Pilots, adjust

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.assess.check import Finding
    from tasklaws.assess.evidence import Evidence

__all__ = ["study"]


def maze(study: Path) -> Evidence:
    (suite,) = suites(study)
    return suite.evidence("maze")


def judged(one: Evidence) -> Finding:
    return CHECKS["hardness_adjustment"].judge(one, np.random.default_rng(0))


def test_an_adjustment_in_the_log_counts_and_old_times_are_not_fresh(study: Path) -> None:
    assert adjustments(maze(study)).rows() == [
        ("maze/1", None, None, True, False),
        ("maze/2", None, None, False, True),
        ("maze/3", None, None, False, False),
    ]
    for task in ("maze/1", "maze/2"):
        tasks_adjust(study, task, reason="stuck", field="hint", value="x")
    one = maze(study)
    changed = [("maze/1", "2", True, False, False), ("maze/2", "2", True, False, False)]
    assert adjustments(one).rows()[:2] == changed
    assert suite_adjustments(one.suite).equals(adjustments(one))
    assert judged(one).ok is False
    assert "2 of 3 tasks" in judged(one).text
    people(study, ("maze/1", "f1", 20.0, "baseline"), ("maze/2", "f2", 20.0, "baseline"), name="fresh")
    assert judged(maze(study)).details["without_fresh"] == 0


def test_a_version_without_a_number_is_adjusted_where_the_log_says_so(study: Path) -> None:
    table = pl.read_parquet(study / "tasks.parquet")
    table.with_columns(pl.lit("main").alias("version")).write_parquet(study / "tasks.parquet")
    tasks_adjust(study, "maze/1", reason="stuck", field="hint", value="x")
    assert adjustments(maze(study)).select("version", "adjusted").rows() == [
        ("main-2", True),
        ("main", None),
        ("main", None),
    ]


def test_times_of_an_older_version_are_not_compared(study: Path) -> None:
    tasks_adjust(study, "maze/1", reason="stuck", field="hint", value="x")
    people(study, ("maze/1", "p2", 10.0, "pilot"), ("maze/1", "b2", 20.0, "baseline"), name="now")
    people(study, ("maze/1", "late", 400.0, "baseline"), name="late", task_version="1")
    np.testing.assert_allclose(fresh_over_pilot(maze(study)), [np.log(2)])


def test_a_stated_task_version_counts_without_a_log() -> None:
    rng = np.random.default_rng(3)
    hardness = np.linspace(-1, 1, 4)
    suite = timed(family(3, hardness, 8, 0.0, rng), hardness, hardness[:, None], ["2"] * 4)
    assert suite.folder is None
    assert adjustments(suite.evidence("family"))["has_fresh"].to_list() == [True] * 4
    stated = pl.Series("task_version", ["2", "v2", "1", None] * 2)
    told = replace(suite, human=suite.human.with_columns(stated)).evidence("family")
    table = adjustments(told)
    assert table["has_fresh"].to_list() == [True, True, False, True]
    assert table["has_pilot"].to_list() == [True, True, False, True]


def lines(insight: float, tasks: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return log pilots, difficulty for models, and whether a task was left as it was."""
    rng = np.random.default_rng(seed)
    made = adjust(Pilots(0.5, spread=2.0), tasks, rng)
    difficulty = 1.25 * made.for_models(insight) + rng.normal(0, 0.3, tasks)
    return made.pilot, difficulty, made.cuts == 0


def test_hints_move_the_time_horizon_by_as_much_as_two_fits_say() -> None:
    logs, difficulty, kept = lines(2.0, 400)
    found = horizon_factor(logs, difficulty, kept, 0.6, np.random.default_rng(0))
    (slope, level), (own_slope, own_level) = (
        np.polyfit(logs[which], difficulty[which], 1) for which in (np.ones(400, dtype=bool), kept)
    )
    by_hand = np.exp((0.6 - level) / slope - (0.6 - own_level) / own_slope)
    assert found["factor"] == pytest.approx(by_hand)
    assert 1.5 < found["lower"] < found["factor"] < found["upper"]
    assert found["reason"] is None


def test_the_factor_grows_with_what_hints_do_for_models() -> None:
    factors = [
        horizon_factor(*lines(insight, 2000), 0.6, np.random.default_rng(0))["factor"]
        for insight in (0.5, 1.0, 2.0, 3.0)
    ]
    assert factors == sorted(factors)
    assert factors[0] < 0.9 < factors[2]


def test_intervals_of_the_factor_cover_it() -> None:
    truth = horizon_factor(*lines(2.0, 20_000), 0.6, np.random.default_rng(1))
    inside = []
    for seed in range(60):
        found = horizon_factor(*lines(2.0, 100, seed + 1), 0.6, np.random.default_rng(seed))
        inside.append(found["lower"] <= truth["factor"] <= found["upper"])
    # at 95 %, fewer than 51 of 60 would be seen once in 1,300 times
    assert sum(inside) >= 51


@pytest.mark.parametrize(
    ("kept", "difficulty", "reason"),
    [
        ([True] * 5, [1, 2, 3, 4, 5], "no-task-was-adjusted"),
        ([True, True, False, False, False], [1, 2, 3, 4, 5], "too-few-tasks-were-not-adjusted"),
        ([True] * 4 + [False], [5, 4, 3, 2, 1], "difficulty-does-not-rise-with-human-time"),
        ([True] * 4 + [False], [1, 1.5, 1, 1.2, 1.4], "slopes-may-be-0, so the interval is open"),
    ],
)
def test_without_a_factor_there_is_a_reason(kept: list[bool], difficulty: list[float], reason: str) -> None:
    found = horizon_factor(
        np.arange(5.0), np.array(difficulty, float), np.array(kept), 2.0, np.random.default_rng(0)
    )
    assert found["reason"] == reason
    assert found["lower"] is None


def test_the_finding_tells_the_factor_of_the_last_model(study: Path) -> None:
    table = pl.read_parquet(study / "tasks.parquet")
    minutes = pl.Series("human_minutes", [10.0, 30.0, 90.0])
    table.with_columns(minutes).write_parquet(study / "tasks.parquet")
    found = judged(maze(study)).details["horizon"]
    assert (found["model"], found["reason"]) == ("c", "no-task-was-adjusted")

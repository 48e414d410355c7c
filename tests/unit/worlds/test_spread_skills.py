"""W7: nothing is broken: even steps beyond the top, times that tell difficulty, no ceiling."""

from __future__ import annotations

from math import log, log10, sqrt

import numpy as np
import polars as pl
import pytest
from tests.unit.worlds.seen import Seen, seen

from tasklaws.theory.thresholds import gap_index, just_ahead

STEP = 6 / 7
"""Decades between two rungs."""


def world() -> Seen:
    return seen("spread_skills")


def thresholds() -> dict[str, float]:
    return dict(world().truth["thresholds"])


def test_steps_are_even_in_decades_of_compute() -> None:
    assert gap_index(list(thresholds().values())) > 0.99 * 39
    assert min(thresholds().values()) == pytest.approx(18, abs=0.02)
    assert max(thresholds().values()) == pytest.approx(26, abs=0.02)


def test_tasks_wait_just_above_the_best_model_in_every_family() -> None:
    for family in ("counting", "reading", "coding", "planning"):
        own = [threshold for task, threshold in thresholds().items() if task.startswith(f"{family}/")]
        assert len(own) == 10
        assert just_ahead(own, 24.0, STEP) >= 1
    assert sum(just_ahead([t], 24.0, STEP) for t in thresholds().values()) >= 4


def test_success_follows_a_gumbel_curve_through_the_threshold() -> None:
    for row in world().cells.iter_rows(named=True):
        rate = 0.5 ** (10 ** (0.5 * (thresholds()[row["task_id"]] - row["height"])))
        assert row["exact_true"] == pytest.approx(rate, rel=1e-6, abs=1e-12)
        assert abs(row["exact"] - rate) <= 5 * sqrt(rate * (1 - rate) / row["n"]) + 2 / row["n"]


def test_every_model_has_tasks_that_it_solves_now_and_then() -> None:
    """The weakest has only the tasks above itself; all others have more than 2 decades of them."""
    informative = (
        world()
        .cells.filter(pl.col("exact_true").is_between(0.1, 0.9))
        .group_by("height")
        .len()
        .sort("height")
    )
    assert informative["len"][0] >= 5
    assert informative["len"][1:].min() >= 10
    assert informative.height == 8


def test_human_time_tells_difficulty_exactly() -> None:
    minutes = dict(world().world.tasks.select("task_id", "human_minutes").rows())
    x = np.array([thresholds()[task] for task in minutes])
    y = np.array([log(m) for m in minutes.values()])
    assert np.corrcoef(x, y)[0, 1] > 0.999999
    assert np.polyfit(x, y, 1)[0] == pytest.approx(0.5 * log(10), rel=1e-6)


def test_baselines_spread_about_the_human_time_of_their_task() -> None:
    assert world().world.human is not None
    minutes = dict(world().world.tasks.select("task_id", "human_minutes").rows())
    logs = (world().world.human["minutes"] / world().world.human["task_id"].replace_strict(minutes)).log()
    assert logs.len() == 8 * 40
    assert abs(logs.mean()) <= 4 * 0.5 / sqrt(logs.len())
    assert abs(logs.std() - 0.5) <= 4 * 0.5 / sqrt(2 * logs.len())
    assert set(world().world.human["outcome"]) == {"submitted"}


def test_nothing_is_cut_and_compute_is_that_of_the_formula() -> None:
    assert set(world().runs["outcome"]) == {"submitted"}
    for rung in world().world.rungs:
        assert rung.flops == pytest.approx(6 * rung.n_params * rung.n_tokens)
    losses = [rung.loss_nats for rung in world().world.rungs]
    assert losses == sorted(losses, reverse=True)
    assert log10(world().world.rungs[0].flops) == pytest.approx(18)
    assert log10(world().world.rungs[-1].flops) == pytest.approx(24)

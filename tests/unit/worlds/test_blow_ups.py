"""W10: people's times have two modes, some give up, and success is a power of the number of stretches."""

from __future__ import annotations

from itertools import product
from math import log, sqrt
from typing import Any

import numpy as np
import polars as pl
import pytest

from tasklaws.spec.world import Drawn, WorldOptions
from tasklaws.worlds import WORLDS
from tasklaws.worlds.blow_ups import BASELINES, HUMAN, LIMIT, STRETCHES

SEEDS = 15
TASKS = [f"{family}/{n}" for family, n in product(HUMAN, STRETCHES)]


@pytest.fixture(scope="module")
def worlds() -> list[Drawn]:
    return [WORLDS["blow_ups"].draw(WorldOptions(rungs=2, runs=1, seed=seed)) for seed in range(SEEDS)]


@pytest.fixture(scope="module")
def people(worlds: list[Drawn]) -> pl.DataFrame:
    return pl.concat(world.human for world in worlds if world.human is not None)


@pytest.fixture(scope="module")
def truth(worlds: list[Drawn]) -> dict[str, dict[str, Any]]:
    return {row["task_id"]: row for row in worlds[0].truth["human"]}


@pytest.mark.parametrize("task", TASKS)
def test_as_many_people_give_up_as_the_law_says(
    task: str, people: pl.DataFrame, truth: dict[str, dict[str, Any]]
) -> None:
    tried = people.filter(pl.col("task_id") == task)
    lost = tried.filter(pl.col("score") == 0)
    share = truth[task]["gives_up"]
    assert tried.height == SEEDS * BASELINES
    assert abs(lost.height / tried.height - share) <= 4 * sqrt(share / tried.height) + 1e-4
    assert (lost["minutes"] == LIMIT).all()
    assert (lost["outcome"] == "limit_time").all()


@pytest.mark.parametrize("task", TASKS)
def test_a_mean_over_finishers_is_what_the_truncated_law_says(
    task: str, people: pl.DataFrame, truth: dict[str, dict[str, Any]]
) -> None:
    logs = people.filter(pl.col("task_id") == task, pl.col("score") == 1)["minutes"].log().to_numpy()
    error = logs.std() / sqrt(logs.size)
    assert abs(logs.mean() - log(truth[task]["geometric_mean_of_finishers"])) <= 4 * error


def test_finishers_alone_understate_long_tasks_with_traps(
    worlds: list[Drawn], truth: dict[str, dict[str, Any]]
) -> None:
    stated = [world.tasks.filter(task_id="traps/32")["human_minutes"].item() for world in worlds]
    assert max(stated) < 0.7 * truth["traps/32"]["geometric_mean"]


def test_times_have_two_modes_where_blow_ups_are_rare_and_long(
    people: pl.DataFrame, truth: dict[str, dict[str, Any]]
) -> None:
    for n in (1, 2, 4):
        own = truth[f"traps/{n}"]
        logs = people.filter(task_id=f"traps/{n}")["minutes"].log().to_numpy()
        first, second = np.log(own["modes"])
        places = (first, (first + second) / 2, second)
        near_first, between, near_second = ((abs(logs - place) < 0.2).sum() for place in places)
        assert near_first > near_second > 3 * between
    assert all(len(truth[f"steady/{n}"]["modes"]) == 1 for n in STRETCHES)


def test_those_without_a_blow_up_are_a_power_of_the_stretches(
    people: pl.DataFrame, truth: dict[str, dict[str, Any]]
) -> None:
    for n in (1, 2, 4):  # so short that nobody is slow without a blow-up
        assert truth[f"traps/{n}"]["no_blow_up"] == pytest.approx((1 - HUMAN["traps"].blow_up) ** n)
        quick = (people.filter(task_id=f"traps/{n}")["minutes"] < 90).to_numpy()
        clean = (1 - HUMAN["traps"].blow_up) ** n
        assert abs(quick.mean() - clean) <= 4 * sqrt(clean * (1 - clean) / quick.size)


def test_a_model_succeeds_with_the_power_of_its_single_stretch() -> None:
    world = WORLDS["blow_ups"].draw(WorldOptions(rungs=4, runs=200_000))
    means = pl.concat(world.runs).group_by("model", "task_id").agg(pl.col("score").mean(), n=pl.len())
    seen = {(model, task): (mean, n) for model, task, mean, n in means.iter_rows()}
    blow_up = world.truth["model_blow_up"]
    for (model, task), (mean, n) in seen.items():
        family, stretches = task.split("/")
        clean = (1 - blow_up[model][family]) ** int(stretches)
        assert abs(mean - clean) <= 4 * sqrt(clean * (1 - clean) / n)

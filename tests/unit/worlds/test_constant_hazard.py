"""W11: curves of four shapes, and repeats of tasks that tell frailty from coin tosses."""

from __future__ import annotations

from math import inf, sqrt

import numpy as np
import polars as pl
import pytest

from tasklaws.spec.world import Drawn, WorldOptions
from tasklaws.theory.frailty import pass_all, pass_all_seen, rho, survival
from tasklaws.worlds import WORLDS
from tasklaws.worlds.constant_hazard import MINUTES, SHAPES, TASKS_PER_LENGTH

SEEDS, REPEATS = 60, 10
MODEL = "sim-02"
FAMILIES = tuple(SHAPES)


@pytest.fixture(scope="module")
def worlds() -> list[Drawn]:
    runs = 3 * len(SHAPES) * len(MINUTES) * TASKS_PER_LENGTH * REPEATS
    return [WORLDS["constant_hazard"].draw(WorldOptions(rungs=3, runs=runs, seed=s)) for s in range(SEEDS)]


@pytest.fixture(scope="module")
def successes(worlds: list[Drawn]) -> pl.DataFrame:
    """Return the successes of one model at each task of each world, of `REPEATS` each."""
    found = []
    for seed, world in enumerate(worlds):
        runs = pl.concat(world.runs).filter(pl.col("model") == MODEL)
        counted = runs.group_by("task_family", "task_id", maintain_order=True).agg(pl.col("score").sum())
        found.append(counted.join(world.tasks, on="task_id").with_columns(seed=pl.lit(seed)))
    return pl.concat(found)


def _of(successes: pl.DataFrame, family: str, minutes: float) -> np.ndarray:
    return successes.filter(task_family=family, human_minutes=float(minutes))["score"].to_numpy()


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("minutes", MINUTES)
def test_success_falls_with_length_as_the_shape_says(
    family: str, minutes: int, worlds: list[Drawn], successes: pl.DataFrame
) -> None:
    rates = _of(successes, family, minutes) / REPEATS
    expected = float(survival(minutes, worlds[0].truth["mean_hazard_per_minute"][MODEL], SHAPES[family]))
    assert rates.size == SEEDS * TASKS_PER_LENGTH
    assert abs(rates.mean() - expected) <= 4 * rates.std() / sqrt(rates.size)


@pytest.mark.parametrize("family", FAMILIES)
def test_repeats_are_correlated_as_much_as_tasks_differ(
    family: str, worlds: list[Drawn], successes: pl.DataFrame
) -> None:
    hazard, counts = worlds[0].truth["mean_hazard_per_minute"][MODEL], _of(successes, family, 60)
    one, two = (float(pass_all(60, hazard, SHAPES[family], k)) for k in (1, 2))
    expected = (two - one**2) / (one * (1 - one))
    rng = np.random.default_rng(1)
    again = [rho(rng.choice(counts, counts.size), REPEATS) for _ in range(200)]
    assert abs(rho(counts, REPEATS) - expected) <= 4 * np.std(again)
    assert (expected > 0.1) == (SHAPES[family] < inf)


@pytest.mark.parametrize("family", FAMILIES)
def test_all_of_eight_repeats_succeed_as_the_shape_says(
    family: str, worlds: list[Drawn], successes: pl.DataFrame
) -> None:
    counts = _of(successes, family, 60)
    each = [pass_all_seen(np.array([count]), REPEATS, 8) for count in counts]
    expected = float(pass_all(60, worlds[0].truth["mean_hazard_per_minute"][MODEL], SHAPES[family], 8))
    assert abs(np.mean(each) - expected) <= 4 * np.std(each) / sqrt(counts.size) + 8 / REPEATS / counts.size


def test_frailties_have_mean_one_and_the_variance_of_their_shape(worlds: list[Drawn]) -> None:
    for family, shape in SHAPES.items():
        drawn = np.array(
            [v for w in worlds for task, v in w.truth["frailty"].items() if task.startswith(f"{family}/")]
        )
        squares = (drawn - 1) ** 2
        assert abs(drawn.mean() - 1) <= 4 * drawn.std() / sqrt(drawn.size)
        assert abs(squares.mean() - 1 / shape) <= 4 * squares.std() / sqrt(drawn.size)


def test_a_task_is_equally_hard_for_all_models(worlds: list[Drawn]) -> None:
    truth = worlds[0].truth
    per_minute = truth["mean_hazard_per_minute"]
    for cell in truth["cells"]:
        minutes = float(cell["task_id"].split("/")[1].split("-")[0])
        hazard = -np.log(cell["rate"]) if cell["rate"] > 0 else inf
        if hazard < 500:
            assert hazard / per_minute[cell["model"]] / minutes == pytest.approx(
                truth["frailty"][cell["task_id"]], abs=1e-9
            )

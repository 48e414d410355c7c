"""W12: milestones fall where errors breed errors, and exact match stays."""

from __future__ import annotations

from math import sqrt

import polars as pl
import pytest

from tasklaws.spec.world import Drawn, WorldOptions
from tasklaws.worlds import WORLDS
from tasklaws.worlds.self_conditioning import STEPS, TIMES

MODEL = "sim-02"
WORLD = "self_conditioning"


@pytest.fixture(scope="module")
def world() -> Drawn:
    return WORLDS[WORLD].draw(WorldOptions(rungs=3, runs=200_000))


@pytest.fixture(scope="module")
def seen(world: Drawn) -> pl.DataFrame:
    score = pl.col("score")
    runs = pl.concat(world.runs).filter(pl.col("model") == MODEL)
    return runs.group_by("task_id", "metric").agg(score.mean(), error=score.std() / score.len().sqrt())


def _cell(seen: pl.DataFrame, family: str, steps: int, metric: str) -> tuple[float, float]:
    row = seen.row(by_predicate=(pl.col("task_id") == f"{family}/{steps}") & (pl.col("metric") == metric))
    return row[2], row[3]


@pytest.mark.parametrize("steps", STEPS)
def test_exact_match_is_the_same_in_all_families(steps: int, world: Drawn, seen: pl.DataFrame) -> None:
    (clean,) = {c["clean_error"] for c in world.truth["chains"] if c["model"] == MODEL}
    for family in TIMES:
        mean, error = _cell(seen, family, steps, "exact")
        assert abs(mean - (1 - clean) ** steps) <= 4 * error


@pytest.mark.parametrize("steps", [n for n in STEPS if n >= 10])
def test_milestones_fall_where_errors_breed_errors(steps: int, seen: pl.DataFrame) -> None:
    means, errors = zip(*(_cell(seen, family, steps, "milestones") for family in TIMES), strict=True)
    assert means[0] - means[1] > 4 * sqrt(errors[0] ** 2 + errors[1] ** 2)
    assert means[1] - means[2] > 4 * sqrt(errors[1] ** 2 + errors[2] ** 2)


@pytest.mark.parametrize("steps", STEPS)
def test_undisturbed_steps_are_right_with_one_probability(
    steps: int, world: Drawn, seen: pl.DataFrame
) -> None:
    (clean,) = {c["clean_error"] for c in world.truth["chains"] if c["model"] == MODEL}
    mean, error = _cell(seen, "undisturbed", steps, "milestones")
    assert abs(mean - (1 - clean)) <= 4 * error


def test_milestones_are_shares_of_steps_and_all_of_them_where_exact(world: Drawn) -> None:
    again = WORLDS[WORLD].draw(WorldOptions(rungs=3, runs=20_000))
    runs = pl.concat(again.runs).filter(pl.col("task_id") == "spiralling/20")
    of_metric = {
        name: own["score"].to_numpy() for (name,), own in runs.group_by("metric", maintain_order=True)
    }
    assert ((of_metric["milestones"] == 1) == (of_metric["exact"] == 1)).all()
    assert set((of_metric["milestones"] * 20).round(9)) <= set(range(21))


def test_late_steps_are_worse_than_early_ones_only_where_disturbed(world: Drawn) -> None:
    for chain in world.truth["chains"]:
        late, early = chain["last_step_accuracy"], 1 - chain["clean_error"]
        if chain["task_id"].startswith("undisturbed"):
            assert late == pytest.approx(early)
        else:
            assert late < early - 1e-6

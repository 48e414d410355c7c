"""Every world of the catalogue is held to the contract of a world."""

from __future__ import annotations

import json
import math
import pickle
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from scipy.special import bdtr, bdtrc

from tasklaws.core.errors import UnknownName
from tasklaws.core.tables import HUMAN_TIMES, RUNS, TASKS, validate
from tasklaws.metrics import METRICS
from tasklaws.spec.ladder_file import make_ladder
from tasklaws.spec.world import Drawn, WorldOptions
from tasklaws.worlds import WORLDS, world_called

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = sorted(WORLDS)
CODES = [f"W{number}" for number in range(1, 18)]
OPTIONS = WorldOptions(rungs=4, runs=20_000, seed=3)
CELL = ["model", "task_id", "harness_id", "elicitation", "metric"]
TAIL = 0.00135
"""Probability beyond 3 standard errors on one side."""


@lru_cache(maxsize=len(NAMES))
def drawn(name: str) -> tuple[Drawn, pl.DataFrame]:
    """Return what a world draws, and its runs in one table."""
    found = WORLDS[name].draw(OPTIONS)
    return found, pl.concat(list(found.runs))


@lru_cache(maxsize=len(NAMES))
def cells(name: str) -> pl.DataFrame:
    """Return each cell as drawn beside its true rate."""
    world, runs = drawn(name)
    seen = runs.group_by(CELL).agg(
        pl.len().alias("n"), pl.col("score").mean().alias("mean"), pl.col("score").var(ddof=0).alias("var")
    )
    truth = pl.DataFrame(world.truth["cells"], infer_schema_length=None)
    both = truth.join(seen, on=CELL, how="full", coalesce=True)
    assert both.height == truth.height == seen.height
    return both


def beyond(n: int, k: int, rate: float) -> bool:
    """Return whether `k` successes of `n` lie beyond 3 standard errors, by the exact tails."""
    return bdtr(k, n, rate) < TAIL or bdtrc(k - 1, n, rate) < TAIL if k else bdtr(0, n, rate) < TAIL


def most_beyond(n: int) -> int:
    """Return how many of `n` cells chance puts beyond 3 standard errors, but for once in 10,000."""
    return next(k for k in range(n + 1) if bdtr(k, n, 2 * TAIL) > 1 - 1e-4)


def same(one: Drawn, other: Drawn) -> bool:
    """Return whether two draws are equal in every table and word."""
    frames = zip((*one.runs, one.tasks, one.human), (*other.runs, other.tasks, other.human), strict=True)
    equal = all(a is b is None or a.equals(b) for a, b in frames)
    return equal and one.rungs == other.rungs and json.dumps(one.truth) == json.dumps(other.truth)


def test_catalogue_holds_the_worlds_of_the_formal_model() -> None:
    assert sorted((WORLDS[name].code for name in NAMES), key=CODES.index) == CODES


@pytest.mark.parametrize("name", NAMES)
def test_entry_is_named_as_its_file_and_tells_what_it_is(name: str) -> None:
    world = WORLDS[name]
    assert world.name == name
    assert world.draw.__module__ == f"tasklaws.worlds.{name}"
    assert world.summary
    assert world.source
    assert world.tests
    assert world.status in {"published", "emerging"}
    assert world.facts == {"code": world.code, "should be found": world.tests}
    assert pickle.loads(pickle.dumps(world)) == world  # noqa: S301  our own bytes


@pytest.mark.parametrize("spelt", [str.upper, str.lower, str.title])
def test_worlds_are_called_by_name_or_code_in_any_case(spelt: Callable[[str], str]) -> None:
    for name in NAMES:
        assert world_called(spelt(name)) is world_called(spelt(WORLDS[name].code)) is WORLDS[name]


@pytest.mark.parametrize("name", ["W0", "W18", "shortcuts", "", "W1 W2"])
def test_unknown_world_is_refused_with_the_names(name: str) -> None:
    with pytest.raises(UnknownName, match=r"there is no world called .* There are: .*shortcut"):
        world_called(name)


@pytest.mark.parametrize("name", NAMES)
def test_same_seed_draws_the_same_and_another_seed_does_not(name: str) -> None:
    few = [WORLDS[name].draw(WorldOptions(rungs=3, runs=1_000, seed=seed)) for seed in (5, 5, 6)]
    first, other = pl.concat(list(few[0].runs)), pl.concat(list(few[2].runs))
    assert same(WORLDS[name].draw(WorldOptions(rungs=3, runs=1_000, seed=5)), few[1])
    assert not first.equals(other)


@pytest.mark.parametrize("name", NAMES)
def test_runs_hold_their_schema_one_table_for_each_model(name: str) -> None:
    world, runs = drawn(name)
    held = validate(runs, RUNS, name)
    tables = list(WORLDS[name].draw(WorldOptions(rungs=4, runs=100)).runs)
    assert [table["model"].unique().to_list() for table in tables] == [[rung.model] for rung in world.rungs]
    assert held["score"].null_count() == 0
    assert (held["task_id"].str.starts_with(held["task_family"] + pl.Series(["/"]))).all()
    assert set(held["outcome"]) <= {"submitted", "limit_time", "limit_tokens", "limit", "error"}


@pytest.mark.parametrize("name", NAMES)
def test_every_attempt_is_scored_exactly_and_by_known_metrics_within_their_bounds(name: str) -> None:
    _, runs = drawn(name)
    attempt = [*CELL[:-1], "instance_id", "epoch"]
    assert runs.filter(metric="exact").height == runs.select(attempt).unique().height
    for metric, unit, low, high in (
        runs.group_by("metric", "unit").agg(pl.col("score").min(), pl.col("score").max().alias("high")).rows()
    ):
        card = METRICS[metric]
        assert unit == (None if card.unit == "share" else card.unit)
        assert (card.lower is None or card.lower <= low) and (card.upper is None or high <= card.upper)  # noqa: PT018


@pytest.mark.parametrize("name", NAMES)
def test_tasks_hold_their_schema_and_are_those_that_were_run(name: str) -> None:
    world, runs = drawn(name)
    tasks = validate(world.tasks, TASKS, name)
    key = ["task_id", "task_family", "metric"]
    assert_frame_equal(tasks.select(key).sort(key), runs.select(key).unique().sort(key))
    assert tasks["task_id"].n_unique() >= 10
    assert tasks["task_family"].n_unique() >= 2
    assert not tasks["identical_items"].any()
    assert tasks["direction"].to_list() == [METRICS[metric].direction for metric in tasks["metric"]]


@pytest.mark.parametrize("name", NAMES)
def test_people_hold_their_schema_and_did_the_tasks(name: str) -> None:
    world, _ = drawn(name)
    if world.human is not None:
        people = validate(world.human, HUMAN_TIMES, name)
        assert people.height > 0
        assert (people["minutes"] > 0).all()
        assert set(people["task_id"]) <= set(world.tasks["task_id"])


@pytest.mark.parametrize("name", NAMES)
def test_every_cell_has_the_same_number_of_attempts(name: str) -> None:
    world, found = drawn(name)[0], cells(name)
    attempted = found.filter(metric="exact").height
    assert found["n"].unique().to_list() == [math.ceil(OPTIONS.runs / attempted)]
    assert world.truth["attempts_per_cell"] == found["n"][0]
    assert found.filter(metric="exact").group_by("model").len()["len"].n_unique() == 1


@pytest.mark.parametrize("name", NAMES)
def test_truth_is_json_and_its_rates_are_possible(name: str) -> None:
    truth = drawn(name)[0].truth
    assert json.loads(json.dumps(truth, allow_nan=False)) == truth
    for cell in truth["cells"]:
        card = METRICS[cell["metric"]]
        assert math.isfinite(cell["rate"])
        assert card.lower is None or cell["rate"] >= card.lower
        assert card.upper is None or cell["rate"] <= card.upper


@pytest.mark.parametrize("name", NAMES)
def test_pooled_scores_agree_with_the_truth(name: str) -> None:
    for metric, own in cells(name).group_by("metric"):
        n, off = own["n"].to_numpy(), (own["mean"] - own["rate"]).to_numpy()
        rate = own["rate"].to_numpy()
        variance = rate * (1 - rate) if metric == ("exact",) else own["var"].to_numpy()
        error = math.sqrt((n * variance).sum())
        assert abs((n * off).sum()) <= 4 * error + 1e-9 * n.sum() * max(1.0, rate.max())


@pytest.mark.parametrize("name", NAMES)
def test_single_cells_agree_with_the_truth(name: str) -> None:
    exact = cells(name).filter(metric="exact")
    rows = exact.select("n", (pl.col("mean") * pl.col("n")).round().cast(pl.Int64), "rate").rows()
    assert sum(beyond(*row) for row in rows) <= most_beyond(len(rows))


@pytest.mark.parametrize("name", NAMES)
def test_single_means_of_graded_scores_agree_with_the_truth(name: str) -> None:
    """A score between 0 and 1 of mean m varies by m(1 - m) at most: the error that is allowed for here."""
    graded = cells(name).filter(
        pl.col("metric").map_elements(lambda m: METRICS[m].unit == "share", pl.Boolean),
        pl.col("metric") != "exact",
    )
    rate, n = graded["rate"].to_numpy(), graded["n"].to_numpy()
    off = np.abs(graded["mean"].to_numpy() - rate)
    far = off > 3 * np.sqrt(rate * (1 - rate) / n) + 1 / n
    assert far.sum() <= most_beyond(len(rate))


@pytest.mark.parametrize("name", NAMES)
def test_a_longer_ladder_has_more_models_in_rising_order(name: str) -> None:
    for rungs in (2, 5, 9):
        world = WORLDS[name].draw(WorldOptions(rungs=rungs, runs=1))
        heights = [rung.height(world.axis) for rung in world.rungs]
        assert len({rung.n_params for rung in world.rungs}) == rungs
        assert heights == sorted(heights)
        assert make_ladder(world.rungs, world.axis).warnings == ()
        assert {rung.lineage for rung in world.rungs} == {"simulated"}


@pytest.mark.parametrize("name", NAMES)
def test_two_rungs_and_one_run_still_fill_every_cell(name: str) -> None:
    world = WORLDS[name].draw(WorldOptions(rungs=2, runs=1))
    runs = validate(pl.concat(list(world.runs)), RUNS, name)
    assert runs.height == len(world.truth["cells"])
    assert world.truth["attempts_per_cell"] == 1

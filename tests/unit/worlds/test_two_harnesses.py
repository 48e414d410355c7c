"""W16: twice the timeout moves the ceilings of loops as the cost of a turn says, and additions not at all."""

from __future__ import annotations

from math import sqrt

import polars as pl
import pytest

from tasklaws.families import FAMILIES
from tasklaws.families.sha_chain import SECONDS_PER_TURN as HASH
from tasklaws.families.sum_range import SECONDS_PER_TURN as ADDITION
from tasklaws.spec.world import Drawn, WorldOptions
from tasklaws.theory.attempts import right
from tasklaws.theory.exact import evaluate
from tasklaws.worlds import WORLDS
from tasklaws.worlds.tool_chain import CHAINS, SUMS, agent_of, loop_of
from tasklaws.worlds.two_harnesses import HARNESSES

SHORT, LONG = (harness.harness_id for harness in HARNESSES)


@pytest.fixture(scope="module")
def world() -> Drawn:
    return WORLDS["two_harnesses"].draw(WorldOptions(rungs=4, runs=100_000))


@pytest.fixture(scope="module")
def runs(world: Drawn) -> pl.DataFrame:
    return pl.concat(world.runs)


def _share(turns: tuple[int, ...], seconds: float, limit: float) -> float:
    return sum(n * seconds <= limit for n in turns) / len(turns)


def test_ceilings_are_the_shares_of_loops_that_end_in_time(world: Drawn) -> None:
    stated = {own["harness_id"]: own for own in world.truth["harnesses"]}
    for harness in HARNESSES:
        limit = harness.call_limit or 0.0
        ceilings = stated[harness.harness_id]["ceilings"]
        assert stated[harness.harness_id]["call_limit_seconds"] == limit
        assert ceilings["sha_chain"] == pytest.approx(_share(CHAINS, HASH.mean, limit))
        assert ceilings["sum_range"] == pytest.approx(
            _share(tuple(n - 1 for n in SUMS), ADDITION.mean, limit)
        )
        assert ceilings["addition"] == 1


def test_models_score_the_ceiling_times_the_share_of_right_scripts(world: Drawn, runs: pl.DataFrame) -> None:
    agents = {rung.model: agent_of(rung) for rung in world.rungs}
    for stated in world.truth["harnesses"]:
        for family, size in (("sha_chain", CHAINS[0]), ("sum_range", SUMS[0])):
            loop = loop_of(FAMILIES[family].plan(size))
            assert loop is not None
            for model, agent in agents.items():
                own = runs.filter(model=model, task_family=family, harness_id=stated["harness_id"])["score"]
                script, x = right(loop.part, agent), stated["ceilings"][family]
                assert abs(own.mean() - x * script) <= 4 * sqrt(x * script * (1 - script) / own.len()) + 1e-9


def test_the_harness_moves_loops_and_not_additions(world: Drawn, runs: pl.DataFrame) -> None:
    able = {rung.model for rung in world.rungs[2:]}
    means = {
        (model, family, harness): (own["score"].mean(), own.height)
        for (model, family, harness), own in runs.group_by("model", "task_family", "harness_id")
    }
    for rung in world.rungs:
        short, long = (means[rung.model, "addition", harness] for harness in (SHORT, LONG))
        assert abs(short[0] - long[0]) <= 4 * sqrt(2 * 0.25 / short[1])
        if rung.model in able:
            assert means[rung.model, "sha_chain", LONG][0] - means[rung.model, "sha_chain", SHORT][0] > 0.3


def test_failures_at_the_limit_are_told_by_their_outcome(world: Drawn, runs: pl.DataFrame) -> None:
    loops = runs.filter(pl.col("task_family") != "addition")
    assert loops.filter(outcome="limit_time")["score"].sum() == 0
    for harness in HARNESSES:
        cut = loops.filter(harness_id=harness.harness_id, task_family="sha_chain")["outcome"] == "limit_time"
        assert cut.mean() == pytest.approx(1 - _share(CHAINS, HASH.mean, harness.call_limit or 0.0))
    able = loops.filter(pl.col("model") == world.rungs[-1].model, pl.col("score") == 0)
    assert (able["outcome"] == "limit_time").mean() > 0.95


def test_rates_are_what_exact_evaluation_says(world: Drawn) -> None:
    rates = {(c["model"], c["task_id"], c["harness_id"]): c["rate"] for c in world.truth["cells"]}
    for rung in world.rungs:
        for size in CHAINS[::4]:
            for harness in HARNESSES:
                expected = evaluate(FAMILIES["sha_chain"].plan(size), agent_of(rung), harness).success
                assert rates[rung.model, f"sha_chain/{size}", harness.harness_id] == pytest.approx(expected)


def test_both_harnesses_try_the_same_tasks(runs: pl.DataFrame) -> None:
    tried = [set(runs.filter(harness_id=harness)["task_id"]) for harness in (SHORT, LONG)]
    assert tried[0] == tried[1]

"""W1: one threshold for all chains, and a plateau that the timeout sets, the same for all able models."""

from __future__ import annotations

from dataclasses import replace
from math import exp, log, sqrt

import numpy as np
import polars as pl
import pytest
from tests.unit.worlds.seen import Seen, seen

from tasklaws.families import FAMILIES
from tasklaws.theory.monte_carlo import simulate
from tasklaws.worlds._ladder import height, ladder
from tasklaws.worlds.tool_chain import CHAINS, HARNESS, agent_of, laws

TURN = 8e-7
"""Seconds, as families/sha_chain states them."""


def world() -> Seen:
    return seen("tool_chain")


def chains() -> pl.DataFrame:
    return (
        world()
        .cells.filter(task_family="sha_chain")
        .with_columns((pl.col("task_id").str.split("/").list.last().cast(pl.Float64) * TURN).alias("seconds"))
    )


def able() -> list[str]:
    return [rung.model for rung in world().world.rungs if height(rung) > 21]


def _share_in_time(limit: float) -> float:
    return sum(turns * TURN <= limit for turns in CHAINS) / len(CHAINS)


def test_every_able_model_solves_the_same_chains_those_that_end_in_time() -> None:
    for (_,), own in chains().filter(pl.col("model").is_in(able())).group_by("model"):
        in_time = pl.col("seconds") <= 3000
        assert (own.filter(in_time)["exact"] > 0.9).all()
        assert (own.filter(~in_time)["exact"] == 0).all()
    assert len(able()) == 4


def test_the_plateau_is_one_third_for_every_able_model() -> None:
    assert (
        world().truth["ceilings"]["sha_chain"] == pytest.approx(_share_in_time(3000)) == pytest.approx(1 / 3)
    )
    code = world().truth["thresholds"]["sha_chain"]
    for (model,), own in chains().filter(pl.col("model").is_in(able())).group_by("model"):
        written = exp(-log(2) / 10 ** (own["height"][0] - code))
        attempts = own.filter(pl.col("seconds") <= 3000)["n"].sum()
        error = sqrt(written * (1 - written) / attempts) / 3
        assert abs(own["exact"].mean() - written / 3) <= 4 * error + 1 / attempts, model


@pytest.mark.parametrize("limit", [500.0, 1500.0, 2900.0, 6000.0, 10_000.0])
def test_the_plateau_moves_with_the_timeout(limit: float) -> None:
    top, rng, n = ladder(8)[-1:], np.random.default_rng(1), 200
    own = [law for law in laws(top, replace(HARNESS, call_limit=limit)) if law.task.family == "sha_chain"]
    stated = np.mean([law.rates["exact"] for law in own])
    seen = np.mean([law.draw(n, rng).scores["exact"].mean() for law in own])
    assert stated == pytest.approx(_share_in_time(limit), abs=0.001)
    assert abs(seen - stated) <= 4 * sqrt(0.001 / (n * len(own))) + 1e-12


def test_chains_that_end_in_time_are_one_task_at_one_threshold() -> None:
    rates = chains().filter(pl.col("seconds") <= 3000).group_by("model").agg(pl.col("exact_true").n_unique())
    assert rates["exact_true"].to_list() == [1] * 8


def test_additions_have_thresholds_of_their_own_and_no_ceiling() -> None:
    additions = world().cells.filter(pl.col("task_family") == "addition")
    assert additions.filter(model=world().world.rungs[3].model)["exact_true"].n_unique() == 9
    assert world().truth["ceilings"]["addition"] == 1
    assert additions.filter(model=able()[-1])["exact"].min() > 0.9


def test_the_outcome_says_which_calls_were_cut_and_none_of_them_scores() -> None:
    cut = world().runs.filter(outcome="limit_time")
    assert cut["score"].sum() == 0
    late = chains().filter(pl.col("seconds") > 3000)
    assert cut.filter(task_family="sha_chain").height == late["n"].sum()


def test_longer_chains_take_people_longer() -> None:
    minutes = world().world.tasks.filter(task_family="sha_chain")["human_minutes"]
    assert minutes.to_list() == pytest.approx([5 + turns * TURN / 60 for turns in CHAINS])


def test_rates_agree_with_attempts_walked_through_the_plan() -> None:
    n, rng = 4_000, np.random.default_rng(2)
    for law in laws(ladder(8)[2:4])[::7]:
        plan = FAMILIES[law.task.family].plan(int(law.task.size))
        walked = simulate(plan, agent_of(law.rung), HARNESS, n=n, rng=rng).ok.mean()
        rate = law.rates["exact"]
        assert abs(walked - rate) <= 4 * sqrt(rate * (1 - rate) / n) + 1e-9

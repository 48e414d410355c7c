"""W17: each able model rests at a ceiling of its own, which the speed of its programs sets, not its size."""

from __future__ import annotations

from math import sqrt

import numpy as np
import polars as pl
import pytest

from tasklaws.families.sha_chain import SECONDS_PER_TURN
from tasklaws.spec.world import Drawn, WorldOptions
from tasklaws.theory.attempts import right
from tasklaws.worlds import WORLDS
from tasklaws.worlds._ladder import ladder
from tasklaws.worlds.code_efficiency import FASTEST, SLOWEST, slowness
from tasklaws.worlds.tool_chain import CHAINS, HARNESS, agent_of, loop_of, plans

SEEDS = 40


@pytest.fixture(scope="module")
def world() -> Drawn:
    return WORLDS["code_efficiency"].draw(WorldOptions(rungs=8, runs=200_000))


def _ends(times: float) -> float:
    limit = HARNESS.call_limit or 0.0
    return sum(n * SECONDS_PER_TURN.mean * times <= limit for n in CHAINS) / len(CHAINS)


def _script(world: Drawn) -> dict[str, float]:
    """Return model -> the probability that its script for a chain is right."""
    loop = next(
        loop for task, plan in plans().items() if task.family == "sha_chain" and (loop := loop_of(plan))
    )
    return {rung.model: right(loop.part, agent_of(rung)) for rung in world.rungs}  # type: ignore[arg-type]


def test_a_ceiling_is_the_share_of_chains_that_end_at_the_speed_of_the_model(world: Drawn) -> None:
    for model, times in world.truth["slowness"].items():
        assert world.truth["ceilings"][model]["sha_chain"] == pytest.approx(_ends(times))
        assert world.truth["ceilings"][model]["addition"] == 1


def test_models_score_their_own_ceiling_times_the_share_of_right_scripts(world: Drawn) -> None:
    scripts = _script(world)
    for table in world.runs:
        model, own = table["model"][0], table.filter(task_family="sha_chain")["score"]
        x = world.truth["ceilings"][model]["sha_chain"]
        rate, expected = scripts[model], x * scripts[model]
        error = sqrt(x * rate * (1 - rate) / own.len())
        assert abs(own.mean() - expected) <= 4.5 * error + 1e-9


def test_ceilings_differ_and_follow_speed_not_size() -> None:
    rungs = ladder(8)
    slow = np.array([list(slowness(WorldOptions(seed=seed), rungs).values()) for seed in range(SEEDS)])
    xs = np.vectorize(_ends)(slow)
    assert all(len(set(own)) > 2 for own in xs)
    assert all((np.diff(own[np.argsort(times)]) <= 0).all() for own, times in zip(xs, slow, strict=True))
    falls, rises = (np.diff(xs) < 0).sum(), (np.diff(xs) > 0).sum()
    assert abs(falls - rises) <= 4 * sqrt(falls + rises)


def test_speeds_are_log_uniform() -> None:
    rungs = ladder(8)
    logs = np.log([list(slowness(WorldOptions(seed=seed), rungs).values()) for seed in range(SEEDS)])
    low, high = np.log(FASTEST), np.log(SLOWEST)
    assert low <= logs.min() < logs.max() <= high
    assert abs(logs.mean() - (low + high) / 2) <= 4 * (high - low) / sqrt(12 * logs.size)


def test_additions_do_not_depend_on_the_speed_of_programs() -> None:
    cells = [
        {
            (c["model"], c["task_id"]): c["rate"]
            for c in WORLDS["code_efficiency"].draw(WorldOptions(4, 1, seed)).truth["cells"]
            if c["task_id"].startswith("addition")
        }
        for seed in (0, 1)
    ]
    assert cells[0] == cells[1]


def test_runs_that_are_cut_say_so(world: Drawn) -> None:
    again = WORLDS["code_efficiency"].draw(WorldOptions(rungs=8, runs=10_000))
    for table in again.runs:
        chains = table.filter(pl.col("task_family") == "sha_chain")
        cut = chains["outcome"] == "limit_time"
        assert cut.mean() == pytest.approx(1 - again.truth["ceilings"][table["model"][0]]["sha_chain"])

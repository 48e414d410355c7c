"""What all worlds share: tables built from laws, sources of randomness, ladders and skills."""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from tasklaws.spec.harness import Harness
from tasklaws.spec.world import WorldOptions
from tasklaws.worlds._drawing import (
    Attempts,
    CellLaw,
    Texts,
    WorldTask,
    binary,
    drawn,
    generator,
    table,
)
from tasklaws.worlds._ladder import agent_at, half_at, height, ladder, place, skill
from tasklaws.worlds._people import baselines

if TYPE_CHECKING:
    from tasklaws.spec.world import Drawn

EASY, HARD = WorldTask("easy", 1, human_minutes=2.0), WorldTask("hard", 2, floor=0.25, version="3")


def _counting(n: int, rng: np.random.Generator) -> Attempts:
    """Return attempts whose scores and labels tell their number; nothing is drawn."""
    numbers = np.arange(n)
    labels = Texts(("submitted", "limit_time"), numbers % 2)
    scores = {"token_accuracy": numbers / 10, "reference_nll": numbers * 2.0}
    return Attempts(scores, labels, Texts(("loop", "call", "by_hand"), numbers % 3))


def _coins(rungs: int = 2, runs: int = 400, seed: int = 0) -> Drawn:
    """Return models that all are right half of the time at one task."""
    models = ladder(rungs)
    laws = [CellLaw(rung, EASY, {"exact": 0.5}, binary(0.5)) for rung in models]
    return drawn(WorldOptions(rungs, runs, seed), "W1", models, laws, about={})


def test_a_table_holds_each_law_and_metric_in_a_block_of_its_own() -> None:
    rung = ladder(2)[0]
    harness = Harness(elicitation="greedy")
    rates = {"token_accuracy": 0.15, "reference_nll": 3.0}
    laws = [CellLaw(rung, EASY, {"exact": 1.0}, binary(1.0)), CellLaw(rung, HARD, rates, _counting, harness)]
    runs = table("m", laws, 4, np.random.default_rng(0))
    assert runs["task_id"].to_list() == ["easy/1"] * 4 + ["hard/2"] * 8
    assert runs["metric"].to_list() == ["exact"] * 4 + ["token_accuracy"] * 4 + ["reference_nll"] * 4
    assert runs["score"].to_list() == [1.0] * 4 + [0.0, 0.1, 0.2, 0.3] + [0.0, 2.0, 4.0, 6.0]
    assert runs["unit"].to_list() == [None] * 8 + ["nats"] * 4
    assert runs["instance_id"].to_list() == ["0", "1", "2", "3"] * 3
    assert runs["outcome"].to_list() == ["submitted"] * 4 + ["submitted", "limit_time"] * 4
    assert runs["path"].to_list() == [None] * 4 + ["loop", "call", "by_hand", "loop"] * 2
    assert runs["elicitation"].to_list() == ["default"] * 4 + ["greedy"] * 8
    assert runs["harness_id"].n_unique() == 2
    assert set(runs["model"]) == {"m"}
    assert set(runs["epoch"]) == {0}


def test_models_of_one_law_draw_apart() -> None:
    first, second = (own["score"] for own in _coins(runs=2_000).runs)
    assert abs(np.corrcoef(first, second)[0, 1]) < 4 / np.sqrt(1_000)


def test_what_a_model_draws_does_not_hang_on_whether_others_were_drawn() -> None:
    whole, part = list(_coins(4).runs), _coins(4)
    assert next(iter(part.runs)).equals(whole[0])


def test_attempts_are_spread_evenly_and_rounded_up() -> None:
    world = _coins(rungs=3, runs=100)
    assert [own.height for own in world.runs] == [34, 34, 34]
    assert world.truth["attempts_per_cell"] == 34
    assert world.tasks["n_items"].to_list() == [34]


def test_task_records_say_floor_direction_and_time() -> None:
    rung = ladder(2)[0]
    laws = [
        CellLaw(rung, EASY, {"exact": 0.5}, binary(0.5)),
        CellLaw(rung, HARD, {"exact": 0.5, "reference_nll": 1.0}, binary(0.5)),
    ]
    rows = drawn(WorldOptions(), "W1", ladder(2), laws, about={}).tasks.rows(named=True)
    assert [(row["task_id"], row["metric"]) for row in rows] == [
        ("easy/1", "exact"), ("hard/2", "exact"), ("hard/2", "reference_nll"),
    ]  # fmt: skip
    assert [row["floor"] for row in rows] == [0.0, 0.25, None]
    assert [row["direction"] for row in rows] == ["higher", "higher", "lower"]
    assert [row["human_minutes"] for row in rows] == [2.0, None, None]
    assert [row["version"] for row in rows] == ["1", "3", "3"]


def test_every_world_seed_and_part_has_randomness_of_its_own() -> None:
    asked = list(product((0, 1, 2**32), ("W1", "W2", "W12"), ((), (0,), (1,), (1, 2))))
    first = {key: generator(WorldOptions(seed=key[0]), key[1], *key[2]).integers(2**63) for key in asked}
    assert all(first[a] != first[b] for a, b in combinations(asked, 2))
    assert (
        generator(WorldOptions(seed=1), "W2", 3).random() == generator(WorldOptions(seed=1), "W2", 3).random()
    )


@pytest.mark.parametrize("rungs", [2, 8, 120])
def test_a_ladder_spans_six_decades_evenly(rungs: int) -> None:
    models = ladder(rungs)
    heights = [height(rung) for rung in models]
    np.testing.assert_allclose(heights, np.linspace(18, 24, rungs))
    assert place(models[0]) == pytest.approx(0)
    assert place(models[-1]) == pytest.approx(1)
    assert [rung.model for rung in models] == sorted({rung.model for rung in models})


def test_sizes_may_have_several_seeds() -> None:
    models = ladder(3, seeds=2)
    assert len({rung.model for rung in models}) == len({rung.identity for rung in models}) == 6
    assert len({rung.n_params for rung in models}) == 3
    assert [rung.seed for rung in models] == [0, 1] * 3


def test_a_skill_gets_its_tokens_right_half_of_the_time_where_it_says() -> None:
    from tasklaws.spec.agent import AgentLaw

    copying = skill(21.0, 30, 0.4)
    agent = agent_at(AgentLaw({"copying": copying}), ladder(3)[1])
    assert (1 - agent.error_at("copying")) ** 30 == pytest.approx(0.5)
    assert half_at(copying, 30) == pytest.approx(21)
    assert half_at(copying, 300) == pytest.approx(21 + 1 / 0.4)


def test_people_who_give_up_are_told_apart() -> None:
    people = baselines({EASY: np.array([1.0, 5.0]), HARD: np.array([9.0])}, give_up=4.0)
    assert people.select("task_id", "minutes", "score", "outcome").rows() == [
        ("easy/1", 1.0, 1.0, "submitted"),
        ("easy/1", 4.0, 0.0, "limit_time"),
        ("hard/2", 4.0, 0.0, "limit_time"),
    ]
    assert people["run_id"].n_unique() == 3
    assert people["source"].unique().to_list() == ["baseline"]
    assert people.schema["minutes"] == pl.Float64

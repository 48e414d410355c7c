"""The census of sub-tasks: kinds of steps of plans, and of calls in transcripts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from tests.characteristics.design import drawn_suite

from tasklaws.assess.census import COLUMNS, census, described, family_census, suite_census, traced
from tasklaws.core.errors import BadInput
from tasklaws.core.tables import TASKS
from tasklaws.families import FAMILIES
from tasklaws.run.simulation import simulate
from tasklaws.spec.plan import InOrder, OneOf, Repeat, Way
from tasklaws.spec.step import Step
from tasklaws.spec.structure import work

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = Step("turn", tool="python")


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_every_family_has_a_census(name: str) -> None:
    family = FAMILIES[name]
    table = family_census(family)
    assert dict(table.schema) == COLUMNS
    for size in family.sizes:
        own = table.filter(pl.col("task_id") == f"{name}/{size}")
        assert own["operations"].sum() == work(family.plan(size))
        assert own["time_share"].sum() == pytest.approx(1)
        assert own["padding"].is_between(0, 1, closed="left").all()


def test_a_loop_of_a_tool_is_padding_and_written_once() -> None:
    table = family_census(FAMILIES["sha_chain"], [10, 1000])
    assert table["kind"].to_list() == ["loop", "loop"]
    assert table["operations"].to_list() == [10, 1000]
    assert table["padding"].to_list() == [0.9, 0.999]
    assert table["minutes"][0] == table["minutes"][1]


def test_turns_by_hand_are_no_padding() -> None:
    assert described(Repeat(Step("turn"), 5, "hand")) == "1 step: 1 skill; 0 % padding"
    assert described(Repeat(SCRIPT, 5, "tool")) == "1 step: 1 loop; 80 % padding"


def test_of_several_ways_the_longest_counts() -> None:
    plan = OneOf((Way("formula", Step("formula")), Way(None, InOrder((Step("write"), SCRIPT)))))
    assert described(plan) == "2 steps: 1 skill, 1 tool; 0 % padding"


def test_suite_census_takes_tasks_of_known_plans_and_their_human_times() -> None:
    suite = drawn_suite(np.full((3, 4), 0.5), 8, np.random.default_rng(0))
    names = ("sha_of/2", "sha_of/x", "other/3")
    counts = replace(suite.counts, tasks=names, families=("sha_of", "sha_of", "other"))
    facts = pl.DataFrame({"task_id": ["sha_of/2"], "human_minutes": [4.0]})
    tasks = pl.concat([TASKS.empty(), facts], how="diagonal_relaxed")
    told = suite_census(replace(suite, counts=counts, tasks=tasks))
    assert told["task_id"].to_list() == ["sha_of/2"]
    assert told["human_minutes"].to_list() == [4.0]
    assert suite_census(replace(suite, counts=counts))["human_minutes"].to_list() == [None]


def test_traced_counts_calls_and_their_time() -> None:
    trace = pl.DataFrame(
        {
            "file": "a",
            "sample_id": ["1", "1", "2", "2"],
            "epoch": [1, 1, 1, 1],
            "kind": ["model", "tool", "tool", "tool"],
            "function": [None, "bash", "bash", "submit"],
            "seconds": [1.0, 2.0, 1.0, None],
            "failed": [False, True, False, False],
        }
    )
    rows = {row["function"]: row for row in traced(trace).to_dicts()}
    assert rows["bash"] | {"time_share": None} == {
        "kind": "tool", "function": "bash", "calls": 2, "failed": 1, "samples": 2, "seconds": 3.0,
        "time_share": None,
    }  # fmt: skip
    assert rows["bash"]["time_share"] == 0.75
    assert rows["submit"]["seconds"] is None
    assert traced(trace.clear()).height == 0


def test_census_of_a_study_and_of_logs(tmp_path: Path) -> None:
    simulate("W1", tmp_path / "study", rungs=3, runs=300, seed=0)
    told = census(tmp_path / "study")
    assert set(told.tasks["task_family"]) <= {"sha_chain", "sum_range", "addition"}
    assert told.tasks.height > 0
    log = tmp_path / "log.json"
    log.write_text('{"samples": [{"id": 1, "epoch": 1, "messages": []}]}')
    assert census(log).logs == 1
    with pytest.raises(BadInput):
        census(tmp_path / "nothing")

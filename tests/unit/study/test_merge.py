from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from tasklaws.core.errors import BadLadder, BadTable
from tasklaws.core.tables import HUMAN_TIMES, TASKS, validate
from tasklaws.spec.ladder import Ladder, Rung
from tasklaws.spec.ladder_file import make_ladder
from tasklaws.study.merge import fresh_rows, merge_ladders, merge_tasks


def people(*rows: dict[str, Any]) -> pl.DataFrame:
    return validate(
        pl.DataFrame([{"task_family": "f", "task_id": "t"} | row for row in rows]), HUMAN_TIMES, unique=False
    )


def tasks(*rows: dict[str, Any]) -> pl.DataFrame:
    return validate(
        pl.DataFrame([{"task_family": "f", "task_id": "t", "metric": "m"} | row for row in rows]), TASKS
    )


def test_fresh_rows_are_those_not_held_each_once() -> None:
    new = people({"run_id": "1", "mood": "x"}, {"run_id": "2", "mood": "y"}, {"run_id": "2", "mood": "y"})
    kept, doubles = fresh_rows(new, people({"run_id": "1"}), HUMAN_TIMES)
    assert kept["run_id"].to_list() == ["2"]
    assert kept["mood"].to_list() == ["y"]
    assert doubles == 2


def test_rows_that_contradict_are_refused_with_both_hashes() -> None:
    with pytest.raises(BadTable, match=r"minutes 2\.0 and 1\.0 \(sha256 \w{12} and \w{12}\)"):
        fresh_rows(
            people({"run_id": "1", "minutes": 1.0}), people({"run_id": "1", "minutes": 2.0}), HUMAN_TIMES
        )


def test_task_records_complete_each_other() -> None:
    merged, warnings = merge_tasks(tasks({"floor": 0.25}), tasks({"human_minutes": 5.0}, {"task_id": "u"}))
    assert merged.select("task_id", "floor", "human_minutes").rows() == [("t", 0.25, 5.0), ("u", None, None)]
    assert warnings == []


@pytest.mark.parametrize(
    "change", [{"floor": 0.5}, {"content_hash": "y"}, {"human_minutes": 9.0}, {"task_family": "g"}]
)
def test_a_task_may_not_change_under_one_version(change: dict[str, Any]) -> None:
    before = tasks({"floor": 0.25, "content_hash": "x", "human_minutes": 5.0, "version": "1"})
    with pytest.raises(BadTable, match=f"changed under version 1: {next(iter(change))} was"):
        merge_tasks(before, tasks({"version": "1"} | change))
    renewed, warnings = merge_tasks(before, tasks({"version": "2"} | change))
    assert renewed["version"].to_list() == ["2"]
    assert "new version" in warnings[0]


def test_ladders_complete_each_other() -> None:
    old = make_ladder([Rung("a", n_params=1e9, n_tokens=2e10)])
    new = merge_ladders(old, [Rung("a", loss_nats=2.0), Rung("b", n_params=2e9)], None)
    assert new["a"].loss_nats == 2.0
    assert new["a"].flops == 6 * 1e9 * 2e10
    assert new.models() == ("a", "b")


def test_stated_compute_replaces_computed_compute() -> None:
    old = make_ladder([Rung("a", n_params=1e9, n_tokens=2e10)])
    assert merge_ladders(old, [Rung("a", flops=1e20)], None)["a"].flops_source == "stated"


def test_models_of_one_name_that_differ_are_refused() -> None:
    with pytest.raises(BadLadder, match="two models are called 'a'"):
        merge_ladders(make_ladder([Rung("a", n_params=1e9)]), [Rung("a", n_params=2e9)], None)


def test_an_empty_ladder_takes_the_axis_of_the_new() -> None:
    assert merge_ladders(Ladder((), "flops"), [Rung("a", n_params=1e9)], "n_params").axis == "n_params"

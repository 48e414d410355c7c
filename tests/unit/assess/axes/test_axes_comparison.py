"""Axes against each other, on worlds whose truth is known."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.characteristics.checks._timed import Size, explaining, timed, world_suite

from tasklaws.assess.axes import axes, shoot_out
from tasklaws.assess.axes.normalising import ALL, normalisation
from tasklaws.core.tables import HUMAN_TIMES
from tasklaws.run.simulation import simulate
from tasklaws.theory.thresholds import gap_index

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.assess.evidence import Suite

HUMAN, ANSWERS = "human_time", "empirical_difficulty"
SIZE = Size(10, 5, 6)


def row(made: dict[str, Any], axis: str, task: str) -> dict[str, Any]:
    (found,) = (one for one in made["rows"] if (one["axis"], one["task"]) == (axis, task))
    return found


def difference(made: dict[str, Any], task: str = "new_models") -> dict[str, Any]:
    """Return human time against empirical difficulty, in this order."""
    (found,) = (one for one in made["pairs"] if (one["a"], one["b"], one["task"]) == (HUMAN, ANSWERS, task))
    return found


def test_human_time_loses_to_answers_where_tasks_are_padded_and_not_where_it_tells() -> None:
    padded = difference(shoot_out(world_suite("padded", 6, 8, np.random.default_rng(0))))
    assert padded["lower"] > 0
    assert padded["log_upper"] < 0
    assert padded["p"] < 0.05
    sound = difference(shoot_out(world_suite("spread_skills", 6, 8, np.random.default_rng(0))))
    assert sound["crps_difference"] < 0
    assert sound["p"] is None
    assert sound["reason"] == "fewer-than-5-blocks"


def test_time_that_tells_difficulty_forecasts_new_tasks() -> None:
    made = shoot_out(explaining(0.9, SIZE, np.random.default_rng(0)))
    found = row(made, HUMAN, "new_tasks")
    assert found["verdict"] == "better"
    assert 0.3 < found["lower"] < found["skill"] < found["upper"]
    assert found["gain"] > 0
    assert found["blocks"] == 10
    assert found["n"] == 10 * 5 * 6 * 8
    assert row(made, "none", "new_tasks")["skill"] == 0


def test_noise_is_no_axis() -> None:
    rng = np.random.default_rng(0)
    suite = explaining(0.0, SIZE, rng)
    noise = {"noise": dict(zip(suite.counts.tasks, rng.normal(size=50).tolist(), strict=True))}
    made = shoot_out(suite, stated=noise)
    for task in ("new_models", "new_tasks"):
        for name in ("noise", HUMAN):
            found = row(made, name, task)
            assert found["lower"] <= 0
            assert found["verdict"] != "better"


def test_what_is_learnt_from_a_task_cannot_forecast_a_new_one() -> None:
    made = shoot_out(explaining(0.5, SIZE, np.random.default_rng(0)))
    for name in (ANSWERS, "compute_equivalent", "level_only", "work", "order"):
        found = row(made, name, "new_tasks")
        assert found["status"] == "undefined"
        assert found["skill"] is None
        assert found["reason"]
    assert "answers to the very task" in row(made, ANSWERS, "new_tasks")["reason"]


def test_without_human_times_the_axis_says_so() -> None:
    suite = replace(explaining(0.5, SIZE, np.random.default_rng(0)), human=HUMAN_TIMES.empty())
    for task in ("new_models", "new_tasks"):
        assert row(shoot_out(suite), HUMAN, task)["reason"] == "the study has no human times"


def test_same_evidence_and_seed_give_the_same_document() -> None:
    suite = explaining(0.5, Size(6, 3, 4), np.random.default_rng(0))
    first, again, other = shoot_out(suite, seed=1), shoot_out(suite, seed=1), shoot_out(suite, seed=2)
    assert json.dumps(first, allow_nan=False) == json.dumps(again)
    assert row(first, HUMAN, "new_tasks")["skill"] == row(other, HUMAN, "new_tasks")["skill"]
    assert row(first, HUMAN, "new_tasks")["lower"] != row(other, HUMAN, "new_tasks")["lower"]


def test_order_and_work_come_from_the_plans() -> None:
    size = Size(4, 5, 5, runs=20)
    rng = np.random.default_rng(0)
    names = ("sum_range", "addition", "work_in_order", "nested_calls")
    sizes = (1, 2, 3, 4, 5)
    steps = np.tile(np.linspace(-2, 2, 5), 4)
    suite = timed(steps, steps, size, rng)
    tasks = tuple(f"{name}/{number}" for name in names for number in sizes)
    suite = replace(
        suite,
        counts=replace(suite.counts, tasks=tasks, families=tuple(t.split("/")[0] for t in tasks)),
        human=HUMAN_TIMES.empty(),
    )
    made = shoot_out(suite)
    order = row(made, "order", "new_tasks")
    assert order["skill"] > 0.3
    assert order["status"] == "few_blocks"
    assert order["verdict"] == "not told"
    (agreed,) = (one for one in made["agreement"] if (one["a"], one["b"]) == (ANSWERS, "order"))
    assert agreed["tau_b"] > 0.7


@pytest.mark.parametrize(("families", "rungs"), [(1, 6), (2, 6), (10, 2), (10, 1), (1, 1)])
def test_little_evidence_is_null_with_a_reason(families: int, rungs: int) -> None:
    made = shoot_out(explaining(0.5, Size(families, 6, rungs), np.random.default_rng(0)))
    json.dumps(made, allow_nan=False)
    if families < 3:
        assert "families" in row(made, HUMAN, "new_tasks")["reason"]
    if rungs < 3:
        assert "two sizes" in row(made, HUMAN, "new_models")["reason"]
    if (families, rungs) == (1, 6):
        found = row(made, HUMAN, "new_models")
        assert (found["lower"], found["p"]) == (None, None)
        assert "one-block" in found["reason"]


def test_odd_counts_break_nothing() -> None:
    rng = np.random.default_rng(0)
    for fill in ("zero", "one", "random", "one task"):
        suite = explaining(0.5, Size(4, 2, 4), rng)
        counts = suite.counts
        n = rng.integers(0, 5, counts.n.shape).astype(float)
        k = {"zero": 0 * n, "one": n}.get(fill, rng.uniform(size=n.shape) * n)
        if fill == "one task":
            n[1:], k[1:] = 0, 0
        floor = np.full(len(counts.tasks), 0.25)
        odd = replace(suite, counts=replace(counts, n=n, k=k, floor=floor))
        json.dumps([shoot_out(odd), normalisation(odd)], allow_nan=False)


def test_attempts_that_a_limit_ended_are_left_out_when_asked() -> None:
    suite = explaining(0.5, Size(6, 3, 4), np.random.default_rng(0))
    limited = np.where(np.arange(18)[:, None] < 9, suite.counts.n - suite.counts.k, 0.0)
    suite = replace(suite, counts=replace(suite.counts, n_limit=limited))
    kept, dropped = (row(shoot_out(suite, limits=one), HUMAN, "new_tasks") for one in ("failure", "drop"))
    assert kept["n"] - dropped["n"] == limited.sum()


def test_rows_say_what_they_are_where_limits_count_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    suite = explaining(0.5, Size(6, 3, 4), np.random.default_rng(0))
    limited = np.where(np.arange(18)[:, None] < 9, suite.counts.n - suite.counts.k, 0.0)
    suite = replace(suite, counts=replace(suite.counts, n_limit=limited))
    monkeypatch.setattr("tasklaws.assess.axes.comparison.suites", lambda _: [suite])
    made = axes("any").document()
    dropped = shoot_out(suite, limits="drop")
    for one, other in zip(made["rows"], dropped["rows"], strict=True):
        assert one["other_limits"]["limits"] == "drop"
        assert one["other_limits"]["skill"] == other["skill"]
        assert one["other_limits"]["n"] == other["n"]


def test_a_suite_of_which_limits_ended_all_attempts_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    suite = explaining(0.5, Size(6, 3, 4), np.random.default_rng(0))
    counts = replace(suite.counts, n_limit=suite.counts.n, k_limit=suite.counts.k)
    monkeypatch.setattr("tasklaws.assess.axes.comparison.suites", lambda _: [replace(suite, counts=counts)])
    made = axes("any", normalise=True).document()
    assert row(made, HUMAN, "new_tasks")["skill"] is not None
    assert all(one["other_limits"] is None for one in made["rows"])
    assert axes("any", limits="drop").document()["rows"] == []


def test_normalising_makes_no_steps_consistent() -> None:
    rng = np.random.default_rng(0)
    difficulty = np.concatenate(
        [np.linspace(-2, 2, 20), np.sort(rng.normal(size=20)), rng.uniform(-2, 2, 20)]
    )
    suite: Suite = timed(difficulty, difficulty, Size(3, 20, 8, runs=60), rng)
    told = normalisation(suite)
    families = [one for one in told["rows"] if one["family"] != ALL and one["raw"] is not None]
    assert len(families) == 3
    for one in families:
        assert one["z_scored"] == pytest.approx(one["raw"])
        assert one["rank_normalised"] == pytest.approx(one["rank_normalised_even"])
        if one["tasks"] == 20:
            assert one["rank_normalised"] == pytest.approx(14.29, abs=0.01)  # formal model, P17
    assert np.ptp([one["raw"] for one in families]) > 1
    assert "outside" in told["text"]
    assert gap_index(difficulty[:20]) == pytest.approx(19)


def test_a_study_is_compared_as_its_suite_is(tmp_path: Path) -> None:
    simulate("W7", tmp_path / "w7", rungs=5, runs=2000)
    made = axes(tmp_path / "w7", normalise=True)
    document = made.document()
    assert {"rows", "pairs", "agreement", "normalisation", "conditions"} <= document.keys()
    assert {one["lineage"] for one in document["rows"]} == {"simulated"}
    assert document["normalisation"][0]["rows"][0]["family"] == ALL
    assert all(one["other_limits"] is None for one in document["rows"])
    assert document["conditions"]["limits"].startswith("attempts that a limit ended count")
    assert axes(tmp_path / "w7").document()["normalisation"] is None
    json.dumps(document, allow_nan=False)

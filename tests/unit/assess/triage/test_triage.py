"""Triage: every leaf hits its fault and is quiet or honest where there is none; the first hit wins."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from tests.characteristics.design import drawn_suite
from tests.characteristics.faults import FAULTS, drawn, good, world

from tasklaws.assess.certificate import Certificate, judged
from tasklaws.assess.check import Check, Finding, does_not_apply, unknown
from tasklaws.assess.surprises import RungShock, Surprises
from tasklaws.assess.triage.leaf import LEAVES
from tasklaws.assess.triage.leaves import (
    ladder_order,
    metric,
    path_change,
    rung_shock,
    scorer_error,
    unexplained,
)
from tasklaws.assess.triage.route import triage

if TYPE_CHECKING:
    from types import ModuleType

    from tasklaws.assess.evidence import Evidence
    from tasklaws.assess.triage.leaf import Answer

BARE = drawn_suite(np.full((3, 2), 0.5), 8, np.random.default_rng(0)).evidence("family")
PASS, FAIL = Finding(ok=True, text="sound."), Finding(ok=False, text="broken.")
OWN = {
    "scorer_error": scorer_error,
    "ladder_order": ladder_order,
    "path_change": path_change,
    "metric": metric,
    "rung_shock": rung_shock,
    "unexplained": unexplained,
}
BY_CHECKS = ("one model is off", "tasks are too easy")
"""Faults that their leaf finds by a forecast, or by a check of the certificate."""
DECIDING = {
    "harness_ceiling": "harness_limits",
    "elicitation": "elicitation",
    "linearity": "metric",
    "binarity": "metric",
    "human_time": "x_axis",
    "padding": "x_axis",
    "hardness_adjustment": "x_axis",
    "step": "genuine_step",
    "consistent_steps": "genuine_step",
    "distinct_levels": "genuine_step",
}


def certificate(**findings: Finding) -> Certificate:
    checks = [Check(name, "D1", "C1", "", "", "emerging", lambda *_: PASS) for name in DECIDING]
    return judged(BARE, checks, [findings.get(name, PASS) for name in DECIDING])


@lru_cache(maxsize=16)
def planted(fault: str | None, number: int = 0) -> Evidence:
    return world(fault, np.random.default_rng(number))


def looked(leaf: str, evidence: Evidence) -> Answer:
    return OWN[leaf].LEAF.look(evidence, certificate())


def with_attempts(evidence: Evidence, *made: pl.Expr) -> Evidence:
    return replace(evidence.suite, runs=evidence.suite.runs.with_columns(*made)).evidence(evidence.family)


def test_leaves_are_numbered_one_to_ten() -> None:
    assert sorted(leaf.number for leaf in LEAVES.values()) == list(range(1, 11))
    assert all(leaf.name == name for name, leaf in LEAVES.items())


@pytest.mark.parametrize(("check", "leaf"), DECIDING.items())
def test_a_failed_check_hits_its_leaf(check: str, leaf: str) -> None:
    found = triage(BARE, certificate(**{check: FAIL}))
    assert found.leaf == leaf
    assert found.hits == (leaf,)
    assert found.text == "broken."


def test_the_first_hit_wins_and_all_are_kept() -> None:
    found = triage(BARE, certificate(step=FAIL, human_time=FAIL, harness_ceiling=FAIL))
    assert found.leaf == "harness_limits"
    assert found.hits == ("harness_limits", "x_axis", "genuine_step")
    assert [one.leaf.number for one in found.leaves] == list(range(1, 11))
    json.dumps(found.document())


def test_what_is_not_told_is_no_hit_and_says_what_is_missing() -> None:
    found = triage(BARE, certificate(step=unknown("two more sizes", "not told.")))
    answer = next(one.answer for one in found.leaves if one.leaf.name == "genuine_step")
    assert found.leaf is None
    assert answer.hit is None
    assert answer.reason == "two more sizes"
    assert "genuine_step" in found.text


def test_a_check_that_does_not_apply_leaves_the_others_to_tell() -> None:
    absent = does_not_apply("no human times.")
    found = triage(BARE, certificate(padding=absent))
    assert next(one.answer.hit for one in found.leaves if one.leaf.name == "x_axis") is False
    none = triage(BARE, certificate(padding=absent, human_time=absent, hardness_adjustment=absent))
    assert next(one.answer.hit for one in none.leaves if one.leaf.name == "x_axis") is None


@pytest.mark.parametrize("leaf", ["scorer_error", "ladder_order", "path_change", "rung_shock"])
def test_bare_counts_cannot_be_tested(leaf: str) -> None:
    answer = looked(leaf, BARE)
    assert answer.hit is None
    assert answer.reason


@pytest.mark.parametrize(
    "fault", [name for name, (leaf, _) in FAULTS.items() if leaf in OWN and name not in BY_CHECKS]
)
def test_a_planted_fault_hits_its_leaf_and_no_world_without_it_does(fault: str) -> None:
    leaf = FAULTS[fault][0]
    assert looked(leaf, planted(fault)).hit is True
    assert looked(leaf, planted(None)).hit is False


def test_scores_of_one_answer_that_a_limit_ended_may_differ() -> None:
    evidence = planted("scores of like answers differ")
    limited = with_attempts(evidence, pl.lit("limit_time").alias("outcome"))
    assert scorer_error.rescored(evidence.runs)[1] > 0
    assert scorer_error.rescored(limited.runs) == (0, 0)


def test_rows_of_one_attempt_are_told_by_its_run_id() -> None:
    runs = planted(None).runs.head(4).with_columns(
        pl.Series("run_id", ["a", "a", "b", "b"]), pl.Series("score", [1.0, 0.0, 1.0, 1.0]),
        pl.lit(None, pl.String).alias("text"), pl.lit("t").alias("task_id"),
    )  # fmt: skip
    assert scorer_error.rescored(runs) == (2, 1)


def test_a_reference_solution_that_fails_is_an_error_of_the_scorer() -> None:
    evidence = planted(None)
    own = evidence.attempts.head(1).with_columns(pl.lit("reference").alias("elicitation"))
    for score, hit in ((0.0, True), (1.0, False)):
        runs = pl.concat([evidence.suite.runs, own.with_columns(pl.lit(score).alias("score"))])
        assert looked("scorer_error", replace(evidence.suite, runs=runs).evidence(evidence.family)).hit is hit


def losses(*values: float, seeds: int = 1) -> list[dict[str, Any]] | None:
    suite = drawn_suite(np.full((2, len(values)), 0.5), 4, np.random.default_rng(0))
    rungs = tuple(
        replace(rung, loss_nats=loss) for rung, loss in zip(suite.rungs, values, strict=True)
    )  # fmt: skip
    sizes = tuple(str(i // seeds) for i in range(len(values)))
    return ladder_order.losses(replace(suite, rungs=rungs, sizes=sizes))


def test_a_loss_that_rises_is_found_beyond_the_noise_of_seeds() -> None:
    assert losses(3.0, 2.0, 2.5) == [{"below": "1", "above": "2", "from": 2.0, "to": 2.5}]
    assert losses(3.0, 2.5, 2.0) == []
    assert losses(3.0, 2.0, 2.01) == []
    assert losses(3.0, 3.4, 2.0, 2.6, 2.2, 2.6, seeds=2) == []
    assert losses(3.0) is None


def fresh(drop: float, instances: int, attempts: int) -> float:
    """Return p of the first model's drop where each instance is right in all its attempts or in none."""
    rng = np.random.default_rng(0)
    new = np.arange(instances) % 2 == 1
    right = rng.random(instances) < np.where(new, 0.8 - drop, 0.8)
    frame = pl.DataFrame(
        {"model": BARE.suite.models[0], "task_family": "family", "task_id": "task-000", "metric": "exact",
         "elicitation": "default", "instance_id": np.repeat(np.arange(instances).astype(str), attempts),
         "score": np.repeat(right.astype(float), attempts), "fresh": np.repeat(new, attempts)}
    )  # fmt: skip
    found = ladder_order.drops(replace(BARE.suite, runs=frame).evidence("family"))
    assert found is not None
    return float(found[0]["p"])


def test_a_drop_is_tested_by_instances_and_not_by_attempts() -> None:
    assert fresh(0.6, 60, 1) < 0.001
    assert fresh(0.6, 60, 50) == pytest.approx(fresh(0.6, 60, 1))
    assert fresh(0.0, 60, 1) > 0.05


def test_paths_need_successes_below() -> None:
    evidence = planted("a shortcut is found")
    last = pl.col("model") == evidence.suite.models[-1]
    lost = pl.when(last).then("score").otherwise(0.0).alias("score")
    assert looked("path_change", with_attempts(evidence, lost)).hit is None


def test_an_end_is_told_from_counts_alone() -> None:
    rng = np.random.default_rng(0)
    for rate, end in ((0.0, "chance"), (1.0, "all right"), (0.5, None)):
        assert metric.stuck(drawn_suite(np.full((20, 6), rate), 8, rng).evidence("family")) == end
    assert metric.stuck(drawn_suite(np.zeros((2, 3)), 2, rng).evidence("family")) is None


def test_a_score_that_goes_from_end_to_end_is_no_fault_of_the_metric() -> None:
    rates = np.repeat(np.array([[0.0, 0.0, 0.0, 1.0, 1.0, 1.0]]), 20, axis=0)
    evidence = drawn_suite(rates, 8, np.random.default_rng(0)).evidence("family")
    assert metric.LEAF.look(evidence, certificate(linearity=FAIL)).hit is False
    assert metric.LEAF.look(evidence, certificate(linearity=FAIL, binarity=FAIL)).hit is True


def shock(p: float | None, points: float | None) -> Answer:
    rows = pl.DataFrame(
        {"task_id": ["task-000"], "direction": ["below"], "pit": [1e-4], "p": [2e-4], "q": [2e-4],
         "surprise": [True]}
    )  # fmt: skip
    found = {"model-03": Surprises(rows, RungShock(1.0, points, p, None if p else "few"))}
    return _patched(rung_shock, found, BARE)


def _patched(module: ModuleType, found: object, evidence: Evidence) -> Answer:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "last_rung", lambda _: found)
        answer: Answer = module.LEAF.look(evidence, certificate())
    return answer


def test_a_shock_has_to_be_sure_and_large() -> None:
    assert shock(0.001, -20.0).hit is True
    assert shock(0.001, 2.0).hit is False
    assert shock(0.03, -20.0).hit is False
    assert shock(None, None).hit is None


def test_the_largest_surprises_are_linked_to_their_attempts() -> None:
    evidence = planted(None)
    model, tasks = evidence.suite.models[-1], evidence.counts.tasks[:7]
    rows = pl.DataFrame(
        {"task_id": tasks, "direction": ["below"] * 3 + ["above"] * 4,
         "pit": [1e-4, 0.1, 0.2, 0.6, 0.7, 0.79, 1.0],
         "p": 0.1, "q": 0.1, "surprise": [True] + [False] * 6}
    )  # fmt: skip
    answer = _patched(unexplained, {model: Surprises(rows, RungShock(None, None, None))}, evidence)
    largest = answer.figures["largest"]
    assert answer.hit is True
    assert [one["task_id"] for one in largest] == [tasks[i] for i in (6, 0, 1, 2, 5)]
    assert np.isfinite(largest[0]["z"])
    attempts = evidence.attempts.filter((pl.col("model") == model) & (pl.col("task_id") == tasks[0]))
    failed = attempts.filter(pl.col("score") == 0)["instance_id"].to_list()
    assert [one["instance_id"] for one in largest[1]["attempts"]] == sorted(failed)[:3]
    json.dumps(answer.figures)


def test_a_world_is_drawn_alike_from_a_seed() -> None:
    first, again = (drawn(good(rng), rng) for rng in (np.random.default_rng(1), np.random.default_rng(1)))
    assert first.runs.equals(again.runs)


@pytest.mark.parametrize(("tasks", "rungs"), [(0, 4), (1, 1), (1, 2), (2, 6)])
@pytest.mark.parametrize("what", ["nobody was asked", "fractions", "none", "all", "guesses"])
def test_nothing_breaks_it(tasks: int, rungs: int, what: str) -> None:
    rng = np.random.default_rng(rungs)
    suite = drawn_suite(np.full((tasks, rungs), 0.5), 8, rng, floor=0.25 if what == "guesses" else 0.0)
    told = suite.counts
    k = {"none": 0 * told.k, "all": told.n, "fractions": told.k * 0.9}.get(what, told.k)
    n = 0 * told.n if what == "nobody was asked" else told.n
    suite = replace(suite, counts=replace(told, k=np.minimum(k, n), n=n), graded=(("family", "other"),))
    found = triage(suite.evidence("family"), certificate())
    assert len(found.leaves) == 10
    json.dumps(found.document())

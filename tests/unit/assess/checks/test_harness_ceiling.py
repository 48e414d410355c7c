"""Harness ceiling: found where limits set scores, not where models' own mistakes do."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from scipy.special import expit
from scipy.stats import binomtest, spearmanr

from tasklaws.assess.check import CHECKS
from tasklaws.assess.checks.harness_ceiling import ceilings
from tasklaws.assess.evidence import Counts, suite_from_counts, suites
from tasklaws.assess.horizon_fit import half_time
from tasklaws.run.imports import import_runs
from tasklaws.run.simulation import simulate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import ArrayLike

    from tasklaws.assess.check import Finding
    from tasklaws.assess.evidence import Evidence, Suite


def evidence(k: ArrayLike, n: ArrayLike, ended: ArrayLike, floor: float = 0.0) -> Evidence:
    """Return evidence of counts of shape (tasks, models); a limit ended `ended` failures."""
    k, n, ended = np.broadcast_arrays(*(np.asarray(one, dtype=float) for one in (k, n, ended)))
    tasks, models = k.shape
    names = tuple(f"m{j}" for j in range(models))
    counts = Counts(
        tuple(f"t{i:02d}" for i in range(tasks)), ("f",) * tasks, names, k, n, np.zeros(k.shape), ended,
        np.full(tasks, floor), np.ones(tasks),
    )  # fmt: skip
    return suite_from_counts(counts, np.arange(models) / 3).evidence("f")


def judged(one: Evidence, seed: int = 0) -> Finding:
    found = CHECKS["harness_ceiling"].judge(one, np.random.default_rng(seed))
    json.dumps(dict(found.details), allow_nan=False)
    return found


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Suite]:
    def drawn(name: str) -> Suite:
        study = tmp_path_factory.mktemp(name) / "study"
        simulate(name, study, rungs=8, runs=3000, seed=3)
        return suites(study)[0]

    return drawn


def test_limits_that_end_most_failures_of_the_best_models_fail_the_family() -> None:
    k = np.array([[2, 8, 10, 10], [1, 7, 10, 10], [0, 0, 0, 0], [0, 0, 0, 0]])
    ended = np.where(np.arange(4)[:, None] >= 2, 9, 0)
    found = judged(evidence(k, 10, ended))
    test = binomtest(18, 20, 0.5, alternative="greater")
    interval = test.proportion_ci(0.95, method="exact")
    assert found.ok is False
    assert found.statistic == pytest.approx(0.9)
    assert found.lower == pytest.approx(interval.low)
    assert found.p == pytest.approx(2 * test.pvalue)
    assert found.details["top"] == ["m2", "m3"]
    assert "18 of 20 failures of m3" in found.text
    assert "50% with them as failures" in found.text
    assert found.details["plateau"] == {"jaccard": 1.0, "gain": 0.0}


def test_the_sensitivity_of_the_score_is_of_three_ways_to_count_limits() -> None:
    # Task 1: 4 of 10, 2 failures at limits. Task 2: none of 10, all at limits.
    found = judged(evidence([[4], [0]], 10, [[2], [10]]))
    row = found.details["models"][0]
    assert row["score"] == pytest.approx((0.4 + 0) / 2)
    assert row["score_dropped"] == pytest.approx(4 / 8)
    assert row["score_all"] == pytest.approx((0.6 + 1) / 2)
    assert (row["tasks"], row["tasks_dropped"]) == (2, 1)
    assert row["ceiling"] == pytest.approx(1 - 12 / 20)


def test_mistakes_before_the_limit_pass() -> None:
    found = judged(evidence([[1, 5, 8], [0, 3, 6]], 20, [[1, 1, 1], [0, 1, 0]]))
    assert found.ok is True
    assert found.p == pytest.approx(1.0, abs=1e-3)


def test_a_weak_model_that_rambles_into_its_limit_is_no_ceiling() -> None:
    found = judged(evidence([[0, 1, 12, 15], [0, 0, 10, 12]], 20, [[20, 19, 0, 0], [20, 20, 0, 0]]))
    assert found.ok is True
    assert found.details["top"] == ["m2", "m3"]


def test_where_no_model_can_limits_and_want_of_ability_are_not_told_apart() -> None:
    found = judged(evidence(np.zeros((3, 4)), 10, 10))
    assert (found.ok, found.applies, found.reason) == (None, True, "no-able-model")
    guessing = judged(evidence(np.full((3, 4), 3), 12, 9, floor=0.25))
    assert guessing.reason == "no-able-model"


def test_too_few_failures_are_no_pass() -> None:
    found = judged(evidence([[5, 9], [4, 9]], 10, [[0, 1], [0, 1]]))
    assert (found.ok, found.reason) == (None, "too-few-failures")


def test_a_rare_accident_is_no_ceiling() -> None:
    assert judged(evidence([[300, 394], [200, 400]], 400, [[0, 6], [0, 0]])).ok is True


def test_a_ceiling_that_a_stronger_model_passes_does_not_hold_the_ladder() -> None:
    k = np.array([[20, 20, 20], [0, 0, 20], [0, 0, 19]])
    ended = np.array([[0, 0, 0], [20, 20, 0], [20, 20, 0]])
    assert judged(evidence(k, 20, ended)).ok is True
    assert judged(evidence(k[:, :2], 20, ended[:, :2])).ok is False


def test_a_study_that_does_not_say_how_attempts_ended_is_not_judged() -> None:
    found = judged(evidence([[1, 5], [2, 9]], 10, 0))
    assert (found.ok, found.applies) == (None, False)


@pytest.mark.parametrize("name", ["tool_chain", "two_harnesses"])
def test_loops_under_a_timeout_fail_and_additions_beside_them_pass(
    world: Callable[[str], Suite], name: str
) -> None:
    suite = world(name)
    assert {family: judged(suite.evidence(family)).ok for family in suite.families} == {
        "addition": True,
        "sha_chain": False,
        "sum_range": False,
    }


@pytest.mark.parametrize("name", ["hand_chain", "spread_skills"])
def test_worlds_without_limits_pass(world: Callable[[str], Suite], name: str) -> None:
    suite = world(name)
    assert {judged(suite.evidence(family)).ok for family in suite.families} == {True}


def test_ceilings_stand_in_the_order_of_the_speed_of_code(tmp_path: Path) -> None:
    simulate("code_efficiency", tmp_path / "study", rungs=8, runs=3000, seed=3)
    (suite,) = suites(tmp_path / "study")
    found = judged(suite.evidence("sha_chain"))
    assert found.ok is False
    slowness = json.loads((tmp_path / "study" / "truth.json").read_text())["slowness"]
    rows = found.details["models"]
    order = spearmanr([slowness[row["model"]] for row in rows], [row["ceiling"] for row in rows])
    assert order.statistic < -0.95


def test_the_usage_limits_of_metr_are_found_for_each_model(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "metr"
    import_runs("metr", [folder / "runs_2025-01.jsonl.gz", folder / "release_dates.yaml"], tmp_path / "study")
    (suite,) = suites(tmp_path / "study")
    table = ceilings(suite)
    assert (table["limited"].sum(), table["limited_failures"].sum()) == (1912, 1861)
    assert set(table.filter("above_half")["model"]) == {"GPT-4 0314", "o1", "davinci-002"}
    assert table.filter(~table["able"])["model"].to_list() == ["davinci-002"]
    row = table.row(by_predicate=pl.col("model") == "o1", named=True)
    # The formal model (0b.11) has 43 and 99 minutes.
    assert row["p50"] == pytest.approx(43, rel=0.05)
    assert row["p50_dropped"] == pytest.approx(99, rel=0.05)
    assert row["p50_all"] is None
    assert row["score"] < row["score_dropped"] < row["score_all"]


def test_ceilings_of_a_suite_without_human_times_have_no_horizons() -> None:
    table = ceilings(evidence([[1, 5], [2, 9]], 10, [[1, 1], [0, 1]]).suite)
    assert table["p50"].null_count() == table.height == 2


def test_half_time_finds_where_a_logistic_crosses_one_half() -> None:
    minutes = 2.0 ** np.arange(-3, 11)
    rates = expit(-0.8 * (np.log2(minutes) - 4))
    assert half_time(rates, minutes, np.ones(14)) == pytest.approx(16, rel=0.03)


def test_half_time_counts_a_task_of_double_weight_twice() -> None:
    minutes, rates = np.array([1.0, 4.0, 16.0, 64.0]), np.array([0.9, 0.8, 0.2, 0.3])
    twice = half_time(np.append(rates, 0.2), np.append(minutes, 16.0), np.ones(5))
    assert half_time(rates, minutes, np.array([1.0, 1.0, 2.0, 1.0])) == pytest.approx(twice, rel=1e-4)
    assert half_time(rates, minutes, np.ones(4)) != pytest.approx(twice, rel=1e-2)


def test_half_time_is_none_where_nothing_crosses() -> None:
    minutes, even = 2.0 ** np.arange(6), np.ones(6)
    assert half_time(np.ones(6), minutes, even) is None
    assert half_time(np.linspace(0, 1, 6), minutes, even) is None
    assert half_time(np.full(6, np.nan), minutes, even) is None
    assert half_time(np.array([0.97, 0.97, 0.96, 0.96, 0.95, 0.95]), minutes, even) is None


def test_any_counts_are_judged_and_the_same_twice() -> None:
    rng = np.random.default_rng(5)
    verdicts = set()
    for _ in range(60):
        shape = (rng.integers(1, 6), rng.integers(2, 7))
        n = rng.choice([0, 1, 4, 20], shape).astype(float)
        k = np.clip(rng.choice([0.0, 0.5, 1.0]) * n + rng.choice([0, 0.25]), 0, n)
        ended = rng.integers(0, 3, shape) * n / 2
        one = evidence(k, n, ended, float(rng.choice([0, 0.25])))
        one = replace(one, suite=replace(one.suite, seed=1))
        assert judged(one) == judged(one)
        verdicts.add(judged(one).ok)
    assert verdicts == {True, False, None}

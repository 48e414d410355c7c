"""Hardness adjustment: found in what the study says of versions, and in the times of pilots."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import ttest_1samp
from tests.characteristics.checks.hardness_adjustment import family, fitted, sound, timed

from tasklaws.assess.check import CHECKS
from tasklaws.assess.checks._adjustments import adjustments, later
from tasklaws.assess.evidence import suites
from tasklaws.assess.heaping import heap
from tasklaws.run.simulation import simulate

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.assess.check import Finding
    from tasklaws.assess.evidence import Evidence


def judged(one: Evidence, seed: int = 0) -> Finding:
    found = CHECKS["hardness_adjustment"].judge(one, np.random.default_rng(seed))
    json.dumps(dict(found.details), allow_nan=False)
    return found


def made(
    tasks: int = 10, versions: list[Any] | None = None, fresh: bool = True, shift: float = 0.0
) -> Evidence:
    """Return a family whose fresh people need exp(shift) times as long as its pilots."""
    rng = np.random.default_rng(8)
    hardness = np.linspace(-2, 2, tasks)
    people = hardness[:, None] + shift + rng.normal(0, 0.3, (tasks, 2))
    pilot = hardness + rng.normal(0, 0.3, tasks)
    suite = family(6, hardness, 8, 0.0, rng)
    return timed(suite, pilot, people if fresh else None, versions or ["1"] * tasks).evidence("family")


@pytest.mark.parametrize(
    ("version", "is_later"),
    [("1", False), ("1.0", False), ("v2", True), ("1.1", True), ("10", True), ("0.3", False), ("main", None),
     (None, None), (" 2 ", True)],
)  # fmt: skip
def test_a_version_is_later_where_it_is_above_1(version: str | None, is_later: bool | None) -> None:
    assert later(version) is is_later


def test_tasks_adjusted_and_not_timed_anew_fail() -> None:
    found = judged(made(versions=["2", "3", "2", *"1111111"], fresh=False))
    assert found.ok is False
    assert found.statistic == pytest.approx(0.3)
    assert found.p is None  # what the study states is no test, and Holm must not overturn it
    assert "3 of 10 tasks" in found.text
    assert found.details["fits"]["all"] != found.details["fits"]["unadjusted"]
    assert found.chart is not None


def test_a_fifth_is_allowed_and_fresh_people_make_good() -> None:
    assert judged(made(versions=["2", "2", *"11111111"], fresh=False)).ok is True
    assert judged(made(versions=["2"] * 10, fresh=True)).ok is True


def test_a_family_with_few_fails_where_the_suite_has_many() -> None:
    one = made(versions=["2", *"111111111"], fresh=False)
    assert judged(one).ok is True
    others = one.suite.tasks.with_columns(
        pl.lit("other").alias("task_family"),
        pl.lit("2").alias("version"),
        pl.format("other-{}", "task_id").alias("task_id"),
    )
    suite = replace(one.suite, tasks=pl.concat([one.suite.tasks, others]))
    found = judged(suite.evidence("family"))
    assert found.ok is False
    assert "55% in all families" in found.text


def test_versions_that_are_not_stated_are_no_pass_without_fresh_people() -> None:
    found = judged(made(versions=[None] * 10, fresh=False))
    assert (found.ok, found.reason) == (None, "versions-not-stated")
    assert judged(made(versions=[None] * 10, fresh=True)).ok is True


def test_fresh_people_who_need_longer_than_pilots_fail_by_the_t_test() -> None:
    one = made(shift=0.8)
    found = judged(one)
    log = {
        source: np.log(own["minutes"].to_numpy()).reshape(-1, 10)
        for (source,), own in one.human.group_by("source", maintain_order=True)
    }
    test = ttest_1samp(log["baseline"].mean(axis=0) - log["pilot"][0], 0.0)
    assert found.ok is False
    assert found.details["fresh"]["p"] == pytest.approx(test.pvalue)
    assert (found.lower, found.upper) == pytest.approx(tuple(test.confidence_interval(0.95)))
    assert found.p == pytest.approx(2 * test.pvalue)  # two tests
    assert judged(made()).ok is True


def test_who_gave_up_tells_no_time() -> None:
    one = made()
    gave_up = one.human.filter(pl.col("source") == "baseline").with_columns(
        pl.lit(1e4).alias("minutes"),
        pl.lit(0.0).alias("score"),
        pl.format("again-{}", "run_id").alias("run_id"),
    )
    suite = replace(one.suite, human=pl.concat([one.human, gave_up]))
    assert judged(suite.evidence("family")).details["fresh"] == judged(one).details["fresh"]


def test_pilots_that_were_cut_to_a_limit_crowd_below_it() -> None:
    rng = np.random.default_rng(2)
    logs = rng.normal(0, 2, 60)
    cut = np.where(logs > 0.5, 0.5 - 0.3 * rng.random(60), logs)
    crowded, free = heap(np.exp(cut), rng), heap(np.exp(logs), rng)
    assert crowded is not None
    assert free is not None
    assert crowded.p <= 0.002
    assert free.p > 0.05
    assert crowded.longest == pytest.approx(np.exp(cut.max()))
    assert crowded.close == (cut > cut.max() - crowded.window).sum()


def test_few_or_equal_times_do_not_tell_of_crowding() -> None:
    rng = np.random.default_rng(2)
    assert heap(np.arange(1.0, 6.0), rng) is None
    assert heap(np.full(20, 3.0), rng) is None


def test_the_finding_that_crowds_names_the_threshold_and_how_it_was_found() -> None:
    found = [judged(fitted(60)(np.random.default_rng(seed))) for seed in range(4)]
    crowded = [one for one in found if one.ok is False]
    assert crowded
    heaps = [one.details["heap"] for one in crowded]
    assert all(one["threshold_found"] == "longest accepted pilot" for one in heaps)
    assert all("accepted pilots took" in one.text for one in crowded)


def test_pilots_that_nobody_picked_rarely_fail() -> None:
    for law in ("lognormal", "even", "exponential"):
        worlds = [sound(law)(np.random.default_rng([7, seed])) for seed in range(20)]
        # at 5 % more than 4 of 20 worlds would be seen once in 400 times
        assert sum(judged(one).ok is False for one in worlds) <= 4


def test_nobody_was_timed() -> None:
    def without_people(versions: list[str]) -> Finding:
        one = made(tasks=4, versions=versions)
        tasks = one.suite.tasks.with_columns(pl.lit(None, pl.Float64).alias("human_minutes"))
        return judged(replace(one.suite, tasks=tasks, human=one.suite.human.clear()).evidence("family"))

    assert without_people(["1"] * 4).applies is False
    assert without_people(["2"] * 4).applies is False  # a release of the whole family
    assert without_people(["1", "1", "2", "1"]).reason == "no-human-times"


def test_adjustments_lists_what_is_known_of_each_task() -> None:
    table = adjustments(made(tasks=3, versions=["1", None, "4"], fresh=False))
    assert table.drop("task_id").rows() == [
        ("1", False, True, False),
        (None, None, True, False),
        ("4", True, True, False),
    ]


@pytest.mark.parametrize(
    ("name", "verdict"), [("hint_adjusted", False), ("spread_skills", True), ("padded", True)]
)
def test_worlds(name: str, verdict: bool, tmp_path: Path) -> None:
    simulate(name, tmp_path / "study", rungs=6, runs=2000, seed=0)
    (suite,) = suites(tmp_path / "study")
    assert {judged(suite.evidence(one)).ok for one in suite.families} == {verdict}


def test_any_times_are_judged_and_the_same_twice() -> None:
    rng = np.random.default_rng(5)
    for _ in range(25):
        tasks = int(rng.integers(1, 9))
        suite = family(2, rng.normal(size=tasks), int(rng.integers(0, 3)), 0.0, rng)
        pilot = rng.choice([0.0, 1.0, rng.normal()]) * np.ones(tasks)
        fresh = pilot[:, None] + rng.choice([0.0, 1.0]) * rng.normal(size=(tasks, 1))
        versions = [str(rng.integers(1, 3)) for _ in range(tasks)]
        one = timed(suite, pilot, fresh, versions).evidence("family")
        assert judged(one) == judged(one)

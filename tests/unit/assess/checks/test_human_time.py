"""D5: human time against difficulty, with the errors of both."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from tests.characteristics.checks._timed import Size, baselines, explaining, timed, world_suite

from tasklaws.assess.check import CHECKS
from tasklaws.assess.task_times import censored_means, task_times
from tasklaws.assess.time_axis import Estimate, time_axis
from tasklaws.core.tables import HUMAN_TIMES

if TYPE_CHECKING:
    from tasklaws.assess.evidence import Suite

JUDGE = CHECKS["human_time"].judge


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def finding(suite: Suite):  # noqa: ANN201  of the first family
    return JUDGE(suite.evidence(suite.families[0]), rng())


def recorded(suite: Suite, source: str = "estimate") -> Suite:
    """Return the suite with times of tasks instead of attempts."""
    means = suite.human.group_by("task_id", "task_family").agg(pl.col("minutes").log().mean().exp())
    tasks = means.rename({"minutes": "human_minutes"}).with_columns(human_source=pl.lit(source))
    return replace(suite, human=HUMAN_TIMES.empty(), tasks=tasks)


def test_time_that_tells_difficulty_passes() -> None:
    found = finding(explaining(0.9, Size(20, 6, runs=20), rng()))
    assert found.ok
    assert 0.5 < found.lower < 0.9 < found.upper + 0.1
    assert found.details["slope_logits"] == pytest.approx(2 * np.sqrt(0.9) / 1.5, rel=0.25)


def test_time_that_tells_nothing_fails_and_leaves_the_law_alone() -> None:
    found = finding(explaining(0.0, Size(20, 6, runs=20), rng()))
    assert found.ok is False
    assert found.p < 0.05
    assert "Do not use human time" in found.text
    assert "law over the ladder is not touched" in found.text


def test_few_families_at_the_margin_are_not_told() -> None:
    found = finding(explaining(0.5, Size(), rng(1)))
    assert found.ok is None
    assert found.applies
    assert found.reason.startswith("needs-")


def test_errors_of_baselines_are_taken_out() -> None:
    size = Size(20, 6, runs=100, people=2)
    shares = [finding(explaining(0.9, size, rng(seed))).statistic for seed in range(6)]
    raw = [finding(explaining(0.9, size, rng(seed))).details["r_with_errors"] ** 2 for seed in range(6)]
    assert np.mean(shares) == pytest.approx(0.9, abs=0.05)
    assert np.mean(raw) < np.mean(shares) - 0.03


def test_longer_and_easier_is_no_axis() -> None:
    time = rng().normal(size=60) * 1.5
    found = finding(timed(-time, time, Size(), rng()))
    assert found.ok is False
    assert found.statistic < 0
    assert "rather easier" in found.text


def test_the_good_world_passes_and_estimates_are_tried_with_other_errors() -> None:
    suite = world_suite("spread_skills", 6, 8, rng())
    assert finding(suite).ok
    guessed = finding(recorded(suite))
    assert set(guessed.details["share_by_assumed_error"]) == {"0", "1", "2"}
    assert "assumptions" in guessed.text


def test_no_times_do_not_apply() -> None:
    suite = replace(explaining(0.5, Size(), rng()), human=HUMAN_TIMES.empty())
    found = finding(suite)
    assert found.ok is None
    assert not found.applies


def test_a_family_without_times_is_left_alone_and_one_that_limits_ended_is_unknown() -> None:
    suite = explaining(0.9, Size(), rng())
    first, last = suite.families[0], suite.families[-1]
    cut = replace(suite, human=suite.human.filter(pl.col("task_family") != first))
    assert not JUDGE(cut.evidence(first), rng()).applies
    counts = suite.counts
    limited = counts.n * np.array([[own == last] for own in counts.families])
    ended = replace(suite, counts=replace(counts, n_limit=limited, k_limit=np.minimum(limited, counts.k)))
    assert JUDGE(ended.evidence(last), rng()).reason == "no-attempts-without-a-limit"


def test_equal_times_are_not_told() -> None:
    suite = explaining(0.9, Size(), rng())
    names = suite.counts.tasks, suite.counts.families
    people = np.exp(0.6 * rng().normal(size=(60, 2)))
    flat = replace(suite, human=baselines(*names, people))
    assert finding(flat).ok is not True
    alike = recorded(replace(suite, human=baselines(*names, np.ones((60, 1)))), "baseline")
    assert finding(alike).reason == "times-differ-by-less-than-their-errors"


def test_those_who_give_up_are_longer_than_that() -> None:
    source = rng()
    place = np.repeat(np.arange(200), 6)
    log = source.normal(np.log(240), 0.9, place.size)
    done = log <= np.log(480)
    mean, se, people, sd = censored_means(place, np.minimum(log, np.log(480)), done, 201)
    assert np.isnan(mean[-1])
    assert people[-1] == 0
    assert np.nanmean(mean) == pytest.approx(np.log(240), abs=0.1)
    assert log[done].mean() < np.log(240) - 0.2
    assert sd == pytest.approx(0.9, abs=0.1)
    assert np.nanmean((mean[:-1] - np.log(240)) ** 2) == pytest.approx((se[:-1] ** 2).mean(), rel=0.35)


def test_estimates_are_no_attempts() -> None:
    suite = explaining(0.9, Size(), rng())
    guessed = replace(suite, human=suite.human.with_columns(source=pl.lit("estimate")))
    assert np.isnan(task_times(guessed).log_minutes).all()
    assert time_axis(guessed) is None


def test_an_estimate_has_its_law() -> None:
    left_out = Estimate.left_out(np.array([2.0, 1.0, 2.0, 3.0]))
    assert left_out.se == pytest.approx(np.sqrt(2 / 3 * 2))
    assert left_out.below(left_out.interval[1]) == pytest.approx(0.05)


def test_the_suite_is_read_once_and_found_the_same() -> None:
    suite = explaining(0.7, Size(), rng())
    assert time_axis(suite) is time_axis(suite)
    assert finding(suite) == finding(suite)
    assert finding(replace(suite)).text == finding(suite).text

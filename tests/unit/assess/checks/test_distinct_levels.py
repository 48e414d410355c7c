"""C1: copies of one task fail, whatever hides them; a spread family passes, a Guttman ladder with it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.special import expit
from tests.characteristics.checks.distinct_levels import MANY_RUNS, PLANS, THE_PLAN, family, spread_by
from tests.characteristics.design import drawn_counts, drawn_suite, first_family

from tasklaws.assess.check import CHECKS, Finding
from tasklaws.assess.checks._rungs import Rungs, rungs_of, unlimited
from tasklaws.assess.correlation import strata
from tasklaws.assess.evidence import suite_from_counts, suites
from tasklaws.infer.irt import rasch
from tasklaws.run.simulation import simulate

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.assess.evidence import Evidence


def judged(evidence: Evidence, seed: int = 0) -> Finding:
    found = CHECKS["distinct_levels"].judge(evidence, np.random.default_rng(seed))
    rows = [dict(row) for row in found.chart.rows] if found.chart else []
    json.dumps([dict(found.details), rows], allow_nan=False)
    assert found.ok is not None or found.reason
    return found


def made(sd: float, seed: int = 1, shock: float = 0.3, beyond: int = 0, plan: object = THE_PLAN) -> Evidence:
    rng = np.random.default_rng(seed)
    difficulty = spread_by(sd * plan.step)(rng, plan.tasks)  # type: ignore[attr-defined]
    return family(plan, difficulty, shock, rng, beyond)  # type: ignore[arg-type]


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
def test_a_spread_family_passes_and_its_interval_holds_the_truth(plan: object) -> None:
    found = judged(made(1.5, plan=plan))
    assert found.ok
    assert found.lower is not None
    assert found.upper is not None
    assert found.lower < 1.5 < found.upper
    assert found.lower >= 0.5


@pytest.mark.parametrize("beyond", [0, 2, 5, 10])
def test_copies_fail_however_many_lie_beyond_the_timeout(beyond: int) -> None:
    found = judged(made(0.0, beyond=beyond, plan=MANY_RUNS))
    assert found.ok is False
    assert found.upper is not None
    assert found.upper < 0.5
    assert found.details["tasks_decided_by_limits"] == beyond


def test_strata_alone_would_let_such_copies_pass() -> None:
    counts = made(0.0, beyond=5, plan=MANY_RUNS).counts
    fit = rasch.fit(counts.k, counts.n)
    assert strata(fit.difficulty, fit.difficulty_se)[1] >= 3


def test_a_guttman_ladder_passes() -> None:
    rate = (np.arange(6) > np.repeat(np.arange(5), 4)[:, None]).astype(float)
    assert judged(first_family(drawn_suite(rate, 8, np.random.default_rng(0)))).ok


def test_all_at_once_fails() -> None:
    rate = np.tile((np.arange(6) >= 3).astype(float), (20, 1))
    assert judged(first_family(drawn_suite(rate, 8, np.random.default_rng(0)))).ok is False


def test_at_the_margin_it_is_not_told_and_more_attempts_are_named() -> None:
    found = judged(made(0.7, plan=replace(THE_PLAN, tasks=6, runs=4)))
    assert found.ok is None
    assert "attempts of each model at each task, where 4 are at hand" in str(found.reason)


def test_two_noisy_tasks_that_agree_by_chance_are_not_condemned() -> None:
    k = np.array([[0, 0, 1, 2, 1, 3.0], [0, 0, 1, 2, 1, 3.0]])
    counts = replace(drawn_counts(np.full((2, 6), 0.5), 4, np.random.default_rng(0)), k=k)
    found = judged(suite_from_counts(counts, np.arange(6.0)).evidence("family"))
    assert found.ok is None
    assert found.p == 1


def test_seeds_of_one_size_are_one_rung() -> None:
    found = rungs_of(made(1.0, plan=PLANS[2], shock=0.0))
    assert isinstance(found, Rungs)
    assert found.spacing == pytest.approx(1 / 3)
    assert found.step == pytest.approx(1.0, abs=0.25)


def test_attempts_that_a_limit_decided_do_not_count() -> None:
    one = made(0.0, beyond=5, plan=MANY_RUNS)
    kept = unlimited(one.counts)
    assert (kept.n.sum(axis=1) > 0).sum() == 15
    none = unlimited(made(0.0).counts)
    assert (none.n == 8).all()


@pytest.mark.parametrize(
    ("rate", "missing"),
    [
        (np.full((1, 6), 0.5), "2 tasks"),
        (np.full((5, 3), 0.5), "4 sizes"),
        (np.zeros((5, 6)), "answers that differ"),
        (np.ones((5, 6)), "answers that differ"),
        (np.tile([1, 1, 1, 0, 0, 0.0], (5, 1)), "ability grows"),
    ],
)
def test_too_little_is_not_told(rate: np.ndarray, missing: str) -> None:
    found = judged(first_family(drawn_suite(rate, 8, np.random.default_rng(0))))
    assert found.ok is None
    assert missing in str(found.reason)


def test_the_same_seed_gives_the_same_finding() -> None:
    one = made(0.5)
    assert judged(one, 3) == judged(one, 3)


@pytest.mark.parametrize("seed", range(12))
def test_odd_counts_do_not_break_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tasks, models = int(rng.integers(2, 7)), int(rng.integers(2, 8))
    counts = drawn_counts(
        rng.uniform(size=(tasks, 1)) * expit(np.linspace(-2, 3, models)), 5, rng, floor=0.25
    )
    n = np.where(rng.random(counts.n.shape) < 0.2, 0.0, counts.n)
    k = np.minimum(counts.k, n) * 0.7
    suite = suite_from_counts(replace(counts, k=k, n=n), np.arange(models) / 3)
    judged(suite.evidence("family"))


def test_worlds_come_out_as_they_were_made(tmp_path: Path) -> None:
    simulate("spread_skills", tmp_path / "good", rungs=6, runs=6 * 40 * 8)
    good = suites(tmp_path / "good")[0]
    assert all(judged(good.evidence(family)).ok for family in good.families)
    simulate("tool_chain", tmp_path / "copies", rungs=6, runs=6 * 36 * 8)
    assert judged(suites(tmp_path / "copies")[0].evidence("sha_chain")).ok is False

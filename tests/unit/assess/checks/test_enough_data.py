"""C8: the stated error is that of simulation, and what is missing is what would do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.special import expit, logit
from tests.characteristics.design import drawn_suite, first_family

from tasklaws.assess.checks.enough_data import CHECK
from tasklaws.assess.planning.hazard_fit import fit
from tasklaws.assess.planning.hazard_line import HazardLine
from tasklaws.assess.planning.next_rung import ASKED, NextRung, next_rung

if TYPE_CHECKING:
    from tasklaws.assess.check import Finding
    from tasklaws.assess.evidence import Evidence
    from tasklaws.infer.arrays import Floats

X = np.arange(6.0)
PUBLISHED = HazardLine(np.array([1.2]), 0.8, X, np.full((1, 6), 200.0), np.zeros(1))
"""The design whose errors the formal model states: log hazard 3.2 - 0.8 m on six rungs, 200 answers each."""
LEVELS = np.linspace(-3.0, 2.0, 20)


def family(tasks: int = 20, samples: float = 8, floor: float = 0.0) -> HazardLine:
    levels = np.linspace(-3.0, 2.0, tasks)
    return HazardLine(levels, 1.0, X, np.full((tasks, 6), float(samples)), np.full(tasks, floor))


def rates(line: HazardLine, x: Floats, shocks: Floats | float = 0.0) -> Floats:
    right = expit(logit(np.exp(-np.exp(line.log_hazard(x)))) + shocks)
    return line.floor[:, None] + (1 - line.floor[:, None]) * right


def refitted(line: HazardLine, rng: np.random.Generator, shocks: Floats | float = 0.0) -> HazardLine:
    k = rng.binomial(line.n.astype(int), rates(line, line.x, shocks)).astype(float)
    return fit(k, line.n, line.x, line.floor)


def score_miss(line: HazardLine, found: HazardLine, place: float, ahead: float = 0.0) -> float:
    """Return how far the expected score is missed, told as log hazard."""
    at = np.array([place])
    hazard = np.exp(found.log_hazard(at))
    moved = ((1 - found.floor[:, None]) * hazard * np.exp(-hazard)).sum()
    return float((rates(found, at) - rates(line, at, ahead)).sum() / moved)


def evidence(
    samples: int = 8, sizes: int = 6, tasks: int = 20, *, up: float = 0.0, floor: float = 0.0
) -> Evidence:
    rng = np.random.default_rng(0)
    ability = np.arange(sizes) - (sizes - 1) / 2
    right = expit(ability - np.linspace(-3, 3, tasks)[:, None] - up)
    return first_family(drawn_suite(floor + (1 - floor) * right, samples, rng, floor=floor))


def judged(one: Evidence) -> Finding:
    return CHECK.judge(one, np.random.default_rng(0))


def rung(one: Evidence) -> NextRung:
    found = next_rung(one)
    assert found is not None
    return found


def test_errors_are_those_of_the_formal_model() -> None:
    assert PUBLISHED.error(6.0) == pytest.approx(0.1476, abs=2e-4)
    assert PUBLISHED.error(8.0) == pytest.approx(0.2600, abs=3e-4)
    assert np.sqrt(PUBLISHED.covariance[-1, -1]) / PUBLISHED.length == pytest.approx(0.0585, abs=2e-4)


def test_error_is_that_of_simulation() -> None:
    rng = np.random.default_rng(1)
    found = [refitted(PUBLISHED, rng) for _ in range(400)]
    ahead = [float(one.log_hazard(np.array([6.0]))[0, 0]) for one in found]
    assert np.std(ahead, ddof=1) == pytest.approx(PUBLISHED.error(6.0), rel=0.11)
    assert np.std([one.slope for one in found], ddof=1) == pytest.approx(0.0585, rel=0.11)


@pytest.mark.parametrize(("tasks", "samples", "floor"), [(20, 16, 0.0), (7, 60, 0.25)])
def test_stated_error_covers_the_expected_score(tasks: int, samples: int, floor: float) -> None:
    line, rng = family(tasks, samples, floor), np.random.default_rng(2)
    found = [refitted(line, rng) for _ in range(150)]
    held = [abs(score_miss(line, one, 6.0)) < 1.645 * one.error(6.0) for one in found]
    assert 0.82 <= np.mean(held) <= 0.98


def test_error_of_a_shock_is_that_of_simulation() -> None:
    line, rng, sd = family(10, 20_000), np.random.default_rng(3), 0.2
    missed = [
        score_miss(line, refitted(line, rng, rng.normal(0, sd, 6)), 6.0, rng.normal(0, sd))
        for _ in range(250)
    ]
    assert np.std(missed) == pytest.approx(sd * line.error_of_shock(6.0), rel=0.15)
    assert line.error(6.0) < 0.02


def test_family_at_the_design_passes() -> None:
    found = judged(evidence())
    assert found.ok is True
    assert found.statistic is not None
    assert found.statistic <= ASKED
    assert found.details["error_with_shock"] > found.statistic
    assert "6 sizes" in found.text


def test_three_sizes_are_too_few_however_many_answers() -> None:
    found = judged(evidence(samples=500, sizes=3))
    assert found.ok is False
    assert "1 more size would do" in found.text


def test_too_few_answers_fail_and_what_is_asked_for_is_enough_and_no_more() -> None:
    one = evidence(samples=2, tasks=3)
    found, lacking = judged(one), rung(one)
    assert found.ok is False
    needed = lacking.attempts_needed()
    assert needed is not None
    assert f"{needed:,} attempts" in found.text
    at = {n: lacking.line.with_attempts(n / 2).error(lacking.place) for n in (needed, needed - 1)}
    assert at[needed] <= ASKED * 1.01
    assert at[needed - 1] > ASKED * 0.99


def test_rungs_asked_for_are_enough_and_no_more() -> None:
    line = HazardLine(LEVELS + 3, 1.0, X, np.full((20, 6), 4.0), np.zeros(20))
    lacking = NextRung(line, 1.0, 6, 0.0)
    more = lacking.rungs_needed()
    assert more is not None
    assert more > 0
    assert line.with_rungs(more, 1.0).error(lacking.place + more) <= ASKED
    fewer = line.with_rungs(more - 1, 1.0) if more > 1 else line
    assert fewer.error(lacking.place + more - 1) > ASKED
    longer = line.with_rungs(2, 1.0)
    assert np.allclose(longer.log_hazard(X), line.log_hazard(X))


def test_a_chance_floor_costs_answers() -> None:
    assert family(5, 30, 0.25).error(6.0) > 1.2 * family(5, 30).error(6.0)


def test_attempts_that_a_limit_decided_do_not_count() -> None:
    one = evidence(samples=20, tasks=4)
    limited = replace(one.counts, k=np.zeros_like(one.counts.k), n_limit=one.counts.n * 0.9)
    counts = replace(one.counts, n_limit=np.where(np.arange(4)[:, None] < 3, limited.n_limit, 0))
    counts = replace(counts, k_limit=np.minimum(counts.k, counts.n_limit))
    cut = replace(one, counts=counts)
    assert rung(cut).error > 1.3 * rung(one).error


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_answers_that_do_not_differ_are_too_few(share: float) -> None:
    one = evidence()
    found = judged(replace(one, counts=replace(one.counts, k=share * one.counts.n)))
    assert found.ok is False
    assert found.reason == "answers that differ"


def test_tasks_far_above_the_ladder_are_too_few() -> None:
    assert judged(evidence(up=9.0)).ok is False


def test_graded_family_is_not_told() -> None:
    one = evidence()
    found = judged(replace(one, counts=one.counts.tasks_at([])))
    assert found.ok is None
    assert found.applies


@pytest.mark.parametrize("seed", range(25))
def test_nothing_breaks_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tasks, sizes = int(rng.integers(1, 6)), int(rng.integers(1, 7))
    one = evidence(
        samples=int(rng.integers(1, 9)), sizes=sizes, tasks=tasks, floor=float(rng.choice([0, 0.25]))
    )
    n = rng.integers(0, 6, (tasks, sizes)).astype(float)
    k = n * rng.choice([0.0, 0.5, 1.0, rng.random()], (tasks, sizes))
    counts = replace(one.counts, k=k, n=n)
    one = replace(one, counts=counts, suite=replace(one.suite, counts=counts))
    found = judged(one)
    assert isinstance(found.ok, bool)
    assert found.statistic is None or np.isfinite(found.statistic)
    assert found == judged(one)

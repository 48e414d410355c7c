"""P8: a shortcut's mean time is a line in knowledge, its median a cliff, its score three plateaus.

The simulations share the assumptions of the closed forms: algebra, not facts about people or models.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from tasklaws.core.errors import BadInput, BadPlan
from tasklaws.spec.agent import Agent, AgentLaw, KnowledgeLaw, SkillLaw
from tasklaws.spec.cost import LogNormal
from tasklaws.spec.plan import OneOf, Way
from tasklaws.spec.step import HumanTime, Step
from tasklaws.theory.human_times import time_law
from tasklaws.theory.shortcuts import cliff, done_by, mean_time, median_time, plateaus, quantile, reach, score
from tasklaws.theory.time_tables import tabulate

SHORT, LONG = LogNormal(60, 0.2), LogNormal(3360, 0.2)
KNOWN = (0, 0.25, 0.49, 0.51, 0.75, 1)
N = 100_000


def _times(known: float, n: int, rng: np.random.Generator) -> np.ndarray:
    quick = rng.random(n) < known
    return np.where(quick, SHORT.median, LONG.median) * np.exp(0.2 * rng.standard_normal(n))


@pytest.mark.parametrize(("known", "mean"), list(zip(KNOWN, (3427, 2587, 1778, 1715, 908, 61), strict=True)))
def test_mean_is_a_line_in_knowledge(known: float, mean: float) -> None:
    times = _times(known, N, np.random.default_rng(1))
    assert abs(times.mean() - mean_time(known, SHORT, LONG)) < 4 * times.std() / math.sqrt(N)
    assert mean_time(known, SHORT, LONG) == pytest.approx(mean, abs=6)  # simulated in the formal model
    ends = mean_time(0, SHORT, LONG), mean_time(1, SHORT, LONG)
    assert mean_time(known, SHORT, LONG) == pytest.approx((1 - known) * ends[0] + known * ends[1])


@pytest.mark.parametrize(("known", "median"), list(zip(KNOWN, (3356, 3083, 2222, 91, 66, 60), strict=True)))
def test_median_falls_off_a_cliff_at_one_half(known: float, median: float) -> None:
    exact = median_time(known, SHORT, LONG)
    assert exact == pytest.approx(median, rel=0.01)  # simulated in the formal model
    below = (_times(known, N, np.random.default_rng(2)) <= exact).mean()
    assert abs(below - 0.5) < 4 * 0.5 / math.sqrt(N)


@pytest.mark.parametrize("known", KNOWN)
def test_quantiles_undo_the_distribution(known: float) -> None:
    for rate in (0.001, 0.2, 0.5, 0.9):
        at = quantile(rate, known, SHORT, LONG)
        assert float(done_by(at, known, SHORT, LONG)) == pytest.approx(rate, abs=1e-9)
    assert float(done_by(0, known, SHORT, LONG)) == 0


def test_without_spread_the_median_jumps_from_one_way_to_the_other() -> None:
    short, long = LogNormal(60, 0), LogNormal(3360, 0)
    assert median_time(0.499999, short, long) == pytest.approx(3360)
    assert median_time(0.5, short, long) == pytest.approx(60)
    assert cliff(short, long, width=1e-6) == pytest.approx(56)


def test_spread_of_both_ways_rounds_the_cliff() -> None:
    factors = [cliff(LogNormal(60, s), LogNormal(3360, s)) for s in (0.0, 0.2, 0.5, 1.0, 2.0)]
    assert factors == sorted(factors, reverse=True)
    assert factors[1] == pytest.approx(2224.6 / 90.6, rel=0.01)
    assert factors[-1] < 1.5
    # the mean hardly moves over the same step
    assert mean_time(0.49, SHORT, LONG) / mean_time(0.51, SHORT, LONG) < 1.05


@pytest.mark.parametrize("known", [0.25, 0.49, 0.51, 0.75])
def test_the_plan_of_a_choice_has_the_same_law(known: float) -> None:
    ways = [
        Step(name, human=HumanTime(law.median, law.sigma))
        for name, law in (("formula", SHORT), ("loop", LONG))
    ]
    plan = OneOf((Way("formula", ways[0]), Way(None, ways[1])))
    law = time_law(plan, Agent("people", {}, {"formula": known}))
    assert law.mean == pytest.approx(mean_time(known, SHORT, LONG))
    table = tabulate(law, cells=2**17)
    for rate in (0.1, 0.5, 0.9):
        expected = quantile(rate, known, SHORT, LONG)
        assert table.quantile(rate) == pytest.approx(expected, abs=table.blur, rel=1e-3)


# --- the score along a ladder -----------------------------------------------------------------------------

SIZES = [10**k for k in range(1, 11)]


def test_reach_is_the_share_of_sizes_within_the_limit() -> None:
    assert reach(SIZES, 1e-5, 600) == pytest.approx(0.7)  # 10^7 turns take 100 s, 10^8 take 1000
    assert reach(SIZES, 1e-5, None) == 1
    assert reach(SIZES, 1e-5, 1e-9) == 0
    even = range(1, 10_001)
    assert reach(even, 0.1, 600) == pytest.approx(min(1, 600 / (0.1 * 10_000)))


def _ladder(flops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (probability of writing the loop, of knowing the formula) of planted agents."""
    law = AgentLaw({"code": SkillLaw(1e18, 1.0)}, {"formula": KnowledgeLaw(23.5, 0.1)})
    agents = [law.agent(c) for c in flops]
    codes = np.array([(1 - agent.error_at("code")) ** 40 for agent in agents])
    return codes, np.array([agent.knows["formula"] for agent in agents])


def test_score_along_a_ladder_is_that_of_simulated_attempts() -> None:
    rng = np.random.default_rng(4)
    codes, known = _ladder(np.logspace(18, 25, 15))
    expected = score(codes, known, reach(SIZES, 1e-5, 600))
    for code, know, truth in zip(codes, known, expected, strict=True):
        seconds = 1e-5 * rng.choice(SIZES, N)
        solved = (rng.random(N) < know) | ((rng.random(N) < code) & (seconds <= 600))
        assert abs(solved.mean() - truth) <= 4 * math.sqrt(truth * (1 - truth) / N) + 1e-9


def test_score_along_a_ladder_rests_on_three_plateaus() -> None:
    reached = reach(SIZES, 1e-5, 600)
    rests = plateaus(reached)
    curve = score(*_ladder(np.logspace(16, 26, 1001)), reached)
    assert rests == (0, 0.7, 1)
    assert (np.diff(curve) >= -1e-12).all()
    for level in rests:
        assert (np.abs(curve - level) < 0.01).mean() > 0.05  # half a decade or more on each
    off = np.min([np.abs(curve - level) for level in rests], axis=0) >= 0.01
    assert off.mean() < 0.5


def test_without_a_limit_the_loop_needs_no_formula() -> None:
    assert plateaus(reach(SIZES, 1e-5, None)) == (0, 1, 1)


def test_bad_input_is_refused_in_three_parts() -> None:
    with pytest.raises(BadPlan, match=r"the probability of knowing the short way is 1\.5\. It must lie"):
        mean_time(1.5, SHORT, LONG)
    with pytest.raises(BadInput, match=r"the share that is done is 1\. It must lie strictly between 0 and 1"):
        quantile(1, 0.5, SHORT, LONG)
    with pytest.raises(BadInput, match=r"the median of the short way is 0"):
        quantile(0.5, 0.5, LogNormal(0, 0), LONG)
    with pytest.raises(BadPlan, match=r"the share of sizes that the loop finishes is 2"):
        plateaus(2)

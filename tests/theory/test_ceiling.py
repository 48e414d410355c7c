"""P5: the ceiling that limits set, the same for all models above the threshold; several attempts."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from tasklaws.core.errors import BadPlan
from tasklaws.families import FAMILIES
from tasklaws.spec.agent import Agent
from tasklaws.spec.cost import Fixed
from tasklaws.spec.harness import Harness
from tasklaws.spec.plan import Repeat
from tasklaws.spec.step import Step
from tasklaws.theory.aggregation import aggregated
from tasklaws.theory.ceiling import ceiling
from tasklaws.theory.exact import evaluate
from tasklaws.theory.monte_carlo import simulate

CHAINS = [
    Repeat(Step("hash", 30, tool="python", group="script"), n, "tool", seconds=Fixed(3.0))
    for n in range(1, 21)
]


@pytest.mark.parametrize(("timeout", "x"), [(15, 0.25), (30, 0.5), (60, 1.0), (120, 1.0), (1, 0.0)])
def test_ceiling_is_the_share_of_tasks_within_the_timeout(timeout: float, x: float) -> None:
    harness = Harness(call_limit=timeout)
    assert ceiling(CHAINS, harness) == pytest.approx(x)
    for error in (0.0, 0.01, 0.1):
        agent = Agent("agent", {"general": error})
        mean = np.mean([evaluate(plan, agent, harness).success for plan in CHAINS])
        assert mean == pytest.approx((1 - error) ** 30 * x)


def test_the_plateau_is_simulated_as_predicted() -> None:
    rng, harness = np.random.default_rng(5), Harness(call_limit=30)
    agent = Agent("agent", {"general": 0.01})
    shares = [simulate(plan, agent, harness, n=5_000, rng=rng).ok.mean() for plan in CHAINS]
    predicted = 0.99**30 * 0.5
    error = math.sqrt(0.99**30 * (1 - 0.99**30) / 5_000 * 10) / 20
    assert abs(np.mean(shares) - predicted) < 4 * error


def test_slow_programs_lower_the_ceiling() -> None:
    harness = Harness(call_limit=30)
    agents = [Agent("m", {"general": 0.0}, slowness=slowness) for slowness in (1.0, 2.0, 4.0)]
    assert [ceiling(CHAINS, harness, agent) for agent in agents] == [0.5, 0.25, 0.1]


def test_shortcuts_lift_the_ceiling_of_those_who_know_them() -> None:
    family, harness = FAMILIES["sum_range"], Harness(call_limit=1e-3)
    plans = [family.plan(size) for size in family.sizes]
    loop, formula = Agent("loop", {"general": 0.0}), Agent("gauss", {"general": 0.0}, {"gauss": 1.0})
    assert ceiling(plans, harness, loop) < ceiling(plans, harness, formula) == 1.0


def test_by_hand_there_is_no_plateau() -> None:
    by_hand = replace(CHAINS[4], by="hand", part=Step("turn", 64))
    success = evaluate(by_hand, Agent("agent", {"general": 1e-3}), Harness(call_limit=1)).success
    assert success == pytest.approx((1 - 1e-3) ** (64 * 5))


@pytest.mark.parametrize("k", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("how", ["first", "any", "majority"])
def test_several_attempts(k: int, how: str) -> None:
    rng = np.random.default_rng(k)
    right = (rng.random((200_000, k)) < 0.4).sum(axis=1)
    shares = {"first": 0.4, "any": (right > 0).mean()}
    shares["majority"] = ((right > k / 2) + 0.5 * (right == k / 2)).mean()
    found = aggregated(0.4, Harness(attempts=k, aggregation=how))
    assert abs(found - shares[how]) < 4 * math.sqrt(0.25 / 200_000)


def test_a_success_that_is_no_probability_is_refused() -> None:
    with pytest.raises(BadPlan, match=r"1\.2"):
        aggregated(1.2, Harness())

"""Multilevel splitting: unbiased on rare successes, with the variance that P18 states."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from tests.theory.plans import agents, harnesses, plans, several

from tasklaws.core.errors import BadInput, BadPlan
from tasklaws.spec.agent import Agent
from tasklaws.spec.cost import Fixed, Geometric
from tasklaws.spec.harness import Harness
from tasklaws.spec.plan import AnyOrder, Graph, InOrder, KofN, Maybe, OneOf, Plan, Repeat, Way
from tasklaws.spec.step import Step
from tasklaws.theory.makespan import mean
from tasklaws.theory.monte_carlo import simulate, success
from tasklaws.theory.splitting import (
    Splitting,
    golden_path,
    milestones,
    relative_variance,
    split,
    split_often,
)

FIVE = InOrder(tuple(Step(f"step {i}") for i in range(5)))
FIFTH = Agent("right once in five times", {"general": 0.8})


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_relative_variance_is_that_of_p18() -> None:
    assert relative_variance([0.2] * 5, 50) == pytest.approx(0.469, abs=5e-4)
    naive = (1 - 0.2**5) / (250 * 0.2**5)
    assert naive == pytest.approx(12.5, abs=0.01)
    assert round(naive / relative_variance([0.2] * 5, 50)) == 27
    assert relative_variance([1.0, 1.0], 10) == 0
    assert relative_variance([0.2], 50) == pytest.approx(0.8 / (50 * 0.2))


def test_estimates_scatter_as_p18_says() -> None:
    """P18: five steps of .2 with 50 attempts each."""
    found = np.array([split(FIVE, FIFTH, per_level=50, rng=rng(i)).success for i in range(3_000)])
    average = mean(found)
    assert abs(average.value - 0.2**5) < 4 * average.error
    squares = mean((found / 0.2**5 - 1) ** 2)
    assert abs(squares.value - relative_variance([0.2] * 5, 50)) < 4 * squares.error
    assert squares.error < 0.05


def test_the_error_of_one_splitting_is_that_of_many() -> None:
    many = [split(FIVE, FIFTH, per_level=1_000, rng=rng(i)) for i in range(300)]
    scatter = np.std([one.success for one in many])
    stated = np.mean([one.error for one in many])
    assert stated == pytest.approx(scatter, rel=0.2)
    for one in many[:3]:
        assert one.success == math.prod(one.passed)
        assert one.relative_variance == relative_variance(one.passed, 1_000)


@pytest.mark.parametrize("seed", range(5))
def test_one_success_in_a_million_is_found(seed: int) -> None:
    """The exact product of six steps of .1, by 12,000 attempts; plain simulation would take 10^8."""
    agent = Agent("right once in ten times", {"general": 0.9})
    plan = InOrder((InOrder(FIVE.parts), Step("sixth")))
    found = split(plan, agent, per_level=2_000, rng=rng(seed))
    assert found.error is not None
    assert abs(found.success - 1e-6) < 4 * found.error
    assert found.error < 0.3e-6


def test_limits_bind_on_what_survivors_have_spent() -> None:
    """Costs of earlier levels are carried on: the exact law of a sum of five geometric costs."""
    spent = Step("step", spends=Geometric(4.0), detect=0.5, attempts=2)
    plan = InOrder((spent,) * 5)
    agent, limit = Agent("agent", {"general": 0.5}), Harness(token_limit=14)
    found = split_often(plan, agent, limit, per_level=500, times=60, rng=rng())
    plain = success(simulate(plan, agent, limit, n=200_000, rng=rng(1)))
    unlimited = success(simulate(plan, agent, n=20_000, rng=rng(2)))
    assert plain.value < 0.3 * unlimited.value
    assert found.error < 0.05 * found.value
    assert abs(found.value - plain.value) < 4 * math.hypot(found.error, plain.error)


def test_a_rare_success_within_a_limit_is_found() -> None:
    """Five tosses that must all come right and cost the least: (p / m)^5."""
    plan = InOrder((Step("step", spends=Geometric(5.0)),) * 5)
    found = split_often(plan, Agent("agent", {"general": 0.5}), Harness(token_limit=5),
                        per_level=500, times=40, rng=rng(3))  # fmt: skip
    assert abs(found.value - 0.1**5) < 4 * found.error
    assert found.error < 0.3e-5


def test_a_limit_ends_attempts_between_milestones() -> None:
    plan = InOrder((Step("step", spends=Fixed(3)),) * 4)
    found = split(plan, Agent("right", {"general": 0.0}), Harness(token_limit=8), per_level=10, rng=rng())
    assert found.passed == (1.0, 1.0, 0.0)


def test_what_levels_share_is_carried_on() -> None:
    use = Step("use", group="script")
    choice = OneOf((Way("formula", Step("short")), Way(None, Step("long", 3))))
    plan = InOrder((use, choice, use, choice))
    agent = Agent("agent", {"general": 0.4}, {"formula": 0.3})
    found = split_often(plan, agent, per_level=300, times=100, rng=rng(4))
    exact = 0.6 * (0.3 * 0.6**2 + 0.7 * 0.6**6)
    assert abs(found.value - exact) < 4 * found.error
    assert found.error < 0.05 * exact


@settings(max_examples=30, deadline=None, derandomize=True, database=None)
@given(several(plans(2)), agents(), harnesses())
def test_splitting_agrees_with_plain_simulation(
    parts: tuple[Plan, ...], agent: Agent, harness: Harness
) -> None:
    plain = success(simulate(InOrder(parts), agent, harness, n=4_000, rng=rng(5)))
    found = split_often(InOrder(parts), agent, harness, per_level=200, times=20, rng=rng(6))
    assert abs(found.value - plain.value) < 4.5 * math.hypot(found.error, plain.error)


def test_without_survivors_there_is_no_error() -> None:
    found = split(FIVE, Agent("hopeless", {"general": 1.0}), per_level=20, rng=rng())
    assert found == Splitting((0.0,), 20)
    assert found.success == 0
    assert found.error is None
    assert found.relative_variance is None


def test_the_golden_path_leaves_shortcuts_out() -> None:
    """P18: with a shortcut (known to .1, right half of the time) the golden path is 157 times too low."""
    chain = InOrder(tuple(Step(f"step {i}", skill="chain") for i in range(5)))
    plan = InOrder((OneOf((Way("shortcut", Step("short", skill="short")), Way(None, chain))),))
    agent = Agent("agent", {"chain": 0.8, "short": 0.5}, {"shortcut": 0.1})
    truth = 0.1 * 0.5 + 0.9 * 0.2**5
    assert truth == pytest.approx(0.0503, abs=5e-5)
    assert round(truth / 0.2**5) == 157
    whole = success(simulate(plan, agent, n=50_000, rng=rng(7)))
    assert abs(whole.value - truth) < 4 * whole.error
    golden = golden_path(plan)
    assert isinstance(golden, InOrder)
    assert milestones(golden) == chain.parts
    path = split_often(golden, agent, per_level=500, times=20, rng=rng(8))
    assert abs(path.value - 0.00032) < 4 * path.error
    assert path.value + 4 * path.error < truth / 100


def test_the_golden_path_goes_through_every_node() -> None:
    step = Step("step")
    choice = OneOf((Way("trick", Step("quick")), Way(None, step)))
    for inside, golden in ((choice, step), (Maybe(step, "trick"), step), (step, step)):
        assert golden_path(InOrder((inside,), stop_on_failure=True)) == InOrder((golden,), True)  # noqa: FBT003
        assert golden_path(AnyOrder((inside,))) == AnyOrder((golden,))
        assert golden_path(KofN(1, (inside, step))) == KofN(1, (golden, step))
        assert golden_path(Repeat(inside, 3, "hand")) == Repeat(golden, 3, "hand")
        graph = Graph((("a", inside),), ())
        assert golden_path(graph) == replace(graph, parts=(("a", golden),))


def test_milestones_are_the_parts_of_nested_orders() -> None:
    a, b, c = (Step(name) for name in "abc")
    both = AnyOrder((b, c))
    assert milestones(InOrder((a, InOrder((both, InOrder((c,))))))) == (a, both, c)


def test_what_cannot_be_split_is_refused() -> None:
    agent = Agent("agent", {"general": 0.5})
    with pytest.raises(BadPlan, match=r"for on AnyOrder\. Milestones are the parts of an InOrder\. Simulate"):
        split(AnyOrder(FIVE.parts), agent, per_level=5, rng=rng())  # type: ignore[arg-type]
    with pytest.raises(BadPlan, match=r"only to those who know 'trick' .* Add such a way"):
        golden_path(OneOf((Way("trick", Step("quick")),)))
    with pytest.raises(BadInput, match=r"1 splittings were to be compared\. It takes 2 or more"):
        split_often(FIVE, agent, per_level=5, times=1, rng=rng())
    with pytest.raises(BadInput, match=r"0 attempts were to be simulated"):
        split(FIVE, agent, per_level=0, rng=rng())

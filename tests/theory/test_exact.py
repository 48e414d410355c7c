"""Exact evaluation against simulation, closed forms, and what cannot be evaluated."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from tests.theory.plans import agents, harnesses, plans

from tasklaws.core.errors import BadPlan
from tasklaws.spec.agent import Agent
from tasklaws.spec.cost import Fixed, Geometric, LogNormal
from tasklaws.spec.harness import Harness
from tasklaws.spec.plan import AnyOrder, Graph, InOrder, KofN, Maybe, OneOf, Repeat, Way
from tasklaws.spec.step import Step
from tasklaws.theory.exact import budgets, evaluate, shared_bits
from tasklaws.theory.masses import Axis
from tasklaws.theory.monte_carlo import simulate

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasklaws.spec.cost import Cost
    from tasklaws.spec.plan import Plan

RUNS = 100_000
AXES = (Axis("tokens", 1.0, 400), Axis("seconds", 1.0, 800))
NEAR = (Axis("tokens", 1.0, 64), Axis("seconds", 1.0, 128))
"""Axes that hold all that is compared with simulation, and are quicker."""
AGENT = Agent("agent", {"general": 0.02}, {"formula": 0.3})


def standard_errors(exact: float, share: float, n: int) -> float:
    """Return how far a simulated share is from the exact one; the error is that of the exact value."""
    error = math.sqrt(max(exact * (1 - exact), 1 / n) / n)
    return abs(share - exact) / error


@given(plans(), agents(), harnesses(), st.integers(0, 2**32))
@settings(max_examples=250, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
def test_exact_is_what_simulation_finds(plan: Plan, agent: Agent, harness: Harness, seed: int) -> None:
    drawn = simulate(plan, agent, harness, n=RUNS, rng=np.random.default_rng(seed))
    law = evaluate(plan, agent, harness, NEAR)
    found = {
        "success": (law.success, drawn.ok.mean()),
        "limited": (law.ended_by_limit, drawn.limited.mean()),
        "cost": (
            float(law.law.all.cells[:11, :21].sum()),
            ((drawn.tokens < 10.5) & (drawn.seconds < 20.5)).mean(),
        ),
    }
    note(str(found))
    assert law.law.all.total == pytest.approx(1.0)
    for exact, share in found.values():
        assert standard_errors(exact, share, RUNS) < 4


@given(plans(depth=2), agents(), harnesses(calls=False))
@settings(max_examples=60, derandomize=True, deadline=None)
def test_success_does_not_depend_on_the_axes(plan: Plan, agent: Agent, harness: Harness) -> None:
    free = evaluate(plan, agent, Harness(), ())
    assert free.success == pytest.approx(evaluate(plan, agent, Harness(), AXES).success, abs=1e-12)
    assert evaluate(plan, agent, harness, AXES).success <= free.success + 1e-12


@pytest.mark.parametrize("cost", [LogNormal(6.0, 0.5), Geometric(5.0)])
def test_spread_costs_agree_with_simulation_of_the_same_points(cost: Cost) -> None:
    plan = InOrder(
        (Step("a", 3, detect=0.7, attempts=3, spends=cost), Step("b", 5, spends=cost)), stop_on_failure=True
    )
    harness = Harness(token_limit=20)
    drawn = simulate(plan, AGENT, harness, n=RUNS, rng=np.random.default_rng(1), discrete=True)
    fine = evaluate(plan, AGENT, harness, (Axis("tokens", 0.01, 4096),))
    assert standard_errors(fine.success, drawn.ok.mean(), RUNS) < 4
    assert standard_errors(fine.ended_by_limit, drawn.limited.mean(), RUNS) < 4


@pytest.mark.parametrize("limit", [5e-5, 2e-4, 1.0])
def test_a_loop_whose_turns_vary_from_run_to_run(limit: float) -> None:
    plan = Repeat(Step("loop", 12, tool="python"), 100, "tool", seconds=LogNormal(1e-6, 0.7))
    harness = Harness(call_limit=limit)
    drawn = simulate(plan, AGENT, harness, n=RUNS, rng=np.random.default_rng(2), discrete=True)
    law = evaluate(plan, AGENT, harness, (Axis("seconds", 1e-6, 4096),))
    assert standard_errors(law.law.ok.total, drawn.ok.mean(), RUNS) < 4
    under = float(law.law.all.cells[:101].sum())
    assert standard_errors(under, (drawn.seconds < 1.005e-4).mean(), RUNS) < 4


def test_a_chain_of_independent_steps_is_a_power() -> None:
    q = 0.98**5
    assert evaluate(InOrder((Step("s", 5),) * 7), AGENT).success == pytest.approx(q**7)
    assert evaluate(Repeat(Step("s", 5), 7, "hand"), AGENT).success == pytest.approx(q**7)
    assert evaluate(Repeat(Step("s", 5), 7, "tool"), AGENT).success == pytest.approx(q)


def test_a_long_chain_by_hand_keeps_its_digits() -> None:
    agent = Agent("a", {"general": 1e-9})
    law = evaluate(Repeat(Step("turn", 64), 10**8, "hand"), agent)
    assert law.success == pytest.approx(math.exp(64e8 * math.log1p(-1e-9)), rel=1e-6)


def test_one_script_used_twice_is_right_for_both_uses_or_for_none() -> None:
    script = Step("script", 10, group="script")
    alone = evaluate(script, AGENT).success
    assert evaluate(InOrder((script, script)), AGENT).success == pytest.approx(alone)
    assert evaluate(Repeat(script, 50, "hand"), AGENT).success == pytest.approx(alone)
    assert evaluate(InOrder((Step("script", 10),) * 2), AGENT).success == pytest.approx(alone**2)


def test_knowledge_used_twice_is_known_for_both_uses_or_for_none() -> None:
    one = OneOf((Way("formula", Step("short", 1)), Way(None, Step("long", 100))))
    short, long = 0.98, 0.98**100
    both = evaluate(AnyOrder((one, one)), AGENT).success
    assert both == pytest.approx(0.3 * short**2 + 0.7 * long**2)
    assert shared_bits(AnyOrder((one, Maybe(Step("x"), "formula")))) == (("knows", "formula"),)


def test_a_choice_without_an_open_way_fails_at_no_cost() -> None:
    law = evaluate(OneOf((Way("formula", Step("short", 1)),)), AGENT, axes=(Axis("tokens", 1, 8),))
    assert law.success == pytest.approx(0.3 * 0.98)
    assert law.law.fail.cells[0] == pytest.approx(0.7)


def test_more_than_twelve_shared_bits_are_drawn_with_a_stated_error() -> None:
    names = [f"fact {i}" for i in range(14)]
    agent = Agent("a", {"general": 0.0}, dict.fromkeys(names, 0.97))
    twice = AnyOrder(tuple(OneOf((Way(name, Step(name)),)) for name in (*names, *names)))
    law = evaluate(twice, agent)
    assert 0 < law.standard_error < 0.01
    assert abs(law.success - 0.97**14) < 4 * law.standard_error
    assert evaluate(twice, agent).success == law.success
    fewer = AnyOrder(tuple(OneOf((Way(name, Step(name)),)) for name in (*names[:12], *names[:12])))
    exact = evaluate(fewer, agent)
    assert exact.standard_error == 0
    assert exact.success == pytest.approx(0.97**12)


def test_k_of_n_stops_when_k_have_succeeded() -> None:
    law = evaluate(KofN(2, (Step("s", 1),) * 4), Agent("a", {"general": 0.5}), axes=(Axis("tokens", 1, 8),))
    assert law.success == pytest.approx(11 / 16)
    assert law.law.ok.cells[2:5] == pytest.approx([1 / 4, 1 / 4, 3 / 16])
    assert law.law.fail.cells[4] == pytest.approx(5 / 16)


def test_an_attempt_over_the_limit_is_ended_by_it() -> None:
    law = evaluate(InOrder((Step("a", 4), Step("b", 4))), AGENT, Harness(token_limit=7))
    assert (law.success, law.ended_by_limit) == (0.0, pytest.approx(1.0))
    assert (
        evaluate(InOrder((Step("a", 4), Step("b", 4))), AGENT, Harness(token_limit=8)).ended_by_limit < 1e-12
    )


def test_the_shorter_time_limit_counts() -> None:
    assert budgets(Harness(time_limit=5.0, working_limit=3.0)) == {"seconds": 3.0}
    assert budgets(Harness(token_limit=9)) == {"tokens": 9.0}
    assert budgets(Harness(call_limit=2.0)) == {}


def test_a_thousand_steps_on_four_thousand_cells_take_less_than_a_second() -> None:
    rng = np.random.default_rng(0)
    steps = tuple(Step(f"s{i}", int(rng.integers(1, 6)), detect=0.5, attempts=2) for i in range(1000))
    evaluate(InOrder(steps[:5]), AGENT, Harness(token_limit=4095), (Axis("tokens", 1.0, 4096),))
    started = time.process_time()
    law = evaluate(InOrder(steps), AGENT, Harness(token_limit=4095), (Axis("tokens", 1.0, 4096),))
    # A wide band: this must not fail on a busy machine. The measurement stands in benchmarks/exact.py.
    assert time.process_time() - started < 5
    assert law.law.all.total == pytest.approx(1.0)


def test_the_law_without_a_grid_has_the_mean_that_simulation_finds() -> None:
    steps = (Step("a", 6, spends=Fixed(3.0)), Step("b", 9, detect=1.0, attempts=4))
    law = evaluate(AnyOrder(steps), AGENT, axes=(Axis("tokens", 1.0, 64),))
    mean = float(law.law.all.cells @ np.arange(64))
    drawn = simulate(AnyOrder(steps), AGENT, n=RUNS, rng=np.random.default_rng(3))
    assert abs(drawn.tokens.mean() - mean) < 4 * drawn.tokens.std() / math.sqrt(RUNS)


def _refused(call: Callable[[], object]) -> str:
    with pytest.raises(BadPlan) as refused:
        call()
    assert refused.value.what
    assert refused.value.need
    assert refused.value.way_out
    return str(refused.value)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Graph({"a": Step("a"), "b": Step("b")}, (("a", "b"), ("b", "a"))), "a cycle through a, b"),
        (lambda: Graph({"a": Step("a")}, (("a", "a"),)), "cycle"),
        (lambda: Graph({"a": Step("a")}, (("a", "z"),)), "no part 'z'"),
        (lambda: Graph((), ()), "no parts"),
        (lambda: OneOf(()), "no ways"),
        (lambda: OneOf((Way(None, Step("a")), Way("x", Step("b")))), "never taken"),
        (lambda: InOrder(()), "no parts"),
        (lambda: AnyOrder(()), "no parts"),
        (lambda: KofN(3, (Step("a"),)), "asks for 3 of 1"),
        (lambda: Repeat(Step("a"), 0, "hand"), "turns"),
        (lambda: Repeat(Step("a"), 2, "foot"), "'foot'"),
        (lambda: Step("a", strictness=1.5), "1.5"),
        (lambda: Step("a", detect=-0.1), "-0.1"),
        (lambda: Step("a", detect=math.nan), "nan"),
        (lambda: Step("a", attempts=0), "attempts"),
        (lambda: Step("a", tokens=-1), "-1"),
        (lambda: Step(""), "no name"),
        (lambda: Step("a", seconds=Fixed(-2.0)), "-2.0"),
        (lambda: LogNormal(math.inf, 1.0), "inf"),
        (lambda: Geometric(0.5), "0.5"),
        (lambda: Agent("m", {"general": 1.2}), "1.2"),
        (lambda: Agent("m", {}, {"x": 2.0}), "2.0"),
        (lambda: Harness(token_limit=0), "token_limit"),
        (lambda: Harness(aggregation="best"), "'best'"),
        (lambda: evaluate(Step("a", skill="law"), Agent("m", {"code": 0.1})), "no error for the skill 'law'"),
        (lambda: evaluate(Step("a", tool="pyton"), AGENT, Harness(tools=("python",))), "'pyton'"),
        (lambda: evaluate("a step", AGENT), "is not a plan"),
        (
            lambda: evaluate(InOrder((Step("a", 1, group="g"), Step("b", 2, group="g"))), AGENT),
            "share the artefact 'g' and differ",
        ),
        (
            lambda: evaluate(Step("a"), AGENT, axes=(Axis("tokens", 1, 8),)).within(seconds=3),
            "no axis of seconds",
        ),
        (
            lambda: evaluate(Step("a"), AGENT, axes=(Axis("tokens", 1, 8),)).within(tokens=8),
            "beyond the axis",
        ),
        (lambda: Axis("dollars"), "'dollars'"),
        (lambda: Axis("tokens", width=0), "width"),
    ],
)
def test_what_cannot_be_is_refused_in_three_parts(call: Callable[[], object], words: str) -> None:
    assert words in _refused(call)


def test_an_attempt_that_costs_exactly_its_limit_is_within_it() -> None:
    step = Step("a", 1, tool="python", detect=0.5, attempts=2, seconds=Fixed(1.0))
    law = evaluate(step, Agent("m", {"general": 0.1}), Harness(working_limit=2.0))
    assert law.success == pytest.approx(0.9 + 0.1 * 0.5 * 0.9)
    assert law.ended_by_limit < 1e-12
    exact = Repeat(Step("loop", 1, tool="python"), 3, "tool", seconds=Fixed(0.1))
    assert evaluate(exact, Agent("m", {"general": 0.0}), Harness(call_limit=0.3)).success == 1.0

"""Makespan: one worker sees no order, several do (P16); bounds of Brent and Graham hold in every attempt."""

from __future__ import annotations

import heapq
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.theory.plans import agents, harnesses, plans

from tasklaws.core.errors import BadInput
from tasklaws.spec.agent import Agent
from tasklaws.spec.cost import Fixed, Geometric, LogNormal
from tasklaws.spec.harness import Harness
from tasklaws.spec.plan import AnyOrder, Graph, InOrder, KofN, OneOf, Plan, Repeat, Way
from tasklaws.spec.step import Step
from tasklaws.theory.makespan import makespans, mean, simulate_team
from tasklaws.theory.monte_carlo import Estimate, Simulated, simulate
from tasklaws.theory.walk import Operation

RIGHT = Agent("right", {"general": 0.0})
SLOW = Step("slow", spends=Fixed(0), seconds=LogNormal(1, 0.5))
"""Mean 1.133 s, which makes 16 steps 18.1 s as in P16."""

few = settings(max_examples=60, deadline=None, derandomize=True, database=None)


def team(plan: Plan, workers: int | None, agent: Agent = RIGHT, n: int = 20_000, seed: int = 0) -> Simulated:
    return simulate_team(plan, agent, workers=workers, n=n, rng=np.random.default_rng(seed))


def hours(values: list[float], after: dict[int, tuple[int, ...]] | None = None) -> list[Operation]:
    """Return operations of one attempt, the i-th of which takes values[i]."""
    after = after or {}
    return [Operation(after.get(i, ()), np.array([value])) for i, value in enumerate(values)]


def taken_in_turn(times: list[float], workers: int) -> float:
    """Return when the last of `workers` is free, each taking the next of `times` as soon as it is free."""
    free = [0.0] * workers
    for time in times:
        heapq.heapreplace(free, free[0] + time)
    return max(free)


def test_order_shows_only_in_the_makespan_of_several_workers() -> None:
    """P16: 16 steps, 18.1 for one worker whatever the order.

    The 5.8 of the formal model for 4 workers comes out where each has 4 steps assigned beforehand; with
    list scheduling, where a worker who is free takes the next step, it is 5.2.
    """
    drawn = np.random.default_rng(9).lognormal(0, 0.5, (20_000, 16))
    beforehand = mean(drawn.reshape(-1, 4, 4).sum(axis=2).max(axis=1))
    in_turn = mean(np.array([taken_in_turn(times, 4) for times in drawn[:5_000].tolist()]))
    work = Estimate(16 * math.exp(0.125), 0.0)
    line, free = InOrder((SLOW,) * 16), AnyOrder((SLOW,) * 16)
    assigned = AnyOrder((InOrder((SLOW,) * 4),) * 4)
    for plan, workers, seconds, figure in (
        (line, 1, work, 18.1), (free, 1, work, 18.1), (line, 4, work, 18.1),
        (assigned, 4, beforehand, 5.8), (free, 4, in_turn, 5.2),
    ):  # fmt: skip
        found = mean(team(plan, workers).seconds)
        assert abs(found.value - seconds.value) < 4 * math.hypot(found.error, seconds.error)
        assert found.value == pytest.approx(figure, abs=0.06)


@few
@given(plans(), agents(), harnesses())
def test_one_worker_is_the_plain_simulation(plan: Plan, agent: Agent, harness: Harness) -> None:
    alone = simulate(plan, agent, harness, n=50, rng=np.random.default_rng(1))
    one = simulate_team(plan, agent, harness, workers=1, n=50, rng=np.random.default_rng(1))
    np.testing.assert_allclose(one.seconds, alone.seconds, rtol=1e-12)
    for name in ("ok", "limited", "tokens"):
        np.testing.assert_array_equal(getattr(one, name), getattr(alone, name))


@few
@given(plans(), agents(), st.integers(1, 4))
def test_makespan_lies_between_its_bounds(plan: Plan, agent: Agent, workers: int) -> None:
    """Brent: max(work / k, span) <= T <= work / k + span; Graham: T <= work / k + (1 - 1 / k) span."""
    work, took, span = (team(plan, k, agent, n=50, seed=2).seconds for k in (1, workers, None))
    slack = 1e-9 * (1 + work)
    assert (took >= np.maximum(work / workers, span) - slack).all()
    assert (took <= work / workers + (1 - 1 / workers) * span + slack).all()


@few
@given(plans(), agents())
def test_as_many_workers_as_operations_are_as_good_as_any_number(plan: Plan, agent: Agent) -> None:
    many, any_number = (team(plan, k, agent, n=50, seed=3).seconds for k in (200, None))
    np.testing.assert_allclose(many, any_number, rtol=1e-12)


@few
@given(
    st.lists(st.tuples(st.integers(0, 5), st.sets(st.integers(0, 7))), min_size=1, max_size=8),
    st.integers(1, 3),
)
def test_schedule_is_that_of_workers_who_act_second_by_second(
    described: list[tuple[int, set[int]]], workers: int
) -> None:
    """The vectorised schedule against a plain one that goes through time in steps of a second."""
    after = {i: tuple(sorted(e for e in earlier if e < i)) for i, (_, earlier) in enumerate(described)}
    lengths = [length for length, _ in described]
    ends: dict[int, int] = {}
    now = 0
    while len(ends) < len(lengths):
        for i, length in enumerate(lengths):
            ready = i not in ends and all(ends.get(e, math.inf) <= now for e in after[i])
            # an operation of no length ends as it begins, but needs a worker for that
            if ready and sum(end > now for end in ends.values()) < workers:
                ends[i] = now + length
        opened = [i for i in range(len(lengths)) if i not in ends and all(
            ends.get(e, math.inf) <= now for e in after[i]
        )]  # fmt: skip
        if not (opened and sum(end > now for end in ends.values()) < workers):
            now += 1
    found = makespans(hours([float(length) for length in lengths], after), workers)
    assert found.tolist() == [max(ends.values())]


def test_a_free_worker_takes_the_first_operation_that_is_ready() -> None:
    """Graham's anomaly of 1969: one worker more makes this list slower, from 12 to 15."""
    lengths = [3.0, 2, 2, 2, 4, 4, 4, 4, 9]
    after = {4: (3,), 5: (3,), 6: (3,), 7: (3,), 8: (0,)}
    assert makespans(hours(lengths, after), 3).tolist() == [12]
    assert makespans(hours(lengths, after), 4).tolist() == [15]


def test_operations_that_an_attempt_does_not_come_to_hold_up_nobody() -> None:
    skipped, long = Operation((), np.array([0.0, 5.0])), Operation((), np.array([4.0, 4.0]))
    next_one = replace(long, after=(1,))
    assert makespans([long, skipped, next_one], 1).tolist() == [8, 13]
    assert makespans([long, skipped, next_one], 2).tolist() == [4, 9]


def test_associative_parts_are_combined_in_a_tree() -> None:
    step = replace(SLOW, seconds=Fixed(1))
    for n, levels in ((1, 1), (3, 2), (9, 4), (15, 4), (16, 5)):
        for plan in (AnyOrder((step,) * n, associative=True), Repeat(step, n, "hand", "associative")):
            assert team(plan, None, n=1).seconds.tolist() == [levels]
            assert team(InOrder((step, plan, step)), None, n=1).seconds.tolist() == [levels + 2]
        assert team(Repeat(step, n, "hand", "independent"), None, n=1).seconds.tolist() == [1]
        assert team(Repeat(step, n, "hand"), None, n=1).seconds.tolist() == [n]


def test_parts_of_a_graph_wait_only_for_what_they_need() -> None:
    parts = {
        name: replace(SLOW, name=name, seconds=Fixed(i)) for name, i in zip("abcd", (1, 5, 2, 3), strict=True)
    }
    graph = Graph(parts, (("a", "b"), ("a", "c"), ("c", "d")))  # type: ignore[arg-type]
    assert team(graph, None, n=1).seconds.tolist() == [6]
    ten = replace(SLOW, seconds=Fixed(10))
    assert team(InOrder((ten, graph, ten)), None, n=1).seconds.tolist() == [26]


def test_what_comes_after_work_done_at_once_waits_for_the_slowest() -> None:
    one, five = (replace(SLOW, seconds=Fixed(seconds)) for seconds in (1, 5))
    for parts in ((one, five, one), (five, one, one), (one, one, five)):
        assert team(InOrder((AnyOrder(parts), one)), None, n=1).seconds.tolist() == [6]


def test_a_loop_by_tool_is_one_operation() -> None:
    loop = Repeat(replace(SLOW, seconds=Fixed(1)), 10, "tool", "independent", Fixed(2))
    assert team(loop, None, n=1).seconds.tolist() == [21]


def test_choices_and_spares_take_the_time_of_what_is_done() -> None:
    quick, long = (replace(SLOW, seconds=Fixed(s)) for s in (1.0, 8.0))
    plan = InOrder((quick, OneOf((Way("formula", quick), Way(None, long))), quick))
    found = team(plan, 3, Agent("agent", {"general": 0.0}, {"formula": 0.5}), n=4_000)
    assert set(found.seconds.tolist()) == {3.0, 10.0}
    spares = team(KofN(1, (quick,) * 3), None, Agent("agent", {"general": 0.5}), n=4_000)
    assert set(spares.seconds.tolist()) == {1.0, 2.0, 3.0}


def test_limits_on_time_apply_to_the_makespan() -> None:
    plan = AnyOrder((replace(SLOW, seconds=Fixed(2)),) * 4)
    limit = Harness(time_limit=4.0, token_limit=1)
    found = {
        k: simulate_team(plan, RIGHT, limit, workers=k, n=1, rng=np.random.default_rng(0)).ok.all()
        for k in (1, 2, 4)
    }
    assert found == {1: False, 2: True, 4: True}


def test_expected_makespan_of_two_steps_is_that_of_the_later() -> None:
    """E max of two geometric laws of mean m: 2 m - 1 / (1 - (1 - 1 / m)^2)."""
    step = replace(SLOW, seconds=Geometric(4.0))
    found = mean(team(AnyOrder((step, step)), 2, n=50_000).seconds)
    assert abs(found.value - (8 - 1 / (1 - 0.75**2))) < 4 * found.error
    assert found.error < 0.03


def test_many_attempts_are_scheduled_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = AnyOrder((SLOW,) * 5)
    whole = team(plan, 2, n=101).seconds
    monkeypatch.setattr("tasklaws.theory.makespan.CELLS", 50)
    np.testing.assert_array_equal(team(plan, 2, n=101).seconds, whole)


def test_what_cannot_be_scheduled_is_refused() -> None:
    with pytest.raises(
        BadInput, match=r"0 workers were to share a plan\. It takes 1 or more\. Ask for more\."
    ):
        team(SLOW, 0, n=1)
    with pytest.raises(BadInput, match=r"more than 2,000 operations\. .* Repeat fewer times"):
        team(Repeat(SLOW, 2_001, "hand"), 2, n=1)
    with pytest.raises(BadInput, match=r"spread of 1 draws was asked for\. It takes 2 or more\. Draw more\."):
        mean(np.ones(1))

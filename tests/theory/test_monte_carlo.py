"""Draws of costs, and simulation of plans against what can be worked out by hand.

Propositions tested here by simulating their own assumptions (P1, P2, P4, P5, P16) are algebra checked, not
facts about models.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.theory.plans import agents, harnesses, plans, several

from tasklaws.core.errors import BadInput, BadPlan
from tasklaws.spec.agent import Agent
from tasklaws.spec.cost import Fixed, Geometric, LogNormal
from tasklaws.spec.harness import Harness
from tasklaws.spec.plan import AnyOrder, Graph, InOrder, KofN, Maybe, OneOf, Plan, Repeat, Way
from tasklaws.spec.step import Step
from tasklaws.theory.costs import draw, support
from tasklaws.theory.monte_carlo import Simulated, simulate, success, until

if TYPE_CHECKING:
    from tasklaws.spec.cost import Cost
    from tasklaws.theory.costs import Floats

ERRORS = 4.0
"""Standard errors that an estimate may lie off the truth."""

SPREAD: list[Cost] = [LogNormal(5, 0.7), LogNormal(0.2, 0.2), Geometric(1.5), Geometric(40.0)]
CERTAIN: list[Cost] = [Fixed(3.0), Fixed(), LogNormal(2, 0), LogNormal(0, 1), Geometric(1)]

few = settings(max_examples=40, deadline=None, derandomize=True, database=None)

RIGHT = Agent("right", {"general": 0.0})


def erring(error: float, **knows: float) -> Agent:
    return Agent("erring", {"general": error}, knows)


def attempts(
    plan: Plan,
    agent: Agent = RIGHT,
    harness: Harness = Harness(),  # noqa: B008  a frozen value
    n: int = 20_000,
    seed: int = 0,
) -> Simulated:
    return simulate(plan, agent, harness, n=n, rng=np.random.default_rng(seed))


def near(found: Floats, truth: float) -> bool:
    """Return whether the mean of `found` is within 4 standard errors of `truth`."""
    values = np.asarray(found, float)
    return bool(abs(values.mean() - truth) <= ERRORS * values.std() / math.sqrt(values.size) + 1e-12)


def alike(a: Floats, b: Floats) -> bool:
    """Return whether two samples of the same size have the same mean within 4 standard errors."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    return bool(abs(a.mean() - b.mean()) <= ERRORS * math.sqrt((a.var() + b.var()) / a.size) + 1e-12)


# --- costs


@pytest.mark.parametrize("cost", SPREAD + CERTAIN)
def test_draws_and_their_sums_have_the_mean_of_the_law(cost: Cost) -> None:
    rng = np.random.default_rng(1)
    for discrete in (False, True):
        assert near(draw(cost, 50_000, rng, discrete=discrete), cost.mean)


@pytest.mark.parametrize("cost", [*SPREAD, *CERTAIN, LogNormal(1, 4), Geometric(1e6), Geometric(1.0001)])
def test_support_is_a_law_with_the_same_mean(cost: Cost) -> None:
    values, weights = support(cost)
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    assert weights.min() > 0
    assert (np.diff(values) > 0).all()
    assert values @ weights == pytest.approx(cost.mean, rel=1e-9)


def test_support_of_a_log_normal_holds_the_means_of_equal_cells() -> None:
    cost = LogNormal(5, 0.7)
    values, weights = support(cost, 8)
    assert (weights == 1 / 8).all()
    sample = np.sort(draw(cost, 400_000, np.random.default_rng(3))).reshape(8, -1)
    for value, cell in zip(values, sample, strict=True):
        assert value == pytest.approx(cell.mean(), rel=0.01)


def test_support_of_a_log_normal_keeps_more_of_the_variance_with_more_points() -> None:
    cost = LogNormal(1, 0.5)
    true = cost.mean**2 * math.expm1(cost.sigma**2)
    kept = []
    for points in (1, 4, 64, 1024):
        values, weights = support(cost, points)
        kept.append((weights @ (values - cost.mean) ** 2) / true)
    assert kept[0] == pytest.approx(0, abs=1e-12)
    assert kept == sorted(kept)
    assert 0.97 < kept[2] < 0.99 < kept[3] < 1


def test_support_of_a_geometric_law_is_its_probabilities() -> None:
    values, weights = support(Geometric(4.0))
    np.testing.assert_array_equal(values, np.arange(1, values.size + 1))
    np.testing.assert_allclose(weights[:-1], 0.25 * 0.75 ** (values[:-1] - 1), rtol=1e-9)
    assert 0.75**values.size <= 1e-12 < 0.75 ** (values.size - 1)
    assert weights[-1] == pytest.approx(0.75 ** (values.size - 1), rel=1e-9)


def test_support_of_a_long_geometric_law_is_short_and_keeps_its_spread() -> None:
    cost = Geometric(1e5)
    values, weights = support(cost)
    assert values.size <= 4096
    assert weights @ (values - cost.mean) ** 2 == pytest.approx(cost.mean**2 - cost.mean, rel=1e-3)


def test_costs_refuse_what_they_cannot_do() -> None:
    with pytest.raises(BadInput, match=r"0 points was asked for\. It needs 1 or more\. Ask for more\."):
        support(LogNormal(1, 1), 0)


# --- steps


@pytest.mark.parametrize(
    ("error", "tokens", "strictness", "expected"),
    [(0.01, 60, 1.0, 0.5472), (0.03, 40, 0.5, 0.5463), (0.1, 30, 0.1, 0.7397), (0.3, 5, 0.0, 1.0)],
)
def test_a_step_is_right_when_no_wrong_token_is_fatal(
    error: float, tokens: int, strictness: float, expected: float
) -> None:
    """P1 and P2."""
    found = attempts(Step("step", tokens, strictness=strictness), erring(error))
    assert (1 - strictness * error) ** tokens == pytest.approx(expected, abs=5e-5)
    assert near(found.ok, (1 - strictness * error) ** tokens)
    assert (found.tokens == tokens).all()


@pytest.mark.parametrize(("detect", "expected"), [(1.0, 0.7599), (0.6, 0.5012), (0.0, 0.3)])
def test_retries_follow_noticed_failures(detect: float, expected: float) -> None:
    """P4, with the tokens that the tries take; the formal model prints .5012 for .50115."""
    right, tries = 0.3, 4
    again = (1 - right) * detect
    rounds = sum(again**i for i in range(tries))
    assert right * rounds == pytest.approx(expected, abs=6e-5)
    found = attempts(Step("step", detect=detect, attempts=tries, spends=Fixed(7)), erring(0.7), n=100_000)
    assert near(found.ok, right * rounds)
    assert near(found.tokens, 7 * rounds)


def test_seconds_are_those_of_the_tokens_and_of_the_program() -> None:
    agent = Agent("slow", {"general": 0.0}, seconds_per_token=0.5, slowness=3.0)
    found = attempts(Step("step", 4, seconds=Fixed(2)), agent, n=10)
    assert (found.seconds == 4 * 0.5 + 2 * 3).all()
    found = attempts(Step("step", 4, spends=Geometric(6), seconds=LogNormal(2, 0.5)), agent)
    assert near(found.tokens, 6)
    assert near(found.seconds, 3 + 6 * math.exp(0.125))


def test_a_call_that_runs_too_long_is_cut_and_tried_again() -> None:
    step = Step("step", 2, tool="python", attempts=3, seconds=Fixed(2.5))
    agent = Agent("slow", {"general": 0.0}, slowness=2.0, seconds_per_token=1.0)
    found = attempts(step, agent, Harness(call_limit=4.0), n=5)
    assert not found.ok.any()
    assert not found.limited.any()
    assert (found.seconds == 3 * (2 + 4)).all()
    assert (found.tokens == 6).all()
    assert attempts(step, agent, Harness(call_limit=5.0), n=5).ok.all()
    assert attempts(replace(step, tool=None), agent, Harness(call_limit=4.0), n=5).ok.all()


@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("group", [None, "shared"])
def test_calls_of_random_length_are_cut_as_often_as_they_are_long(discrete: bool, group: str | None) -> None:
    cost, limit, tries, slowness = LogNormal(1, 0.8), 2.0, 3, 1.5
    step = Step("step", tool="python", detect=0.4, attempts=tries, seconds=cost, group=group)
    agent = Agent("erring", {"general": 0.3}, slowness=slowness)
    rng = np.random.default_rng(6)
    found = simulate(step, agent, Harness(call_limit=limit), n=100_000, rng=rng, discrete=discrete)
    run = slowness * draw(cost, 400_000, rng, discrete=discrete)
    cut = (run > limit).mean()
    again = cut + (1 - cut) * 0.3 * 0.4
    rounds = sum(again**i for i in range(tries))
    assert 0.1 < cut < 0.5
    assert found.ok.mean() == pytest.approx(0.7 * (1 - cut) * rounds, abs=0.008)
    assert found.seconds.mean() == pytest.approx(rounds * np.minimum(run, limit).mean(), rel=0.01)


def test_discrete_costs_are_those_of_the_support() -> None:
    cost = LogNormal(3, 0.6)
    found = simulate(
        Step("step", seconds=cost), RIGHT, n=2_000, rng=np.random.default_rng(7), discrete=True
    ).seconds
    assert set(found.tolist()) <= set(support(cost)[0].tolist())
    assert near(found, cost.mean)


# --- what is shared


def test_steps_of_one_group_stand_or_fall_together() -> None:
    use = Step("use", group="script")
    found = attempts(InOrder((use, replace(use, name="again"), Repeat(use, 5, "hand"))), erring(0.4))
    assert near(found.ok, 0.6)
    apart = attempts(InOrder((replace(use, group=None),) * 3), erring(0.4))
    assert near(apart.ok, 0.6**3)


def test_costs_of_each_use_are_drawn_for_the_shared_result_and_apart() -> None:
    use = Step("use", group="script", detect=0.8, attempts=5)
    agent = Agent("erring", {"general": 0.5})
    alone = attempts(replace(use, group=None), agent, n=50_000, seed=1)
    twice = attempts(AnyOrder((use, use)), agent, n=50_000)
    assert alike(twice.ok, alone.ok)
    for result in (True, False):
        one, two = alone.tokens[alone.ok == result], twice.tokens[twice.ok == result]
        assert near(two, 2 * one.mean())
        assert two.var() == pytest.approx(2 * one.var(), rel=0.05)


def test_costs_after_a_rare_shared_success_are_found() -> None:
    use = Step("use", group="script", tokens=40, detect=1.0, attempts=2, spends=Fixed(1))
    found = attempts(InOrder((use, use), stop_on_failure=True), erring(0.2), n=30_000)
    q = 0.8**40
    assert near(found.ok, q + (1 - q) * q)
    assert set(found.tokens[found.ok].tolist()) <= {2.0, 3.0, 4.0}
    assert (found.tokens[~found.ok] == 2).all()


def test_steps_of_one_group_that_differ_are_refused() -> None:
    with pytest.raises(BadPlan, match="share the artefact"):
        attempts(InOrder((Step("a", 1, group="g"), Step("b", 2, group="g"))), n=1)


@pytest.mark.parametrize(("timeout", "share"), [(15, 0.25), (30, 0.5), (60, 1.0), (120, 1.0)])
def test_a_loop_under_a_timeout_has_the_plateau_of_the_harness(timeout: float, share: float) -> None:
    """P5: n = 20 tasks of 1 to 20 turns, 3 s each; the mean is kappa x, whatever kappa is."""
    for kappa in (0.3, 0.8):
        tasks = [Repeat(Step("script", tool="python"), i, "tool", seconds=Fixed(3)) for i in range(1, 21)]
        found = [
            attempts(task, erring(1 - kappa), Harness(call_limit=timeout), n=2_000, seed=i)
            for i, task in enumerate(tasks)
        ]
        assert near(np.concatenate([one.ok for one in found]), kappa * share)
        solvable = [one.ok.any() for one in found]
        assert np.mean(solvable) == share
        assert solvable == sorted(solvable, reverse=True)


def test_knowledge_is_drawn_once_per_attempt() -> None:
    choice = OneOf((Way("formula", Step("short", spends=Fixed(1))), Way(None, Step("long", spends=Fixed(9)))))
    found = attempts(InOrder((choice, Repeat(choice, 2, "hand"))), erring(0.0, formula=0.3))
    assert found.ok.all()
    assert set(found.tokens.tolist()) == {3.0, 27.0}
    assert near(found.tokens == 3, 0.3)


def test_the_first_open_way_is_taken_and_none_fails_at_no_cost() -> None:
    ways = (Way("formula", Step("a", spends=Fixed(1))), Way("trick", Step("b", spends=Fixed(2))))
    found = attempts(OneOf(ways), erring(0.0, formula=0.5, trick=0.4))
    assert near(found.tokens == 1, 0.5)
    assert near(found.tokens == 2, 0.2)
    assert ((found.tokens > 0) == found.ok).all()


def test_what_is_known_is_skipped_at_no_cost() -> None:
    found = attempts(Maybe(Step("look it up", 4), "formula"), erring(1.0, formula=0.3))
    assert near(found.ok, 0.3)
    assert ((found.tokens == 0) == found.ok).all()


# --- nodes


def test_work_in_order_goes_on_after_a_failure_unless_told_to_stop() -> None:
    parts = (Step("a", spends=Fixed(1)), Step("b", spends=Fixed(2)), Step("c", spends=Fixed(4)))
    on = attempts(InOrder(parts), erring(0.5))
    assert (on.tokens == 7).all()
    stopped = attempts(InOrder(parts, stop_on_failure=True), erring(0.5))
    for found in (on, stopped):
        assert near(found.ok, 0.125)
    assert near(stopped.tokens, 1 + 0.5 * 2 + 0.25 * 4)
    assert (stopped.tokens[stopped.ok] == 7).all()


def test_k_of_n_tries_until_k_have_succeeded() -> None:
    found = attempts(KofN(2, (Step("step", spends=Fixed(1)),) * 4), erring(0.4))
    assert near(found.ok, 1 - 0.4**4 - 4 * 0.6 * 0.4**3)
    assert near(found.tokens == 2, 0.6**2)
    assert near(found.tokens == 3, 2 * 0.4 * 0.6**2)


def test_a_part_of_a_graph_waits_for_all_that_it_needs() -> None:
    parts = {name: Step(name, spends=Fixed(2.0**i)) for i, name in enumerate("abcd")}
    graph = Graph(parts, (("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")))  # type: ignore[arg-type]
    found = attempts(graph, erring(0.3))
    assert near(found.ok, 0.7**4)
    assert near(found.tokens, 1 + 0.7 * (2 + 4) + 0.7**3 * 8)
    assert set(found.tokens.tolist()) == {1.0, 7.0, 15.0}
    assert (found.tokens[found.ok] == 15).all()


def test_a_loop_by_tool_runs_right_or_wrong_and_is_cut() -> None:
    loop = Repeat(Step("write", 5), 10, "tool", seconds=Fixed(0.5))
    agent = Agent("slow", {"general": 0.1}, seconds_per_token=1.0, slowness=2.0)
    found = attempts(loop, agent)
    assert near(found.ok, 0.9**5)
    assert (found.seconds == 5 + 10).all()
    assert near(attempts(loop, agent, Harness(call_limit=10.0)).ok, 0.9**5)
    cut = attempts(loop, agent, Harness(call_limit=9.0), n=5)
    assert not cut.ok.any()
    assert (cut.seconds == 5 + 9).all()


def test_turns_of_a_loop_by_tool_vary_together() -> None:
    loop = Repeat(Step("write"), 30, "tool", seconds=LogNormal(1, 1))
    found = attempts(loop, RIGHT).seconds
    assert near(found, 30 * math.exp(0.5))
    assert near((found - 30 * math.exp(0.5)) ** 2, 30**2 * math.e * math.expm1(1))


def test_a_long_loop_by_hand_is_a_power() -> None:
    """P5: by hand, sha256^n is right with q^(64 n)."""
    turn = InOrder((Step("compress", 32), AnyOrder((Step("add", 16), Step("write", 16, spends=Fixed(3))))))
    found = attempts(Repeat(turn, 10**8, "hand"), erring(1e-10))
    assert near(found.ok, math.exp(64e8 * math.log1p(-1e-10)))
    assert (found.tokens == 51e8).all()
    nested = attempts(Repeat(Repeat(turn, 10**4, "hand"), 10**4, "hand"), erring(1e-10))
    assert near(nested.ok, math.exp(64e8 * math.log1p(-1e-10)))


def test_the_power_and_the_turns_one_by_one_are_one_law() -> None:
    agent = Agent("erring", {"general": 0.002}, seconds_per_token=0.5, slowness=2.0)
    turn = InOrder((Step("a", 2, seconds=Fixed(1)), Repeat(Step("b"), 3, "hand")))
    direct = attempts(Repeat(turn, 101, "hand"), agent, n=5_000)
    one_by_one = attempts(Repeat(InOrder((turn, Maybe(Step("never"), "all"))), 101, "hand"),
                          replace(agent, knows={"all": 1.0}), n=5_000, seed=1)  # fmt: skip
    assert alike(direct.ok, one_by_one.ok)
    np.testing.assert_allclose(direct.tokens, one_by_one.tokens)
    np.testing.assert_allclose(direct.seconds, one_by_one.seconds)


@pytest.mark.parametrize(
    "part",
    [
        Step("retried", detect=0.5, attempts=2),
        Step("shared", group="script"),
        Step("spread", spends=Geometric(2)),
        Maybe(Step("skipped"), "formula"),
    ],
)
def test_a_loop_by_hand_that_is_too_long_is_refused(part: Plan) -> None:
    with pytest.raises(BadInput, match=r"1,000,000 turns by hand .* 100,000 at most\. Repeat fewer times"):
        attempts(Repeat(part, 1_000_000, "hand"), erring(0.1), n=1)


# --- limits and estimates


def test_an_attempt_beyond_a_limit_fails_at_full_cost() -> None:
    plan = OneOf((Way("formula", Step("short", spends=Fixed(4), seconds=Fixed(4))),
                  Way(None, Step("long", spends=Fixed(9), seconds=Fixed(9)))))  # fmt: skip
    agent = erring(0.0, formula=0.5)
    for harness in (
        Harness(token_limit=8),
        Harness(time_limit=8.0),
        Harness(working_limit=8.0),
        Harness(token_limit=4, time_limit=100.0, working_limit=4.0),
    ):
        found = attempts(plan, agent, harness, n=2_000)
        assert (found.limited == (found.tokens == 9)).all()
        assert (found.ok == ~found.limited).all()
        assert found.limited.any()
    assert attempts(plan, agent, Harness(token_limit=9), n=2_000).ok.all()


def retried(right: float, detect: float, tries: int, cost: int) -> Floats:
    """Return P(success at a cost of i), i = 0, 1, ..., of a step with retries at a fixed cost per try."""
    law = np.zeros(301)
    for i in range(tries):
        law[(i + 1) * cost] = ((1 - right) * detect) ** i * right
    return law


def test_success_within_budgets_is_that_of_a_convolution() -> None:
    """An example of the kind of formal model 3.2: 8 steps with retries, a shortcut and a setup step.

    The formal model states success (.2356 .2399 .4424 .6708 .6920) and no parameters; those here give
    curves of the same shape, and the truth is convolved here.
    """
    setup = Step("set up", 8, spends=Fixed(4))
    quick = Step("quick", 9, detect=0.4, attempts=3, spends=Fixed(8))
    turn = Step("turn", 28, detect=0.9, attempts=3, spends=Fixed(10))
    choice = OneOf((Way("trick", quick), Way(None, InOrder((turn,) * 8))))
    agent = erring(0.01, trick=0.3)
    found = attempts(InOrder((setup, choice)), agent, n=100_000)

    chain = np.eye(1, 301)[0]
    for _ in range(8):
        chain = np.convolve(chain, retried(0.99**28, 0.9, 3, 10))[:301]
    either = 0.3 * retried(0.99**9, 0.4, 3, 8) + 0.7 * chain
    law = np.convolve(retried(0.99**8, 0.0, 1, 4), either)[:301].cumsum()
    for budget in (20, 60, 100, 140, 300):
        within = found.ok & (found.tokens <= budget)
        assert near(within, law[budget])
        limited = attempts(InOrder((setup, choice)), agent, Harness(token_limit=budget), n=100_000)
        np.testing.assert_array_equal(limited.ok, within)
    assert law[[20, 60, 100, 140, 300]] == pytest.approx([0.2356, 0.2399, 0.4424, 0.6708, 0.692], abs=0.05)


def test_rounding_does_not_carry_a_sum_over_its_limit() -> None:
    assert 0.1 + 0.1 + 0.1 > 0.3
    steps = InOrder((Step("step", seconds=Fixed(0.1)),) * 3)
    assert attempts(steps, RIGHT, Harness(time_limit=0.3), n=1).ok.all()


def test_tools_that_are_not_offered_are_refused() -> None:
    with pytest.raises(BadPlan, match="needs the tool 'python'"):
        attempts(Step("step", tool="python"), RIGHT, Harness(tools=("bash",)), n=1)


def test_success_is_the_share_with_an_error_that_is_never_nothing() -> None:
    ok = np.arange(100) < 20
    made = Simulated(ok, ~ok, np.zeros(100), np.zeros(100))
    assert success(made).value == 0.2
    assert success(made).error == pytest.approx(0.04, rel=0.02)
    none = success(attempts(Step("step"), erring(1.0), n=100))
    assert none.value == 0
    assert 0 < none.error < 0.02


@pytest.mark.parametrize(
    ("error", "size"), [(0.005, 10_000), (0.004, 16_000), (0.0001, 20_000), (0.1, 1_000)]
)
def test_batches_are_drawn_until_the_error_is_met_or_the_most_are_reached(error: float, size: int) -> None:
    rng = np.random.default_rng(8)
    plan, agent = Step("step"), erring(0.5)
    found = until(error, lambda n: simulate(plan, agent, n=n, rng=rng), batch=1_000, at_most=20_000)
    assert found.ok.size == size
    assert success(found).error <= error or size == 20_000


def test_what_cannot_be_simulated_is_refused() -> None:
    with pytest.raises(
        BadInput, match=r"0 attempts were to be simulated\. It takes 1 or more\. Ask for more\."
    ):
        attempts(Step("step"), n=0)
    with pytest.raises(BadInput, match=r"an error of 0 .* must be positive\. Correct them\."):
        until(0, lambda n: attempts(Step("step"), n=n))
    with pytest.raises(BadPlan, match="no error for the skill"):
        attempts(Step("step", skill="chess"), Agent("nobody", {}), n=1)


# --- random plans


@few
@given(plans(), agents(), harnesses())
def test_the_same_generator_gives_the_same_attempts(plan: Plan, agent: Agent, harness: Harness) -> None:
    found = [attempts(plan, agent, harness, n=50) for _ in range(2)]
    for name in ("ok", "limited", "tokens", "seconds"):
        np.testing.assert_array_equal(getattr(found[0], name), getattr(found[1], name))
    assert not (found[0].ok & found[0].limited).any()
    assert min(found[0].tokens.min(), found[0].seconds.min()) >= 0


@few
@given(plans(), st.sampled_from((0.0, 1.0)))
def test_who_knows_everything_and_never_errs_succeeds(plan: Plan, slowness: float) -> None:
    agent = Agent("perfect", {"general": 0.0}, {"formula": 1.0, "trick": 1.0}, 1.0, slowness)
    assert attempts(plan, agent, n=20).ok.all()


@few
@given(several(plans(2, shared=False, knowledge=False)), agents(), st.randoms(use_true_random=False))
def test_order_does_not_matter_to_one_worker(parts: tuple[Plan, ...], agent: Agent, random: object) -> None:
    """P16: without abort, success and costs have the same law in any order."""
    shuffled = list(parts)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one = attempts(InOrder(parts), agent, n=4_000)
    other = attempts(AnyOrder(tuple(shuffled)), agent, n=4_000, seed=1)
    for name in ("ok", "tokens", "seconds"):
        assert alike(getattr(one, name), getattr(other, name))


@few
@given(plans(2, shared=False, knowledge=False), plans(2, shared=False, knowledge=False), agents())
def test_parts_that_share_nothing_succeed_independently(first: Plan, second: Plan, agent: Agent) -> None:
    alone = [attempts(part, agent, n=4_000, seed=i).ok.mean() for i, part in enumerate((first, second))]
    both = attempts(InOrder((first, second)), agent, n=4_000, seed=2).ok
    error = math.sqrt((alone[0] ** 2 + alone[1] ** 2 + 1) * 0.25 / 4_000)
    assert abs(both.mean() - alone[0] * alone[1]) <= ERRORS * error


@few
@given(plans(), agents(), harnesses())
def test_limits_only_take_away(plan: Plan, agent: Agent, harness: Harness) -> None:
    free = attempts(
        plan, agent, replace(harness, token_limit=None, time_limit=None, working_limit=None), n=500
    )
    bound = attempts(plan, agent, harness, n=500)
    np.testing.assert_array_equal(bound.ok, free.ok & ~bound.limited)
    np.testing.assert_array_equal(bound.tokens, free.tokens)


@few
@given(plans(), agents())
def test_fewer_errors_never_lower_success_where_nothing_limits(plan: Plan, agent: Agent) -> None:
    better = replace(agent, error={skill: error / 3 for skill, error in agent.error.items()})
    worse_ok, better_ok = (attempts(plan, one, n=3_000, seed=i).ok for i, one in enumerate((agent, better)))
    error = math.sqrt((worse_ok.var() + better_ok.var()) / 3_000)
    assert better_ok.mean() >= worse_ok.mean() - ERRORS * error


@few
@given(plans(2), agents())
def test_a_part_that_is_known_costs_nothing(plan: Plan, agent: Agent) -> None:
    knows = {**agent.knows, "all": 1.0}
    found = attempts(Maybe(plan, "all"), replace(agent, knows=knows), n=50)
    assert found.ok.all()
    assert not found.tokens.any()
    assert not found.seconds.any()

from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given, settings
from tests.theory.plans import plans

from tasklaws.core.errors import BadPlan
from tasklaws.spec.plan import (
    AnyOrder,
    Graph,
    InOrder,
    KofN,
    Maybe,
    OneOf,
    Plan,
    Repeat,
    Way,
    check_tools,
    steps,
    tools,
)
from tasklaws.spec.step import Step
from tasklaws.spec.structure import (
    Traits,
    groups,
    knowledge,
    least_work,
    shared_groups,
    span,
    topological,
    traits,
    work,
)

A, B, C = Step("a"), Step("b", tool="python"), Step("c", deterministic=False)
SUM = OneOf((Way("gauss", InOrder((A, A, A))), Way(None, Repeat(B, 9, "tool", "associative"))))


@pytest.mark.parametrize(
    ("plan", "measures"),
    [
        (A, (1, 1, 1)),
        (InOrder((A, B, C)), (3, 3, 3)),
        (AnyOrder((A, B, C)), (3, 1, 3)),
        (AnyOrder((A,) * 9, associative=True), (9, 4, 9)),
        (AnyOrder((InOrder((A, B)), C)), (3, 2, 3)),
        (Repeat(A, 100, "hand"), (100, 100, 100)),
        (Repeat(A, 100, "tool", "independent"), (100, 1, 100)),
        (Repeat(A, 9_999, "tool", "associative"), (9_999, 14, 9_999)),
        (SUM, (9, 4, 3)),
        (Maybe(InOrder((A, B)), "trick"), (2, 2, 0)),
        (KofN(2, (A, InOrder((A, B)), Maybe(C, "x"))), (4, 4, 1)),
        (Graph({"x": A, "y": B, "z": InOrder((A, A))}, (("x", "z"),)), (4, 3, 4)),
    ],
)
def test_work_span_and_least_work(plan: Plan, measures: tuple[int, int, int]) -> None:
    assert (work(plan), span(plan), least_work(plan)) == measures


@given(plans())
@settings(max_examples=200, derandomize=True, deadline=None)
def test_measures_are_in_order(plan: Plan) -> None:
    assert 1 <= span(plan) <= work(plan)
    assert 0 <= least_work(plan) <= work(plan)


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (A, Traits(tool=False, sequential=False, deterministic=True, knowledge=False)),
        (InOrder((A, B)), Traits(tool=True, sequential=True, deterministic=True, knowledge=False)),
        (AnyOrder((A, C)), Traits(tool=False, sequential=False, deterministic=False, knowledge=False)),
        (SUM, Traits(tool=False, sequential=False, deterministic=True, knowledge=False)),
        (OneOf((Way("x", A),)), Traits(tool=False, sequential=False, deterministic=True, knowledge=True)),
        (InOrder((A, OneOf((Way("x", A),)))), Traits(False, True, True, True)),  # noqa: FBT003
        (KofN(1, (B, A)), Traits(tool=False, sequential=True, deterministic=True, knowledge=False)),
        (KofN(2, (B, A)), Traits(tool=True, sequential=True, deterministic=True, knowledge=False)),
        (Maybe(B, "x"), Traits(tool=False, sequential=False, deterministic=True, knowledge=False)),
    ],
)
def test_traits_are_read_off_the_plan(plan: Plan, expected: Traits) -> None:
    assert traits(plan) == expected


def test_what_may_be_known_is_listed_once() -> None:
    assert knowledge(InOrder((SUM, Maybe(A, "gauss"), Maybe(A, "b")))) == ("b", "gauss")


def test_tools_and_steps_of_all_paths() -> None:
    assert tools(SUM) == ("python",)
    assert [step.name for step in steps(SUM)] == ["a", "a", "a", "b"]


def test_a_tool_that_is_not_offered_is_named_with_its_step() -> None:
    with pytest.raises(BadPlan, match=r"step 'b' needs the tool 'python'.*There are: bash"):
        check_tools(SUM, ("bash",))


def test_shared_artefacts() -> None:
    script = Step("script", group="script")
    assert shared_groups(script) == ()
    assert shared_groups(InOrder((script, script))) == ("script",)
    assert shared_groups(Repeat(script, 3, "hand")) == ("script",)
    assert shared_groups(Repeat(A, 3, "tool")) == ("loop: a",)
    assert groups(InOrder((script, A))) == {"script": script}


@given(plans(depth=1))
@settings(max_examples=50, derandomize=True, deadline=None)
def test_parts_of_a_graph_come_behind_what_they_need(plan: Plan) -> None:
    graph = Graph({"d": plan, "c": A, "b": A, "a": A}, (("a", "b"), ("b", "d"), ("a", "c")))
    place = {name: i for i, name in enumerate(topological(graph))}
    assert all(place[earlier] < place[later] for earlier, later in graph.edges)
    weighted = nx.DiGraph()
    weighted.add_edges_from((a, b, {"length": span(dict(graph.parts)[b])}) for a, b in graph.edges)
    longest = span(A) + nx.dag_longest_path_length(weighted, weight="length")
    assert span(graph) == longest

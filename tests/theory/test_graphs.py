"""Graphs of steps: what is series-parallel becomes orders, the rest a dynamic program."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasklaws.spec.agent import Agent
from tasklaws.spec.plan import AnyOrder, Graph, InOrder
from tasklaws.spec.step import Step
from tasklaws.spec.structure import span, work
from tasklaws.theory.exact import evaluate
from tasklaws.theory.graphs import graph_law, simplified
from tasklaws.theory.masses import Axis
from tasklaws.theory.monte_carlo import simulate

if TYPE_CHECKING:
    from tasklaws.theory.cost_laws import CostLaw

TOKENS = (Axis("tokens", 1.0, 128),)
AGENT = Agent("agent", {"general": 0.1})
N = Graph({name: Step(name, i + 1) for i, name in enumerate("abcd")}, (("a", "c"), ("b", "c"), ("b", "d")))


@st.composite
def orders(draw: st.DrawFn, most: int = 7) -> Graph:
    names = [f"p{i}" for i in range(draw(st.integers(2, most)))]
    edges = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :] if draw(st.integers(0, 2)) == 0]
    listed = draw(st.permutations(names))
    return Graph({name: Step(name, 1 + int(name[1:]) % 3) for name in listed}, tuple(edges))


def exact(graph: Graph) -> CostLaw:
    return evaluate(graph, AGENT, axes=TOKENS).law


@given(orders(), st.integers(0, 2**32))
@settings(max_examples=60, derandomize=True, deadline=None)
def test_the_law_of_a_graph_is_what_simulation_finds(graph: Graph, seed: int) -> None:
    drawn = simulate(graph, AGENT, n=40_000, rng=np.random.default_rng(seed))
    law = exact(graph)
    for tokens in range(16):
        share = (drawn.tokens < tokens + 0.5).mean()
        under = float(law.all.cells[: tokens + 1].sum())
        assert abs(share - under) < 4 * math.sqrt(max(under * (1 - under), 1e-5) / 40_000)
    assert law.ok.total == pytest.approx(0.9 ** sum(part.tokens for _, part in graph.parts))


@given(orders(most=6))
@settings(max_examples=80, derandomize=True, deadline=None)
def test_reduction_changes_neither_law_nor_work_nor_span(graph: Graph) -> None:
    plan = simplified(graph)
    laws = {name: evaluate(part, AGENT, axes=TOKENS).law for name, part in graph.parts}
    whole = graph_law(graph, laws, TOKENS)
    np.testing.assert_allclose(exact(graph).ok.cells, whole.ok.cells, atol=1e-13)
    np.testing.assert_allclose(exact(graph).fail.cells, whole.fail.cells, atol=1e-13)
    assert (work(plan), span(plan)) == (work(graph), span(graph))


def test_a_diamond_becomes_orders() -> None:
    steps = {name: Step(name) for name in "abcd"}
    diamond = Graph(steps, (("a", "b"), ("a", "c"), ("b", "d"), ("c", "d"), ("a", "d")))
    middle = AnyOrder((steps["b"], steps["c"]))
    assert simplified(diamond) == InOrder((steps["a"], middle, steps["d"]), stop_on_failure=True)


def test_parts_without_edges_become_any_order() -> None:
    steps = {name: Step(name) for name in "abc"}
    assert simplified(Graph(steps, ())) == AnyOrder(tuple(steps.values()))


def test_an_n_stays_a_graph() -> None:
    assert isinstance(simplified(N), Graph)


def test_an_n_inside_an_order_stays_a_graph_there() -> None:
    first = Step("first")
    longer = Graph({"first": first, **dict(N.parts)}, (*N.edges, ("first", "a"), ("first", "b")))
    plan = simplified(longer)
    assert isinstance(plan, InOrder)
    assert plan.parts[0] == first
    assert isinstance(plan.parts[1], Graph)
    assert span(plan) == 3


def test_a_wide_graph_of_forty_parts_is_evaluated_through_its_border() -> None:
    names = [f"p{i:02d}" for i in range(40)]
    edges = [(names[i], names[j]) for i in range(40) for j in (i + 3, i + 4) if j < 40]
    ladder = Graph({name: Step(name, 1) for name in names}, tuple(edges))
    law = exact(ladder)
    assert law.ok.total == pytest.approx(0.9**40)
    assert law.all.total == pytest.approx(1.0)

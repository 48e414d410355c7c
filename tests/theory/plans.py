"""Random plans, agents and harnesses: small, of every node, with whole-number costs.

Steps of one group agree in all but name and tokens spent, as `spec.structure.groups` and limits on calls
need it. Numbers are few on purpose, so that limits and sums of costs coincide often.
"""

from __future__ import annotations

import dataclasses

from hypothesis import strategies as st

from tasklaws.spec.agent import Agent
from tasklaws.spec.cost import Cost, Fixed
from tasklaws.spec.harness import Harness
from tasklaws.spec.plan import AnyOrder, Graph, InOrder, KofN, Maybe, OneOf, Plan, Repeat, Way
from tasklaws.spec.step import Step

KNOWLEDGE = ("formula", "trick")
SKILLS = ("general", "code")
DEPTH = 3
"""Nodes on the longest path from the root to a step, the step not counted."""

CHANCES = st.sampled_from((0.0, 0.3, 0.7, 1.0))
ERRORS = st.sampled_from((0.0, 0.1, 0.3, 0.5))
COSTS: st.SearchStrategy[Cost] = st.integers(0, 3).map(lambda value: Fixed(float(value)))

SHARED = {
    "script": Step("script", 2, "code", tool="python", detect=0.5, attempts=2, seconds=Fixed(1.0)),
    "notes": Step("notes", 1, strictness=0.5),
}
"""Group -> what every step of the group looks like."""


def plain_steps() -> st.SearchStrategy[Step]:
    """Return steps that share nothing."""
    return st.builds(
        Step,
        st.just("step"),
        st.integers(0, 3),
        st.sampled_from(SKILLS),
        tool=st.sampled_from((None, "python")),
        strictness=CHANCES,
        detect=CHANCES,
        attempts=st.integers(1, 3),
        spends=st.none() | COSTS,
        seconds=COSTS,
    )


def shared_steps() -> st.SearchStrategy[Step]:
    """Return steps that use one of two shared artefacts."""
    return st.builds(
        lambda group, spends: dataclasses.replace(SHARED[group], group=group, spends=spends),
        st.sampled_from(sorted(SHARED)),
        st.none() | COSTS,
    )


def any_steps(*, shared: bool = True) -> st.SearchStrategy[Step]:
    """Return steps; with `shared`, also such as use shared artefacts."""
    return plain_steps() | shared_steps() if shared else plain_steps()


def plans(depth: int = DEPTH, *, shared: bool = True, knowledge: bool = True) -> st.SearchStrategy[Plan]:
    """Return plans with at most `depth` nodes above each step.

    Without `shared` no artefact is shared; without `knowledge` there is no OneOf and no Maybe.
    """
    steps = any_steps(shared=shared)
    if depth == 0:
        return steps
    part = st.deferred(lambda: plans(depth - 1, shared=shared, knowledge=knowledge))
    nodes = [in_orders(part), any_orders(part), repeats(part), k_of_ns(part), graphs(part)]
    if knowledge:
        nodes += [one_ofs(part), maybes(part)]
    return steps | st.one_of(nodes)


def several(part: st.SearchStrategy[Plan]) -> st.SearchStrategy[tuple[Plan, ...]]:
    """Return one to three parts."""
    return st.lists(part, min_size=1, max_size=3).map(tuple)


def in_orders(part: st.SearchStrategy[Plan]) -> st.SearchStrategy[Plan]:
    """Return parts in order, with and without a stop on failure."""
    return st.builds(InOrder, several(part), st.booleans())


def any_orders(part: st.SearchStrategy[Plan]) -> st.SearchStrategy[Plan]:
    """Return parts in any order, associative and not."""
    return st.builds(AnyOrder, several(part), st.booleans())


def one_ofs(part: st.SearchStrategy[Plan]) -> st.SearchStrategy[Plan]:
    """Return choices of one to three ways; the last one may be open to all."""
    closed = st.builds(Way, st.sampled_from(KNOWLEDGE), part)
    last = st.builds(Way, st.sampled_from((*KNOWLEDGE, None)), part)
    return st.builds(lambda ways, end: OneOf((*ways, end)), st.lists(closed, max_size=2), last)


def maybes(part: st.SearchStrategy[Plan]) -> st.SearchStrategy[Plan]:
    """Return parts that may be skipped."""
    return st.builds(Maybe, part, st.sampled_from(KNOWLEDGE))


def repeats(part: st.SearchStrategy[Plan]) -> st.SearchStrategy[Plan]:
    """Return loops of one to three turns, by hand and by tool."""
    orders = st.sampled_from(("in_order", "independent", "associative"))
    by_hand = st.builds(Repeat, part, st.integers(1, 3), st.just("hand"), orders)
    return by_hand | st.builds(Repeat, part, st.integers(1, 3), st.just("tool"), orders, COSTS)


def k_of_ns(part: st.SearchStrategy[Plan]) -> st.SearchStrategy[Plan]:
    """Return parts of which one to all must succeed."""
    return several(part).flatmap(lambda parts: st.builds(KofN, st.integers(1, len(parts)), st.just(parts)))


@st.composite
def graphs(draw: st.DrawFn, part: st.SearchStrategy[Plan]) -> Plan:
    """Return graphs of one to three parts with random edges, listed in random order."""
    names = "abc"[: draw(st.integers(1, 3))]
    edges = [(a, b) for a in names for b in names if a < b and draw(st.booleans())]
    return Graph(tuple((name, draw(part)) for name in draw(st.permutations(names))), tuple(edges))


def agents() -> st.SearchStrategy[Agent]:
    """Return agents that err, know and work at a few speeds."""
    return st.builds(
        Agent,
        st.just("agent"),
        st.fixed_dictionaries({"general": ERRORS}, optional={"code": ERRORS}),
        st.fixed_dictionaries({}, optional=dict.fromkeys(KNOWLEDGE, CHANCES)),
        st.sampled_from((0.0, 1.0)),
        st.sampled_from((1.0, 2.0)),
    )


def harnesses(*, calls: bool = True) -> st.SearchStrategy[Harness]:
    """Return harnesses with limits that bind now and then; without `calls` none on single calls."""
    whole = st.none() | st.integers(2, 60).map(float)
    return st.builds(
        Harness,
        token_limit=st.none() | st.integers(2, 60),
        time_limit=whole,
        working_limit=whole,
        call_limit=st.none() | st.integers(2, 6).map(float) if calls else st.none(),
    )

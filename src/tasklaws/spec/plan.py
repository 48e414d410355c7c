"""The plan of a task: how its steps hang together.

A plan is a step or one of seven nodes, and a node's parts are plans. Values only: what a plan implies
is worked out in `spec.structure` (without any model) and in `tasklaws.theory` (for an agent).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tasklaws.core.errors import BadPlan
from tasklaws.spec.bounds import whole
from tasklaws.spec.cost import FREE, Cost
from tasklaws.spec.step import Step


@dataclass(frozen=True)
class InOrder:
    """Parts that must be done one after the other; all must succeed."""

    parts: tuple[Plan, ...]
    stop_on_failure: bool = False
    """Whether work ends at the first part that fails, or goes on without noticing."""

    def __post_init__(self) -> None:
        """Keep the parts as a tuple; refuse none."""
        _keep_parts(self, "InOrder")


@dataclass(frozen=True)
class AnyOrder:
    """Parts that may be done in any order or at once; all must succeed."""

    parts: tuple[Plan, ...]
    associative: bool = False
    """Whether results may also be combined in any grouping, as sums can: a tree instead of a line."""

    def __post_init__(self) -> None:
        """Keep the parts as a tuple; refuse none."""
        _keep_parts(self, "AnyOrder")


@dataclass(frozen=True)
class Way:
    """One way of doing something, open to those who know `knows`; None: open to all."""

    knows: str | None
    plan: Plan


@dataclass(frozen=True)
class OneOf:
    """A choice: the first way that is open is taken. Where none is open, the attempt fails at no cost."""

    ways: tuple[Way, ...]

    def __post_init__(self) -> None:
        """Keep the ways as a tuple; refuse none, and ways that can never be taken."""
        object.__setattr__(self, "ways", tuple(self.ways))
        if not self.ways:
            raise BadPlan("OneOf has no ways.", "A choice needs one way or more.", "Add one.")
        for way in self.ways[:-1]:
            if way.knows is None:
                raise BadPlan(
                    "OneOf has ways behind one that is open to all; they are never taken.",
                    "The way open to all stands last.",
                    "Order the ways, or say what the earlier one takes to know.",
                )


@dataclass(frozen=True)
class Maybe:
    """A part that is skipped, at no cost and without harm, by those who know `skip`."""

    part: Plan
    skip: str


@dataclass(frozen=True)
class Repeat:
    """The same part `times` times, by a loop that a tool runs, or by hand."""

    part: Plan
    times: int
    by: Literal["tool", "hand"]
    """By tool: one artefact, done once, right or wrong for all turns. By hand: each turn anew."""
    order: Literal["in_order", "independent", "associative"] = "in_order"
    seconds: Cost = FREE
    """By tool: seconds that one turn of the loop runs; where spread, it varies from run to run, not from turn
    to turn."""

    def __post_init__(self) -> None:
        """Refuse a number of turns below 1 and unknown words."""
        whole(self.times, 1, "the number of turns of a Repeat")
        _one_of(self.by, ("tool", "hand"), "`by` of a Repeat")
        _one_of(self.order, ("in_order", "independent", "associative"), "`order` of a Repeat")


@dataclass(frozen=True)
class KofN:
    """Parts tried one after the other until `k` have succeeded."""

    k: int
    parts: tuple[Plan, ...]

    def __post_init__(self) -> None:
        """Keep the parts as a tuple; refuse a k outside 1 to n."""
        _keep_parts(self, "KofN")
        whole(self.k, 1, "k of a KofN")
        if self.k > len(self.parts):
            raise BadPlan(
                f"KofN asks for {self.k} of {len(self.parts)} parts.",
                "k is at most the number of parts.",
                "Lower k, or add parts.",
            )


@dataclass(frozen=True)
class Graph:
    """Named parts, each begun once all parts that it needs have succeeded; all must succeed."""

    parts: tuple[tuple[str, Plan], ...]
    edges: tuple[tuple[str, str], ...]
    """Pairs (earlier, later): the later part needs the earlier one."""

    def __post_init__(self) -> None:
        """Keep parts and edges as tuples; refuse doubles, unknown ends and cycles."""
        parts = self.parts.items() if isinstance(self.parts, Mapping) else self.parts
        object.__setattr__(self, "parts", tuple((name, part) for name, part in parts))
        object.__setattr__(self, "edges", tuple((a, b) for a, b in self.edges))
        if not self.parts:
            raise BadPlan("Graph has no parts.", "A node needs one part or more.", "Add one.")
        twice = [name for name, count in Counter(name for name, _ in self.parts).items() if count > 1]
        if twice:
            raise BadPlan(f"Graph has two parts called {twice[0]!r}.", "Names must differ.", "Rename one.")
        known = {name for name, _ in self.parts}
        for edge in self.edges:
            for end in edge:
                if end not in known:
                    raise BadPlan(
                        f"Graph has an edge {edge[0]!r} -> {edge[1]!r}, and no part {end!r}.",
                        f"There are: {', '.join(sorted(known))}.",
                        "Correct the edge, or add the part.",
                    )
        _refuse_cycle(known, self.edges)


Plan = Step | InOrder | AnyOrder | OneOf | Maybe | Repeat | KofN | Graph
"""A step, or a node whose parts are plans."""


def _keep_parts(node: InOrder | AnyOrder | KofN, name: str) -> None:
    object.__setattr__(node, "parts", tuple(node.parts))
    if not node.parts:
        raise BadPlan(f"{name} has no parts.", "A node needs one part or more.", "Add one.")


def _one_of(value: str, known: tuple[str, ...], what: str) -> None:
    if value not in known:
        raise BadPlan(f"{what} is {value!r}.", f"It is one of {', '.join(known)}.", "Correct it.")


def _refuse_cycle(names: set[str], edges: tuple[tuple[str, str], ...]) -> None:
    """Take away parts that need nothing, again and again; what cannot be taken away lies on a cycle."""
    left, open_edges = set(names), set(edges)
    while left:
        free = left - {later for _, later in open_edges}
        if not free:
            stuck = ", ".join(sorted(left & {a for a, _ in open_edges} & {b for _, b in open_edges}))
            raise BadPlan(
                f"Graph has a cycle through {stuck}.",
                "No part may need itself, directly or through others.",
                "Remove one of its edges.",
            )
        left -= free
        open_edges = {(a, b) for a, b in open_edges if a not in free}


def children(plan: Plan) -> tuple[Plan, ...]:
    """Return the parts of a node in their order; of a step, none."""
    match plan:
        case InOrder() | AnyOrder() | KofN():
            return plan.parts
        case OneOf():
            return tuple(way.plan for way in plan.ways)
        case Maybe() | Repeat():
            return (plan.part,)
        case Graph():
            return tuple(part for _, part in plan.parts)
        case Step():
            return ()
        case _:
            raise BadPlan(
                f"{plan!r:.60} is not a plan.",
                "A plan is a Step, InOrder, AnyOrder, OneOf, Maybe, Repeat, KofN or Graph.",
                "Correct it.",
            )


def steps(plan: Plan) -> Iterator[Step]:
    """Yield every step of `plan`, as often as it is written down, in its order."""
    if isinstance(plan, Step):
        yield plan
    for part in children(plan):
        yield from steps(part)


def tools(plan: Plan) -> tuple[str, ...]:
    """Return the names of the tools on any path of `plan`, sorted."""
    return tuple(sorted({step.tool for step in steps(plan) if step.tool is not None}))


def check_tools(plan: Plan, offered: Sequence[str]) -> None:
    """Raise where a step needs a tool that is not offered.

    Raises:
        BadPlan: it does; the message names the step.
    """
    for step in steps(plan):
        if step.tool is not None and step.tool not in offered:
            raise BadPlan(
                f"step {step.name!r} needs the tool {step.tool!r}, which is unknown here.",
                f"There are: {', '.join(offered) or 'none'}.",
                "Correct the name, or let the harness offer the tool.",
            )

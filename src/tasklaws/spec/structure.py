"""What a plan implies without any model: its size, its length, its shortcuts, what it shares."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
    children,
    steps,
)
from tasklaws.spec.step import Step

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Traits:
    """The four ways in which tasks differ in kind; each is read off the plan."""

    tool: bool
    """No way through the plan does without a tool."""
    sequential: bool
    """Nothing can be done at the same time as anything else."""
    deterministic: bool
    """The same input always gives the same output."""
    knowledge: bool
    """No way through the plan does without something that must be known."""


def work(plan: Plan) -> int:
    """Return the operations of `plan` without any shortcut, whoever carries them out.

    A loop counts each of its turns, also where a tool runs it.

    Source: Blumofe and Leiserson, "Scheduling multithreaded computations by work stealing", 1999.
    """
    match plan:
        case Step():
            return 1
        case OneOf():
            return max(work(way.plan) for way in plan.ways)
        case Repeat():
            return plan.times * work(plan.part)
        case _:
            return sum(work(part) for part in children(plan))


def span(plan: Plan) -> int:  # noqa: PLR0911  one case per node
    """Return the operations on the longest chain of `plan` in which each needs the one before."""
    match plan:
        case Step():
            return 1
        case InOrder():
            return sum(span(part) for part in plan.parts)
        case AnyOrder():
            spans = [span(part) for part in plan.parts]
            return min(sum(spans), _together(max(spans), len(spans), tree=plan.associative))
        case Repeat():
            one = span(plan.part)
            in_order = plan.order == "in_order"
            return (
                plan.times * one if in_order else _together(one, plan.times, tree=plan.order == "associative")
            )
        case OneOf():
            return span(_longest(plan))
        case Graph():
            return _longest_chain(plan)
        case _:
            return sum(span(part) for part in children(plan))


def _together(one: int, parts: int, *, tree: bool) -> int:
    """Return the span of parts done at once; `parts` operations combine parts + 1 values in a tree."""
    return one * math.ceil(math.log2(parts + 1)) if tree else one


def _longest(choice: OneOf) -> Plan:
    return max((way.plan for way in choice.ways), key=work)


def _longest_chain(graph: Graph) -> int:
    parts, needed = dict(graph.parts), needs(graph)
    ends: dict[str, int] = {}
    for name in topological(graph):
        ends[name] = span(parts[name]) + max((ends[before] for before in needed[name]), default=0)
    return max(ends.values())


def least_work(plan: Plan) -> int:
    """Return the operations of `plan` for somebody who knows every shortcut."""
    match plan:
        case Step():
            return 1
        case OneOf():
            return min(least_work(way.plan) for way in plan.ways)
        case Maybe():
            return 0
        case Repeat():
            return plan.times * least_work(plan.part)
        case KofN():
            return sum(sorted(least_work(part) for part in plan.parts)[: plan.k])
        case _:
            return sum(least_work(part) for part in children(plan))


def topological(graph: Graph) -> list[str]:
    """Return the names of the parts, each behind all that it needs; among equals, in the order given."""
    needed = needs(graph)
    done: dict[str, None] = {}
    while len(done) < len(graph.parts):
        ready = [name for name, _ in graph.parts if name not in done and needed[name] <= done.keys()]
        done |= dict.fromkeys(ready)
    return list(done)


def needs(graph: Graph) -> dict[str, set[str]]:
    """Return each part -> the parts that it needs directly."""
    found: dict[str, set[str]] = defaultdict(set)
    for earlier, later in graph.edges:
        found[later].add(earlier)
    return found


def traits(plan: Plan) -> Traits:
    """Return the four traits of `plan`."""
    return Traits(
        tool=not _without(plan, tool=True, knowledge=False),
        sequential=work(plan) > 1 and span(plan) == work(plan),
        deterministic=all(step.deterministic for step in steps(plan)),
        knowledge=not _without(plan, tool=False, knowledge=True),
    )


def _without(plan: Plan, *, tool: bool, knowledge: bool) -> bool:
    """Return whether some way through `plan` does without a tool, or without knowledge."""
    match plan:
        case Step():
            return not (tool and plan.tool is not None)
        case OneOf():
            open_ways = [way for way in plan.ways if not (knowledge and way.knows is not None)]
            return any(_without(way.plan, tool=tool, knowledge=knowledge) for way in open_ways)
        case Maybe():
            return not knowledge or _without(plan.part, tool=tool, knowledge=knowledge)
        case KofN():
            free = sum(_without(part, tool=tool, knowledge=knowledge) for part in plan.parts)
            return free >= plan.k
        case _:
            return all(_without(part, tool=tool, knowledge=knowledge) for part in children(plan))


def knowledge(plan: Plan) -> tuple[str, ...]:
    """Return everything that somebody may know about `plan`, sorted."""
    return tuple(sorted(set(_known(plan))))


def _known(plan: Plan) -> Iterator[str]:
    match plan:
        case OneOf():
            yield from (way.knows for way in plan.ways if way.knows is not None)
        case Maybe():
            yield plan.skip
    for part in children(plan):
        yield from _known(part)


def groups(plan: Plan) -> dict[str, Step]:
    """Return each shared artefact of `plan` -> the step that makes it.

    Raises:
        BadPlan: steps of one group differ in what makes them succeed.
    """
    found: dict[str, Step] = {}
    for step in steps(plan):
        if step.group is None:
            continue
        first = found.setdefault(step.group, step)
        if _makes(first) != _makes(step):
            raise BadPlan(
                f"steps {first.name!r} and {step.name!r} share the artefact {step.group!r} and differ.",
                "They must agree in tokens, skill, tool, strictness, detect, attempts and seconds.",
                "Correct one of them, or give it a group of its own.",
            )
    return found


def _makes(step: Step) -> tuple[object, ...]:
    return step.tokens, step.skill, step.tool, step.strictness, step.detect, step.attempts, step.seconds


def shared_groups(plan: Plan) -> tuple[str, ...]:
    """Return the artefacts that more than one use stands or falls with, sorted.

    A loop run by a tool uses one artefact in each of its turns; it is named ``loop: `` and its first step.
    """
    counted: Counter[str] = Counter(_uses(plan))
    return tuple(sorted(name for name, uses in counted.items() if uses > 1))


def _uses(plan: Plan) -> Iterator[str]:
    match plan:
        case Step():
            yield from (plan.group,) if plan.group is not None else ()
        case Repeat() if plan.by == "tool" and plan.times > 1:
            yield from [f"loop: {next(steps(plan.part)).name}"] * 2
        case Repeat() if plan.times > 1:
            yield from 2 * list(_uses(plan.part))
    if not isinstance(plan, Step):
        for part in children(plan):
            yield from _uses(part)

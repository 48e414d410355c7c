"""Attempts under way: how many attempts at a plan go through it at once.

A node of the plan is one pass over arrays, and each pass gets the rows (attempts) that reach it. What an
attempt draws once, what it knows and which shared artefacts are right, is drawn before it begins.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tasklaws.core.errors import BadInput
from tasklaws.spec.cost import Cost, Fixed
from tasklaws.spec.plan import AnyOrder, Graph, InOrder, KofN, Maybe, OneOf, Plan, Repeat, check_tools
from tasklaws.spec.step import Step
from tasklaws.spec.structure import groups, knowledge, needs, topological
from tasklaws.theory.costs import Floats, draw

if TYPE_CHECKING:
    from tasklaws.spec.agent import Agent
    from tasklaws.spec.harness import Harness

Bools = NDArray[np.bool_]
Rows = NDArray[np.intp]

LOOPED = 100
"""Turns by hand that are always simulated one by one."""
TURNS = 100_000
"""Turns by hand that are simulated one by one at most."""
LARGEST_BATCH = 1_000_000
"""Uses of an artefact drawn at once, at most, while uses with a given result are looked for."""
MOST_OPERATIONS = 2_000
"""Operations of a plan that are recorded one by one at most."""
ROUNDING = 1e-9
"""Share of a limit by which a sum of costs may exceed it through rounding."""


@dataclass(frozen=True)
class Operation:
    """One piece of work that nobody else can help with; arrays of shape (attempts,)."""

    after: tuple[int, ...]
    """Numbers of the operations that must have ended before."""
    seconds: Floats
    """0 in attempts that did not come to it."""


class Attempts:
    """Attempts under way: what is drawn once in each, and what each has cost so far."""

    def __init__(
        self,
        plan: Plan,
        agent: Agent,
        harness: Harness,
        n: int,
        rng: np.random.Generator,
        *,
        discrete: bool = False,
        recorded: bool = False,
    ) -> None:
        if n < 1:
            raise BadInput(f"{n} attempts were to be simulated.", "It takes 1 or more.", "Ask for more.")
        if harness.tools is not None:
            check_tools(plan, harness.tools)
        self.agent, self.harness, self.rng, self.discrete = agent, harness, rng, discrete
        self.knows = {name: rng.random(n) < agent.knows.get(name, 0.0) for name in knowledge(plan)}
        self.made = {name: _tries(step, self, n)[0] for name, step in groups(plan).items()}
        self.tokens, self.seconds = np.zeros(n), np.zeros(n)
        self.recorded = recorded
        self.operations: list[Operation] = []

    def run(self, plan: Plan) -> Bools:
        """Let all attempts go through `plan`; return which succeed, limits on the whole left aside."""
        return _run(plan, self, np.arange(self.tokens.size), ()).ok

    def limited(self) -> Bools:
        """Return which attempts have cost more than a limit on the whole."""
        time = min(self.harness.time_limit or math.inf, self.harness.working_limit or math.inf)
        return exceeds(self.tokens, self.harness.token_limit or math.inf) | exceeds(self.seconds, time)

    def keep(self, rows: Rows) -> None:
        """Go on with the attempts of `rows`, as often as each is named."""
        self.knows = {name: known[rows] for name, known in self.knows.items()}
        self.made = {name: right[rows] for name, right in self.made.items()}
        self.tokens, self.seconds = self.tokens[rows], self.seconds[rows]

    def draw(self, cost: Cost, n: int) -> Floats:
        """Return `n` draws of `cost`."""
        return draw(cost, n, self.rng, discrete=self.discrete)

    def spend(self, rows: Rows, tokens: Floats, seconds: Floats, after: tuple[int, ...]) -> tuple[int, ...]:
        """Charge `rows` for one operation; return what later operations come after."""
        self.tokens[rows] += tokens
        self.seconds[rows] += seconds
        if not self.recorded:
            return ()
        if len(self.operations) == MOST_OPERATIONS:
            raise BadInput(
                f"the plan has more than {MOST_OPERATIONS:,} operations.",
                "Each is put on a worker of its own accord, so there may not be more.",
                "Repeat fewer times, or let a tool run the loop.",
            )
        time = np.zeros_like(self.seconds)
        time[rows] = seconds
        self.operations.append(Operation(after, time))
        return (len(self.operations) - 1,)


class _Done(NamedTuple):
    """What became of the rows that a node was given, and the operations it ends with."""

    ok: Bools
    ends: tuple[int, ...]


def exceeds(spent: Floats, limit: float) -> Bools:
    """Return where `spent` is above `limit` by more than rounding."""
    return spent > limit * (1 + ROUNDING)


def _run(plan: Plan, at: Attempts, rows: Rows, after: tuple[int, ...]) -> _Done:  # noqa: PLR0911  one case per node
    match plan:
        case Step():
            return _step(plan, at, rows, after)
        case InOrder():
            return _in_order(plan.parts, at, rows, after, stop=plan.stop_on_failure)
        case AnyOrder():
            return (
                _tree(plan.parts, at, rows, after)
                if plan.associative
                else _beside(plan.parts, at, rows, after)
            )
        case OneOf():
            return _one_of(plan, at, rows, after)
        case Maybe():
            return _maybe(plan, at, rows, after)
        case Repeat(by="tool"):
            return _loop_by_tool(plan, at, rows, after)
        case Repeat():
            return _loop_by_hand(plan, at, rows, after)
        case KofN():
            return _k_of_n(plan, at, rows, after)
        case Graph():
            return _graph(plan, at, rows, after)


def _step(step: Step, at: Attempts, rows: Rows, after: tuple[int, ...]) -> _Done:
    if step.group is None:
        ok, tokens, seconds = _tries(step, at, rows.size)
    else:
        ok = at.made[step.group][rows]
        tokens, seconds = _given(step, at, ok)
    return _Done(ok, at.spend(rows, tokens, seconds, after))


def _right(step: Step, at: Attempts) -> float:
    """Return the probability that one attempt at `step` is right."""
    return float((1 - step.strictness * at.agent.error_at(step.skill)) ** step.tokens)


def _call_limit(step: Step, at: Attempts) -> float:
    return math.inf if step.tool is None else at.harness.call_limit or math.inf


def _tries(step: Step, at: Attempts, n: int) -> tuple[Bools, Floats, Floats]:
    """Return (ok, tokens, seconds) of `n` independent uses of `step`, each with its retries."""
    ok, tokens, seconds = np.zeros(n, np.bool_), np.zeros(n), np.zeros(n)
    limit, right = _call_limit(step, at), _right(step, at)
    spends = Fixed(step.tokens) if step.spends is None else step.spends
    going = np.arange(n)
    for _ in range(step.attempts):
        if not going.size:
            break
        spent = at.draw(spends, going.size)
        run = at.draw(step.seconds, going.size) * at.agent.slowness
        cut = exceeds(run, limit)
        tokens[going] += spent
        seconds[going] += spent * at.agent.seconds_per_token + np.minimum(run, limit)
        ok[going] = (at.rng.random(going.size) < right) & ~cut
        noticed = cut | (at.rng.random(going.size) < step.detect)
        going = going[~ok[going] & noticed]
    return ok, tokens, seconds


def _given(step: Step, at: Attempts, ok: Bools) -> tuple[Floats, Floats]:
    """Return (tokens, seconds) of independent uses of `step` whose results are `ok`, by rejection."""
    tokens, seconds = np.zeros(ok.size), np.zeros(ok.size)
    open_rows = {True: np.flatnonzero(ok), False: np.flatnonzero(~ok)}
    batch = ok.size
    while any(rows.size for rows in open_rows.values()):
        found, spent, took = _tries(step, at, batch)
        for result, rows in open_rows.items():
            hits = np.flatnonzero(found == result)[: rows.size]
            tokens[rows[: hits.size]], seconds[rows[: hits.size]] = spent[hits], took[hits]
            open_rows[result] = rows[hits.size :]
        batch = min(2 * batch, LARGEST_BATCH)
    return tokens, seconds


def _in_order(
    parts: tuple[Plan, ...], at: Attempts, rows: Rows, after: tuple[int, ...], *, stop: bool = False
) -> _Done:
    ok = np.ones(rows.size, np.bool_)
    for part in parts:
        going = np.flatnonzero(ok) if stop else np.arange(rows.size)
        done = _run(part, at, rows[going], after)
        ok[going] &= done.ok
        after = done.ends
    return _Done(ok, after)


def _beside(parts: tuple[Plan, ...], at: Attempts, rows: Rows, after: tuple[int, ...]) -> _Done:
    ok = np.ones(rows.size, np.bool_)
    ends: tuple[int, ...] = ()
    for part in parts:
        done = _run(part, at, rows, after)
        ok &= done.ok
        ends += done.ends
    return _Done(ok, ends)


def _tree(parts: tuple[Plan, ...], at: Attempts, rows: Rows, after: tuple[int, ...]) -> _Done:
    """Run `parts` as the inner nodes of a binary tree: part j comes after parts 2j + 1 and 2j + 2."""
    ends: dict[int, tuple[int, ...]] = {}
    ok = np.ones(rows.size, np.bool_)
    for j in reversed(range(len(parts))):
        below = ends.get(2 * j + 1, ()) + ends.get(2 * j + 2, ())
        done = _run(parts[j], at, rows, below or after)
        ok &= done.ok
        ends[j] = done.ends
    return _Done(ok, ends[0])


def _one_of(choice: OneOf, at: Attempts, rows: Rows, after: tuple[int, ...]) -> _Done:
    ok = np.zeros(rows.size, np.bool_)
    ends: tuple[int, ...] = ()
    left = np.arange(rows.size)
    for way in choice.ways:
        takes = np.ones(left.size, np.bool_) if way.knows is None else at.knows[way.knows][rows[left]]
        done = _run(way.plan, at, rows[left[takes]], after)
        ok[left[takes]] = done.ok
        ends += done.ends
        left = left[~takes]
    return _Done(ok, ends)


def _maybe(maybe: Maybe, at: Attempts, rows: Rows, after: tuple[int, ...]) -> _Done:
    ok = at.knows[maybe.skip][rows]
    done = _run(maybe.part, at, rows[~ok], after)
    ok[~ok] = done.ok
    return _Done(ok, done.ends)


def _k_of_n(node: KofN, at: Attempts, rows: Rows, after: tuple[int, ...]) -> _Done:
    right = np.zeros(rows.size, int)
    for part in node.parts:
        going = np.flatnonzero(right < node.k)
        done = _run(part, at, rows[going], after)
        right[going] += done.ok
        after = done.ends
    return _Done(right >= node.k, after)


def _graph(graph: Graph, at: Attempts, rows: Rows, after: tuple[int, ...]) -> _Done:
    parts, needed = dict(graph.parts), needs(graph)
    done: dict[str, _Done] = {}
    for name in topological(graph):
        before = [done[earlier] for earlier in sorted(needed[name])]
        ready = np.logical_and.reduce([np.ones(rows.size, np.bool_), *(one.ok for one in before)])
        found = _run(parts[name], at, rows[ready], sum((one.ends for one in before), ()) or after)
        ready[ready] = found.ok
        done[name] = _Done(ready, found.ends)
    ok = np.logical_and.reduce([one.ok for one in done.values()])
    return _Done(ok, sum((one.ends for one in done.values()), ()))


def _loop_by_tool(loop: Repeat, at: Attempts, rows: Rows, after: tuple[int, ...]) -> _Done:
    made = _run(loop.part, at, rows, after)
    limit = at.harness.call_limit or math.inf
    run = loop.times * at.draw(loop.seconds, rows.size) * at.agent.slowness
    ends = at.spend(rows, np.zeros(rows.size), np.minimum(run, limit), made.ends)
    return _Done(made.ok & ~exceeds(run, limit), ends)


def _loop_by_hand(loop: Repeat, at: Attempts, rows: Rows, after: tuple[int, ...]) -> _Done:
    if loop.times > LOOPED and not at.recorded and (one := _always(loop.part, at)) is not None:
        at.spend(rows, np.array(loop.times * one.tokens), np.array(loop.times * one.seconds), after)
        return _Done(at.rng.random(rows.size) < one.chance**loop.times, ())
    if loop.times > TURNS:
        raise BadInput(
            f"a loop of {loop.times:,} turns by hand was to be simulated.",
            f"Turns whose costs vary, or that share something, are simulated one by one, {TURNS:,} at most.",
            "Repeat fewer times, or make the part one of steps with fixed costs and without retries.",
        )
    turns = {"in_order": _in_order, "independent": _beside, "associative": _tree}[loop.order]
    return turns((loop.part,) * loop.times, at, rows, after)


class _Same(NamedTuple):
    """A part that always costs the same and shares nothing: chance of success, and cost."""

    chance: float
    tokens: float
    seconds: float


def _always(plan: Plan, at: Attempts) -> _Same | None:
    """Return what `plan` always costs and how likely it succeeds; None where either may vary."""
    match plan:
        case Step():
            return _same_step(plan, at)
        case InOrder(stop_on_failure=False) | AnyOrder():
            parts = [_always(part, at) for part in plan.parts]
            known = [part for part in parts if part is not None]
            if len(known) < len(parts):
                return None
            return _Same(
                math.prod(p.chance for p in known),
                sum(p.tokens for p in known),
                sum(p.seconds for p in known),
            )
        case Repeat(by="hand"):
            one = _always(plan.part, at)
            return one and _Same(one.chance**plan.times, one.tokens * plan.times, one.seconds * plan.times)
        case _:
            return None


def _same_step(step: Step, at: Attempts) -> _Same | None:
    spends = Fixed(step.tokens) if step.spends is None else step.spends
    right = _right(step, at)
    once = step.attempts == 1 or step.detect == 0 or right == 1
    if (
        step.group is not None
        or not once
        or not (isinstance(spends, Fixed) and isinstance(step.seconds, Fixed))
    ):
        return None
    run = step.seconds.value * at.agent.slowness
    if run > _call_limit(step, at):
        return None
    return _Same(right, spends.value, spends.value * at.agent.seconds_per_token + run)

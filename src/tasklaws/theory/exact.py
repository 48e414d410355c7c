"""Exact evaluation: what a plan implies for an agent under a harness, without drawing anything.

Every node of the plan gives two sub-distributions over cost, of success and of failure. What several parts
share, an artefact or a piece of knowledge, is mixed over exactly: one evaluation per combination.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.core.errors import BadPlan
from tasklaws.spec.harness import Harness
from tasklaws.spec.plan import (
    AnyOrder,
    Graph,
    InOrder,
    KofN,
    Maybe,
    OneOf,
    Plan,
    Repeat,
    check_tools,
    children,
)
from tasklaws.spec.step import Step
from tasklaws.spec.structure import groups, shared_groups
from tasklaws.theory.attempts import loop_law, step_law
from tasklaws.theory.cost_laws import (
    CostLaw,
    both,
    both_or_stop,
    chain,
    done,
    first_k,
    impossible,
    mixture,
    times,
)
from tasklaws.theory.graphs import graph_law, simplified
from tasklaws.theory.masses import Axis, Grid, Unit, nothing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tasklaws.spec.agent import Agent

MOST_BITS = 12
"""Shared bits that are mixed exactly; beyond them combinations are drawn."""
DRAWS = 4096
"""Combinations drawn where there are more shared bits."""
DEFAULT_CELLS = 1024
"""Cells into which a limit is cut where no axes are given."""


@dataclass(frozen=True)
class Evaluation:
    """What a plan implies for one agent under one harness."""

    law: CostLaw
    grid: Grid
    harness: Harness
    standard_error: float
    """Of the probability of success; 0 where the evaluation is exact."""

    def within(self, **budgets: float) -> float:
        """Return the probability of success at a cost of at most `budgets` (tokens, seconds).

        Raises:
            BadPlan: a budget is on no axis of the evaluation, or beyond its end.
        """
        return float(self.law.ok.cells[self._inside(budgets)].sum()) if budgets else self.law.ok.total

    def limited(self, **budgets: float) -> float:
        """Return the probability that an attempt costs more than `budgets` and so is ended by them."""
        inside = float(self.law.all.cells[self._inside(budgets)].sum()) if budgets else 1.0
        return max(1.0 - inside, 0.0)

    @property
    def success(self) -> float:
        """Return the probability of success under the limits of the harness."""
        return self.within(**budgets(self.harness))

    @property
    def ended_by_limit(self) -> float:
        """Return the probability that a limit of the harness on the whole attempt ends it."""
        return self.limited(**budgets(self.harness))

    def _inside(self, budgets: Mapping[str, float]) -> tuple[slice, ...]:
        units = [axis.unit for axis in self.grid]
        for unit, budget in budgets.items():
            if unit not in units:
                raise BadPlan(
                    f"a budget of {budget:g} {unit} was asked for, and the evaluation has no axis of {unit}.",
                    f"It has: {', '.join(units) or 'none'}.",
                    f"Evaluate with Axis({unit!r}, ...) among its axes.",
                )
        return tuple(_up_to(axis, budgets.get(axis.unit)) for axis in self.grid)


def _up_to(axis: Axis, budget: float | None) -> slice:
    if budget is None:
        return slice(None)
    last = int(np.floor(budget / axis.width + 1e-9))
    if last >= axis.cells:
        raise BadPlan(
            f"a budget of {budget:g} {axis.unit} lies beyond the axis, which ends at "
            f"{(axis.cells - 1) * axis.width:g}.",
            "The axis must reach as far as the budget.",
            "Give it more cells, or wider ones.",
        )
    return slice(last + 1)


def budgets(harness: Harness) -> dict[Unit, float]:
    """Return the limits of `harness` on a whole attempt: unit -> budget."""
    times_ = [limit for limit in (harness.time_limit, harness.working_limit) if limit is not None]
    tokens: dict[Unit, float] = {} if harness.token_limit is None else {"tokens": float(harness.token_limit)}
    return tokens | ({"seconds": min(times_)} if times_ else {})


def evaluate(
    plan: Plan,
    agent: Agent,
    harness: Harness = Harness(),  # noqa: B008  a frozen value
    axes: Grid | None = None,
    rng: np.random.Generator | None = None,
) -> Evaluation:
    """Return what `plan` implies for `agent` under `harness`.

    Args:
        plan: the plan.
        agent: who tries it.
        harness: limits and tools.
        axes: axes of cost; None for those that the limits of the harness need, cut into 1,024 cells
            (whole tokens where there are fewer).
        rng: for the combinations of shared bits where there are more than 12; default seed 0.

    Raises:
        BadPlan: a tool is not offered, steps of one group differ, or the agent lacks a skill.
    """
    if harness.tools is not None:
        check_tools(plan, harness.tools)
    groups(plan)
    grid = _default_axes(harness) if axes is None else axes
    work = _Work(agent, harness, grid)
    bits = shared_bits(plan)
    if len(bits) <= MOST_BITS:
        return Evaluation(_mixed(plan, work, bits), grid, harness, 0.0)
    return _sampled(plan, work, bits, rng or np.random.default_rng(0))


def _default_axes(harness: Harness) -> Grid:
    return tuple(_up_to_the_limit(unit, limit) for unit, limit in budgets(harness).items())


def _up_to_the_limit(unit: Unit, limit: float) -> Axis:
    """Return an axis whose last cell is the limit; of tokens in whole numbers where that is short enough."""
    if unit == "tokens" and limit <= DEFAULT_CELLS:
        return Axis(unit, 1.0, int(limit) + 1)
    return Axis(unit, limit / DEFAULT_CELLS, DEFAULT_CELLS + 1)


def shared_bits(plan: Plan) -> tuple[tuple[str, str], ...]:
    """Return what more than one part of `plan` depends on: pairs (``group`` or ``knows``, name)."""
    used = Counter(_knowledge_used(plan))
    known = sorted(name for name, uses in used.items() if uses > 1)
    made = [name for name in shared_groups(plan) if name in groups(plan)]
    return (*(("group", name) for name in made), *(("knows", name) for name in known))


def _knowledge_used(plan: Plan) -> Iterator[str]:
    match plan:
        case OneOf():
            yield from (way.knows for way in plan.ways if way.knows is not None)
        case Maybe():
            yield plan.skip
    turns = 2 if isinstance(plan, Repeat) and plan.by == "hand" and plan.times > 1 else 1
    for part in children(plan):
        yield from turns * list(_knowledge_used(part))


Given = "Mapping[tuple[str, str], bool]"


def _mixed(plan: Plan, work: _Work, bits: tuple[tuple[str, str], ...]) -> CostLaw:
    chances = [work.chance(plan, bit) for bit in bits]
    weights, laws = [], []
    for values in product((True, False), repeat=len(bits)):
        weight = float(np.prod([c if v else 1 - c for c, v in zip(chances, values, strict=True)]))
        if weight > 0:
            weights.append(weight)
            laws.append(replace(work, given=dict(zip(bits, values, strict=True))).law(plan))
    return mixture(weights, laws, work.grid)


def _sampled(
    plan: Plan, work: _Work, bits: tuple[tuple[str, str], ...], rng: np.random.Generator
) -> Evaluation:
    chances = np.array([work.chance(plan, bit) for bit in bits])
    drawn = Counter(map(tuple, (rng.random((DRAWS, len(bits))) < chances).tolist()))
    laws = [replace(work, given=dict(zip(bits, values, strict=True))).law(plan) for values in drawn]
    weights = np.array(list(drawn.values())) / DRAWS
    law = mixture(weights.tolist(), laws, work.grid)
    successes = np.array([Evaluation(one, work.grid, work.harness, 0.0).success for one in laws])
    error = np.sqrt(
        np.average((successes - np.average(successes, weights=weights)) ** 2, weights=weights) / DRAWS
    )
    return Evaluation(law, work.grid, work.harness, float(error))


@dataclass(frozen=True)
class _Work:
    """One pass over a plan: for whom, under what, on which grid, and which shared bits are given."""

    agent: Agent
    harness: Harness
    grid: Grid
    given: Mapping[tuple[str, str], bool] = field(default_factory=dict)
    steps: dict[Step, CostLaw] = field(default_factory=dict)
    """Laws of single steps, worked out once for all combinations of bits."""

    def law(self, plan: Plan) -> CostLaw:  # noqa: PLR0911  one case per node
        """Return the law of `plan`."""
        match plan:
            case Step():
                return self._step(plan)
            case InOrder():
                return chain(
                    [self.law(p) for p in plan.parts], both_or_stop if plan.stop_on_failure else both
                )
            case AnyOrder():
                return chain([self.law(p) for p in plan.parts])
            case OneOf():
                return self._choice(plan)
            case Maybe():
                known = self._known(plan.skip)
                return mixture([known, 1 - known], [done(self.grid), self.law(plan.part)], self.grid)
            case Repeat() if plan.by == "hand":
                return times(self.law(plan.part), plan.times)
            case Repeat():
                return both(
                    self.law(plan.part),
                    loop_law(plan.seconds, plan.times, self.agent, self.harness, self.grid),
                )
            case KofN():
                return first_k([self.law(p) for p in plan.parts], plan.k, self.grid)
            case Graph():
                return self._graph(plan)

    def _step(self, step: Step) -> CostLaw:
        if step not in self.steps:
            self.steps[step] = step_law(step, self.agent, self.harness, self.grid)
        law = self.steps[step]
        made = self.given.get(("group", step.group or ""))
        if made is None:
            return law
        return (
            CostLaw((1 / law.ok.total) * law.ok, nothing(self.grid))
            if made
            else CostLaw(nothing(self.grid), (1 / law.fail.total) * law.fail)
        )

    def _choice(self, choice: OneOf) -> CostLaw:
        weights, laws, closed = [], [], 1.0
        for way in choice.ways:
            known = 1.0 if way.knows is None else self._known(way.knows)
            weights.append(closed * known)
            laws.append(self.law(way.plan))
            closed *= 1 - known
        return mixture([*weights, closed], [*laws, impossible(self.grid)], self.grid)

    def _graph(self, graph: Graph) -> CostLaw:
        plan = simplified(graph)
        return (
            self.law(plan)
            if not isinstance(plan, Graph)
            else graph_law(plan, {name: self.law(part) for name, part in plan.parts}, self.grid)
        )

    def _known(self, name: str) -> float:
        given = self.given.get(("knows", name))
        return self.agent.knows.get(name, 0.0) if given is None else float(given)

    def chance(self, plan: Plan, bit: tuple[str, str]) -> float:
        """Return the probability that a shared bit is true."""
        kind, name = bit
        return self._known(name) if kind == "knows" else self._step(groups(plan)[name]).ok.total

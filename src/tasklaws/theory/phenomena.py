"""What a family will show along a ladder, told from its plans before any model is run."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import log
from typing import TYPE_CHECKING

from tasklaws.spec.agent import GENERAL, Agent
from tasklaws.spec.plan import Maybe, OneOf, Plan, children
from tasklaws.spec.structure import knowledge, traits
from tasklaws.theory.ceiling import ABLE, ceiling
from tasklaws.theory.exact import evaluate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tasklaws.spec.harness import Harness

MIDDLING = Agent("middling", {GENERAL: 0.01})
"""An agent that errs now and then and knows no shortcut: told apart by it are tasks that differ."""
SAME = 1e-9
ALIKE = 1.5
"""Ratio of the largest to the smallest hazard up to which tasks count as one."""


def phenomena(plans: Mapping[int, Plan], harness: Harness) -> tuple[str, ...]:
    """Return what to expect of tasks with these plans (size -> plan) under `harness`, a line each.

    Source: formal model, P3, P5, P6, P8 and P12.
    """
    told = (*_thresholds(plans), *_shortcuts(plans), *_gates(plans), *_ceilings(plans, harness))
    return tuple(dict.fromkeys(told))


def _thresholds(plans: Mapping[int, Plan]) -> Iterator[str]:
    known = dict.fromkeys((name for plan in plans.values() for name in _required(plan)), 1.0)
    rates = [evaluate(plan, replace(MIDDLING, knows=known)).success for plan in plans.values()]
    hazards = [-log(rate) for rate in rates if 0 < rate < 1]
    if len(rates) < 2 or len(hazards) < len(rates):  # noqa: PLR2004
        return
    if max(hazards) < ALIKE * min(hazards):
        others = " for all who know no shortcut" if any(map(_shortcut_names, plans.values())) else ""
        yield f"one threshold{others}: all tasks are one task"
    elif all(later <= earlier + SAME for earlier, later in pairwise(rates)):
        yield "larger tasks come later: success falls with size"


def _required(plan: Plan) -> tuple[str, ...]:
    """Return all that may be known, where nothing can be done without knowing."""
    return knowledge(plan) if traits(plan).knowledge else ()


def _shortcuts(plans: Mapping[int, Plan]) -> Iterator[str]:
    for name in dict.fromkeys(name for plan in plans.values() for name in _shortcut_names(plan)):
        yield f"jump where a rung finds {name!r}: nothing gives warning of it"
    if any(isinstance(choice, Maybe) for plan in plans.values() for choice in _choices(plan)):
        yield "steps fall away where a rung learns that they can be skipped"


def _shortcut_names(plan: Plan) -> list[str]:
    """Return what opens a way beside one that is open to all."""
    choices = [c for c in _choices(plan) if isinstance(c, OneOf) and c.ways[-1].knows is None]
    return [way.knows for choice in choices for way in choice.ways if way.knows is not None]


def _choices(plan: Plan) -> Iterator[OneOf | Maybe]:
    if isinstance(plan, OneOf | Maybe):
        yield plan
    for part in children(plan):
        yield from _choices(part)


def _gates(plans: Mapping[int, Plan]) -> Iterator[str]:
    found = [traits(plan) for plan in plans.values()]
    if all(trait.tool for trait in found):
        yield "all or nothing: a tool gives the answer, so no output metric is more linear than accuracy"
    if any(trait.knowledge for trait in found):
        yield "known or not: no number of steps makes up for what is not known"


def _ceilings(plans: Mapping[int, Plan], harness: Harness) -> Iterator[str]:
    if not harness.limits():
        return
    known = dict.fromkeys((name for plan in plans.values() for name in _required(plan)), 1.0)
    reached = ceiling(list(plans.values()), harness, replace(ABLE, knows=known))
    if reached < 1 - SAME:
        limits = ", ".join(f"{name} {limit:g}" for name, limit in harness.limits().items())
        yield f"ceiling {reached:.2f} under this harness ({limits}) for all who know no shortcut"

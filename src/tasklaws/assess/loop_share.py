"""How much of a plan is more of the same: turns of a loop that a tool runs, and uses of one artefact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.core.errors import BadPlan
from tasklaws.families import FAMILIES
from tasklaws.spec.plan import OneOf, Repeat, children
from tasklaws.spec.step import Step
from tasklaws.spec.structure import work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.spec.plan import Plan


def loop_share(plan: Plan) -> float:
    """Return the share of a plan's operations that add length and no new thing to get right."""
    return 1 - _made(plan, set()) / work(plan)


def _made(plan: Plan, groups: set[str]) -> int:
    """Return how many things one has to get right; what stands in `groups` has been made."""
    match plan:
        case Step():
            known = plan.group is not None and plan.group in groups
            groups |= {plan.group} if plan.group is not None else set()
            return int(not known)
        case Repeat(by="tool"):
            return _made(plan.part, groups)
        case Repeat():
            first = _made(plan.part, groups)
            return first + (plan.times - 1) * (_made(plan.part, groups) if plan.times > 1 else 0)
        case OneOf():
            return _made(max((way.plan for way in plan.ways), key=work), groups)
        case _:
            return sum(_made(part, groups) for part in children(plan))


def loop_shares(family: str, tasks: Sequence[str]) -> dict[str, float]:
    """Return task -> share of loops in its plan; empty where the family is not one of the catalogue."""
    if family not in FAMILIES:
        return {}
    made = {}
    for task in tasks:
        size = task.rpartition("/")[2]
        if task == f"{family}/{size}" and size.isdigit() and int(size) > 0:
            try:
                made[task] = loop_share(FAMILIES[family].plan(int(size)))
            except BadPlan:
                continue
    return made

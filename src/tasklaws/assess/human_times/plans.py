"""Times that follow from a plan, beside those that were measured, for tasks of our own families.

A plan's law is worked out for people who know no way round, and for those who know every one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.core.errors import BadPlan
from tasklaws.families import FAMILIES
from tasklaws.spec.agent import Agent
from tasklaws.spec.structure import knowledge
from tasklaws.theory.human_times import time_law
from tasklaws.theory.time_tables import gives_up, tabulate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.assess.human_times.timed import Timed
    from tasklaws.infer.human_times.pooled import Estimates
    from tasklaws.spec.plan import Plan


def plan_rows(timed: Timed, medians: Estimates) -> list[dict[str, Any]]:
    """Return what each plan implies and the measured time over it, a row for each kind of people."""
    return [
        row
        for number, task in enumerate(timed.table["task_id"])
        for row in _rows(timed, medians, number, str(task))
    ]


def _rows(timed: Timed, medians: Estimates, number: int, task: str) -> Iterator[dict[str, Any]]:
    plan = _plan(timed.families[number], task)
    if plan is None:
        return
    bits = knowledge(plan)
    people = {"knows no shortcut": {}, **({"knows every shortcut": dict.fromkeys(bits, 1.0)} if bits else {})}
    for name, knows in people.items():
        try:
            law = time_law(plan, Agent(name, {}, knows))
        except BadPlan:
            continue
        implied = tabulate(law).quantile(0.5)
        ends = (medians.value[number], medians.lower[number], medians.upper[number])
        ratio = [math.exp(end) / implied if np.isfinite(end) and implied > 0 else None for end in ends]
        yield {
            "task_id": task,
            "people": name,
            "plan_minutes": implied,
            "plan_gives_up": _gives_up(timed, number, law),
            "measured_over_plan": ratio[0],
            "lower": ratio[1],
            "upper": ratio[2],
        }


def _gives_up(timed: Timed, number: int, law: Any) -> float | None:  # noqa: ANN401  a law of times
    own = timed.attempts.log_limit[timed.attempts.task == number]
    return gives_up(law, math.exp(own.max())) if own.size and np.isfinite(own).all() else None


def _plan(family: str, task: str) -> Plan | None:
    size = task.rpartition("/")[2]
    if family not in FAMILIES or task != f"{family}/{size}" or not size.isdigit() or int(size) < 1:
        return None
    try:
        return FAMILIES[family].plan(int(size))
    except BadPlan:
        return None

"""Families whose next rung is known well enough, and families with too few rungs or answers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from tests.characteristics.checks.distinct_levels import PLANS, SHOCKS, THE_PLAN, Plan, family
from tests.characteristics.design import Design, corners

from tasklaws.assess.planning import design as planning
from tasklaws.assess.planning.simulated import drawn

if TYPE_CHECKING:
    import numpy as np

    from tasklaws.assess.evidence import Evidence

FEW_SIZES = replace(THE_PLAN, name="3 rungs x 20 tasks x 8 runs", sizes=3)
FEW_ANSWERS = replace(THE_PLAN, name="6 rungs x 2 tasks x 2 runs", tasks=2, runs=2)


def _design(
    kind: Literal["null", "alternative"],
    plan: Plan,
    shock: float,
    name: str,
    asked: float,
    *,
    reach: float = 0.0,
) -> Design:
    """Return worlds whose difficulties lie at random over the ladder, moved up by `reach` of its length."""

    def draw(rng: np.random.Generator) -> Evidence:
        length = plan.step * (plan.sizes - 1)
        difficulty = length * (rng.uniform(-0.5, 0.7, plan.tasks) + reach)
        return family(plan, difficulty, shock, rng)

    return Design(f"{name}, {plan.name}, shock {shock:g}", "enough_data", kind, draw, asked)


def _planned(shock: float) -> Design:
    """Return worlds of the planner's own design, whose error is a little below what is asked for."""

    def draw(rng: np.random.Generator) -> Evidence:
        return drawn(planning.Design(shock=shock), "sound", rng)

    name = f"spread over seven decades, {THE_PLAN.name}, shock {shock:g}"
    return Design(name, "enough_data", "null", draw, 0.05, note="error by the formula: 0.265, asked 0.3")


NULLS = tuple(_design("null", plan, shock, "enough", 0.05) for plan, shock in corners(PLANS, SHOCKS))
NEAR = tuple(_planned(shock) for shock in SHOCKS)
FAULTS = (
    *(_design("alternative", FEW_SIZES, shock, "too few sizes", 1.0) for shock in SHOCKS),
    _design("alternative", FEW_ANSWERS, 0.3, "too few answers", 0.95),
    _design("alternative", THE_PLAN, 0.3, "tasks far above the ladder", 0.95, reach=2.5),
)
DESIGNS = (*NULLS, *NEAR, *FAULTS)

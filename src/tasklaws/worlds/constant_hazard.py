"""W11: constant hazard. In a run it never changes, but tasks of one length differ in it, in four families."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tasklaws.spec.world import World
from tasklaws.theory.frailty import horizon_ratio, local_weibull_shape, time_at
from tasklaws.theory.hazards import hazard
from tasklaws.worlds._drawing import CellLaw, WorldTask, binary, drawn, generator
from tasklaws.worlds._ladder import flops_of, ladder, skill

if TYPE_CHECKING:
    import numpy as np

    from tasklaws.spec.ladder import Rung
    from tasklaws.spec.world import Drawn, WorldOptions

CODE = "W11"
SHAPES = {"shape_0.5": 0.5, "shape_1": 1.0, "shape_2": 2.0, "shape_inf": math.inf}
"""Family -> shape of the Gamma law, of mean 1, of its tasks' hazards."""
MINUTES = (15, 60, 240)
TASKS_PER_LENGTH = 5
HAZARD = skill(21.0, 30, 0.4)
"""Mean hazard per minute: the model at 10^21 has a horizon of 30 minutes where all tasks are alike."""


def frailties(shape: float, n: int, rng: np.random.Generator) -> list[float]:
    """Return by how much the hazards of `n` tasks exceed the mean; all 1 at shape inf."""
    return [1.0] * n if math.isinf(shape) else (rng.gamma(shape, size=n) / shape).tolist()


def mean_hazard(rung: Rung) -> float:
    """Return the mean hazard per minute of the model on `rung`."""
    return float(hazard(HAZARD, 1.0, flops_of(rung)))


def _tasks(rng: np.random.Generator) -> list[tuple[WorldTask, int, float]]:
    """Return tasks with their minutes and frailties."""
    return [
        (WorldTask(family, f"{minutes}-{number}", float(minutes)), minutes, frailty)
        for family, shape in SHAPES.items()
        for minutes in MINUTES
        for number, frailty in enumerate(frailties(shape, TASKS_PER_LENGTH, rng), start=1)
    ]


def _families(rungs: tuple[Rung, ...]) -> list[dict[str, Any]]:
    """Return what the law of each family implies, before its tasks are drawn."""
    return [
        {
            "task_family": family,
            "shape": "inf" if math.isinf(shape) else shape,
            "horizon_80_to_50": horizon_ratio(shape),
            "weibull_shape_at_half": local_weibull_shape(shape),
            "horizon_50": {rung.model: time_at(0.5, mean_hazard(rung), shape) for rung in rungs},
        }
        for family, shape in SHAPES.items()
    ]


def draw(options: WorldOptions) -> Drawn:
    """Return attempts at tasks of three lengths; a task has one frailty, the same for all models."""
    rungs, tasks = ladder(options.rungs), _tasks(generator(options, CODE))
    laws = []
    for rung in rungs:
        for task, minutes, frailty in tasks:
            rate = math.exp(-mean_hazard(rung) * frailty * minutes)
            laws.append(CellLaw(rung, task, {"exact": rate}, binary(rate)))
    about = {
        "families": _families(rungs),
        "mean_hazard_per_minute": {rung.model: mean_hazard(rung) for rung in rungs},
        "frailty": {task.task_id: frailty for task, _, frailty in tasks},
    }
    return drawn(options, CODE, rungs, laws, about=about)


WORLD = World(
    "constant_hazard",
    CODE,
    "a hazard that is constant in a run and differs between tasks of one length: Gamma, four shapes",
    source="arXiv 2505.05115 (constant hazard); formal model, P10, P11 and P21",
    status="emerging",
    draw=draw,
    tests="curves of success against time differ in slope between families; only repeats of a task tell "
    "tasks that differ (correlated repeats, pass^k high) from coin tosses",
)

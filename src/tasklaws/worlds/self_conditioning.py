"""W12: self-conditioning. Behind its first error a run errs more often. Accuracy cannot see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.spec.world import World
from tasklaws.theory.self_conditioning import (
    Chain,
    all_right,
    mean_right_steps,
    right_steps,
    step_accuracy,
)
from tasklaws.worlds._drawing import Attempts, CellLaw, WorldTask, drawn
from tasklaws.worlds._ladder import flops_of, ladder, skill

if TYPE_CHECKING:
    from tasklaws.spec.ladder import Rung
    from tasklaws.spec.world import Drawn, WorldOptions

CODE = "W12"
TIMES = {"undisturbed": 1.0, "drifting": 4.0, "spiralling": 16.0}
"""Family -> the hazard of a step behind an error, in units of that of a clean step."""
STEPS = (3, 5, 10, 20, 40)
SKILL = skill(21.0, 10, 0.4)
"""Hazard of a clean step: half of the runs of 10 steps are all right at 10^21."""


def chain(rung: Rung, steps: int, times: float) -> Chain:
    """Return the steps of the model on `rung` where errors are `times` as likely behind an error."""
    clean = SKILL.error(flops_of(rung))
    return Chain.even(steps, clean, 1 - (1 - clean) ** times)


def _law(rung: Rung, task: WorldTask, steps: Chain) -> CellLaw:
    number = len(steps.clean)
    below = np.cumsum(right_steps(steps))

    def draw(n: int, rng: np.random.Generator) -> Attempts:
        right = np.searchsorted(below[:-1], rng.random(n), side="right")
        return Attempts({"exact": (right == number).astype(float), "milestones": right / number})

    rates = {"exact": all_right(steps), "milestones": mean_right_steps(steps) / number}
    return CellLaw(rung, task, rates, draw)


def _about(rung: Rung, task: WorldTask, steps: Chain) -> dict[str, Any]:
    return {
        "model": rung.model,
        "task_id": task.task_id,
        "clean_error": steps.clean[0],
        "dirty_error": steps.dirty[0],
        "last_step_accuracy": float(step_accuracy(steps)[-1]),
    }


def draw(options: WorldOptions) -> Drawn:
    """Return attempts at chains of steps in three families that differ behind an error only."""
    rungs = ladder(options.rungs)
    cells = [
        (rung, WorldTask(family, steps), chain(rung, steps, times))
        for rung in rungs
        for family, times in TIMES.items()
        for steps in STEPS
    ]
    about = {"hazard_behind_an_error": TIMES, "chains": [_about(*cell) for cell in cells]}
    return drawn(options, CODE, rungs, [_law(*cell) for cell in cells], about=about)


WORLD = World(
    "self_conditioning",
    CODE,
    "chains of steps whose errors grow behind the first one, by a factor that differs between families",
    source="arXiv 2509.09677 (accuracy of a step falls behind errors); formal model, P22",
    status="emerging",
    draw=draw,
    tests="at equal exact match the share of right steps (milestones) falls where errors breed errors",
)

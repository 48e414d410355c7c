"""W14: family shocks. Each model is better or worse at each family as a whole than its size says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from tasklaws.spec.world import World
from tasklaws.worlds._drawing import CellLaw, WorldTask, binary, drawn, generator
from tasklaws.worlds._ladder import height, ladder

if TYPE_CHECKING:
    from tasklaws.spec.ladder import Rung
    from tasklaws.spec.world import Drawn, WorldOptions

CODE = "W14"
SHOCK_SD = 0.5
"""Standard deviation of a shock, in logits."""
FAMILIES = tuple(f"family_{letter}" for letter in "abcdef")
DIFFICULTIES = tuple(np.linspace(-2.0, 2.0, 6).tolist())
"""Difficulties of the tasks of every family, in logits."""
SLOPE = 0.8
"""Logits of ability per decade of compute."""
MIDDLE = 21.0
"""log10 of the compute at which ability is 0."""


def ability(rung: Rung) -> float:
    """Return the ability of the model on `rung` in logits."""
    return SLOPE * (height(rung) - MIDDLE)


def draw(options: WorldOptions) -> Drawn:
    """Return attempts at six families of six tasks; shocks of one model at two families are independent."""
    rungs, rng = ladder(options.rungs), generator(options, CODE)
    tasks = {
        WorldTask(family, number): difficulty
        for family in FAMILIES
        for number, difficulty in enumerate(DIFFICULTIES, start=1)
    }
    shocks = {
        rung: dict(zip(FAMILIES, rng.normal(0, SHOCK_SD, len(FAMILIES)).tolist(), strict=True))
        for rung in rungs
    }
    laws = []
    for rung, own in shocks.items():
        for task, difficulty in tasks.items():
            rate = float(expit(ability(rung) + own[task.family] - difficulty))
            laws.append(CellLaw(rung, task, {"exact": rate}, binary(rate)))
    about = {
        "shock_sd": SHOCK_SD,
        "shocks": {rung.model: own for rung, own in shocks.items()},
        "ability": {rung.model: ability(rung) for rung in rungs},
        "difficulty": {task.task_id: difficulty for task, difficulty in tasks.items()},
    }
    return drawn(options, CODE, rungs, laws, about=about)


WORLD = World(
    "family_shocks",
    CODE,
    f"a common shift of all tasks of a family, new for each model: standard deviation {SHOCK_SD:g} logits",
    source="formal model, D2",
    status="emerging",
    draw=draw,
    tests="residuals of one model are correlated within families and not between them, so that tasks of a "
    "family count for less than their number",
)

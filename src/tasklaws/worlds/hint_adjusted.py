"""W9: tasks as in spread_skills that were made easier with hints until a pilot was short enough.

A hint that saves a person some time takes away insight that models lack: it helps them twice as much, in
log time. The human time of a task is that of its accepted pilot, which understates what fresh people need.
"""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.spec.world import Drawn, World, WorldOptions
from tasklaws.theory.hardness import Adjusted, Pilots, adjust, adjusted_share, understatement
from tasklaws.worlds._drawing import drawn, generator
from tasklaws.worlds._ladder import HIGHEST, LOWEST, ladder, stated
from tasklaws.worlds._people import baselines
from tasklaws.worlds._spread_tasks import (
    BEYOND,
    EXPONENT,
    LAW,
    SKILLS,
    laws,
    minutes_of,
    spread,
    thresholds,
    tokens_at,
)

if TYPE_CHECKING:
    from tasklaws.worlds._drawing import Floats
    from tasklaws.worlds._spread_tasks import Spread

TASKS_PER_FAMILY = 10
GAMMA = 2.0
"""How much more a hint helps models than people, in log time."""
PILOTS = Pilots(limit=0.5, step=0.5, spread=2.0, noise=0.7)
MIDDLE = (LOWEST + HIGHEST + BEYOND) / 2
"""log10 of the compute at which the mean task is solved half of the time."""


def minutes(log_time: Floats) -> Floats:
    """Return minutes of log times that are relative to the mean task."""
    found: Floats = minutes_of(tokens_at(MIDDLE)) * np.exp(log_time)
    return found


def adjusted_tasks(adjusted: Adjusted) -> list[Spread]:
    """Return the tasks: as hard for models as the hints left them, as long as their accepted pilots."""
    heights = MIDDLE + adjusted.for_models(GAMMA) / (EXPONENT * math.log(10))
    return [
        spread(
            SKILLS[number % len(SKILLS)],
            f"task-{number // len(SKILLS) + 1:02d}",
            tokens_at(float(height)),
            float(pilot),
            version=str(1 + cuts),
        )
        for number, (height, pilot, cuts) in enumerate(
            zip(heights, minutes(adjusted.pilot), adjusted.cuts, strict=True)
        )
    ]


def _log(spreads: list[Spread], adjusted: Adjusted) -> list[dict[str, Any]]:
    """Return what was done to each task, and what its times are."""
    return [
        {
            "task_id": one.task.task_id,
            "adjustments": int(adjusted.cuts[number]),
            "pilot_minutes": one.task.human_minutes,
            "fresh_minutes": float(minutes(adjusted.hardness)[number]),
            "original_minutes": float(minutes(adjusted.original)[number]),
        }
        for number, one in enumerate(spreads)
    ]


def draw(options: WorldOptions) -> Drawn:
    """Return runs of the adjusted tasks, and the pilots that were accepted."""
    rungs, rng = ladder(options.rungs), generator(options, "W9")
    adjusted = adjust(PILOTS, TASKS_PER_FAMILY * len(SKILLS), rng)
    spreads = adjusted_tasks(adjusted)
    pilots = {one.task: np.array([one.task.human_minutes]) for one in spreads}
    about = {
        **stated(LAW),
        "gamma": GAMMA,
        "pilots": asdict(PILOTS),
        "thresholds": thresholds(spreads),
        "adjustments": _log(spreads, adjusted),
        "share_adjusted": adjusted_share(PILOTS),
        "pilots_understate_by": math.exp(understatement(PILOTS)),
    }
    human = baselines(pilots, source="pilot")
    return drawn(options, "W9", rungs, laws(rungs, spreads), about=about, human=human)


WORLD = World(
    "hint_adjusted",
    "W9",
    "tasks made easier with hints until a pilot was short, which helped models twice as much as people",
    source="seed 002 (Don't adjust task hardness); formal model, P19 and D10",
    status="emerging",
    draw=draw,
    tests="pilots understate fresh times, and adjusted tasks are easier for models than their times say",
)

"""W8: the tasks of spread_skills, and twins that take people longer and are no harder for models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasklaws.spec.world import Drawn, World, WorldOptions
from tasklaws.worlds._drawing import drawn, generator
from tasklaws.worlds._ladder import ladder, stated
from tasklaws.worlds._spread_tasks import LAW, Spread, laws, minutes_of, people, spread, tasks, thresholds

if TYPE_CHECKING:
    from collections.abc import Sequence

TASKS_PER_FAMILY = 7
LEAST, MOST = 4.0, 30.0
"""By what factor a twin takes longer; evenly distributed in its logarithm."""


def twins(originals: Sequence[Spread], factors: Sequence[float]) -> list[Spread]:
    """Return each task once more, padded by its factor."""
    return [
        spread(
            one.step.skill,
            one.task.size,
            one.step.tokens,
            factor * minutes_of(one.step.tokens),
            family=f"{one.task.family}_padded",
        )
        for one, factor in zip(originals, factors, strict=True)
    ]


def draw(options: WorldOptions) -> Drawn:
    """Return runs of tasks and of their padded twins, and baselines of people for both."""
    rungs, originals, rng = ladder(options.rungs), tasks(TASKS_PER_FAMILY), generator(options, "W8")
    factors = np.exp(rng.uniform(np.log(LEAST), np.log(MOST), len(originals))).tolist()
    padded = twins(originals, factors)
    both = [*originals, *padded]
    about = {
        **stated(LAW),
        "thresholds": thresholds(both),
        "twin_of": {twin.task.task_id: one.task.task_id for twin, one in zip(padded, originals, strict=True)},
        "padding": {twin.task.task_id: factor for twin, factor in zip(padded, factors, strict=True)},
    }
    return drawn(options, "W8", rungs, laws(rungs, both), about=about, human=people(both, rng))


WORLD = World(
    "padded",
    "W8",
    "the tasks of spread_skills beside twins that take people 4 to 30 times as long and are no harder",
    source="seed 000 (longer is not harder; artificial tasks get padded); formal model, D5 and D6",
    status="emerging",
    draw=draw,
    tests="twins of equal difficulty and unequal human time: time alone is no axis of difficulty",
)

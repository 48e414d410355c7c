"""W7: the good case. Families of their own skills, their tasks spread evenly over the ladder and beyond."""

from __future__ import annotations

from tasklaws.spec.world import Drawn, World, WorldOptions
from tasklaws.worlds._drawing import drawn, generator
from tasklaws.worlds._ladder import ladder, stated
from tasklaws.worlds._spread_tasks import LAW, laws, people, tasks, thresholds

TASKS_PER_FAMILY = 10


def draw(options: WorldOptions) -> Drawn:
    """Return runs of families that carry a scaling law, and baselines of people."""
    rungs, spreads = ladder(options.rungs), tasks(TASKS_PER_FAMILY)
    human = people(spreads, generator(options, "W7"))
    about = {**stated(LAW), "thresholds": thresholds(spreads)}
    return drawn(options, "W7", rungs, laws(rungs, spreads), about=about, human=human)


WORLD = World(
    "spread_skills",
    "W7",
    "four families of a skill each, their tasks evenly spread in difficulty, also beyond the best model",
    source="seed 000 (tasks with a consistent step from one to the next); formal model, P3 and P13",
    status="emerging",
    draw=draw,
    tests="nothing is broken: even steps, human time that tells difficulty, smooth curves, no ceiling",
)

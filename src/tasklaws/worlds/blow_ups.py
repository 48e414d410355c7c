"""W10: blow-ups. Every stretch of work may go wrong; a person then digs, and gives up after a working day."""

from __future__ import annotations

import math
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.spec.agent import AgentLaw
from tasklaws.spec.plan import Repeat
from tasklaws.spec.step import HumanTime, Step
from tasklaws.spec.world import World
from tasklaws.theory.exact import evaluate
from tasklaws.theory.human_times import draw as draw_times
from tasklaws.theory.human_times import time_law
from tasklaws.theory.time_tables import tabulate
from tasklaws.worlds._drawing import CellLaw, WorldTask, binary, drawn, generator
from tasklaws.worlds._ladder import agent_at, ladder, skill
from tasklaws.worlds._people import PERSON, baselines

if TYPE_CHECKING:
    from tasklaws.spec.plan import Plan
    from tasklaws.spec.world import Drawn, WorldOptions
    from tasklaws.theory.human_times import TimeLaw
    from tasklaws.worlds._drawing import Floats

CODE = "W10"
LIMIT = 480.0
"""Minutes after which a person gives up."""
BASELINES = 80
"""People per task; so many it takes to see two modes of their times (formal model, D13)."""
STRETCHES = (1, 2, 4, 8, 16, 32)

HUMAN = {
    "steady": HumanTime(10.0, 0.4),
    "snags": HumanTime(10.0, 0.4, blow_up=0.06, blow_up_minutes=30.0, blow_up_sigma=0.4),
    "traps": HumanTime(10.0, 0.4, blow_up=0.04, blow_up_minutes=240.0, blow_up_sigma=0.4),
}
"""Family -> what a stretch takes a person."""

MODELS = AgentLaw({"steady": skill(20.0, 8, 0.4), "snags": skill(21.0, 8, 0.4), "traps": skill(22.0, 8, 0.4)})
"""A stretch blows up for a model with its error at the family; models do not recover."""


def plan(family: str, stretches: int) -> Plan:
    """Return the stretches, each of which may blow up."""
    return Repeat(Step("stretch", skill=family, human=HUMAN[family]), stretches, "hand")


def finished_mean(minutes: Floats) -> float | None:
    """Return the geometric mean of those who finish, which is what METR calls the human time of a task."""
    finished = minutes[minutes <= LIMIT]
    return float(np.exp(np.log(finished).mean())) if finished.size else None


def _human_truth(task: WorldTask, law: TimeLaw) -> dict[str, Any]:
    """Return what is true of the times of `task`, by `theory.human_times`."""
    everybody, finishers = tabulate(law), tabulate(law, until=LIMIT)
    log_mean, log_sd = everybody.log_moments
    return {
        "task_id": task.task_id,
        "median": everybody.quantile(0.5),
        "geometric_mean": math.exp(log_mean),
        "log_sd": log_sd,
        "modes": everybody.modes.tolist(),
        "no_blow_up": law.no_blow_up,
        "gives_up": float(finishers.survival(LIMIT)),
        "geometric_mean_of_finishers": math.exp(finishers.log_moments[0]),
    }


def draw(options: WorldOptions) -> Drawn:
    """Return people and models at three families of growing numbers of stretches."""
    rng, rungs = generator(options, CODE), ladder(options.rungs)
    agents = {rung: agent_at(MODELS, rung) for rung in rungs}
    plans, human, truths = {}, {}, []
    for family, stretches in product(HUMAN, STRETCHES):
        asked = plan(family, stretches)
        times = time_law(asked, PERSON)
        minutes = draw_times(times, BASELINES, rng)
        task = WorldTask(family, stretches, finished_mean(minutes))
        plans[task], human[task] = asked, minutes
        truths.append(_human_truth(task, times))
    laws = []
    for rung, agent in agents.items():
        for task, asked in plans.items():
            rate = evaluate(asked, agent).success
            laws.append(CellLaw(rung, task, {"exact": rate}, binary(rate)))
    about = {
        "limit_minutes": LIMIT,
        "baselines_per_task": BASELINES,
        "human": truths,
        "model_blow_up": {rung.model: dict(agent.error) for rung, agent in agents.items()},
    }
    return drawn(options, CODE, rungs, laws, about=about, human=baselines(human, LIMIT))


WORLD = World(
    "blow_ups",
    CODE,
    "stretches of work that may blow up, for people, some of whom give up, and for models",
    source="seed 002 (bimodal times; steps that may blow up); formal model, P14 and P14b",
    status="emerging",
    draw=draw,
    tests="times have two modes where blow-ups are rare and long; a mean over finishers alone is too short; "
    "nobody's blow-up and a model's success are both (1 - b)^n",
)

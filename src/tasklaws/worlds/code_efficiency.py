"""W17: code efficiency. As `tool_chain`, but programs of some models run faster: ceilings differ."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tasklaws.spec.world import World
from tasklaws.worlds._drawing import drawn, generator
from tasklaws.worlds._ladder import ladder
from tasklaws.worlds.tool_chain import HARNESS, ceilings, laws, parameters

if TYPE_CHECKING:
    from tasklaws.spec.ladder import Rung
    from tasklaws.spec.world import Drawn, WorldOptions

CODE = "W17"
FASTEST, SLOWEST = 0.4, 2.5
"""Run time of programs in multiples of what the plan states; a model's is log-uniform between them."""


def slowness(options: WorldOptions, rungs: tuple[Rung, ...]) -> dict[Rung, float]:
    """Return how slow the programs of each model are; it has nothing to do with its size."""
    logs = generator(options, CODE).uniform(math.log(FASTEST), math.log(SLOWEST), len(rungs))
    return {rung: math.exp(log) for rung, log in zip(rungs, logs.tolist(), strict=True)}


def draw(options: WorldOptions) -> Drawn:
    """Return runs in which the score of able models rests at ceilings that differ."""
    rungs = ladder(options.rungs)
    slow = slowness(options, rungs)
    about = {
        **parameters(),
        "slowness": {rung.model: times for rung, times in slow.items()},
        "ceilings": {rung.model: ceilings(HARNESS, times) for rung, times in slow.items()},
    }
    return drawn(options, CODE, rungs, laws(rungs, HARNESS, slow.__getitem__), about=about)


WORLD = World(
    "code_efficiency",
    CODE,
    "tool_chain with models whose programs differ in speed, by chance and up to sixfold",
    source="formal model, P5 (counter-example: the ceiling is common only if speed is)",
    status="emerging",
    draw=draw,
    tests="able models rest at different ceilings, in the order of the speed of their programs, not of size",
)

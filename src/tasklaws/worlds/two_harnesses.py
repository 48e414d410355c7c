"""W16: two harnesses. The tasks of `tool_chain` under two timeouts, which move its ceilings, and no more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tasklaws.spec.world import World
from tasklaws.worlds._drawing import drawn
from tasklaws.worlds._ladder import ladder
from tasklaws.worlds.tool_chain import HARNESS, ceilings, laws, parameters

if TYPE_CHECKING:
    from tasklaws.spec.world import Drawn, WorldOptions

CODE = "W16"
HARNESSES = (HARNESS, replace(HARNESS, call_limit=6000.0, version="2"))
"""The timeout of `tool_chain`, and twice as long a one."""


def draw(options: WorldOptions) -> Drawn:
    """Return attempts of every model at every task under both harnesses."""
    rungs = ladder(options.rungs)
    found = [law for harness in HARNESSES for law in laws(rungs, harness)]
    harnesses = [
        {"harness_id": harness.harness_id, **parameters(harness), "ceilings": ceilings(harness)}
        for harness in HARNESSES
    ]
    return drawn(options, CODE, rungs, found, about={"harnesses": harnesses})


WORLD = World(
    "two_harnesses",
    CODE,
    "the tasks of tool_chain under two timeouts, one twice the other",
    source="seed 001 (performance depends on the testing infrastructure); formal model, P5 and D4",
    status="emerging",
    draw=draw,
    tests="ceilings of the loops differ between harnesses as the timeouts say; additions do not differ",
)

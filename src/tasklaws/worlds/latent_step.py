"""W15: latent step. What is not there shows nothing, and from some rung on it is there entirely."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.spec.world import World
from tasklaws.theory.early_warning import least_brier, least_log_loss, most_skill, persistence_brier
from tasklaws.worlds._drawing import CellLaw, WorldTask, binary, drawn, generator
from tasklaws.worlds._ladder import ladder

if TYPE_CHECKING:
    from tasklaws.spec.world import Drawn, WorldOptions

CODE = "W15"
HAZARDS = {"rare": 0.05, "occasional": 0.2, "frequent": 0.5}
"""Kind of latent -> probability that it comes at the next rung, where it has not come yet."""
LATENTS = 5
"""Latents of each kind; each is a family of its own."""
SIZES = (1, 2, 3)


def bounds(hazard: float) -> dict[str, float]:
    """Return what no forecast of the next rung can beat, as long as the latent has not come."""
    return {
        "least_brier": least_brier(hazard),
        "least_log_loss": least_log_loss(hazard),
        "persistence_brier": persistence_brier(hazard),
        "most_skill": most_skill(hazard),
    }


def draw(options: WorldOptions) -> Drawn:
    """Return attempts at tasks that stand and fall with a latent, which the first model never has."""
    rungs, rng = ladder(options.rungs), generator(options, CODE)
    hazards = {f"{kind}_{number}": h for kind, h in HAZARDS.items() for number in range(1, LATENTS + 1)}
    comes_at = {family: int(rng.geometric(h)) for family, h in hazards.items()}
    laws = []
    for place, rung in enumerate(rungs):
        for family in hazards:
            rate = float(place >= comes_at[family])
            laws += [CellLaw(rung, WorldTask(family, size), {"exact": rate}, binary(rate)) for size in SIZES]
    about = {
        "hazard_per_rung": hazards,
        "first_with_it": {
            family: rungs[place].model if place < len(rungs) else None for family, place in comes_at.items()
        },
        "bounds": {kind: bounds(h) for kind, h in HAZARDS.items()},
    }
    return drawn(options, CODE, rungs, laws, about=about)


WORLD = World(
    "latent_step",
    CODE,
    "all or nothing: a latent of each family comes with a fixed probability at each rung, and stays",
    source="seed 000 (unpredictable until the first model does it); formal model, P12",
    status="emerging",
    draw=draw,
    tests="no forecaster beats 'as before' by more than h^2 in the Brier score; no early warning",
)

"""W13: elicitation ceiling. Some attempts fail for no lack of ability, a share that varies with the rung."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.spec.harness import Harness
from tasklaws.spec.world import World
from tasklaws.theory.elicitation import rate, slope_bias
from tasklaws.theory.hazards import hazard
from tasklaws.worlds._drawing import Attempts, CellLaw, Texts, WorldTask, drawn, right_or_wrong
from tasklaws.worlds._ladder import flops_of, height, ladder, place, skill

if TYPE_CHECKING:
    from tasklaws.spec.ladder import Rung
    from tasklaws.spec.world import Drawn, WorldOptions

CODE = "W13"
ENDS = {"constant": (0.15, 0.15), "easing": (0.5, 0.05), "hardening": (0.05, 0.5)}
"""Family -> spurious share without any effort at the foot of the ladder and at its top."""
EFFORTS = {f"effort@{effort}": effort for effort in (1, 2, 4, 8)}
"""Elicitation -> effort."""
STAYS = 0.3
"""Part of the spurious share that no effort takes away."""
TOKENS = (4, 8, 16, 32, 64)
SKILL = skill(20.5, 16, 0.4)
PATHS = ("by_hand", "spurious")
"""What a reader of the transcript would say: a real try, or a refusal, a broken format, an unused tool."""


def spurious(family: str, rung: Rung, effort: float) -> float:
    """Return the share of attempts that fail whatever the ability; it falls with 1 / effort to a rest."""
    low, top = ENDS[family]
    return (low + (top - low) * place(rung)) * (STAYS + (1 - STAYS) / effort)


def hazard_of(rung: Rung, tokens: int) -> float:
    """Return the hazard of failing for lack of ability."""
    return float(hazard(SKILL, tokens, flops_of(rung)))


def _law(rung: Rung, task: WorldTask, tokens: int, elicitation: str) -> CellLaw:
    lost = spurious(task.family, rung, EFFORTS[elicitation])
    able = math.exp(-hazard_of(rung, tokens))

    def draw(n: int, rng: np.random.Generator) -> Attempts:
        failed = rng.random(n) < lost
        right = np.where(failed, 0.0, right_or_wrong(able, n, rng))
        return Attempts({"exact": right}, path=Texts(PATHS, failed.astype(np.int64)))

    seen = rate(hazard_of(rung, tokens), lost)
    return CellLaw(rung, task, {"exact": seen}, draw, Harness(elicitation=elicitation))


def _about(rungs: tuple[Rung, ...], family: str, elicitation: str) -> dict[str, Any]:
    shares = [spurious(family, rung, EFFORTS[elicitation]) for rung in rungs]
    return {
        "task_family": family,
        "elicitation": elicitation,
        "spurious": {rung.model: share for rung, share in zip(rungs, shares, strict=True)},
        "slope_bias": slope_bias([height(rung) for rung in rungs], shares),
    }


def draw(options: WorldOptions) -> Drawn:
    """Return attempts at three families under four efforts of elicitation."""
    rungs = ladder(options.rungs)
    tasks = [(WorldTask(family, tokens), tokens) for family in ENDS for tokens in TOKENS]
    laws = [
        _law(rung, task, tokens, elicitation)
        for rung in rungs
        for task, tokens in tasks
        for elicitation in EFFORTS
    ]
    about = {
        "effort": EFFORTS,
        "stays": STAYS,
        "hazards": {
            rung.model: {task.task_id: hazard_of(rung, tokens) for task, tokens in tasks} for rung in rungs
        },
        "ceilings": [_about(rungs, family, elicitation) for family in ENDS for elicitation in EFFORTS],
    }
    return drawn(options, CODE, rungs, laws, about=about)


WORLD = World(
    "elicitation_ceiling",
    CODE,
    "failures that are no lack of ability: constant, easing or hardening along the ladder, four efforts",
    source="formal model, P15 and D15",
    status="emerging",
    draw=draw,
    tests="a ceiling of 1 - e; scores affine in 1 / effort; where e varies along the ladder, a slope of -log "
    "accuracy that is wrong by the slope of -log(1 - e)",
)

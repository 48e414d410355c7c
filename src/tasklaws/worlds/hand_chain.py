"""W2: chains by hand. Each turn is written out digit by digit: a chain of n is right with q^(64 n)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.spec.agent import AgentLaw
from tasklaws.spec.plan import Plan, Repeat
from tasklaws.spec.step import HumanTime, Step
from tasklaws.spec.world import Drawn, World, WorldOptions
from tasklaws.theory.exact import evaluate
from tasklaws.theory.human_times import time_law
from tasklaws.worlds._drawing import CellLaw, WorldTask, binary, drawn
from tasklaws.worlds._ladder import agent_at, half_at, ladder, skill, stated
from tasklaws.worlds._people import PERSON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.spec.ladder import Rung

DIGITS = {"sha_by_hand": 64, "md5_by_hand": 32, "crc_by_hand": 8}
"""Hexadecimal digits of one turn: each is a token."""

TURNS = (1, 2, 4, 8, 16, 32, 64)

MINUTES_PER_DIGIT = 0.5

LAW = AgentLaw({"hashing": skill(19.5, 64, 0.7)})
"""Half of all single digests of 64 digits are right at 10^19.5 of compute."""


def plan(family: str, turns: int) -> Repeat:
    """Return a chain of `turns`, each done anew and each needing the one before."""
    digits = DIGITS[family]
    turn = Step("hash", digits, "hashing", human=HumanTime(digits * MINUTES_PER_DIGIT))
    return Repeat(turn, turns, "hand", "in_order")


def plans() -> dict[WorldTask, Plan]:
    """Return the tasks and their plans."""
    found = {(family, turns): plan(family, turns) for family in DIGITS for turns in TURNS}
    return {WorldTask(*key, time_law(chain, PERSON).mean): chain for key, chain in found.items()}


def laws(rungs: Sequence[Rung]) -> list[CellLaw]:
    """Return the law of each model at each task."""
    tasks = plans()
    rates = [
        (rung, task, evaluate(plan, agent_at(LAW, rung)).success)
        for rung in rungs
        for task, plan in tasks.items()
    ]
    return [CellLaw(rung, task, {"exact": rate}, binary(rate)) for rung, task, rate in rates]


def thresholds() -> dict[str, float]:
    """Return task -> log10 of the compute at which half of the attempts succeed."""
    hashing = LAW.skills["hashing"]
    return {task.task_id: half_at(hashing, DIGITS[task.family] * int(task.size)) for task in plans()}


def draw(options: WorldOptions) -> Drawn:
    """Return runs in which twice the chain is a fixed number of decades harder."""
    rungs = ladder(options.rungs)
    about = {**stated(LAW), "thresholds": thresholds()}
    return drawn(options, "W2", rungs, laws(rungs), about=about)


WORLD = World(
    "hand_chain",
    "W2",
    "chains of hashes written out by hand: n turns of 64 digits are right with q^(64 n)",
    source="seed 000 (sha256^n, without a tool); formal model, P1, P3 and P5",
    status="emerging",
    draw=draw,
    tests="thresholds that rise evenly with the logarithm of the length, and no ceiling",
)

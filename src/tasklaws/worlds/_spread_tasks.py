"""Tasks of several skills, their difficulties spread evenly over the ladder and beyond its top (W7 to W9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tasklaws.spec.agent import AgentLaw
from tasklaws.spec.step import HumanTime, Step
from tasklaws.theory.exact import evaluate
from tasklaws.theory.human_times import draw as draw_times
from tasklaws.theory.human_times import time_law
from tasklaws.worlds._drawing import CellLaw, WorldTask, binary
from tasklaws.worlds._ladder import HIGHEST, LOWEST, agent_at, half_at, skill
from tasklaws.worlds._people import PERSON, baselines

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import polars as pl

    from tasklaws.spec.ladder import Rung

SKILLS = ("counting", "reading", "coding", "planning")
"""One for each family, all growing alike."""
EXPONENT = 0.5
ONE_TOKEN_AT = 14.0
"""log10 of the compute at which half get a single token right."""
BEYOND = 2.0
"""Decades above the best model at which the hardest task is."""
MINUTES_PER_TOKEN = 0.001
HUMAN_SIGMA = 0.5
"""Standard deviation of the log time of people at one task."""
PEOPLE = 8
"""Baselines of a task."""

LAW = AgentLaw({name: skill(ONE_TOKEN_AT, 1, EXPONENT) for name in SKILLS})


@dataclass(frozen=True)
class Spread:
    """A task, and what one has to do in it."""

    task: WorldTask
    step: Step

    @property
    def threshold(self) -> float:
        """Return log10 of the compute at which half of the attempts succeed."""
        return half_at(LAW.skills[self.step.skill], self.step.tokens)


def spread(
    skill_name: str, size: int | str, tokens: int, minutes: float, *, family: str = "", version: str = "1"
) -> Spread:
    """Return a task of one skill: so many tokens for a model, so many minutes (median) for a person."""
    step = Step("work", tokens, skill_name, human=HumanTime(minutes, HUMAN_SIGMA))
    return Spread(WorldTask(family or skill_name, size, minutes, version=version), step)


def tokens_at(threshold: float) -> int:
    """Return the tokens of a task that is solved half of the time at 10^`threshold` of compute."""
    return max(1, round(10 ** (EXPONENT * (threshold - ONE_TOKEN_AT))))


def minutes_of(tokens: float) -> float:
    """Return the median time of a person: in step with the tokens, so linear in difficulty in its log."""
    return tokens * MINUTES_PER_TOKEN


def tasks(per_family: int) -> list[Spread]:
    """Return so many tasks of each skill; the thresholds of all families together are evenly spaced."""
    total = per_family * len(SKILLS)
    gap = (HIGHEST + BEYOND - LOWEST) / (total - 1)
    found = []
    for family, name in enumerate(SKILLS):
        for level in range(per_family):
            tokens = tokens_at(LOWEST + gap * (level * len(SKILLS) + family))
            found.append(spread(name, tokens, tokens, minutes_of(tokens)))
    return found


def laws(rungs: Sequence[Rung], spreads: Sequence[Spread]) -> list[CellLaw]:
    """Return the law of each model at each task."""
    rates = [
        (rung, one, evaluate(one.step, agent_at(LAW, rung)).success) for rung in rungs for one in spreads
    ]
    return [CellLaw(rung, one.task, {"exact": rate}, binary(rate)) for rung, one, rate in rates]


def thresholds(spreads: Sequence[Spread]) -> dict[str, float]:
    """Return task -> log10 of the compute at which half of the attempts succeed."""
    return {one.task.task_id: one.threshold for one in spreads}


def people(spreads: Sequence[Spread], rng: np.random.Generator) -> pl.DataFrame:
    """Return baselines of people who all finish."""
    return baselines({one.task: draw_times(time_law(one.step, PERSON), PEOPLE, rng) for one in spreads})

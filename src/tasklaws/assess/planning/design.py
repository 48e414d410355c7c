"""A design that a family is to be measured by, before or after it is: who is asked what, and how often."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from math import log
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tasklaws.assess.planning.hazard_line import HazardLine
from tasklaws.assess.planning.next_rung import ASKED, NextRung, next_rung, shock_of
from tasklaws.core.errors import BadPlan, NoAnswer
from tasklaws.spec.bounds import not_negative, positive, whole

if TYPE_CHECKING:
    from tasklaws.assess.evidence import Suite
    from tasklaws.infer.arrays import Floats

HALF = log(log(2))
"""Log hazard at which half are right (half above chance)."""
BEYOND = 2
"""Rungs above the best model at which the hardest task stands, where nothing else is said."""
TOKENS = (0.0, 1000.0)
"""Read and written in an attempt, where nothing is known."""
CROWDED = (0.05, 0.95)
"""Of the tasks of a study those between these quantiles make its range."""


@dataclass(frozen=True)
class Design:
    """Sizes and tasks, attempts, and what is expected of them; a family is a set of tasks."""

    rungs: int = 6
    """Sizes of models."""
    seeds: int = 1
    """Models of each size."""
    families: int = 5
    tasks: int = 20
    """Of each family."""
    samples: int = 8
    """Attempts of each model at each task."""
    repeats: int = 8
    """Runs of the same question among them."""
    floor: float = 0.0
    spacing: float = 1.0
    """Decades from one size to the next."""
    slope: float = 1.15
    """By how much log hazard falls in a decade."""
    easiest: float = 0.0
    """Where half succeed at the easiest task, in rungs from the first."""
    hardest: float | None = None
    """Where they do at the hardest; None for two rungs above the best model."""
    shock: float = 0.3
    """Standard deviation of the shock of a rung, in logits."""
    error: float = ASKED
    """Standard error of log hazard that is wanted."""
    tokens: tuple[float, float] = TOKENS
    """Read and written in an attempt."""
    price: tuple[float, float] | None = None
    """Of 1,000 tokens read and written."""
    baselines: int = 5
    """People at each task."""
    log_spread: float = 0.75
    """Standard deviation of the log time of people at one task."""

    def __post_init__(self) -> None:
        """Refuse what is no design."""
        for name, least in LEAST.items():
            whole(getattr(self, name), least, f"the number of {name}")
        for name in ("spacing", "slope", "error", "log_spread"):
            positive(getattr(self, name), f"the {name.replace('_', ' ')}")
        not_negative(self.shock, "the shock")
        if not 0 <= self.floor < 1:
            raise BadPlan(
                f"the chance floor is {self.floor!r}.", "It must be 0 or more and below 1.", "Correct it."
            )
        for value in (*self.tokens, *(self.price or ())):
            not_negative(value, "tokens or prices")
        if self.repeats > self.samples:
            raise BadPlan(
                f"{self.repeats} repeats of each question were asked for in {self.samples} attempts.",
                "Repeats are some of the attempts of a cell.",
                "Raise --samples or lower --repeats.",
            )

    @property
    def x(self) -> Floats:
        """Return the place of each model in decades, from the first size."""
        return np.repeat(self.spacing * np.arange(self.rungs), self.seeds)

    @property
    def thresholds(self) -> Floats:
        """Return where half succeed at each task, in decades from the first size: evenly spread."""
        hardest = self.rungs - 1 + BEYOND if self.hardest is None else self.hardest
        return self.spacing * np.linspace(self.easiest, hardest, self.tasks)

    @property
    def line(self) -> HazardLine:
        """Return the lines of a family of this design."""
        x = self.x
        level = HALF + self.slope * (self.thresholds - (x.max() + x.min()) / 2)
        n = np.full((self.tasks, len(x)), float(self.samples))
        return HazardLine(level, self.slope, x, n, np.full(self.tasks, self.floor))

    @property
    def next_rung(self) -> NextRung:
        """Return what such a family will tell of its next rung."""
        return NextRung(self.line, self.spacing, self.rungs, self.shock, self.seeds)

    @property
    def attempts(self) -> int:
        """Return the attempts in all."""
        return self.rungs * self.seeds * self.families * self.tasks * self.samples

    def document(self) -> dict[str, Any]:
        """Return the JSON of the design."""
        made = {field.name: getattr(self, field.name) for field in fields(self)}
        made["tokens"] = list(self.tokens)
        made["price"] = None if self.price is None else list(self.price)
        return made


LEAST = {"rungs": 2, "seeds": 1, "families": 1, "tasks": 1, "samples": 1, "repeats": 1, "baselines": 1}


def changed(design: Design, options: dict[str, Any]) -> Design:
    """Return the design with what was asked for; None is not asked for.

    Where fewer attempts are asked for and nothing is said of repeats, there are as many of them.
    """
    asked = {name: value for name, value in options.items() if value is not None}
    if "samples" in asked and "repeats" not in asked:
        asked["repeats"] = max(1, min(design.repeats, asked["samples"]))
    return replace(design, **asked)


def design_of(suite: Suite) -> Design:
    """Return the design of a suite: medians over its families, and the difficulties that were found.

    Raises:
        NoAnswer: no family has right and wrong answers that tell how hazard falls along the ladder.
    """
    found = [next_rung(suite.evidence(family)) for family in sorted({*suite.counts.families})]
    told = [one for one in found if one is not None and one.line.slope > 0 and one.spacing > 0]
    if not told:
        raise NoAnswer(
            "no-slope",
            f"no family of {suite.lineage} has answers from which a slope along its ladder can be told.",
            "A plan from a study takes its rungs, tasks, attempts and the slope of its families.",
            "Plan without a study: `tasklaws plan --rungs .. --tasks .. --samples ..`.",
        )
    shock = shock_of(suite)
    low, high = np.quantile(np.concatenate([_in_rungs(one) for one in told]), CROWDED)
    sizes = max(one.sizes for one in told)
    samples = max(1, round(float(np.median([one.attempts for one in told]))))
    return Design(
        rungs=max(2, sizes),
        seeds=max(1, round(len(suite.models) / sizes)),
        families=len(suite.families),
        tasks=max(1, round(float(np.median([len(one.line.floor) for one in told])))),
        samples=samples,
        repeats=min(8, samples),
        floor=float(np.median(suite.counts.floor)),
        spacing=float(np.median([one.spacing for one in told])),
        slope=float(np.median([one.line.slope for one in told])),
        easiest=float(np.clip(low, -sizes, 2 * sizes)),
        hardest=float(np.clip(high, -sizes, 2 * sizes)),
        shock=float(np.sqrt((shock.weights * shock.grid**2).sum())),
        tokens=_tokens(suite),
    )


def _in_rungs(one: NextRung) -> Floats:
    """Return where half succeed at each task, in rungs from the first."""
    line = one.line
    return np.asarray((line.middle + (line.level - HALF) / line.slope - line.x.min()) / one.spacing)


def _tokens(suite: Suite) -> tuple[float, float]:
    """Return the tokens that an attempt wrote, where they were counted; what it read was not."""
    if not suite.attempts.height:
        return TOKENS
    mean = suite.attempts.select(pl.col("tokens").cast(pl.Float64).mean()).item()
    return TOKENS if mean is None else (0.0, float(mean))

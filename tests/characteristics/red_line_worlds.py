"""Worlds with red lines whose true chance of a crossing is known: smooth, rough, and with latent steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.special import expit, logit

from tasklaws.assess.selection import Selection
from tasklaws.core.tables import CELLS, TASKS, validate
from tasklaws.spec.ladder import Ladder
from tasklaws.spec.red_lines import RedLine
from tasklaws.theory.red_lines import crossing, gumbel_rates
from tasklaws.worlds._ladder import HIGHEST, LOWEST, agent_at, height, ladder
from tasklaws.worlds._token_worlds import LAW as TOKEN_LAW
from tasklaws.worlds._token_worlds import LENGTHS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.infer.arrays import Floats
    from tasklaws.spec.ladder import Rung

THRESHOLDS = (0.1, 0.25, 0.5, 0.75, 0.9)
BEYOND = 2.0
"""Decades above the best model at which the hardest task may be."""
EDGE = 1e-12
FRESH_ITEMS = False
"""Whether all models answer the same instances."""


@dataclass(frozen=True)
class Design:
    """How worlds are drawn; spreads are standard deviations in logits."""

    name: str
    kind: str
    """`smooth` (nothing but the law), `shock`, `rough`, `few` (attempts) or `latent`."""
    exponents: tuple[float, float] = (0.5, 0.5)
    """Range of the exponent of the hazard, one for each family."""
    rungs: tuple[int, int] = (6, 10)
    families: tuple[int, int] = (1, 4)
    tasks: tuple[int, int] = (3, 6)
    attempts: tuple[int, int] = (20, 50)
    tokens: bool = False
    """Answers of tokens that err independently (W5), in place of tasks spread over the ladder (W7)."""
    shock: float = 0.0
    """What shifts all tasks of a rung alike."""
    family_shock: float = 0.0
    """What shifts a family at a rung."""
    task_noise: float = 0.0
    """What shifts a task at a rung."""
    hazard: float = 0.0
    """Probability that a latent comes at the next rung (W15)."""

    @property
    def thresholds(self) -> tuple[float, ...]:
        """Return where the lines are: a latent crosses all of them at once."""
        return (0.5,) if self.hazard else THRESHOLDS


DESIGNS = (
    Design("spread skills", "smooth"),
    Design("independent tokens", "smooth", tokens=True),
    Design("steep families", "smooth", exponents=(1.5, 1.5)),
    Design("wide families", "smooth", exponents=(0.25, 0.25)),
    Design("one family, 20 attempts, 6 rungs", "smooth", (0.3, 0.8), (6, 6), (1, 1), attempts=(20, 20)),
    Design("spread skills, rung shock 0.3", "shock", shock=0.3),
    Design("independent tokens, rung shock 0.3", "shock", tokens=True, shock=0.3),
    Design("rough: rung, family and task 0.3", "rough", (0.3, 0.8), shock=0.3, family_shock=0.3,
           task_noise=0.3),
    Design("rougher: rung, family and task 0.5", "rough", shock=0.5, family_shock=0.5, task_noise=0.5),
    Design("few attempts, spread skills", "few", attempts=(10, 20)),
    Design("few attempts, rough: 0.3", "few", (0.3, 0.8), attempts=(10, 20), shock=0.3, family_shock=0.3,
           task_noise=0.3),
    Design("latent step, 0.05 a rung", "latent", hazard=0.05),
    Design("latent step, 0.2 a rung", "latent", hazard=0.2),
    Design("latent step, 0.5 a rung", "latent", hazard=0.5),
)  # fmt: skip


@dataclass(frozen=True)
class World:
    """What was measured in one world, and how likely each rung crosses each line."""

    selection: Selection
    lines: tuple[RedLine, ...]
    truth: tuple[tuple[float, ...] | None, ...]
    """Of each line, the chance of each rung to one who knows the law; None where noise is the task's own."""


def draw(design: Design, rng: np.random.Generator) -> World:
    """Return one world."""
    count, n = (int(rng.integers(low, high + 1)) for low, high in (design.rungs, design.attempts))
    rungs = ladder(count)
    families = _families(design, rungs, rng)
    seen = _shocked(design, families, rng)
    k = {name: rng.binomial(n, rates) for name, rates in seen.items()}
    lines = [(name, at) for name in families for at in design.thresholds]
    blur = float(np.hypot(design.shock, design.family_shock))
    known = not design.task_noise
    return World(
        _selection(rungs, k, n),
        tuple(RedLine(f"{name} {at:g}", name, at) for name, at in lines),
        tuple(_truth(design, families[name], n, at, blur) if known else None for name, at in lines),
    )


def _families(design: Design, rungs: Sequence[Rung], rng: np.random.Generator) -> dict[str, Floats]:
    """Return the law of each family: rates of shape (rungs, tasks)."""
    if design.tokens:
        return {name: _token_rates(name, rungs, rng, design) for name in TOKEN_LAW.skills}
    places, found = [height(rung) for rung in rungs], {}
    for family in range(int(rng.integers(design.families[0], design.families[1] + 1))):
        tasks = int(rng.integers(design.tasks[0], design.tasks[1] + 1))
        if design.hazard:
            comes_at = rng.geometric(design.hazard)
            rates = np.repeat((np.arange(len(rungs)) >= comes_at)[:, None].astype(float), tasks, axis=1)
        else:
            locations = rng.uniform(LOWEST, HIGHEST + BEYOND, tasks)
            rates = gumbel_rates(places, locations, float(rng.uniform(*design.exponents)))
        found[f"family_{family}"] = rates
    return found


def _token_rates(skill: str, rungs: Sequence[Rung], rng: np.random.Generator, design: Design) -> Floats:
    lengths = rng.choice(LENGTHS, int(rng.integers(design.tasks[0], design.tasks[1] + 1)), replace=False)
    right = np.array([1 - agent_at(TOKEN_LAW, rung).error_at(skill) for rung in rungs])
    return np.asarray(right[:, None] ** lengths)


def _shocked(design: Design, families: dict[str, Floats], rng: np.random.Generator) -> dict[str, Floats]:
    """Return the rates of this world's rungs; those of a latent are 0 or 1 and stay so."""
    suite, found = None, {}
    for name, rates in families.items():
        suite = design.shock * rng.normal(size=(len(rates), 1)) if suite is None else suite
        own = design.family_shock * rng.normal(size=suite.shape)
        noise = design.task_noise * rng.normal(size=rates.shape)
        clipped = np.clip(rates, EDGE, 1 - EDGE)
        found[name] = rates if design.hazard else expit(logit(clipped) + suite + own + noise)
    return found


def _truth(design: Design, rates: Floats, n: int, threshold: float, blur: float) -> tuple[float, ...]:
    if design.hazard:
        return (design.hazard,) * len(rates)
    return tuple(crossing(rates, n, threshold, blur).tolist())


def _selection(rungs: Sequence[Rung], k: dict[str, np.ndarray], n: int) -> Selection:
    """Return what the verbs select from a study of such results."""
    same = {"metric": "exact", "harness_id": "default", "elicitation": "default"}
    rows = [
        {"model": rung.model, "task_family": name, "task_id": f"{name}/{task}", "n": n, "k": float(hits)}
        for name, counts in k.items()
        for rung, row in zip(rungs, counts, strict=True)
        for task, hits in enumerate(row)
    ]
    cells = validate(pl.DataFrame([row | same for row in rows]), CELLS, "cells")
    tasks = cells.select("task_id", "task_family", "metric").unique(maintain_order=True)
    return Selection(
        Ladder(tuple(rungs), "flops"),
        cells,
        validate(tasks, TASKS, "tasks"),
        FRESH_ITEMS,
        (rungs[0].lineage,),
    )

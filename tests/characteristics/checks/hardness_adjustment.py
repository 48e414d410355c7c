"""Worlds for adjusted hardness: pilots that nobody picked, and pilots that tasks were fitted to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.special import expit
from tests.characteristics.design import Design, drawn_suite

from tasklaws.core.tables import HUMAN_TIMES, TASKS
from tasklaws.theory.hardness import Pilots, adjust

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.characteristics.design import Floats

    from tasklaws.assess.evidence import Evidence, Suite

    Draw = Callable[[np.random.Generator], Evidence]

PEOPLE = 3
NOISE = 0.7
PILOTS = Pilots(limit=0.5, step=0.5, spread=2.0, noise=NOISE)
"""As in the world `hint_adjusted`."""

LAWS: dict[str, Callable[[np.random.Generator, int], Floats]] = {
    "lognormal": lambda rng, n: rng.normal(0, 2, n),
    "even": lambda rng, n: rng.uniform(-3, 3, n),
    "exponential": lambda rng, n: np.log(rng.exponential(size=n)),
}
"""Log hardness of tasks."""


def timed(suite: Suite, pilot: Floats, fresh: Floats | None, versions: list[str] | None) -> Suite:
    """Return the suite with log times of pilots, (tasks,), and of fresh people, (tasks, people)."""
    counts, n = suite.counts, len(suite.counts.tasks)
    people = [] if fresh is None else fresh.T
    columns = [("pilot", pilot), *(("baseline", one) for one in people)]
    rows = [
        (family, task, f"{task}-{place}", float(np.exp(log)), 1.0, "submitted", source)
        for place, (source, logs) in enumerate(columns)
        for family, task, log in zip(counts.families, counts.tasks, logs, strict=True)
    ]
    names = ("task_family", "task_id", "run_id", "minutes", "score", "outcome", "source")
    human = pl.DataFrame(rows, schema={name: HUMAN_TIMES.dtypes()[name] for name in names}, orient="row")
    facts = {
        "task_id": list(counts.tasks),
        "task_family": list(counts.families),
        "metric": [suite.metric] * n,
        "human_minutes": np.exp(pilot),
        "version": versions,
    }
    return replace(suite, human=human, tasks=pl.DataFrame(facts, schema=_TASK_SCHEMA))


_TASK_SCHEMA = {
    name: TASKS.dtypes()[name] for name in ("task_id", "task_family", "metric", "human_minutes", "version")
}


def family(models: int, hardness: Floats, n: int, shock: float, rng: np.random.Generator) -> Suite:
    """Return counts of tasks that are as hard as they take people long."""
    ability = np.linspace(-3, 3, models) + shock * rng.normal(size=models)
    return drawn_suite(expit(ability[None, :] - hardness[:, None]), n, rng)


def sound(law: str, tasks: int = 20, models: int = 6, n: int = 8, shock: float = 0.0) -> Draw:
    """Return worlds in which a pilot is the first of four people."""

    def draw(rng: np.random.Generator) -> Evidence:
        hardness = LAWS[law](rng, tasks)
        times = hardness[:, None] + rng.normal(0, NOISE, (tasks, 1 + PEOPLE))
        suite = timed(family(models, hardness, n, shock, rng), times[:, 0], times[:, 1:], ["1"] * tasks)
        return suite.evidence("family")

    return draw


def fitted(tasks: int = 20, *, fresh: bool = False, stated: bool = False) -> Draw:
    """Return worlds in which tasks were made easier until a pilot was short."""

    def draw(rng: np.random.Generator) -> Evidence:
        made = adjust(PILOTS, tasks, rng)
        people = made.hardness[:, None] + rng.normal(0, NOISE, (tasks, PEOPLE))
        versions = [str(1 + cuts) for cuts in made.cuts] if stated else ["1"] * tasks
        suite = family(6, made.for_models(2.0), 8, 0.3, rng)
        return timed(suite, made.pilot, people if fresh else None, versions).evidence("family")

    return draw


CHECK = "hardness_adjustment"
FIRST = "no power is given in the formal model; the bar stands below what a first run gave"

DESIGNS = (
    *(
        Design(f"log-normal, 6 x 20 x 8, shock {shock}", CHECK, "null", sound("lognormal", shock=shock))
        for shock in (0.0, 0.3, 0.54)
    ),
    Design("evenly spread, 6 x 20 x 8", CHECK, "null", sound("even", shock=0.3)),
    Design("exponential, 6 x 20 x 8", CHECK, "null", sound("exponential", shock=0.3)),
    Design("log-normal, 8 x 7 x 24", CHECK, "null", sound("lognormal", 7, 8, 24, 0.3)),
    Design("log-normal, 16 x 6 x 20", CHECK, "null", sound("lognormal", 6, 16, 20, 0.3)),
    Design("log-normal, 6 x 40 x 8", CHECK, "null", sound("lognormal", 40, shock=0.3)),
    Design("fitted, versions stated, 20 tasks", CHECK, "alternative", fitted(stated=True), 0.9, FIRST),
    Design("fitted, hidden, timed anew, 20 tasks", CHECK, "alternative", fitted(fresh=True), 0.3, FIRST),
    Design("fitted, hidden, 40 tasks", CHECK, "alternative", fitted(40), 0.65, FIRST),
    Design("fitted, hidden, 20 tasks", CHECK, "alternative", fitted(), 0.25, FIRST),
)

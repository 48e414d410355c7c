"""Operating characteristics of C2: additive suites under shared shocks, and shocks of families (D2)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import expit
from tests.characteristics.design import Design, drawn_suite, first_family

if TYPE_CHECKING:
    from tasklaws.assess.evidence import Evidence


class Shape(NamedTuple):
    """What was asked of whom."""

    models: int
    families: int
    tasks: int
    """Of each family."""
    runs: int


class Scatter(NamedTuple):
    """Standard deviations, in logits, of what moves rates off the line of a task over the ladder."""

    model: float = 0.0
    """All answers of one model."""
    family: float = 0.0
    """All answers of one model in one family."""
    cell: float = 0.0
    """All answers of one model at one task: no dependence, and more than the answers' luck."""
    slope: float = 0.0
    """Logarithm of the slope of a task."""


SHAPES = {
    "10 x 6 families x 6 x 8": Shape(10, 6, 6, 8),
    "6 x 4 families x 20 x 8": Shape(6, 4, 20, 8),
    "8 x 4 families x 7 x 24": Shape(8, 4, 7, 24),
    "16 x 2 families x 6 x 20": Shape(16, 2, 6, 20),
}
PUBLISHED = SHAPES["10 x 6 families x 6 x 8"]


def world(shape: Shape, scatter: Scatter, rng: np.random.Generator) -> Evidence:
    """Return the first of several alike families of a suite."""
    tasks = shape.families * shape.tasks
    family = np.repeat(np.arange(shape.families), shape.tasks)
    ability = np.linspace(-2, 2, shape.models) + rng.normal(0, scatter.model, shape.models)
    slope = np.exp(rng.normal(0, scatter.slope, (tasks, 1)))
    level = slope * (ability - rng.uniform(-2, 2, (tasks, 1)))
    level += rng.normal(0, scatter.family, (shape.families, shape.models))[family]
    level += rng.normal(0, scatter.cell, (tasks, shape.models))
    families = tuple(f"family-{i}" for i in family)
    return first_family(drawn_suite(expit(level), shape.runs, rng, families=families))


def designs() -> list[Design]:
    """Return suites without and with dependence within families."""
    cases = {
        f"{next(iter(SHAPES))}, shock {shock:g}": (PUBLISHED, Scatter(shock)) for shock in (0, 0.3, 0.54)
    }
    cases |= {f"{name}, shock 0.54": (shape, Scatter(0.54)) for name, shape in list(SHAPES.items())[1:]}
    cases["cells that scatter by 0.5"] = PUBLISHED, Scatter(0.3, cell=0.5)
    cases["cells that scatter by 1"] = PUBLISHED, Scatter(0.3, cell=1.0)
    cases["slopes that scatter by 0.35"] = PUBLISHED, Scatter(0.3, slope=0.35)
    nulls = [
        Design(name, "residual_dependence", "null", partial(world, shape, scatter))
        for name, (shape, scatter) in cases.items()
    ]
    note = "of one family; the .99 that is published is of all families together, which `suite_p` tests"
    return [
        *nulls,
        *(
            Design(
                f"family shock {sd:g}",
                "residual_dependence",
                "alternative",
                partial(world, PUBLISHED, Scatter(0.3, family=sd)),
                asked,
                note,
            )
            for sd, asked in ((0.5, 0.6), (1.0, 0.95))
        ),
    ]


DESIGNS = tuple(designs())

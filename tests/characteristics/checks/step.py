"""Operating characteristics of C9: smooth curves under rung shocks, and steps from formal-model.md D14."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import expit
from tests.characteristics.design import Design, corners, drawn_suite

if TYPE_CHECKING:
    from tasklaws.assess.evidence import Evidence


class Shape(NamedTuple):
    """What was asked of whom."""

    sizes: int
    tasks: int
    runs: int
    seeds: int = 1
    families: int = 4


THE_DESIGN = Shape(6, 20, 8)
SHAPES = {
    "6 x 20 x 8": THE_DESIGN,
    "6 x 20 x 8, one family": THE_DESIGN._replace(families=1),
    "8 x 7 x 24": Shape(8, 7, 24),
    "8 sizes of 2 x 6 x 20": Shape(8, 6, 20, seeds=2),
}
SHOCKS = (0.0, 0.3, 0.54)
LEVELS = {
    "logistic": expit,
    "gumbel": lambda u: np.exp(-np.exp(-np.e / 4 * u)),
    "mirrored": lambda u: -np.expm1(-np.exp(np.e / 4 * u)),
}


def smooth(shape: Shape, slope: float, shock: float, link: str, rng: np.random.Generator) -> Evidence:
    """Return a family of smooth curves, others beside it, whose models stray by `shock` in each family."""
    x = np.repeat(np.arange(shape.sizes) / 3, shape.seeds)
    tasks, models = shape.families * shape.tasks, len(x)
    family = np.repeat(np.arange(shape.families), shape.tasks)
    level = slope * (x - x.mean()) + rng.normal(0, shock, (shape.families, models))[family]
    rates = LEVELS[link](level - rng.uniform(-2, 2, tasks)[:, None])
    return _first(rates, shape, x, rng)


class Step(NamedTuple):
    """A family that goes from `low` to `high` at once, on a share `reach` of its tasks."""

    low: float
    high: float
    reach: float = 1.0


def stepped(shape: Shape, step: Step, shock: float, rng: np.random.Generator) -> Evidence:
    """Return a family with a step somewhere between the second and the last size; others beside it climb."""
    beside = smooth(shape, 3.0, shock, "logistic", rng).suite
    x = beside.x - beside.x[0]
    after = x > rng.integers(2, shape.sizes) / 3 - 1e-6
    able = np.arange(shape.tasks) < step.reach * shape.tasks
    own = np.where(after & able[:, None], step.high, step.low)
    moved = expit(np.log(own / (1 - own)) + rng.normal(0, shock, len(x)))
    return _first(np.vstack([moved, beside.counts.rate[shape.tasks :]]), shape, x, rng)


def _first(rates: np.ndarray, shape: Shape, x: np.ndarray, rng: np.random.Generator) -> Evidence:
    families = tuple(f"family-{i}" for i in range(shape.families) for _ in range(shape.tasks))
    return drawn_suite(rates, shape.runs, rng, x=x + 18, families=families).evidence("family-0")


def nulls() -> list[Design]:
    """Return smooth families at every design and shock, and other links and slopes at the design."""
    made = [
        Design(
            f"smooth, {name}, shock {shock:g}", "step", "null", partial(smooth, shape, 3.0, shock, "logistic")
        )
        for (name, shape), shock in corners(list(SHAPES.items()), SHOCKS)
    ]
    made += [
        Design(f"{link}, shock .3", "step", "null", partial(smooth, THE_DESIGN, 3.0, 0.3, link))
        for link in ("gumbel", "mirrored")
    ]
    return [
        *made,
        Design("at the cap, shock .3", "step", "null", partial(smooth, THE_DESIGN, 5.0, 0.3, "logistic")),
        Design("flat, shock .54", "step", "null", partial(smooth, THE_DESIGN, 0.0, 0.54, "logistic")),
    ]


def alternatives() -> list[Design]:
    """Return steps; what is asked is published for a family of which 50 or 200 answers are known."""
    whole, plateau = Step(0.05, 0.9), Step(1e-6, 1 - 1e-6, reach=0.5)
    cases = {
        **{f"step .05 to .9, shock {shock:g}": (THE_DESIGN, whole, shock, 1.0) for shock in SHOCKS},
        "0 to a plateau of .5, 50 answers": (Shape(6, 2, 25), plateau, 0.0, 0.95),
        "0 to a plateau of .5, 200 answers": (Shape(6, 2, 100), plateau, 0.0, 1.0),
    }
    return [
        Design(name, "step", "alternative", partial(stepped, shape, step, shock), asked)
        for name, (shape, step, shock, asked) in cases.items()
    ]


DESIGNS = (*nulls(), *alternatives())

"""Operating characteristics of D11: targets that tell something at three sizes, and at fewer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from tests.characteristics.checks._metric_worlds import (
    SHAPES,
    SHOCKS,
    THE_DESIGN,
    Shape,
    places,
    shifted,
)
from tests.characteristics.design import Design, corners, drawn_suite, first_family

if TYPE_CHECKING:
    from tasklaws.assess.evidence import Evidence


def smooth(shape: Shape, shock: float, floor: float, rng: np.random.Generator) -> Evidence:
    """Return tasks spread over the ladder."""
    x = places(shape)
    ability = 3 * (x - x.mean()) + rng.normal(0, shock, len(x))
    rate = shifted(np.array(0.5), ability - rng.uniform(-2, 2, shape.tasks)[:, None])
    return first_family(drawn_suite(floor + (1 - floor) * rate, shape.runs, rng, x=x + 18, floor=floor))


def levels(rates: tuple[float, ...], shape: Shape, shock: float, rng: np.random.Generator) -> Evidence:
    """Return tasks alike, with one rate for each size."""
    x = places(shape)
    rate = shifted(np.repeat(rates, shape.seeds), rng.normal(0, shock, len(x)))
    return first_family(drawn_suite(np.tile(rate, (shape.tasks, 1)), shape.runs, rng, x=x + 18))


AT_ITS_ENDS = (0.0001, 0.0062, 0.3, 0.838, 0.995, 0.999)
"""Three sizes inside the span, of which two stand on its ends."""
DESIGNS = (
    *(
        Design(f"spread, {name}, shock {shock:g}", "linearity", "null", partial(smooth, shape, shock, 0.0))
        for (name, shape), shock in corners(list(SHAPES.items()), SHOCKS)
    ),
    Design("spread, chance .25, shock .3", "linearity", "null", partial(smooth, THE_DESIGN, 0.3, 0.25)),
    Design("three sizes at the ends", "linearity", "null", partial(levels, AT_ITS_ENDS, THE_DESIGN, 0.0)),
    Design(
        "two sizes, the rest above .99",
        "linearity",
        "alternative",
        partial(levels, (0.1, 0.5, 0.99, 0.993, 0.995, 0.999), THE_DESIGN, 0.0),
        1.0,
    ),
    Design(
        "two sizes, the rest at 0",
        "linearity",
        "alternative",
        partial(levels, (0.0, 0.0, 0.0, 0.0, 0.1, 0.5), THE_DESIGN, 0.0),
        0.0,
        "160 answers, all wrong, do not rule out a rate of .0062: not enough data, never a failure",
    ),
)

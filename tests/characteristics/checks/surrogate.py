"""Operating characteristics of D8: losses that tell the target, and losses beside which size tells more."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from tests.characteristics.checks._metric_worlds import (
    SHAPES,
    SHOCKS,
    THE_DESIGN,
    Shape,
    attempts,
    hazards,
    measured_family,
    places,
    shifted,
)
from tests.characteristics.design import Design, corners

if TYPE_CHECKING:
    from tasklaws.assess.evidence import Evidence


def told(shape: Shape, shock: float, drift: float, rng: np.random.Generator) -> Evidence:
    """Return a target whose NLL is known; beside it the target gains `drift` logits for each decade.

    Half of the rung shock is of the model's loss, half of what it makes of it.
    """
    x, own = places(shape), shock / np.sqrt(2)
    hazard = hazards(shape, own, rng, slope=3.0) * np.exp(rng.normal(0, 0.1, (shape.tasks, len(x))))
    rate = shifted(np.exp(-hazard), drift * (x - x.mean()) + rng.normal(0, own, len(x)))
    exact = (rng.random((*rate.shape, shape.runs)) < rate[..., None]).astype(float)
    return measured_family({"exact": exact, "reference_nll": attempts(hazard, shape)}, shape, rng)


def unmoved(shape: Shape, shock: float, rng: np.random.Generator) -> Evidence:
    """Return a target whose milestones are a matter of luck."""
    rate = np.exp(-hazards(shape, shock, rng, slope=3.0))
    exact = (rng.random((*rate.shape, shape.runs)) < rate[..., None]).astype(float)
    luck = rng.binomial(10, 0.3, exact.shape) / 10
    return measured_family({"exact": exact, "milestones": luck}, shape, rng)


DESIGNS = (
    *(
        Design(
            f"the loss tells all, {name}, shock {shock:g}",
            "surrogate",
            "null",
            partial(told, shape, shock, 0.0),
        )
        for (name, shape), shock in corners(list(SHAPES.items()), SHOCKS)
    ),
    *(
        Design(
            f"size adds 3 logits a decade, {name}, shock .3",
            "surrogate",
            "alternative",
            partial(told, shape, 0.3, 3.0),
            1.0,
            "the power is this project's own; none is published for the whole check",
        )
        for name, shape in SHAPES.items()
    ),
    Design(
        "milestones by luck, shock .3", "surrogate", "alternative", partial(unmoved, THE_DESIGN, 0.3), 1.0
    ),
)

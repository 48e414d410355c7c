"""Step: one level below a threshold, another above it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.spec.form import Form, Parameter

if TYPE_CHECKING:
    from tasklaws.spec.form import Array


def curve(x: Array, p: Array) -> Array:
    """Return rates."""
    return p[0] + (1.0 - p[0]) * p[1] * (x[0] >= p[2].real)


FORM = Form(
    "step",
    "one rate below a threshold and a higher one above it",
    "{low} + (1 - {low}) {gain} [x >= {threshold}]",
    curve,
    (
        Parameter("low", "rate below the threshold", "rate", 0.0, 1.0, (0.0,), (True, True)),
        Parameter(
            "gain", "share of the way to 1 that the step climbs", "rate", 0.0, 1.0, (0.5,), (True, True)
        ),
        Parameter(
            "threshold", "where the step is; found by search between neighbouring rungs", "x", 0.0, 1.0, ()
        ),
    ),
    direction="rising",
    outcome="rate",
    source="formal model P5 and D14",
    status="published",
    searched=("threshold",),
)

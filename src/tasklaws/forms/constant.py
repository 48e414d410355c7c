"""Constant: nothing changes along the ladder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.spec.form import Form, Parameter

if TYPE_CHECKING:
    from tasklaws.spec.form import Array


def curve(x: Array, p: Array) -> Array:
    """Return the level at every point."""
    return p[0] + 0.0 * x[0]


FORM = Form(
    "constant",
    "the same value on every rung",
    "{level}",
    curve,
    (Parameter("level", "value on every rung", "loss", 0.0, 1.0, (0.5,), (True, True)),),
    direction="either",
    outcome="any",
    source="formal model F4",
    status="published",
    link="identity",
)

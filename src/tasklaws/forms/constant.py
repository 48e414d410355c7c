"""Constant: nothing changes along the ladder."""

from __future__ import annotations

from typing import Any

from tasklaws.spec.form import Form, Parameter


def curve(x: Any, p: Any) -> Any:
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

"""A shock of one rung: all tasks of a model moved together, which is one surprise and not many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.assess.checks.surprises import last_rung
from tasklaws.assess.triage.leaf import LEVEL, Answer, Leaf, untested

if TYPE_CHECKING:
    from tasklaws.assess.certificate import Certificate
    from tasklaws.assess.evidence import Evidence


LEAST_POINTS = 5.0
"""Mean by which the tasks moved; less is hardly worth a name, however sure."""


def look(evidence: Evidence, certificate: Certificate) -> Answer:  # noqa: ARG001
    """Return whether the last models stand, on all tasks of the suite, off what the others foretold."""
    found = last_rung(evidence.suite)
    if found is None:
        return untested(
            "models of more sizes below the last", "The ladder is too short to forecast its last rung."
        )
    shocks = {model: one.shock for model, one in found.items()}
    told = {model: shock for model, shock in shocks.items() if shock.p is not None}
    if not told:
        return untested(
            "; ".join(dict.fromkeys(shock.reason or "no shock" for shock in shocks.values())),
            "What the tasks of the last models share cannot be told.",
        )
    figures = {
        model: {"size": shock.size, "points": shock.points, "p": shock.p} for model, shock in told.items()
    }
    moved = [
        model
        for model, shock in told.items()
        if (shock.p or 0.0) * len(told) <= LEVEL and abs(shock.points or 0.0) >= LEAST_POINTS
    ]
    if not moved:
        return Answer(
            hit=False,
            text=f"The tasks of {', '.join(told)} did not move together by {LEAST_POINTS:g} points or more.",
            figures=figures,
        )
    said = ", ".join(f"{one} by {told[one].points:+.0f} points (p = {told[one].p:.2g})" for one in moved)
    return Answer(
        hit=True,
        text=f"All tasks moved together from their forecasts, {said}: one surprise and not many.",
        figures=figures,
    )


LEAF = Leaf(
    "rung_shock",
    8,
    "did all tasks of the last models move together?",
    source="formal model, F8, D12 and 0b.2",
    status="emerging",
    look=look,
)

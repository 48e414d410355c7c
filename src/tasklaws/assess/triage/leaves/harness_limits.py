"""Limits of the harness: they, and not mistakes, end what the best models fail."""

from __future__ import annotations

from tasklaws.assess.triage.leaf import Leaf, reads

LEAF = Leaf(
    "harness_limits",
    2,
    "do limits of the harness end most failures of the best models?",
    source="formal model, F8 and D4",
    status="emerging",
    look=reads("harness_ceiling"),
)

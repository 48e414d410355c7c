"""Elicitation: scores say how models were asked, not what they can do."""

from __future__ import annotations

from tasklaws.assess.triage.leaf import Leaf, reads

LEAF = Leaf(
    "elicitation",
    3,
    "do models score less than they can because of how they were asked?",
    source="formal model, F8 and D15",
    status="emerging",
    look=reads("elicitation"),
)

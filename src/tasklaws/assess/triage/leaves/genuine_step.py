"""A step that is there: tasks are solved together, and nothing shows before."""

from __future__ import annotations

from tasklaws.assess.triage.leaf import Leaf, reads

LEAF = Leaf(
    "genuine_step",
    9,
    "is there a step, a cliff or one threshold for all tasks?",
    source="formal model, F8 and D1, D3, D14",
    status="emerging",
    look=reads("step", "consistent_steps", "distinct_levels"),
)

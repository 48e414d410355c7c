"""The axis: human time does not tell difficulty, or was fitted after the fact."""

from __future__ import annotations

from tasklaws.assess.triage.leaf import Leaf, reads

LEAF = Leaf(
    "x_axis",
    7,
    "is human time no measure of difficulty here?",
    source="formal model, F8 and D5, D6, D10",
    status="emerging",
    look=reads("human_time", "padding", "hardness_adjustment"),
)

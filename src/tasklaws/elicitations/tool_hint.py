"""Tool hint: the model is told which tool solves the question, what it requires, and how it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.families import FAMILIES
from tasklaws.spec.elicitation import Ask, Elicitation
from tasklaws.tools import TOOLS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.spec.elicitation import Right, Turns
    from tasklaws.spec.family import Instance
    from tasklaws.spec.transcript import Attempt

EXAMPLE = 2
"""Which of a tool's reference calls is shown: one that solves no question of ours."""
WITHOUT = "No tool is needed for the question below: work it out in writing."


def turns(instances: Sequence[Instance], effort: int, right: Right) -> Turns:  # noqa: ARG001  one effort
    """Return the most likely answers of models that are told the tool, family by family."""
    held: dict[int, Attempt] = {}
    for family in dict.fromkeys(one.family for one in instances):
        places = [place for place, one in enumerate(instances) if one.family == family]
        answers = yield Ask([instances[place] for place in places], words=hint(family))
        held |= dict(zip(places, answers, strict=True))
    return [held[place] for place in range(len(instances))]


def hint(family: str) -> str:
    """Return what is said of the tool of the first path of `family` that has one."""
    name = next((path.tool for path in FAMILIES[family].paths if path.tool), None)
    if name is None:
        return WITHOUT
    tool = TOOLS[name]
    return (
        f"The question below is best solved with the tool `{name}`. What it requires: {tool.requires} Call "
        f"it once, read what it puts out, and answer with that. For another question a call would be:\n\n"
        f"{tool.references[EXAMPLE]}"
    )


ELICITATION = Elicitation(
    "tool_hint",
    "the most likely answer of a model that is told which tool to call, and how",
    source="formal model, section 3.1 (harness); seed 001 (tasks that need a tool, exact calls)",
    status="emerging",
    efforts=(1,),
    unit="answer",
    turns=turns,
    fair=True,
    prose=True,
)

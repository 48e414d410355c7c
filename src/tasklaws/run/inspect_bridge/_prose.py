"""What a general model is told beside its question: instructions, solved examples, and how a call failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.families import FAMILIES
from tasklaws.run.inspect_bridge.tools import ENDED

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from tasklaws.spec.elicitation import Ask
    from tasklaws.spec.family import Instance, Path

SHOWN = 2000
"""Characters of a call and of what it put out that are told."""


def prompt(
    question: str, instance: Instance, ask: Ask, tools: Collection[str], failed: Mapping[str, Any] | None
) -> str:
    """Return the message that puts `question`, whatever stands before it included.

    Args:
        question: the instance in English.
        instance: what is asked.
        ask: what the elicitation wants.
        tools: names of the tools that are offered.
        failed: record of the call on which an earlier attempt failed; None where there was none.
    """
    before = [ask.words] if ask.words else []
    before += _examples(examples(instance, ask.shots), tools)
    if failed is not None:
        before.append(_failure(failed))
    return "\n\n".join([*before, question])


def examples(instance: Instance, shots: Sequence[str]) -> list[Instance]:
    """Return the examples of the task of `instance`, but for one that asks the same."""
    family = FAMILIES[instance.family]
    named = (shot.split("/") for shot in shots)
    same = [
        family.instance(instance.size, int(index), int(seed))
        for name, size, seed, index in named
        if (name, int(size)) == (instance.family, instance.size)
    ]
    return [one for one in same if one.inputs != instance.inputs]


def _examples(solved: Sequence[Instance], tools: Collection[str]) -> list[str]:
    if not solved:
        return []
    return [
        *(_example(number, one, tools) for number, one in enumerate(solved, 1)),
        "Now solve this one in the same way.",
    ]


def _example(number: int, instance: Instance, tools: Collection[str]) -> str:
    family = FAMILIES[instance.family]
    path = shown_path(family.paths, tools)
    solution = path.solve(instance)
    if path.tool:
        solution = f"A call of the tool `{path.tool}` with\n{fenced(solution)}\nputs out\n{instance.answer}"
    return f"Example {number}\n\nQuestion: {family.english(instance)}\n\nSolution: {solution}"


def shown_path(paths: Sequence[Path], tools: Collection[str]) -> Path:
    """Return the first path whose tool is offered, or that needs none; where there is none, the first."""
    return next((path for path in paths if path.tool is None or path.tool in tools), paths[0])


def _failure(call: Mapping[str, Any]) -> str:
    detail = f": {call['detail']}" if call["detail"] else ""
    output = f"\nBefore that it put out\n{fenced(call['output'])}" if call["output"] else ""
    return (
        f"An earlier attempt at the question below called the tool `{call['tool']}` with\n"
        f"{fenced(call['text'])}\nThe call failed: {ENDED[call['outcome']]}{detail}.{output}\n"
        "Do not make that mistake again."
    )


def fenced(text: str) -> str:
    """Return a program or an output, cut, between marks."""
    return f"```\n{text[:SHOWN].rstrip()}\n```"

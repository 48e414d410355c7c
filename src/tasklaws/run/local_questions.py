"""Questions as small models are asked: a compact prompt, with solved examples before it where wanted."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from tasklaws.core.errors import BadInput
from tasklaws.families import FAMILIES
from tasklaws.ladder.corpus import LENGTH
from tasklaws.ladder.size import ANSWER_PLACES, PROMPT_PLACES
from tasklaws.ladder.vocabulary import END, encode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.spec.family import Family, Instance

KEPT = 50_000
"""Texts of which it is remembered whether they fit."""


@dataclass(frozen=True)
class Question:
    """One instance, as it is put to a small model."""

    family: Family
    instance: Instance
    prompt: str
    solutions: tuple[str, ...]
    """Compact solutions that fit behind the prompt, one of each path that has one."""
    tool: str | None
    """Tool that takes what the model writes; None where the answer is read from the text."""

    @property
    def key(self) -> tuple[str, str]:
        """Return what tells questions apart."""
        return self.family.name, self.prompt


def questions(instances: Sequence[Instance], shots: Sequence[str] = ()) -> list[Question | None]:
    """Return the question of each instance; None for a task of which a prompt does not fit.

    Args:
        instances: what is asked.
        shots: `instance_id` of solved examples. Those of the same task stand in front of a question, but for
            one that asks the same.
    """
    before = defaultdict(list)
    for shot in shots:
        example = _named(shot)
        before[example.family, example.size].append(example)
    asked = [_question(instance, before[instance.family, instance.size]) for instance in instances]
    unfit = {
        (i.family, i.size) for i, question in zip(instances, asked, strict=True) if not fits(question.prompt)
    }
    return [
        None if (i.family, i.size) in unfit else question
        for i, question in zip(instances, asked, strict=True)
    ]


@lru_cache(maxsize=KEPT)
def fits(prompt: str, answer: str = "") -> bool:
    """Return whether small models can read `prompt` and write `answer` behind it."""
    try:
        asked, said = len(encode(prompt)), len(encode(answer + END))
    except BadInput:
        return False
    return asked <= PROMPT_PLACES and said <= ANSWER_PLACES and asked + said <= LENGTH


def _question(instance: Instance, before: Sequence[Instance]) -> Question:
    family = FAMILIES[instance.family]
    able = [path for path in family.paths if path.compact is not None]
    solved = [path.compact(instance) for path in able if path.compact is not None]
    tool = next((path.tool for path in able if path.tool), None)
    last = family.compact(instance)
    shots = (_shown(family, example) for example in before if family.compact(example) != last)
    prompt = "".join(shots) + last
    return Question(family, instance, prompt, tuple(text for text in solved if fits(prompt, text)), tool)


def _shown(family: Family, example: Instance) -> str:
    """Return the prompt of an example, and its solution by the first path that has a compact one."""
    solution = next(path.compact(example) for path in family.paths if path.compact)
    return family.compact(example) + solution + END


def _named(instance_id: str) -> Instance:
    family, size, seed, index = instance_id.split("/")
    return FAMILIES[family].instance(int(size), int(index), int(seed))

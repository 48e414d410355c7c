"""Mixed plans: steps that are required or optional, and in order or not, put into a valid sequence.

Also home of the random plans on which methods are tried: `random_plan`, and `coverage` to count their kinds.
"""

from __future__ import annotations

from itertools import pairwise
from string import ascii_lowercase
from typing import TYPE_CHECKING

from tasklaws.core.errors import BadInput
from tasklaws.families._coverage import Coverage, coverage
from tasklaws.families._mixed_plans import Mark, mixed_plan, random_marks, random_plan
from tasklaws.families._paths import path_taken
from tasklaws.families._text import last_line
from tasklaws.spec.family import Family, Instance, Path
from tasklaws.spec.step import Step

if TYPE_CHECKING:
    from random import Random

    from tasklaws.spec.plan import Plan
    from tasklaws.spec.transcript import Attempt

__all__ = ["FAMILY", "Coverage", "coverage", "instance_plan", "milestones", "random_plan"]

REQUIRED, ORDERED = 0.6, 0.5
"""Probabilities that a step of an instance is required, and that it is in order."""

MARKS = {"!": Mark(True, True), "&": Mark(True, False), "?": Mark(False, True), ":": Mark(False, False)}  # noqa: FBT003

WORDS = {
    "!": "required, in order",
    "&": "required, any place",
    "?": "optional, in order",
    ":": "optional, any place",
}

TYPICAL = "!:&?!&:!?&"
"""Marks in exactly the shares in which they are drawn; the first four hold each of them."""

_SIGNS = {mark: sign for sign, mark in MARKS.items()}


def generate(size: int, rng: Random) -> Instance:
    """Draw `size` different letters, each with a mark; all anew until one is required.

    Raises:
        BadInput: there are not so many letters.
    """
    if size > len(ascii_lowercase):
        raise BadInput(
            f"family 'mixed' has no size {size!r}.",
            f"Each step is a letter, and there are {len(ascii_lowercase)}.",
            "Choose a smaller size.",
        )
    letters = "".join(rng.sample(ascii_lowercase, size))
    marks = random_marks(size, rng, REQUIRED, ORDERED)
    while not any(mark.required for mark in marks):
        marks = random_marks(size, rng, REQUIRED, ORDERED)
    kept = "".join(letter for letter, mark in zip(letters, marks, strict=True) if mark.required)
    signs = "".join(_SIGNS[mark] for mark in marks)
    return Instance("mixed", size, "", {"letters": letters, "marks": signs}, kept)


def plan(size: int) -> Plan:
    """Return the plan of a typical instance: its marks are the first of `TYPICAL`, over and over."""
    marks = [MARKS[TYPICAL[i % len(TYPICAL)]] for i in range(size)]
    return mixed_plan(marks, [Step(f"step {i}", skill="text") for i in range(1, size + 1)])


def instance_plan(instance: Instance) -> Plan:
    """Return the plan of one instance; its steps are named by their letters."""
    marks = [MARKS[sign] for sign in instance.inputs["marks"]]
    return mixed_plan(marks, [Step(letter, skill="text") for letter in instance.inputs["letters"]])


def milestones(instance: Instance, answer: str) -> tuple[bool, ...]:
    """Return which conditions an answer meets; it is valid where it meets all.

    One for each required step: it occurs exactly once. One for each two required steps in order that follow
    each other: both occur, the first before the second. And one for the rest, which no empty answer meets:
    no optional step occurs twice, the steps in order that occur are in order, and nothing else occurs.
    """
    required = [letter for letter, mark in _listed(instance) if mark.required]
    line = [letter for letter, mark in _listed(instance) if mark.required and mark.ordered]
    present = tuple(answer.count(letter) == 1 for letter in required)
    in_order = tuple(-1 < answer.find(a) < answer.find(b) for a, b in pairwise(line))
    return (*present, *in_order, bool(answer) and _clean(instance, answer))


def _clean(instance: Instance, answer: str) -> bool:
    optional = [letter for letter, mark in _listed(instance) if not mark.required]
    places = [answer.find(letter) for letter, mark in _listed(instance) if mark.ordered]
    occurring = [place for place in places if place >= 0]
    known = set(answer) <= set(instance.inputs["letters"])
    return known and occurring == sorted(occurring) and all(answer.count(letter) <= 1 for letter in optional)


def _listed(instance: Instance) -> list[tuple[str, Mark]]:
    marks = [MARKS[sign] for sign in instance.inputs["marks"]]
    return list(zip(instance.inputs["letters"], marks, strict=True))


def copied(size: int) -> float:
    """Return how often the whole list is the answer: where all steps are required, given that one is."""
    return REQUIRED**size / (1 - (1 - REQUIRED) ** size)


def english(instance: Instance) -> str:
    """Return the question in words. Many sequences are valid; it asks for one of them by name."""
    inputs = instance.inputs
    items = [
        f"{letter}: {WORDS[sign]}" for letter, sign in zip(inputs["letters"], inputs["marks"], strict=True)
    ]
    return (
        "A job is made of steps, each named by a letter:\n\n" + "\n".join(items) + "\n\n"
        "A valid sequence has every required step exactly once, and optional steps once or not at all. Steps "
        "marked 'in order' stand in it in the order of this list; steps marked 'any place' may stand "
        "anywhere. Of all valid sequences, answer with the one that leaves out every optional step and "
        "otherwise keeps the order of this list. Write its letters alone, without anything between them, on "
        "the last line."
    )


def compact(instance: Instance) -> str:
    """Return ``L``, each letter with its mark, and ``>``."""
    inputs = instance.inputs
    return f"L{''.join(map(''.join, zip(inputs['letters'], inputs['marks'], strict=True)))}>"


def solve(instance: Instance) -> str:
    """Return what becomes of each step, and the answer below."""
    lines = [f"{letter}: {'keep' if mark.required else 'leave out'}" for letter, mark in _listed(instance)]
    return "\n".join([*lines, instance.answer])


def read(response: str) -> str:
    """Return the last line without blanks and commas."""
    return last_line(response).replace(" ", "").replace(",", "")


def solve_compact(instance: Instance) -> str:
    """Return the letters that are kept."""
    return instance.answer


def classify(instance: Instance, attempt: Attempt) -> str:
    """Return ``by_hand`` for an answer made of listed letters, without a call: choosing them is the work."""
    listed = set(attempt.answer) <= set(instance.inputs["letters"])
    return path_taken(attempt, by_hand="by_hand", written=listed)


FAMILY = Family(
    "mixed",
    "put required and optional steps, some in order and some at any place, into a valid sequence",
    source="seed 000 (tasks with a bit more realism)",
    status="emerging",
    sizes=(2, 3, 4, 6, 8),
    generate=generate,
    plan=plan,
    paths=(Path("by_hand", "step by step", None, solve, solve_compact),),
    classify=classify,
    english=english,
    compact=compact,
    read=read,
    metrics=("exact", "edit_similarity", "milestones"),
    target_metric="exact",
    notes="""
        The size is the number of steps. In the compact rendering ! marks a step that is required and in
        order, & one that is required at any place, ? one that is optional and in order, and : one that is
        optional at any place. Many sequences are valid, and metrics compare with one: the canonical answer
        leaves out every optional step and keeps the order of the list, and the English question asks for just
        that. Whether an answer is valid, and the share of conditions that it meets, comes from
        `milestones(instance, answer)` of the module. The plan speaks of valid answers: an agent that does an
        optional step succeeds by the plan, and fails in exact match. Whoever copies the whole list without
        reading the marks is right where nothing is optional: that share, .43 at size 2 and .02 at size 8, is
        the chance level.
    """,
    expects=(
        "the share of conditions met rises before exact match",
        "small sizes start above 0: copying the list is sometimes right",
    ),
    chance=copied,
    milestones=milestones,
)

"""The largest of four numbers of `size` digits: a task that guessing solves one time in four."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.families._paths import GUESSED, path_taken
from tasklaws.families._text import last_line, random_number
from tasklaws.spec.family import Family, Instance, Path
from tasklaws.spec.plan import AnyOrder, InOrder, Plan
from tasklaws.spec.step import Step

if TYPE_CHECKING:
    from random import Random

    from tasklaws.spec.transcript import Attempt

OPTIONS = ("W", "X", "Y", "Z")


def generate(size: int, rng: Random) -> Instance:
    """Draw four numbers of `size` digits that differ."""
    numbers: dict[int, None] = {}
    while len(numbers) < len(OPTIONS):
        numbers[random_number(rng, size)] = None
    drawn = tuple(numbers)
    right = OPTIONS[drawn.index(max(drawn))]
    return Instance("multiple_choice", size, "", {"numbers": drawn}, right, OPTIONS)


def plan(size: int) -> Plan:
    """Return three comparisons, as in a knock-out, and the naming of the winner."""
    compare = Step("compare two", tokens=size, skill="comparing")
    rounds = AnyOrder((compare,) * (len(OPTIONS) - 1), associative=True)
    return InOrder((rounds, Step("name the option", tokens=1, skill="copying")))


def solve_by_hand(instance: Instance) -> str:
    """Return the largest so far, number by number, and the option."""
    numbers = instance.inputs["numbers"]
    lines = [f"of the first {n} the largest is {max(numbers[:n])}" for n in range(2, len(numbers) + 1)]
    return "\n".join((*lines, instance.answer))


def answer(instance: Instance) -> str:
    """Return the option alone."""
    return instance.answer


def solve_by_call(instance: Instance) -> str:
    """Return a program."""
    numbers = ", ".join(map(str, instance.inputs["numbers"]))
    return f"numbers = [{numbers}]\nprint({''.join(OPTIONS)!r}[numbers.index(max(numbers))])"


def classify(instance: Instance, attempt: Attempt) -> str:
    """Return ``call`` for a comparison by a program, ``by_hand`` for an option named without one."""
    named = attempt.answer in instance.choices
    return path_taken(
        attempt, loop="call", call="call", by_hand="by_hand" if named else GUESSED, written=True
    )


def read(response: str) -> str:
    """Return the option in the last line, without brackets around it."""
    return last_line(response).strip("()[] ")


def english(instance: Instance) -> str:
    """Return the question in English."""
    listed = "\n".join(
        f"{option}) {number}" for option, number in zip(OPTIONS, instance.inputs["numbers"], strict=True)
    )
    return (
        f"Which of these numbers is the largest?\n{listed}\n"
        f"Answer with its letter, one of {', '.join(OPTIONS)}, alone on the last line."
    )


def compact(instance: Instance) -> str:
    """Return ``M``, the numbers and ``>``."""
    return f"M{'|'.join(map(str, instance.inputs['numbers']))}>"


def chance(size: int) -> float:  # noqa: ARG001  the same for all sizes
    """Return one over the number of options."""
    return 1 / len(OPTIONS)


FAMILY = Family(
    "multiple_choice",
    "which of four numbers of `size` digits is the largest",
    source="arXiv 2304.15004, section 2 (multiple choice grade); arXiv 2406.04391",
    status="published",
    sizes=(1, 2, 3, 5, 8),
    generate=generate,
    plan=plan,
    paths=(
        Path("by_hand", "an option is named", None, solve_by_hand, answer),
        Path("call", "a program compares", "python", solve_by_call),
    ),
    classify=classify,
    english=english,
    compact=compact,
    read=read,
    metrics=("exact", "mc_grade", "brier"),
    target_metric="exact",
    notes="""
        The grade hides what the probabilities show: `mc_grade` and `brier` need them, which is why `exact`,
        which every attempt has, is the target. An option named at once cannot be told from a lucky guess,
        so the path says only that no program ran. Most questions are settled by the first digits: size is
        text to read, hardly difficulty.
    """,
    expects=(
        "a score of a quarter says nothing: the informative range begins above it",
        "the Brier score moves before the grade does",
    ),
    chance=chance,
)

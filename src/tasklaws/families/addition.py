"""Addition of two numbers of `size` digits: every digit and every carry must be right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.families._paths import equations, path_taken
from tasklaws.families._text import last_number, random_number
from tasklaws.spec.family import Family, Instance, Path
from tasklaws.spec.plan import InOrder, Plan, Repeat
from tasklaws.spec.step import Step

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from tasklaws.spec.transcript import Attempt

COLUMN = Step("add a column", tokens=2, skill="arithmetic")
"""A digit and a carry."""


def generate(size: int, rng: Random) -> Instance:
    """Draw two numbers of `size` digits."""
    a, b = random_number(rng, size), random_number(rng, size)
    return Instance("addition", size, "", {"a": a, "b": b}, str(a + b))


def plan(size: int) -> Plan:
    """Return the columns, each of which needs the carry of the one before, and the reading of the result."""
    result = Step("read off the result", tokens=size + 1, skill="copying")
    return InOrder((Repeat(COLUMN, size, "hand", "in_order"), result))


def columns(instance: Instance) -> Iterator[tuple[int, int, int, int]]:
    """Yield the digits of both numbers, the carry and the sum of each column, units first."""
    a, b, carry = instance.inputs["a"], instance.inputs["b"], 0
    for _ in range(instance.size):
        (a, one), (b, other) = divmod(a, 10), divmod(b, 10)
        total = one + other + carry
        yield one, other, carry, total
        carry = total // 10


def solve_by_hand(instance: Instance) -> str:
    """Return the columns in words, units first, and the sum."""
    lines = [
        f"{one} + {other} + {carry} = {total}: write {total % 10}, carry {total // 10}"
        for one, other, carry, total in columns(instance)
    ]
    return "\n".join((*lines, instance.answer))


def solve_by_hand_compact(instance: Instance) -> str:
    """Return the columns as two digits, a carry and their sum in two digits; then the result, padded."""
    written = ".".join(f"{one}{other}{carry}={total:02}" for one, other, carry, total in columns(instance))
    return f"{written}:{instance.answer:0>{instance.size + 1}}"


def solve_by_call(instance: Instance) -> str:
    """Return a program."""
    return f"print({instance.inputs['a']} + {instance.inputs['b']})"


def classify(instance: Instance, attempt: Attempt) -> str:
    """Return ``call`` for a sum by a program, ``by_hand`` where columns or partial sums are written."""
    written = equations(attempt.text) >= min(instance.size, 2)
    return path_taken(attempt, loop="call", call="call", by_hand="by_hand", written=written)


def english(instance: Instance) -> str:
    """Return the question in English."""
    return (
        f"What is {instance.inputs['a']} + {instance.inputs['b']}? "
        "Answer with the number, in digits only, on the last line."
    )


def compact(instance: Instance) -> str:
    """Return ``A``, the numbers and ``>``."""
    return f"A{instance.inputs['a']}+{instance.inputs['b']}>"


FAMILY = Family(
    "addition",
    "the sum of two numbers of `size` digits",
    source="seed 001 (3-digit addition); arXiv 2304.15004, section 4; formal model, P3 and P7",
    status="published",
    sizes=(1, 2, 3, 4, 6, 8, 12),
    generate=generate,
    plan=plan,
    paths=(
        Path("by_hand", "columns and carries written out", None, solve_by_hand, solve_by_hand_compact),
        Path("call", "a program adds", "python", solve_by_call),
    ),
    classify=classify,
    english=english,
    compact=compact,
    read=last_number,
    metrics=("exact", "edit_similarity", "token_accuracy", "reference_nll"),
    target_metric="exact",
    notes="""
        The example for which a smoother metric of the answer exists: wrong digits leave the others right.
        An answer at once, without columns, counts as guessed even where it is right. With a tool the task is
        trivial: keep runs with and without one apart. Leading zeros and marks of thousands are read away.
    """,
    expects=(
        "exact match is about a power of the success of a column",
        "edit similarity and token accuracy rise before exact match does",
    ),
)

"""Single-digit sums: the steps that `work_in_order` and `work_any_order` share.

A step adds two digits and keeps the last digit of the sum. The compact rendering writes it as in longhand
addition, with a carry of 0: ``190=10`` for 1 + 9 = 10.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.families._paths import equations, path_taken
from tasklaws.families._text import last_line
from tasklaws.spec.step import Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.spec.family import Instance
    from tasklaws.spec.transcript import Attempt

SIZES = (2, 3, 4, 5, 6)

WRITTEN_OUT = "every sum written out"

FORMAT = (
    "Answer with the kept digits alone, in the order of the sums, without anything between them, on the last "
    "line."
)


def sums(size: int) -> tuple[Step, ...]:
    """Return the steps: one sum each, two digits to be written."""
    return tuple(Step(f"sum {i}", tokens=2, skill="arithmetic") for i in range(1, size + 1))


def kept(pairs: Sequence[tuple[int, int]]) -> str:
    """Return the last digit of each sum."""
    return "".join(str((a + b) % 10) for a, b in pairs)


def longhand(pairs: Sequence[tuple[int, int]]) -> str:
    """Return the sums in the compact rendering, such as ``190=10.040=04``."""
    return ".".join(f"{a}{b}0={a + b:02}" for a, b in pairs)


def spelt_out(pairs: Sequence[tuple[int, int]]) -> str:
    """Return one sum per line, and the kept digits below."""
    lines = [f"{a} + {b} = {a + b}, keep {(a + b) % 10}" for a, b in pairs]
    return "\n".join([*lines, kept(pairs)])


def read(response: str) -> str:
    """Return the kept digits: of sums such as ``190=10.040=04`` their last ones, else the last line's."""
    line = last_line(response)
    if "=" in line:
        return "".join(result[-1:] for result in line.replace(" ", "").split(".") if "=" in result)
    return line.replace(" ", "").replace(",", "")


def classify(instance: Instance, attempt: Attempt) -> str:  # noqa: ARG001
    """Return ``by_hand`` where sums are written out."""
    return path_taken(attempt, by_hand="by_hand", written=equations(attempt.text) > 0)


def milestones(instance: Instance, answer: str) -> tuple[bool, ...]:
    """Return for each sum whether the digit kept in its place is the right one."""
    given = answer.ljust(len(instance.answer))
    return tuple(a == b for a, b in zip(given, instance.answer, strict=False))

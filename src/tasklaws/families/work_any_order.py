"""Work in any order: single-digit sums, none of which needs another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.families._digit_sums import (
    FORMAT,
    SIZES,
    WRITTEN_OUT,
    classify,
    kept,
    longhand,
    milestones,
    read,
    spelt_out,
    sums,
)
from tasklaws.families._text import random_number
from tasklaws.spec.family import Family, Instance, Path
from tasklaws.spec.plan import AnyOrder

if TYPE_CHECKING:
    from random import Random

__all__ = ["FAMILY", "milestones", "pairs"]


def pairs(instance: Instance) -> list[tuple[int, int]]:
    """Return what is added in each sum."""
    digits = instance.inputs["digits"]
    return list(zip(digits[::2], digits[1::2], strict=True))


def generate(size: int, rng: Random) -> Instance:
    """Return `size` pairs of digits."""
    drawn = tuple(random_number(rng, 1) for _ in range(2 * size))
    asked = Instance("work_any_order", size, "", {"digits": drawn}, "")
    return Instance("work_any_order", size, "", asked.inputs, kept(pairs(asked)))


def plan(size: int) -> AnyOrder:
    """Return the sums, side by side."""
    return AnyOrder(sums(size))


def english(instance: Instance) -> str:
    """Return the question in words."""
    asked = ", ".join(f"{a} + {b}" for a, b in pairs(instance))
    return f"Work out these sums: {asked}. Of each sum keep only the last digit.\n{FORMAT}"


def compact(instance: Instance) -> str:
    """Return ``P``, the digits and ``>``."""
    return f"P{''.join(map(str, instance.inputs['digits']))}>"


def solve(instance: Instance) -> str:
    """Return one sum per line, and the kept digits."""
    return spelt_out(pairs(instance))


def solve_compact(instance: Instance) -> str:
    """Return the sums in longhand."""
    return longhand(pairs(instance))


FAMILY = Family(
    "work_any_order",
    "single-digit sums, none of which needs another",
    source="seed 000 (steps that can be performed in any order); formal model, P16",
    status="emerging",
    sizes=SIZES,
    generate=generate,
    plan=plan,
    paths=(Path("by_hand", WRITTEN_OUT, None, solve, solve_compact),),
    classify=classify,
    english=english,
    compact=compact,
    read=read,
    metrics=("exact", "token_accuracy", "milestones", "reference_nll"),
    target_metric="exact",
    notes="""
        The twin of work_in_order: the same steps, the same work, the same form of answer (the digit kept in
        each step); only the order differs, so span is 1 here and the size there. A mistake stays where it
        was made. The question is longer than its twin's, two digits for each sum instead of one: where a
        model errs on long questions, that shows as a difference too. A blind guess is right with 10^-size.
    """,
    expects=(
        "the same threshold as work_in_order, where errors are independent",
        "milestones and token accuracy rise before exact match",
    ),
    milestones=milestones,
)

"""Work in order: single-digit sums of which each needs the one before."""

from __future__ import annotations

from itertools import accumulate
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
from tasklaws.spec.plan import InOrder

if TYPE_CHECKING:
    from random import Random

__all__ = ["FAMILY", "milestones", "pairs"]


def pairs(instance: Instance) -> list[tuple[int, int]]:
    """Return what is added in each sum: the digit kept so far, and the next."""
    first, *others = instance.inputs["digits"]
    so_far = accumulate(others, lambda total, digit: (total + digit) % 10, initial=first)
    return list(zip(so_far, others, strict=False))


def generate(size: int, rng: Random) -> Instance:
    """Return `size` + 1 digits."""
    drawn = tuple(random_number(rng, 1) for _ in range(size + 1))
    asked = Instance("work_in_order", size, "", {"digits": drawn}, "")
    return Instance("work_in_order", size, "", asked.inputs, kept(pairs(asked)))


def plan(size: int) -> InOrder:
    """Return the sums, each behind the one before."""
    return InOrder(sums(size))


def english(instance: Instance) -> str:
    """Return the question in words."""
    first, *others = instance.inputs["digits"]
    return (
        f"Start with the digit {first}. Add these digits to it, one after the other: "
        f"{', '.join(map(str, others))}. After each sum keep only its last digit, and go on with that one.\n"
        f"{FORMAT}"
    )


def compact(instance: Instance) -> str:
    """Return ``W``, the digits and ``>``."""
    return f"W{''.join(map(str, instance.inputs['digits']))}>"


def solve(instance: Instance) -> str:
    """Return one sum per line, and the kept digits."""
    return spelt_out(pairs(instance))


def solve_compact(instance: Instance) -> str:
    """Return the sums in longhand."""
    return longhand(pairs(instance))


FAMILY = Family(
    "work_in_order",
    "single-digit sums, each of which needs the one before",
    source="seed 000 (steps that must be performed in order); formal model, P16",
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
        The twin of work_any_order: the same steps, the same work, the same form of answer (the digit kept in
        each step); only the order differs, so span is the size here and 1 there. With one worker and
        independent errors both have the same success rate and cost; a difference shows errors that depend on
        earlier ones. A wrong digit is carried on, so one mistake makes most later milestones wrong: they tell
        how far a chain came, not how many sums were done right. A blind guess is right with 10^-size.
    """,
    expects=(
        "the same threshold as work_any_order, where errors are independent",
        "milestones rise before exact match",
    ),
    milestones=milestones,
)

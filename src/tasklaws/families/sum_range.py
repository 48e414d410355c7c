"""1 + 2 + ... + n: a loop, or Gauss's formula in no time at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.families._paths import GUESSED, deciding_program, equations
from tasklaws.families._text import call_tokens, digits, last_number
from tasklaws.spec.cost import Fixed
from tasklaws.spec.family import Family, Instance, Path
from tasklaws.spec.plan import InOrder, OneOf, Plan, Repeat, Way
from tasklaws.spec.step import HumanTime, Step

if TYPE_CHECKING:
    from random import Random

    from tasklaws.spec.transcript import Attempt

SECONDS_PER_TURN = Fixed(8e-8)
"""Run time of a turn. Measured with `s=s+i`: 0.03 microseconds in CPython 3.11, 0.08 in the `monty` sandbox,
a million turns and more on one busy core."""

WRITING = HumanTime(1.0)
"""Seed 000: 1 minute to write the loop, and 1 minute for all that the formula takes."""

WRITTEN_OUT = 20
"""Largest n whose sum is written out number by number; beyond it, by hand means the formula."""

PRODUCTS = frozenset({"Mult", "Pow", "LShift"})
"""Operators of a formula: none of them is needed to add number after number."""


def generate(size: int, rng: Random) -> Instance:
    """Draw n from `size` to 2 `size` - 1, so that a size has as many questions as it has numbers."""
    n = rng.randrange(size, 2 * size)
    return Instance("sum_range", size, "", {"n": n}, str(n * (n + 1) // 2))


def plan(size: int) -> Plan:
    """Return the formula for those who know it, else the loop, both for n = `size`."""
    short = digits(size), 2 * digits(size), 2 * digits(size)
    steps = zip(("add", "multiply", "halve"), short, strict=True)
    third = HumanTime(WRITING.median_minutes / 3)
    formula = InOrder(tuple(Step(name, tokens, "arithmetic", human=third) for name, tokens in steps))
    script = call_tokens(loop_compact(size))
    turn = Step("add", script, "code", tool="python", group="script", human=WRITING)
    loop = Repeat(turn, max(1, size - 1), "tool", "associative", seconds=SECONDS_PER_TURN)
    return OneOf((Way("gauss", formula), Way(None, loop)))


def loop_compact(n: int) -> str:
    """Return the loop as a small model writes it."""
    return f"s=0\nfor i in range({n}+1):s=s+i\nprint(s)"


def solve_loop(instance: Instance) -> str:
    """Return the loop for a general model."""
    n = instance.inputs["n"]
    return f"total = 0\nfor number in range(1, {n} + 1):\n    total += number\nprint(total)"


def solve_loop_compact(instance: Instance) -> str:
    """Return the loop for a small model."""
    return loop_compact(instance.inputs["n"])


def solve_formula(instance: Instance) -> str:
    """Return the formula for a general model."""
    return f"n = {instance.inputs['n']}\nprint(n * (n + 1) // 2)"


def solve_formula_compact(instance: Instance) -> str:
    """Return the formula for a small model, which must get n + 1 right by itself."""
    n = instance.inputs["n"]
    return f"print({n}*{n + 1}//2)"


def solve_by_hand(instance: Instance) -> str:
    """Return the running sums of a small n; of a large one, the formula worked out."""
    n = instance.inputs["n"]
    if n > WRITTEN_OUT:
        lines = [f"{n} * {n + 1} = {n * (n + 1)}", f"{n * (n + 1)} / 2 = {instance.answer}"]
    else:
        lines = [f"{k * (k - 1) // 2} + {k} = {k * (k + 1) // 2}" for k in range(1, n + 1)]
    return "\n".join((*lines, instance.answer))


def classify(instance: Instance, attempt: Attempt) -> str:
    """Return ``closed_form`` for a product without a loop, ``loop`` where a program adds all the numbers."""
    if not attempt.calls:
        return "by_hand" if attempt.answer and equations(attempt.text) else GUESSED
    done = deciding_program(attempt)
    if done is None or not done.computes:
        return GUESSED
    if not done.loops and PRODUCTS & set(done.operators):
        return "closed_form"
    adds_all = "sum" in done.called or done.operators.count("Add") >= instance.inputs["n"] - 1
    return "loop" if done.loops or adds_all else GUESSED


def english(instance: Instance) -> str:
    """Return the question in English."""
    return (
        f"What is the sum of all whole numbers from 1 to {instance.inputs['n']}, both included? "
        "Answer with the number, in digits only, on the last line."
    )


def compact(instance: Instance) -> str:
    """Return ``G``, n and ``>``."""
    return f"G{instance.inputs['n']}>"


FAMILY = Family(
    "sum_range",
    "1 + 2 + ... + n, for n from `size` to 2 `size` - 1",
    source="seed 000 (sum(1...n)); formal model, P8",
    status="emerging",
    sizes=(10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000),
    generate=generate,
    plan=plan,
    paths=(
        Path("loop", "a loop adds number after number", "python", solve_loop, solve_loop_compact),
        Path("closed_form", "n (n + 1) / 2 by a program", "python", solve_formula, solve_formula_compact),
        Path("by_hand", "the sums, or beyond n = 20 the formula, written out", None, solve_by_hand),
    ),
    classify=classify,
    english=english,
    compact=compact,
    read=last_number,
    metrics=("exact", "edit_similarity", "token_accuracy", "reference_nll"),
    target_metric="exact",
    notes="""
        Three plateaus: who can write no loop solves nothing, who can solves what ends within the time limit,
        who knows the formula solves everything at once. Read the share of paths, not the score alone. In the
        embedded ladder the share of formulas in the corpus decides when the last plateau comes: what it
        shows there was taught. Size 10 has ten questions only.
    """,
    expects=(
        "score rises in three plateaus: nothing, up to the timeout, everything",
        "time grows in step with n and drops to almost nothing where the formula is found",
    ),
)

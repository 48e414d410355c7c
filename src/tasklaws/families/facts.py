"""Facts: recalling the entries of an invented table, some of which are much rarer than others."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from tasklaws.core.errors import BadInput
from tasklaws.families._paths import path_taken
from tasklaws.families._text import last_line, random_word
from tasklaws.spec.family import Family, Instance, Path
from tasklaws.spec.plan import OneOf, Way
from tasklaws.spec.step import Step

if TYPE_CHECKING:
    from tasklaws.spec.transcript import Attempt

N_FACTS = 64

CLASSES = (range(1, 7), range(7, 17), range(17, 35), range(35, 65))
"""Ranks of the facts of size 1, 2, 3 and 4, from the most to the least frequent."""


def _different(rng: Random, length: int) -> list[str]:
    words: dict[str, None] = {}
    while len(words) < N_FACTS:
        words[random_word(rng, length)] = None
    return list(words)


def _invented() -> tuple[tuple[str, str], ...]:
    rng = Random("tasklaws/facts/1")  # noqa: S311
    return tuple(zip(_different(rng, 3), _different(rng, 2), strict=True))


TABLE = _invented()
"""Key and value of each fact, the most frequent first; always the same."""


def frequency(rank: int) -> float:
    """Return the share of the fact of `rank`, from 1, in a text that teaches the table: as 1 / (rank + 3)."""
    return (1 / (rank + 3)) / sum(1 / (other + 3) for other in range(1, N_FACTS + 1))


def known_as(rank: int) -> str:
    """Return what agents that know the fact of `rank` are said to know."""
    return f"fact:{rank}"


def ranks(size: int) -> range:
    """Return the ranks of the facts of `size`.

    Raises:
        BadInput: there is no such class.
    """
    if not 1 <= size <= len(CLASSES):
        raise BadInput(
            f"family 'facts' has no size {size!r}.",
            f"A size is a class of frequency, from 1 to {len(CLASSES)}.",
            "Choose one of these.",
        )
    return CLASSES[size - 1]


def generate(size: int, rng: Random) -> Instance:
    """Return one of the facts of `size`, each as often as the others."""
    rank = rng.choice(ranks(size))
    key, value = TABLE[rank - 1]
    return Instance("facts", size, "", {"key": key, "rank": rank}, value)


def plan(size: int) -> OneOf:
    """Return the plan for the middle fact of `size`, which stands for its class: who knows it recalls it."""
    middle = ranks(size)[len(ranks(size)) // 2]
    return OneOf((Way(known_as(middle), Step("write the value", tokens=2, skill="text")),))


def english(instance: Instance) -> str:
    """Return the question in words, without the table."""
    return (
        "The tasklaws table of facts is invented. It gives each of 64 keys of three letters a value of two "
        "letters. Nothing but having been taught the table tells which value belongs to which key.\n"
        f"Which value does it give to the key {instance.inputs['key']}?\n"
        "Answer with the two letters alone, in lower case, on the last line; if you have not been taught the "
        "table, answer with the word unknown."
    )


def compact(instance: Instance) -> str:
    """Return ``F``, the key and ``>``."""
    return f"F{instance.inputs['key']}>"


def classify(instance: Instance, attempt: Attempt) -> str:  # noqa: ARG001
    """Return ``recall`` for a value of the table, be it that of another key, given without a call."""
    in_table = any(attempt.answer == value for _, value in TABLE)
    return path_taken(attempt, by_hand="recall", written=in_table)


def solve(instance: Instance) -> str:
    """Return the value."""
    return instance.answer


FAMILY = Family(
    "facts",
    "recall a fact from an invented table; the size is how rare the fact is",
    source="seed 004 (knowledge-based or not); arXiv 2303.13506 (skills of Zipf frequency)",
    status="emerging",
    sizes=(1, 2, 3, 4),
    generate=generate,
    plan=plan,
    paths=(Path("recall", "out of memory", None, solve, solve),),
    classify=classify,
    english=english,
    compact=compact,
    read=last_line,
    metrics=("exact", "token_accuracy", "reference_nll"),
    target_metric="exact",
    notes="""
        The size is a class of frequency: ranks 1-6, 7-16, 17-34 and 35-64 of 64 facts, with frequencies as
        1/(rank + 3). For a general model this family measures nothing, unless the table was in its training
        data or stands in its prompt: what people know about the world is not asked. The English question is
        closed-book and says so; with the table in the prompt it would be a task of looking up, and the
        knowledge that the plan asks for would not be needed. Questions repeat what was taught by definition,
        so no prompt can be held out. The plan speaks of the middle fact of a class and stands for the class.
        A blind guess is right once in 676.
    """,
    expects=(
        "each fact has its own threshold, rare ones later; no rung before shows it",
        "together the thresholds make a smooth curve, whose shape is that of the frequencies",
    ),
)

"""One call of a strict tool whose argument grows: what a letter more costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.families._text import last_line, random_word
from tasklaws.families.sha_of import ANSWER, MEANING, classify, digest
from tasklaws.spec.family import Family, Instance, Path
from tasklaws.spec.step import Step

if TYPE_CHECKING:
    from random import Random

    from tasklaws.spec.plan import Plan

FRAME = 2
"""Tokens of a call beside its argument: the name of the tool, and the end."""


def generate(size: int, rng: Random) -> Instance:
    """Draw a word of `size` letters."""
    word = random_word(rng, size)
    return Instance("tool_edit", size, "", {"word": word}, digest(word))


def plan(size: int) -> Plan:
    """Return one call: q = (1 - sigma eps) ^ (2 + size), for each letter of a random word is a token."""
    return Step("call sha256", tokens=FRAME + size, skill="copying", tool="sha256")


def argument(instance: Instance) -> str:
    """Return the call: the tool takes the word as it is."""
    return str(instance.inputs["word"])


def english(instance: Instance) -> str:
    """Return the question in English."""
    return f"{MEANING} Copy the text `{argument(instance)}` exactly and find its SHA-256. {ANSWER}"


def compact(instance: Instance) -> str:
    """Return ``E``, the word and ``>``."""
    return f"E{argument(instance)}>"


FAMILY = Family(
    "tool_edit",
    "the SHA-256 of a word of `size` letters, passed to the tool as it is",
    source="seed 001 (tools need exact input); formal model, section 3.3 and P2",
    status="emerging",
    sizes=(2, 4, 8, 16, 24, 32, 64),
    generate=generate,
    plan=plan,
    paths=(Path("call", "the word is passed to the tool", "sha256", argument, argument),),
    classify=classify,
    english=english,
    compact=compact,
    read=last_line,
    metrics=("exact", "edit_similarity", "token_accuracy", "reference_nll"),
    target_metric="exact",
    notes="""
        A ruler for strictness: nothing but the length of the call changes with size, so -log of the score
        is a straight line in it, whose slope is the error of a letter times the strictness of the tool. Do
        not use it as a measure of capability. Words above 31 letters are longer than the texts that the
        embedded ladder is taught.
    """,
    expects=(
        "-log of exact match grows in step with the length of the argument",
        "the slope is strictness times the error of a letter; a tolerant tool flattens it",
    ),
)

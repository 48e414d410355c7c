"""sha256 of a word: one call of a strict tool, all or nothing."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from tasklaws.families._paths import GUESSED, deciding_program
from tasklaws.families._text import call_tokens, last_line, random_word
from tasklaws.spec.family import Family, Instance, Path
from tasklaws.spec.step import HumanTime, Step

if TYPE_CHECKING:
    from random import Random

    from tasklaws.spec.plan import Plan
    from tasklaws.spec.transcript import Attempt

PRELUDE = """from hashlib import sha256 as _sha256


def sha256(text):
    return _sha256(text.encode()).hexdigest()


"""
"""Gives small models a short ``sha256``: text in, hexadecimal digest out, so that it can be chained."""

MEANING = "The SHA-256 of a text is that of its UTF-8 bytes, written as 64 lower-case hexadecimal digits."

ANSWER = "Answer with the hexadecimal digest on the last line."

FRAME = call_tokens("print(sha256(''))")
"""Tokens of the call beside the word."""

WRITING = HumanTime(5.0)
"""Seed 000: 5 minutes to write the program."""

HASHES = frozenset({"sha256", "new"})
"""Functions of ``hashlib`` that begin a hash."""


def digest(text: str) -> str:
    """Return the SHA-256 of a text in hexadecimal digits."""
    return sha256(text.encode()).hexdigest()


def generate(size: int, rng: Random) -> Instance:
    """Draw a word of `size` letters."""
    word = random_word(rng, size)
    return Instance("sha_of", size, "", {"word": word}, digest(word))


def plan(size: int) -> Plan:
    """Return one call; each letter of a random word is a token."""
    return Step("call sha256", FRAME + size, "copying", tool="python", human=WRITING)


def solve(instance: Instance) -> str:
    """Return a program for a general model."""
    return f"from hashlib import sha256\n\nprint(sha256({instance.inputs['word']!r}.encode()).hexdigest())"


def solve_compact(instance: Instance) -> str:
    """Return a program for a small model."""
    return f"print(sha256({instance.inputs['word']!r}))"


def classify(instance: Instance, attempt: Attempt) -> str:  # noqa: ARG001  the path shows in the call alone
    """Return ``call`` where a hash was called, by the tool of that name or in a program."""
    if any(call.tool == "sha256" for call in attempt.calls):
        return "call"
    done = deciding_program(attempt, PRELUDE)
    return "call" if done and HASHES.intersection(done.called) else GUESSED


def english(instance: Instance) -> str:
    """Return the question in English."""
    return f"{MEANING} What is the SHA-256 of the text `{instance.inputs['word']}`? {ANSWER}"


def compact(instance: Instance) -> str:
    """Return ``H``, the word and ``>``."""
    return f"H{instance.inputs['word']}>"


FAMILY = Family(
    "sha_of",
    "the SHA-256 of a word of `size` letters",
    source="seed 001 (sha256(i)); formal model, P1 and P6",
    status="emerging",
    sizes=(3, 5, 7, 9, 12, 16, 20),
    generate=generate,
    plan=plan,
    paths=(Path("call", "a hash is called once", "python", solve, solve_compact),),
    classify=classify,
    english=english,
    compact=compact,
    read=last_line,
    metrics=("exact", "edit_similarity", "token_accuracy", "reference_nll"),
    target_metric="exact",
    notes="""
        A wrong word gives a digest that has nothing to do with the right one, so every score of the answer
        is as much all-or-nothing as `exact`; only the likelihood of the reference call moves earlier. Do not
        use it to show that a smoother metric makes emergence vanish, nor to measure anything but copying
        into a strict call.
    """,
    expects=(
        "exact match is a power of the success of a letter",
        "no metric of the answer rises before exact match does; the NLL of the reference call does",
    ),
    prelude=PRELUDE,
)

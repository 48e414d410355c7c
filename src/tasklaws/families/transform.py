"""Transform: reverse a word and move each letter one on; text, and no tool."""

from __future__ import annotations

from string import ascii_lowercase
from typing import TYPE_CHECKING

from tasklaws.families._paths import path_taken
from tasklaws.families._text import last_line, random_word
from tasklaws.spec.family import Family, Instance, Path
from tasklaws.spec.plan import Repeat
from tasklaws.spec.step import Step

if TYPE_CHECKING:
    from random import Random

    from tasklaws.spec.transcript import Attempt

_NEXT = str.maketrans(ascii_lowercase, ascii_lowercase[1:] + ascii_lowercase[:1])


def transformed(word: str) -> str:
    """Return `word` from its end to its beginning, each letter replaced by the next; a comes behind z."""
    return word[::-1].translate(_NEXT)


def generate(size: int, rng: Random) -> Instance:
    """Return a word of `size` letters."""
    word = random_word(rng, size)
    return Instance("transform", size, "", {"word": word}, transformed(word))


def plan(size: int) -> Repeat:
    """Return one step per letter, none of which needs another."""
    return Repeat(Step("write a letter", skill="text"), size, by="hand", order="independent")


def english(instance: Instance) -> str:
    """Return the question in words."""
    return (
        "Transform a word in two steps. First write its letters in reverse order. Then replace each letter "
        "by the one that follows it in the alphabet: a becomes b, b becomes c, and so on; z becomes a. "
        "For example, abz becomes acb.\n"
        f"The word is {instance.inputs['word']}.\n"
        "Answer with the transformed word alone, in lower case, on the last line."
    )


def compact(instance: Instance) -> str:
    """Return ``R``, the word and ``>``."""
    return f"R{instance.inputs['word']}>"


def solve(instance: Instance) -> str:
    """Return the reversed word, and the answer below it."""
    return f"{instance.inputs['word'][::-1]}\n{instance.answer}"


def solve_compact(instance: Instance) -> str:
    """Return the answer at once."""
    return instance.answer


def classify(instance: Instance, attempt: Attempt) -> str:  # noqa: ARG001
    """Return ``by_hand`` for a word written without a call: writing its letters is the work."""
    return path_taken(attempt, by_hand="by_hand", written=attempt.answer.isalpha())


FAMILY = Family(
    "transform",
    "reverse a word and replace each letter by the next",
    source="formal model, P1 and P7; arXiv 2304.15004 (edit distance beside exact match)",
    status="emerging",
    sizes=(2, 4, 6, 8, 10, 14, 20),
    generate=generate,
    plan=plan,
    paths=(Path("by_hand", "letter by letter", None, solve, solve_compact),),
    classify=classify,
    english=english,
    compact=compact,
    read=last_line,
    metrics=("exact", "edit_similarity", "token_accuracy", "reference_nll"),
    target_metric="exact",
    notes="""
        The size is the number of letters. No tool stands between the letters and the score, so token accuracy
        and edit similarity can rise while exact match is still near 0: compare it with families whose answer
        comes out of a strict tool. Whether letters err independently is to be tested, not assumed. General
        models read several letters as one token, so their errors come in lumps. No tool is to be offered:
        with one, this is another task.
    """,
    expects=(
        "edit similarity and token accuracy rise long before exact match",
        "exact match falls with the length as p^length, where letters err independently",
    ),
)

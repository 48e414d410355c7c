"""Nested calls: a program of `size` calls, each around the one before, which a tool runs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from string import ascii_lowercase
from typing import TYPE_CHECKING

from tasklaws.families._paths import path_taken
from tasklaws.families._text import call_tokens, last_line
from tasklaws.spec.family import Family, Instance, Path
from tasklaws.spec.plan import InOrder, OneOf, Plan, Repeat, Way
from tasklaws.spec.step import Step

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tasklaws.spec.transcript import Attempt

LETTERS = 4
"""Letters of the word that is begun with; all differ."""

LARGEST = 3
"""Largest number that a function is given: below `LETTERS`, so that it matters which number it is."""


@dataclass(frozen=True)
class Helper:
    """A function of a word and a number. It loses no letter, so a mistake before it shows behind it."""

    compact: str
    english: str
    text: str
    """What it returns, as an expression in `word` and `n`; free of calls of other functions of the table."""
    apply: Callable[[str, int], str]

    def definition(self, name: str) -> str:
        """Return the function as program text under a name."""
        return f"def {name}(word, n):\n    return {self.text}\n"


def _shifted(word: str, n: int) -> str:
    return "".join(ascii_lowercase[(ascii_lowercase.index(letter) + n) % 26] for letter in word)


HELPERS = {
    "a": Helper("rot", "rotate", "word[n:] + word[:n]", lambda word, n: word[n:] + word[:n]),
    "b": Helper("dup", "repeat_start", "word + word[:n]", lambda word, n: word + word[:n]),
    "c": Helper("cut", "insert_x", "word[:n] + 'x' + word[n:]", lambda word, n: f"{word[:n]}x{word[n:]}"),
    "d": Helper("pad", "extend", "word + n * 'a'", lambda word, n: word + n * "a"),
    "e": Helper(
        "swp",
        "flip_start",
        "word[:n + 1][::-1] + word[n + 1:]",
        lambda word, n: word[: n + 1][::-1] + word[n + 1 :],
    ),
    "f": Helper(
        "inc",
        "shift",
        "''.join([chr((ord(letter) - 97 + n) % 26 + 97) for letter in word])",
        _shifted,
    ),
    "g": Helper("mir", "mirror_end", "word + word[::-1][:n]", lambda word, n: word + word[::-1][:n]),
    "h": Helper("len", "lengthen", "n * word[0] + word", lambda word, n: n * word[0] + word),
}
"""Letter in the compact rendering -> function. There, `len` is a helper like any other."""

PRELUDE = "\n\n".join(helper.definition(helper.compact) for helper in HELPERS.values()) + "\n\n"

DEFINITIONS = "\n\n".join(helper.definition(helper.english) for helper in HELPERS.values())
"""The functions as general models get to see them."""

FRAME = call_tokens("print('')") + LETTERS
"""Tokens of a program that prints a word; each letter of a random word is a token."""

PER_CALL = call_tokens("rot(,1)")
"""Tokens that a call adds."""


def generate(size: int, rng: Random) -> Instance:
    """Draw a word of different letters and `size` functions, each with a number."""
    word = "".join(rng.sample(ascii_lowercase, LETTERS))
    calls = tuple((rng.choice("abcdefgh"), rng.randrange(1, LARGEST + 1)) for _ in range(size))
    asked = Instance("nested_calls", size, "", {"word": word, "calls": calls}, "")
    return Instance("nested_calls", size, "", asked.inputs, results(asked)[-1])


def results(instance: Instance) -> list[str]:
    """Return the word after each call."""
    calls, word = instance.inputs["calls"], instance.inputs["word"]
    after = accumulate(calls, lambda so_far, call: HELPERS[call[0]].apply(so_far, call[1]), initial=word)
    return list(after)[1:]


def plan(size: int) -> Plan:
    """Return the program for those who can write one, else the calls by hand.

    By hand, every letter of every word on the way must be right; a word grows by about one letter per call.
    """
    call = Step("write a call", PER_CALL, "code", tool="python")
    program = InOrder((Step("print the word", FRAME, "code", tool="python"), Repeat(call, size, "hand")))
    words = (Step(f"apply call {i}", LETTERS + i, "text") for i in range(1, size + 1))
    by_hand = InOrder((Step("copy the word", LETTERS, "copying"), *words))
    return OneOf((Way("python", program), Way(None, by_hand)))


def english(instance: Instance) -> str:
    """Return the question in words, with the functions as program text."""
    calls = [f"{HELPERS[letter].english} with n = {n}" for letter, n in instance.inputs["calls"]]
    return (
        f"These are functions in Python:\n\n{DEFINITIONS}\n"
        f"Start with the word {instance.inputs['word']}. Apply to it, one after the other, each to the "
        f"result of the one before: {', '.join(calls)}.\nWhat is the word at the end? Answer with it alone "
        "on the last line."
    )


def compact(instance: Instance) -> str:
    """Return ``T``, the word, the letters and numbers of the calls, first to last, and ``>``."""
    calls = "".join(f"{letter}{n}" for letter, n in instance.inputs["calls"])
    return f"T{instance.inputs['word']} {calls}>"


def _nested(instance: Instance, name: Callable[[Helper], str], comma: str) -> str:
    text = repr(instance.inputs["word"])
    for letter, n in instance.inputs["calls"]:
        text = f"{name(HELPERS[letter])}({text}{comma}{n})"
    return f"print({text})"


def solve(instance: Instance) -> str:
    """Return the definitions and the nested calls."""
    return f"{DEFINITIONS}\n\n{_nested(instance, lambda helper: helper.english, ', ')}"


def solve_compact(instance: Instance) -> str:
    """Return the nested calls, such as ``print(mir(rot('upma',2),3))``."""
    return _nested(instance, lambda helper: helper.compact, ",")


def solve_by_hand(instance: Instance) -> str:
    """Return the word after each call, one per line."""
    return "\n".join(results(instance))


def classify(instance: Instance, attempt: Attempt) -> str:
    """Return ``call`` for a program that calculates, ``by_hand`` where most words on the way are written."""
    found = sum(word in attempt.text for word in results(instance))
    given = PRELUDE + DEFINITIONS
    written = 2 * found > instance.size
    return path_taken(attempt, loop="call", call="call", by_hand="by_hand", written=written, prelude=given)


FAMILY = Family(
    "nested_calls",
    "a program of `size` nested calls",
    source="seed 001 (a tool takes exact input; geometric in its length); formal model, P1",
    status="emerging",
    sizes=(1, 2, 3, 4, 6, 8),
    generate=generate,
    plan=plan,
    paths=(
        Path("call", "a program of nested calls", "python", solve, solve_compact),
        Path("by_hand", "the word after each call written out", None, solve_by_hand),
    ),
    classify=classify,
    english=english,
    compact=compact,
    read=last_line,
    metrics=("exact", "edit_similarity", "reference_nll"),
    target_metric="exact",
    notes="""
        Every token of the program must be right, and their number grows with the size in equal steps. The
        functions lose no letter, so a wrong letter always shows at the end; about 2 in 100 wrong numbers and
        1 in 100 wrong functions make no difference, as where letters repeat. Small models know the functions
        by short names only, from training; general models get them as program text. Short ones can be solved
        by hand as well: read the share of paths before taking the score for one of writing programs.
    """,
    expects=(
        "exact match is a power of the success of a token; its exponent grows with the size in equal steps",
        "thresholds of the sizes lie apart, each a little above the one before",
    ),
    prelude=PRELUDE,
)

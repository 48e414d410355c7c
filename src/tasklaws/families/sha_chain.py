"""sha256 of sha256 of ... of a word: a chain that no cleverness shortens, and that one short loop solves."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from tasklaws.families._paths import GUESSED, deciding_program
from tasklaws.families._text import call_tokens, last_line, random_word
from tasklaws.families.sha_of import ANSWER, HASHES, MEANING, PRELUDE, WRITING, digest
from tasklaws.spec.cost import Fixed
from tasklaws.spec.family import Family, Instance, Path
from tasklaws.spec.plan import Plan, Repeat
from tasklaws.spec.step import Step

if TYPE_CHECKING:
    from random import Random

    from tasklaws.spec.transcript import Attempt

SECONDS_PER_TURN = Fixed(8e-7)
"""Run time of a turn. Measured with `x = sha256(x.encode()).hexdigest()`: 0.4 to 0.8 microseconds in CPython
3.11 (five loops of 200,000 turns), 0.8 in the `monty` sandbox (100,000 and 300,000 turns), on one busy core.
The seed's 10 s for 100 turns is start-up and reporting, not hashing (formal model, P7b)."""

LETTERS = 3
"""Letters of the word that the chain begins with."""

KNOWN = {
    10**6: {
        "abc": "a65e2e1666763cceac4458e8bd26e0134dfa09178c8b106521265fe279c2e85c",
        "dog": "e9f2d6d59804a746ac5970006b6ec813223bd9f274b1f8f483f14a5711c3d8c2",
        "elm": "a8989d92a3ad6fc9f40279f74148adaa47fc43bdd4b7ecaf7790043ec87b9fdc",
        "fig": "2fbef2f27201a26631f85f73fc357a4096bfe01e5dd04a84acb1e95ee05635bb",
        "hat": "a1cd3ec03ff97f324a791f5ebbdddbc2f3035eb914aa0e81e165a85fb5b4fabe",
        "ivy": "eccb4098c46c94c5e2d225feb49be1e4f5a791eecaaa36a10aaa4cd88b73e1c8",
        "jam": "e64858a594b359bf8d81f0a112995099d6ca65e0a87c2450d053daf98f8bc47a",
        "oak": "89c7d94db27330dbf31fbe625adeb45e355f48feba8f2949b2b491c641ca76ee",
    },
    10**7: {
        "abc": "bf34d93b4be2a313b06cdf9d805c5f3d140abd872c37199701fb1e43fe479923",
        "dog": "a5a66796fc38eb529561fc017131cc21bd885a1b3248cd7e697e5255e9f87fd9",
        "elm": "bb1b7ceffc0e90d514079f5aa719d2491b718a6b307b96b03013e722ead3a208",
        "fig": "59ade2efe6fbca1e63343d0abd2ab597124c7ee27d2eb0f4cd1a1a79bc8e863c",
        "hat": "768b1e038730bc8d1d7fcde9ef9af3fd20f1c6cae790791d70c47bafb7f14451",
        "ivy": "07aad9a8110824bcb876257179328bbf1fbf3253e5641f2c2f0644c013547e29",
        "jam": "7eefb7c0f4a26134197494ba26ddabc47f3e69c4f520d082e561d157f212b8a0",
        "oak": "170ce3cfa4189a555a78e412d86f8fb831e2045d5ba05b44019e71b83068b459",
    },
    10**8: {
        "abc": "f44d6c7c3bf0a0a5cffee6bf410b27a2d8502233bb6397d3ebe5ebdd5c833da2",
        "dog": "fc5c3fe601918afb0a8b4a0f2abf708ce472adae40a0a4c88a389ee389a76844",
        "elm": "aebdd467b9102a5e9ade84457216d2e9abdcff6450f1764d0ebe2e5f01b79b85",
        "fig": "5787a11b28b0b638175fe73c0f40f600cbe906b172d3fb93d6ccea6d7a2280e4",
        "hat": "159c022bb90ee6a3511e546fd00d82fb9f8d7c2687fd0943f900af424e34b302",
        "ivy": "69b920761544d78cb3402e0d8fbae9a6814488385e1e1df5fa74582698bdda1f",
        "jam": "bc7dc0216f46d0ca96040cd08bcadb4461a78a91165911a4cbc6018061d09ffd",
        "oak": "a1f17ee839d21c7d4fcac2bd53b3003a463f0559b19865cf440ab30219c3351d",
    },
}
"""Turns -> word -> the end of the chain. Such chains take seconds to minutes; a slow test runs them."""


def generate(size: int, rng: Random) -> Instance:
    """Draw the word; for chains whose ends are recorded, one of the recorded words."""
    known = KNOWN.get(size)
    word = rng.choice(list(known)) if known else random_word(rng, LETTERS)
    return Instance("sha_chain", size, "", {"word": word}, known[word] if known else chain(word, size))


@lru_cache(maxsize=256)
def chain(word: str, turns: int) -> str:
    """Return the end of the chain: each turn hashes the digits of the digest before, as text."""
    for _ in range(turns):
        word = digest(word)
    return word


def plan(size: int) -> Plan:
    """Return a loop that stands or falls with one script, and that runs as long as the chain is."""
    tokens = call_tokens(loop_compact("abc", size))
    turn = Step("hash", tokens=tokens, skill="code", tool="python", group="script", human=WRITING)
    return Repeat(turn, size, "tool", "in_order", seconds=SECONDS_PER_TURN)


def loop(word: str, turns: int) -> str:
    """Return the loop as a general model writes it."""
    return (
        f"from hashlib import sha256\n\ntext = {word!r}\nfor _ in range({turns}):\n"
        "    text = sha256(text.encode()).hexdigest()\nprint(text)"
    )


def loop_compact(word: str, turns: int) -> str:
    """Return the loop as a small model writes it."""
    return f"x={word!r}\nfor i in range({turns}):x=sha256(x)\nprint(x)"


def solve(instance: Instance) -> str:
    """Return the loop for a general model."""
    return loop(instance.inputs["word"], instance.size)


def solve_compact(instance: Instance) -> str:
    """Return the loop for a small model."""
    return loop_compact(instance.inputs["word"], instance.size)


def classify(instance: Instance, attempt: Attempt) -> str:
    """Return ``loop`` for a program that hashes in a loop, or writes out every one of the calls."""
    done = deciding_program(attempt, PRELUDE)
    hashed = sum(name in HASHES for name in done.called) if done else 0
    return "loop" if done and hashed and (done.loops or hashed >= instance.size) else GUESSED


def english(instance: Instance) -> str:
    """Return the question in English."""
    return (
        f"{MEANING} Take the SHA-256 of the text `{instance.inputs['word']}`, then the SHA-256 of the 64 "
        f"digits that come out, as a text, and so on: {instance.size} times in all. What comes out in the "
        f"end? {ANSWER}"
    )


def compact(instance: Instance) -> str:
    """Return ``S``, the word, the number of turns and ``>``."""
    return f"S{instance.inputs['word']} {instance.size}>"


FAMILY = Family(
    "sha_chain",
    "SHA-256 applied `size` times to a word, each time to the digits of the digest before",
    source="seed 000 (sha256^n); formal model, P5",
    status="emerging",
    sizes=(10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000),
    generate=generate,
    plan=plan,
    paths=(Path("loop", "a loop hashes again and again", "python", solve, solve_compact),),
    classify=classify,
    english=english,
    compact=compact,
    read=last_line,
    metrics=("exact", "edit_similarity", "token_accuracy", "reference_nll"),
    target_metric="exact",
    notes="""
        All sizes are one task: whoever writes the loop solves every size that ends within the time limit.
        Sizes must not be used as levels of difficulty. There is no reference solution by hand: a person
        cannot compute SHA-256 in a reasonable time. The ceiling follows from the seconds of a turn, which
        belong to a machine: measure them on yours. Sizes of a million and more draw from a few words whose
        answers are recorded.
    """,
    expects=("one threshold: all tasks are one task",),
    prelude=PRELUDE,
)

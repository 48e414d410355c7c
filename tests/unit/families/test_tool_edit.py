"""tool_edit: nothing but the length of a call changes with the size."""

from __future__ import annotations

import math
from random import Random

import pytest

from tasklaws.families import FAMILIES
from tasklaws.families.tool_edit import FAMILY, FRAME
from tasklaws.spec.agent import Agent
from tasklaws.theory.exact import evaluate
from tasklaws.tools import TOOLS


def test_the_call_is_the_word_and_nothing_else() -> None:
    instance, path = FAMILY.instance(8, 0), FAMILY.path("call")
    assert path.tool == "sha256"
    assert path.compact is not None
    assert path.solve(instance) == path.compact(instance) == instance.inputs["word"]
    assert FAMILY.compact(instance) == f"E{instance.inputs['word']}>"


def test_the_log_of_success_is_a_straight_line_in_size() -> None:
    """Formal model, P2: q = (1 - sigma eps) ^ (a + b size)."""
    agent = Agent("any", {"general": 0.01})
    losses = [-math.log(evaluate(FAMILY.plan(size), agent).success) for size in FAMILY.sizes]
    assert losses == pytest.approx([-math.log(0.99) * (FRAME + size) for size in FAMILY.sizes])


def test_every_letter_of_the_call_counts() -> None:
    rng = Random("letters")  # noqa: S311
    for size in FAMILY.sizes:
        instance = FAMILY.instance(size, 0)
        word = instance.inputs["word"]
        for _ in range(20):
            at = rng.randrange(size)
            other = rng.choice([letter for letter in "abcdefghijklmnopqrstuvwxyz" if letter != word[at]])
            assert TOOLS["sha256"].use(word[:at] + other + word[at + 1 :]).stdout != instance.answer
        assert TOOLS["sha256"].use(word).stdout == instance.answer


def test_it_is_the_call_of_sha_of_without_a_program() -> None:
    assert FAMILY.classify is FAMILIES["sha_of"].classify
    assert FAMILY.task(8).traits == FAMILIES["sha_of"].task(9).traits

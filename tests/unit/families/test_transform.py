"""What is special about transform: text alone, letter by letter."""

from __future__ import annotations

import pytest

from tasklaws.families.transform import FAMILY, transformed
from tasklaws.spec.plan import tools
from tasklaws.spec.structure import least_work, span, work
from tasklaws.spec.transcript import Attempt, ToolCall


def by_codes(word: str) -> str:
    """Return the transformed word by the codes of its letters."""
    codes = [ord(letter) - ord("a") for letter in word]
    return "".join(chr((codes[-i] + 1) % 26 + ord("a")) for i in range(1, len(codes) + 1))


@pytest.mark.parametrize(("word", "right"), [("ia", "bj"), ("abz", "acb"), ("zz", "aa"), ("q", "r")])
def test_transformed_reverses_and_takes_the_next_letter(word: str, right: str) -> None:
    assert transformed(word) == right == by_codes(word)


@pytest.mark.parametrize("size", FAMILY.sizes)
def test_answers_agree_with_the_codes_of_the_letters(size: int) -> None:
    for instance in FAMILY.instances(size, 30):
        word = instance.inputs["word"]
        assert len(word) == size
        assert instance.answer == by_codes(word)
        assert FAMILY.compact(instance) == f"R{word}>"


def test_the_example_in_the_question_is_right() -> None:
    assert "abz becomes acb" in FAMILY.english(FAMILY.instance(4, 0))
    assert by_codes("abz") == "acb"


def test_letters_are_steps_without_tool_or_order() -> None:
    plan = FAMILY.plan(8)
    assert (work(plan), span(plan), least_work(plan), tools(plan)) == (8, 1, 8, ())


@pytest.mark.parametrize(
    ("attempt", "path"),
    [
        (Attempt("bj", "ai\nbj"), "by_hand"),
        (Attempt("bk", "bk"), "by_hand"),
        (Attempt("", "I do not know"), "guessed"),
        (Attempt("??", "??"), "guessed"),
        (Attempt("bj", "bj", (ToolCall("python", "print('bj')", output="bj\n"),)), "guessed"),
    ],
)
def test_classify_sees_letters_written_without_a_call(attempt: Attempt, path: str) -> None:
    assert FAMILY.classify(FAMILY.instance(2, 0), attempt) == path

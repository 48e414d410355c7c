"""What is special about nested calls: programs that grow in equal steps, and in which everything matters."""

from __future__ import annotations

import ast
import builtins
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tasklaws.families._text import call_tokens
from tasklaws.families.nested_calls import DEFINITIONS, FAMILY, HELPERS, LARGEST, PRELUDE, results
from tasklaws.spec.plan import OneOf, Repeat
from tasklaws.spec.structure import knowledge, span, traits, work
from tasklaws.spec.transcript import Attempt, ToolCall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.spec.family import Instance


def outputs(given: str, programs: list[str]) -> list[str]:
    """Return what Python itself prints for the programs, one line each."""
    text = given + "\n".join(programs)
    return subprocess.run(
        [sys.executable, "-I", "-c", text], capture_output=True, text=True, check=True
    ).stdout.split()


@pytest.fixture(scope="module")
def instances() -> list[Instance]:
    return [instance for size in FAMILY.sizes for instance in FAMILY.instances(size, 40)]


def test_compact_programs_print_the_answers(instances: list[Instance]) -> None:
    programs = [FAMILY.path("call").compact(instance) for instance in instances]
    assert outputs(FAMILY.prelude, programs) == [instance.answer for instance in instances]


def test_general_programs_print_the_answers_by_themselves(instances: list[Instance]) -> None:
    programs = [FAMILY.path("call").solve(instance) + "\n" for instance in instances[::8]]
    assert outputs("", programs) == [instance.answer for instance in instances[::8]]


def test_every_function_is_drawn(instances: list[Instance]) -> None:
    assert {letter for instance in instances for letter, _ in instance.inputs["calls"]} == set(HELPERS)


def changed_calls(instance: Instance, kind: str) -> Iterator[Instance]:
    """Yield the instance with one call exchanged for one of another function, or of another number."""
    calls = instance.inputs["calls"]
    for i, (letter, n) in enumerate(calls):
        numbers = [(letter, other) for other in range(1, LARGEST + 1) if other != n]
        functions = [(other, n) for other in HELPERS if other != letter]
        for call in numbers if kind == "number" else functions:
            yield replace(instance, inputs={**instance.inputs, "calls": (*calls[:i], call, *calls[i + 1 :])})


@pytest.mark.parametrize(("kind", "share"), [("number", 0.02), ("function", 0.01)])
def test_a_wrong_call_gives_a_wrong_word_as_often_as_the_notes_say(
    instances: list[Instance], kind: str, share: float
) -> None:
    unnoticed = [
        results(changed)[-1] == instance.answer
        for instance in instances
        for changed in changed_calls(instance, kind)
    ]
    assert len(unnoticed) > 1500
    assert abs(sum(unnoticed) / len(unnoticed) - share) < 0.005


def test_a_wrong_letter_gives_a_wrong_word(instances: list[Instance]) -> None:
    for instance in instances:
        word = instance.inputs["word"]
        for i, letter in enumerate(word):
            wrong = f"{word[:i]}{'b' if letter == 'a' else 'a'}{word[i + 1 :]}"
            assert (
                results(replace(instance, inputs={**instance.inputs, "word": wrong}))[-1] != instance.answer
            )


@pytest.mark.parametrize("size", FAMILY.sizes)
def test_the_plan_counts_the_tokens_of_the_program(size: int) -> None:
    plan = FAMILY.plan(size)
    assert isinstance(plan, OneOf)
    first, calls = plan.ways[0].plan.parts
    assert isinstance(calls, Repeat)
    instance = FAMILY.instance(size, 0)
    program, word = FAMILY.path("call").compact(instance), instance.inputs["word"]
    assert first.tokens + calls.times * calls.part.tokens == call_tokens(program) - call_tokens(word) + len(
        word
    )


@pytest.mark.parametrize("size", FAMILY.sizes)
def test_calls_stand_in_order_and_can_be_done_without_the_tool(size: int) -> None:
    plan = FAMILY.plan(size)
    assert work(plan) == span(plan) == size + 1
    assert knowledge(plan) == ("python",)
    assert not traits(plan).tool


def test_names_in_the_question_are_no_builtins() -> None:
    assert not {helper.english for helper in HELPERS.values()} & set(dir(builtins))
    assert DEFINITIONS in FAMILY.english(FAMILY.instance(2, 0))


def test_no_helper_uses_a_name_of_the_prelude() -> None:
    tree = ast.parse(PRELUDE)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not used & {helper.compact for helper in HELPERS.values()}


def test_compact_question_names_the_innermost_call_first() -> None:
    asked = replace(FAMILY.instance(3, 0), inputs={"word": "upma", "calls": (("g", 1), ("h", 2), ("a", 3))})
    assert FAMILY.compact(asked) == "Tupma g1h2a3>"
    assert FAMILY.path("call").compact(asked) == "print(rot(len(mir('upma',1),2),3))"
    assert results(asked) == ["upmaa", "uuupmaa", "pmaauuu"]


def attempt(program: str, output: str) -> Attempt:
    return Attempt(output, calls=(ToolCall("python", program, output=output),))


def test_classify_tells_programs_from_words_written_out() -> None:
    instance = FAMILY.instance(3, 0)
    call, by_hand = FAMILY.paths
    constant = f"{DEFINITIONS}\nprint({instance.answer!r})"
    labels = {
        "call": [attempt(solve(instance), instance.answer) for solve in (call.solve, call.compact)],
        "by_hand": [Attempt(instance.answer, by_hand.solve(instance))],
        "guessed": [
            Attempt("", ""),
            Attempt(instance.answer, instance.answer),
            attempt(constant, instance.answer),
            attempt("print(", ""),
        ],
    }
    for path, attempts in labels.items():
        assert [FAMILY.classify(instance, one) for one in attempts] == [path] * len(attempts)

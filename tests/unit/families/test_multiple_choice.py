"""multiple_choice: the largest of four numbers, one of which is right by chance."""

from __future__ import annotations

import pytest

from tasklaws.families.multiple_choice import FAMILY, OPTIONS
from tasklaws.spec.family import Instance
from tasklaws.spec.structure import span, work
from tasklaws.spec.transcript import Attempt

EXAMPLE = Instance("multiple_choice", 3, "", {"numbers": (348, 517, 135, 404)}, "X", OPTIONS)


@pytest.mark.parametrize("size", [*FAMILY.sizes, 30])
def test_the_answer_is_the_option_of_the_largest_number(size: int) -> None:
    for instance in FAMILY.instances(size, 30):
        numbers = instance.inputs["numbers"]
        assert len(set(numbers)) == 4
        assert {len(str(number)) for number in numbers} == {size}
        assert all(numbers[OPTIONS.index(instance.answer)] >= number for number in numbers)


def test_compact_rendering_is_that_of_the_embedded_ladder() -> None:
    named = FAMILY.path("by_hand").compact
    assert FAMILY.compact(EXAMPLE) == "M348|517|135|404>"
    assert named is not None
    assert named(EXAMPLE) == "X"


@pytest.mark.parametrize("response", ["X", " X.", "(X)", "Answer: X", "**X**", "It is 517.\nX"])
def test_letters_are_read_with_what_people_put_around_them(response: str) -> None:
    assert FAMILY.read(response) == "X"


def test_plan_is_a_knock_out() -> None:
    assert work(FAMILY.plan(3)) == 4
    assert span(FAMILY.plan(3)) == 3
    assert FAMILY.chance(3) == 0.25


def test_probabilities_tell_more_than_the_grade() -> None:
    from tasklaws.metrics import METRICS

    def scores(metric: str) -> list[float | None]:
        beliefs = [dict(zip(OPTIONS, p, strict=True)) for p in ((0.4, 0.3, 0.2, 0.1), (0.31, 0.3, 0.2, 0.19))]
        return [METRICS[metric].score(EXAMPLE, [Attempt("W", probabilities=p)]) for p in beliefs]

    assert scores("exact") == scores("mc_grade") == [0, 0]
    first, second = scores("brier")
    assert first is not None
    assert second is not None
    assert first != second


def test_an_option_named_at_once_cannot_be_told_from_thought() -> None:
    assert FAMILY.classify(EXAMPLE, Attempt("X", "X")) == "by_hand"
    assert FAMILY.classify(EXAMPLE, Attempt("W", "W")) == "by_hand"
    assert FAMILY.classify(EXAMPLE, Attempt("V", "V")) == "guessed"

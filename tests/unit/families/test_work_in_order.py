"""What is special about work in order: the steps of its twin, each of which needs the one before."""

from __future__ import annotations

import pytest

from tasklaws.families import work_any_order
from tasklaws.families.work_in_order import FAMILY, milestones
from tasklaws.spec.family import Instance
from tasklaws.spec.plan import InOrder, steps
from tasklaws.spec.structure import least_work, span, traits, work
from tasklaws.spec.transcript import Attempt, ToolCall

EXAMPLE = Instance("work_in_order", 2, "", {"digits": (1, 9, 4)}, "04")


@pytest.mark.parametrize("size", FAMILY.sizes)
def test_the_twins_have_the_same_steps_and_work_and_another_span(size: int) -> None:
    here, there = FAMILY.plan(size), work_any_order.FAMILY.plan(size)
    assert isinstance(here, InOrder)
    assert tuple(steps(here)) == tuple(steps(there))
    assert work(here) == work(there) == least_work(here) == least_work(there) == size
    assert (span(here), span(there)) == (size, 1)
    assert traits(here).sequential


@pytest.mark.parametrize("size", FAMILY.sizes)
def test_answers_are_the_running_sums(size: int) -> None:
    for instance in FAMILY.instances(size, 30):
        digits = instance.inputs["digits"]
        assert len(digits) == size + 1
        assert instance.answer == "".join(str(sum(digits[:n]))[-1] for n in range(2, size + 2))


def test_renderings_are_those_of_the_embedded_ladder() -> None:
    assert FAMILY.compact(EXAMPLE) == "W194>"
    assert FAMILY.paths[0].compact(EXAMPLE) == "190=10.040=04"
    assert FAMILY.paths[0].solve(EXAMPLE) == "1 + 9 = 10, keep 0\n0 + 4 = 4, keep 4\n04"


@pytest.mark.parametrize(
    "response", ["190=10.040=04", "1 + 9 = 10\n0 + 4 = 4\n\n**0 4**", "0, 4", "Answer: 04."]
)
def test_answers_are_read_in_either_rendering(response: str) -> None:
    assert FAMILY.read(response) == "04"


@pytest.mark.parametrize("response", ["190=11.140=05", "190=10", "10.04", "", "190=10.040="])
def test_wrong_sums_are_read_as_wrong_answers(response: str) -> None:
    assert FAMILY.read(response) != "04"


def test_a_mistake_is_carried_on_and_later_milestones_fail() -> None:
    instance = Instance("work_in_order", 4, "", {"digits": (1, 1, 1, 1, 1)}, "2345")
    assert milestones(instance, "2345") == (True, True, True, True)
    assert milestones(instance, "2456") == (True, False, False, False)
    assert milestones(instance, "23") == (True, True, False, False)
    assert milestones(instance, "") == (False, False, False, False)


@pytest.mark.parametrize(
    ("attempt", "path"),
    [
        (Attempt("04", "190=10.040=04"), "by_hand"),
        (Attempt("04", "1 + 9 = 10\n04"), "by_hand"),
        (Attempt("04", "04"), "guessed"),
        (Attempt("", ""), "guessed"),
        (Attempt("04", "1 + 9 = 10\n04", (ToolCall("python", "print(1+9)"),)), "guessed"),
    ],
)
def test_classify_sees_sums_written_out(attempt: Attempt, path: str) -> None:
    assert FAMILY.classify(EXAMPLE, attempt) == path

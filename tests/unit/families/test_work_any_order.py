"""What is special about work in any order: a mistake stays where it was made."""

from __future__ import annotations

import pytest

from tasklaws.families.work_any_order import FAMILY, milestones
from tasklaws.spec.family import Instance
from tasklaws.spec.plan import AnyOrder
from tasklaws.spec.structure import traits

EXAMPLE = Instance("work_any_order", 2, "", {"digits": (0, 5, 1, 2)}, "53")


@pytest.mark.parametrize("size", FAMILY.sizes)
def test_answers_are_the_last_digits_of_the_sums(size: int) -> None:
    for instance in FAMILY.instances(size, 30):
        digits = instance.inputs["digits"]
        assert len(digits) == 2 * size
        assert instance.answer == "".join(str(digits[2 * i] + digits[2 * i + 1])[-1] for i in range(size))


def test_renderings_are_those_of_the_embedded_ladder() -> None:
    assert FAMILY.compact(EXAMPLE) == "P0512>"
    assert FAMILY.paths[0].compact(EXAMPLE) == "050=05.120=03"
    assert FAMILY.read("050=05.120=03") == FAMILY.read("0 + 5 = 5\n53") == "53"


@pytest.mark.parametrize("size", FAMILY.sizes)
def test_sums_stand_side_by_side(size: int) -> None:
    assert isinstance(FAMILY.plan(size), AnyOrder)
    assert not traits(FAMILY.plan(size)).sequential


def test_a_mistake_stays_in_its_place() -> None:
    instance = Instance("work_any_order", 4, "", {"digits": (1, 1, 1, 2, 1, 3, 1, 4)}, "2345")
    for i in range(4):
        wrong = f"{instance.answer[:i]}9{instance.answer[i + 1 :]}"
        assert milestones(instance, wrong) == tuple(j != i for j in range(4))


def test_exchanged_sums_give_the_exchanged_answer() -> None:
    instance = FAMILY.instance(4, 0)
    first, second, *others = zip(*[iter(instance.inputs["digits"])] * 2, strict=True)
    digits = tuple(digit for pair in (second, first, *others) for digit in pair)
    exchanged = Instance("work_any_order", 4, "", {"digits": digits}, "")
    solved = FAMILY.read(FAMILY.paths[0].solve(exchanged))
    assert solved == instance.answer[1] + instance.answer[0] + instance.answer[2:]

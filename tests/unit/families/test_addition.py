"""addition: columns with carries, exactly as the embedded ladder writes them."""

from __future__ import annotations

import pytest

from tasklaws.families.addition import FAMILY
from tasklaws.spec.agent import Agent
from tasklaws.spec.family import Instance
from tasklaws.spec.structure import span, work
from tasklaws.theory.exact import evaluate

EXAMPLE = Instance("addition", 2, "", {"a": 31, "b": 70}, "101")


def test_compact_rendering_is_that_of_the_embedded_ladder() -> None:
    written = FAMILY.path("by_hand").compact
    assert FAMILY.compact(EXAMPLE) == "A31+70>"
    assert written is not None
    assert written(EXAMPLE) == "100=01.370=10:101"


def test_columns_in_words_say_what_is_written_and_carried() -> None:
    instance = Instance("addition", 3, "", {"a": 958, "b": 67}, "1025")
    assert FAMILY.path("by_hand").solve(instance).splitlines() == [
        "8 + 7 + 0 = 15: write 5, carry 1",
        "5 + 6 + 1 = 12: write 2, carry 1",
        "9 + 0 + 1 = 10: write 0, carry 1",
        "1025",
    ]


@pytest.mark.parametrize("size", FAMILY.sizes)
def test_columns_make_up_the_sum(size: int) -> None:
    written = FAMILY.path("by_hand").compact
    assert written is not None
    for instance in FAMILY.instances(size, 20):
        a, b = instance.inputs["a"], instance.inputs["b"]
        assert len(str(a)) == len(str(b)) == size
        columns, _, result = written(instance).rpartition(":")
        sums = [column.partition("=")[2] for column in columns.split(".")]
        assert len(sums) == size
        assert int(sums[-1] + "".join(total[1] for total in reversed(sums[:-1]))) == a + b
        assert result == f"{a + b:0{size + 1}}"


@pytest.mark.parametrize(
    ("response", "answer"),
    [
        ("101", "101"),
        ("The sum follows.\n\n**101**\n", "101"),
        ("Answer: 101.", "101"),
        ("1,234,567", "1234567"),
        ("`0101`", "101"),
        ("000", "0"),
        ("31 + 70 = 101", "31 + 70 = 101"),
        ("101\nI am sure", "I am sure"),
        ("", ""),
        ("\n \n", ""),
        ("²", "²"),
    ],
)
def test_answers_are_read_from_the_last_line(response: str, answer: str) -> None:
    assert FAMILY.read(response) == answer


def test_plan_is_a_chain_of_carries_and_its_success_a_power() -> None:
    agent = Agent("any", {"general": 0.02})
    for size in FAMILY.sizes:
        plan = FAMILY.plan(size)
        assert work(plan) == span(plan) == size + 1
        assert evaluate(plan, agent).success == pytest.approx(0.98 ** (2 * size + size + 1))


def test_near_answers_score_in_smooth_metrics_only() -> None:
    from tasklaws.metrics import METRICS
    from tasklaws.spec.transcript import Attempt

    near = [Attempt("111")]
    assert METRICS["exact"].score(EXAMPLE, near) == 0
    assert METRICS["edit_similarity"].score(EXAMPLE, near) == pytest.approx(2 / 3)
    assert METRICS["token_accuracy"].score(EXAMPLE, near) == pytest.approx(2 / 3)

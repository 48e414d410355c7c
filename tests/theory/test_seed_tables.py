"""P7b: what the three tables of human times say, and where they contradict themselves.

The tables are those of the text "Task-based Scaling Laws". A linear model has, for each population, a time to
write the program, an overhead of each run and w seconds per operation, none of them negative.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tasklaws.spec.agent import Agent
from tasklaws.spec.cost import Fixed
from tasklaws.spec.plan import OneOf, Plan, Repeat, Way
from tasklaws.spec.step import HumanTime, Step
from tasklaws.theory.human_times import time_law
from tasklaws.theory.run_times import linear_rows, per_operation
from tasklaws.theory.time_tables import tabulate

HUGE = 10**8


class Row(NamedTuple):
    n: int
    stated: float
    """Minutes in all, as the table states them."""
    write: float
    """Minutes."""
    run: float
    """Seconds."""
    rounding: float
    """Seconds by which the stated run may be off: half of its last digit."""


TABLES = {
    "sha": (Row(1, 5, 5, 0, 0.5), Row(100, 5 + 10 / 60, 5, 10, 0.5), Row(HUGE, 60, 5, 3300, 30)),
    "sum": (Row(1, 1, 1, 0, 0.5), Row(100, 1 + 10 / 60, 1, 10, 0.5), Row(HUGE, 60, 1, 3300, 30)),
    "sum, smart": (Row(1, 1, 1, 0, 0.5), Row(100, 1, 1, 0, 0.5), Row(HUGE, 1, 1, 0, 0.5)),
}
NON_LINEAR = ("sha", "sum")


def _rows(name: str) -> list[tuple[int, ...]]:
    table = TABLES[name]
    low = [max(row.run - row.rounding, 0) for row in table]
    return linear_rows([row.n for row in table], low, [row.run + row.rounding for row in table])


@pytest.mark.parametrize("name", NON_LINEAR)
def test_price_of_an_operation_falls_3030_fold(name: str) -> None:
    found = per_operation([row.n for row in TABLES[name]], [row.run for row in TABLES[name]])
    assert found.seconds[1] == pytest.approx(0.1)
    assert found.seconds[2] == pytest.approx(33e-6)
    assert found.factor == pytest.approx(3030, abs=1)
    assert found.slope == pytest.approx(0.42, abs=0.005)


@pytest.mark.parametrize("name", NON_LINEAR)
def test_no_linear_model_gives_more_than_two_of_three_rows(name: str) -> None:
    # 0 s and 10 s: .1 s per operation; 0 s and 55 min: 33 us; 10 s and 55 min: 10 s of overhead
    assert _rows(name) == [(0, 1), (0, 2), (1, 2)]


@pytest.mark.parametrize("name", NON_LINEAR)
def test_the_verdict_does_not_hang_on_the_rounding(name: str) -> None:
    table = TABLES[name]
    generous = linear_rows([row.n for row in table], [0, 5, 2700], [4, 15, 3900])
    assert max(map(len, generous)) == 2


def test_smart_people_are_reproduced_by_writing_alone() -> None:
    assert _rows("sum, smart") == [(0, 1, 2)]
    with pytest.raises(Exception, match="too-few-rows: 0 of 3 rows take any time"):
        per_operation([row.n for row in TABLES["sum, smart"]], [row.run for row in TABLES["sum, smart"]])


def test_only_the_last_row_of_the_sum_does_not_add_up() -> None:
    wrong = {
        (name, row.n): row.write + row.run / 60
        for name, table in TABLES.items()
        for row in table
        if abs(row.write + row.run / 60 - row.stated) > 0.5
    }
    assert wrong == {("sum", HUGE): 56}  # stated as 1 hour


def _sum_plan(n: int, per_turn: float) -> Plan:
    """Return the plan of 1 + 2 + ... + n: the formula for those who know it, else a loop."""
    loop = Repeat(Step("write", human=HumanTime(1)), n, "tool", seconds=Fixed(per_turn))
    return OneOf((Way("formula", Step("formula", human=HumanTime(1))), Way(None, loop)))


@pytest.mark.parametrize(
    ("per_turn", "reproduced"), [(33e-6, {1, HUGE}), (0.1, {1, 100})], ids=["price at 1e8", "price at 100"]
)
def test_plan_of_the_sum_reproduces_the_rows_of_its_price_only(per_turn: float, reproduced: set[int]) -> None:
    found = set()
    for row in TABLES["sum"]:
        law = time_law(_sum_plan(row.n, per_turn), Agent("normal", {}))
        if abs(law.mean - row.write - row.run / 60) <= row.rounding / 60:
            found.add(row.n)
    assert found == reproduced


def test_plan_of_the_sum_gives_smart_people_a_minute_at_every_size() -> None:
    for row in TABLES["sum, smart"]:
        law = time_law(_sum_plan(row.n, 33e-6), Agent("smart", {}, {"formula": 1.0}))
        assert law.mean == pytest.approx(row.stated)
        assert tabulate(law).quantile(0.5) == pytest.approx(row.stated, abs=1e-3)

"""sum_range: three plateaus, one shortcut."""

from __future__ import annotations

import pytest

from tasklaws.families._paths import Program, program
from tasklaws.families.sum_range import FAMILY, SECONDS_PER_TURN, WRITTEN_OUT
from tasklaws.spec.agent import Agent
from tasklaws.spec.harness import Harness
from tasklaws.spec.structure import knowledge, least_work, span, work
from tasklaws.theory.exact import evaluate


@pytest.mark.parametrize(
    ("size", "expected"), [(10, (9, 4, 3)), (10_000, (9_999, 14, 3)), (10**8, (10**8 - 1, 27, 3))]
)
def test_plan_has_the_work_span_and_least_work_of_the_design(
    size: int, expected: tuple[int, int, int]
) -> None:
    plan = FAMILY.plan(size)
    assert (work(plan), span(plan), least_work(plan)) == expected
    assert knowledge(plan) == ("gauss",)


def test_no_trait_holds_but_determinism() -> None:
    traits = FAMILY.task(100).traits
    assert (traits.tool, traits.sequential, traits.deterministic, traits.knowledge) == (
        False,
        False,
        True,
        False,
    )


@pytest.mark.parametrize("size", [1, 2, 10, 1000])
def test_answer_is_the_sum_and_n_is_of_the_size(size: int) -> None:
    for instance in FAMILY.instances(size, 20):
        n = instance.inputs["n"]
        assert size <= n < 2 * size
        assert int(instance.answer) == sum(range(n + 1))


def test_scores_have_three_plateaus() -> None:
    """Seed 000 and formal model, P8: nothing; up to the timeout; everything."""
    harness = Harness(call_limit=4.0)
    cannot = Agent("cannot write a loop", {"code": 1.0, "general": 0.0})
    loops = Agent("loops", {"general": 0.0})
    gauss = Agent("knows the formula", {"general": 0.0}, knows={"gauss": 1.0})
    plateaus = [
        [evaluate(FAMILY.plan(size), agent, harness).success for size in FAMILY.sizes]
        for agent in (cannot, loops, gauss)
    ]
    in_time = [float((size - 1) * SECONDS_PER_TURN.value <= 4.0) for size in FAMILY.sizes]
    assert plateaus == [[0.0] * 8, in_time, [1.0] * 8]
    assert 0 < sum(in_time) < 8


@pytest.mark.parametrize("size", [WRITTEN_OUT // 2, 10 * WRITTEN_OUT])
def test_written_solutions_hold_only_true_equations(size: int) -> None:
    for instance in FAMILY.instances(size, 5):
        *lines, last = FAMILY.path("by_hand").solve(instance).splitlines()
        assert last == instance.answer
        for line in lines:
            left, _, right = line.partition("=")
            assert eval(left) == int(right)  # noqa: S307  our own text
        assert len(lines) == (instance.inputs["n"] if instance.inputs["n"] <= WRITTEN_OUT else 2)


def test_compact_rendering_is_that_of_the_embedded_ladder() -> None:
    instance = FAMILY.instance(10, 0)
    n = instance.inputs["n"]
    loop, formula = FAMILY.path("loop").compact, FAMILY.path("closed_form").compact
    assert FAMILY.compact(instance) == f"G{n}>"
    assert loop is not None
    assert loop(instance) == f"s=0\nfor i in range({n}+1):s=s+i\nprint(s)"
    assert formula is not None
    assert formula(instance) == f"print({n}*{n + 1}//2)"
    assert FAMILY.path("by_hand").compact is None


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("print(5)", (False, ("print",), ())),
        ("print(2 + 3)", (False, ("print",), ("Add",))),
        ("print('for i in range(3): pass')", (False, ("print",), ())),
        ("# while\nprint(5)", (False, ("print",), ())),
        ("for i in [1]: pass", (True, (), ())),
        ("import math as m\nm.comb(5, 2)", (False, ("comb",), ())),
        ("from math import comb as choose\nchoose(5, 2)", (False, ("comb",), ())),
        ("def f(n): return n and f(n - 1)", (True, ("f",), ("Sub",))),
        ("def f(n): return n - 1\nf(2)", (False, ("f",), ("Sub",))),
        ("x = 1\nx += 2", (False, (), ("Add",))),
    ],
)  # fmt: skip
def test_programs_are_parsed_not_searched(code: str, expected: tuple[object, ...]) -> None:
    found = program(code)
    assert found is not None
    assert (found.loops, found.called, found.operators) == expected


@pytest.mark.parametrize("code", ["for i in", "print('a\0b')", "(" * 5000, "x = 1\n  y = 2"])
def test_text_that_does_not_parse_is_no_program(code: str) -> None:
    assert program(code) is None


def test_a_prelude_is_not_the_models_work() -> None:
    prelude = "def twice(x):\n    return [y + y for y in x]\n"
    assert program(prelude + "print(twice('ab'))", prelude) == Program(
        loops=False, called=("print", "twice"), operators=()
    )
    changed = program(prelude.replace("y + y", "y * 2") + "print(twice('ab'))", prelude)
    assert changed is not None
    assert changed.loops

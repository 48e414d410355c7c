"""What is special about mixed plans: the shares that are asked for, and answers of which many are valid."""

from __future__ import annotations

import math
from itertools import permutations
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tasklaws.core.errors import BadInput, BadPlan
from tasklaws.families.mixed import FAMILY, Coverage, copied, coverage, instance_plan, milestones, random_plan
from tasklaws.spec.family import Instance
from tasklaws.spec.plan import AnyOrder, Graph, InOrder, KofN, Maybe, OneOf, Repeat, Way, steps
from tasklaws.spec.step import Step
from tasklaws.spec.structure import groups, knowledge, least_work, span, traits, work
from tasklaws.spec.transcript import Attempt

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasklaws.families._mixed_plans import Draws
    from tasklaws.spec.plan import Plan

A, B, C = Step("a"), Step("b"), Step("c")


def seeded(seed: int) -> Random:
    """Return a generator."""
    return Random(seed)  # noqa: S311


def within(observed: float, expected: float, n: int) -> bool:
    """Return whether a share of `n` lies within 4 standard errors of its expectation."""
    return abs(observed - expected) <= 4 * math.sqrt(expected * (1 - expected) / n)


@pytest.mark.parametrize("source", [seeded, np.random.default_rng])
@pytest.mark.parametrize(("required", "ordered", "shortcuts"), [(0.6, 0.5, 0.2), (0.9, 0.2, 0.05)])
def test_random_plan_has_the_shares_asked_for(
    source: Callable[[int], Draws], required: float, ordered: float, shortcuts: float
) -> None:
    rng = source(5)
    plans = [
        random_plan(25, rng, required=required, ordered=ordered, shortcuts=shortcuts) for _ in range(400)
    ]
    counted = [coverage(plan) for plan in plans]
    n = sum(one.steps for one in counted)
    expected = {
        "required_in_order": required * ordered,
        "required_any_order": required * (1 - ordered),
        "optional_in_order": (1 - required) * ordered,
        "optional_any_order": (1 - required) * (1 - ordered),
        "with_shortcut": shortcuts,
    }
    assert n == 400 * 25
    for kind, share in expected.items():
        assert within(sum(getattr(one, kind) for one in counted) / n, share, n), kind


def test_random_plan_holds_all_four_combinations() -> None:
    assert coverage(random_plan(40, seeded(1))).complete
    assert not coverage(random_plan(40, seeded(1), ordered=1.0)).complete


@pytest.mark.parametrize("seed", range(20))
def test_random_plan_has_work_of_its_size_and_skips_what_is_optional(seed: int) -> None:
    plan = random_plan(12, seeded(seed))
    counted = coverage(plan)
    in_line = counted.required_in_order + counted.optional_in_order
    assert work(plan) == counted.steps == 12
    assert least_work(plan) == counted.required_in_order + counted.required_any_order
    assert span(plan) == max(in_line, 1)
    assert len(knowledge(plan)) == 12 - least_work(plan) + counted.with_shortcut


def test_random_plan_at_the_ends_of_the_shares() -> None:
    chain = random_plan(6, seeded(0), required=1.0, ordered=1.0, shortcuts=0.0)
    heap = random_plan(6, seeded(0), required=0.0, ordered=0.0, shortcuts=1.0)
    assert coverage(chain) == Coverage(required_in_order=6)
    assert traits(chain).sequential
    assert knowledge(chain) == ()
    assert coverage(heap) == Coverage(optional_any_order=6, with_shortcut=6)
    assert (least_work(heap), span(heap)) == (0, 1)


def test_random_plan_is_the_same_for_the_same_seed() -> None:
    assert random_plan(30, seeded(3)) == random_plan(30, seeded(3)) != random_plan(30, seeded(4))


def test_random_plan_draws_each_kind_of_step_equally_often() -> None:
    kinds = (Step("write", 9, "text"), Step("run", 5, "code", tool="python", group="script"))
    plan = random_plan(4000, seeded(2), shortcuts=0.0, kinds=kinds)
    skills = [step.skill for step in steps(plan)]
    assert within(skills.count("code") / 4000, 0.5, 4000)


def test_random_plan_gives_shortcuts_a_quarter_of_the_tokens_and_no_part_in_a_group() -> None:
    plan = random_plan(50, seeded(2), shortcuts=0.5, kinds=(Step("run", 9, group="script"),))
    tokens = {step.tokens for step in steps(plan) if step.name.endswith("short")}
    assert tokens == {3}
    assert groups(plan)["script"].tokens == 9


@pytest.mark.parametrize(
    ("size", "options", "told"),
    [
        (0, {}, "number of steps"),
        (3, {"required": 1.2}, "required"),
        (3, {"ordered": -0.1}, "in order"),
        (3, {"shortcuts": math.nan}, "shortcut"),
        (3, {"kinds": ()}, "kinds"),
    ],
)
def test_random_plan_refuses_what_cannot_be(size: int, options: dict[str, Any], told: str) -> None:
    with pytest.raises(BadPlan, match=told):
        random_plan(size, seeded(0), **options)


@pytest.mark.parametrize(
    ("plan", "counted"),
    [
        (A, Coverage(required_any_order=1)),
        (InOrder((A, AnyOrder((B, C)))), Coverage(required_in_order=1, required_any_order=2)),
        (AnyOrder((InOrder((A, B)), Maybe(C, "x"))), Coverage(required_in_order=2, optional_any_order=1)),
        (InOrder((A, Maybe(InOrder((B, C)), "x"))), Coverage(required_in_order=1, optional_in_order=2)),
        (Repeat(InOrder((A, B)), 10**8, "tool"), Coverage(required_in_order=2 * 10**8)),
        (Repeat(Maybe(A, "x"), 3, "hand", "independent"), Coverage(optional_any_order=3)),
        (KofN(1, (A, B, C)), Coverage(required_in_order=1, optional_in_order=2)),
        (
            Graph((("a", A), ("b", B), ("c", C)), (("a", "b"),)),
            Coverage(required_in_order=2, required_any_order=1),
        ),
        (
            OneOf((Way("x", A), Way(None, AnyOrder((A, B))))),
            Coverage(required_any_order=2, with_shortcut=2),
        ),
        (OneOf((Way("x", A),)), Coverage(required_any_order=1)),
    ],
)
def test_coverage_counts_each_kind_of_node(plan: Plan, counted: Coverage) -> None:
    assert coverage(plan) == counted


def asked(letters: str, marks: str) -> Instance:
    kept = "".join(a for a, mark in zip(letters, marks, strict=True) if mark in "!&")
    return Instance("mixed", len(letters), "", {"letters": letters, "marks": marks}, kept)


def valid(letters: str, marks: str, answer: str) -> bool:
    """Return what the rules say, from the list and the answer alone."""
    kinds = dict(zip(letters, marks, strict=True))
    line = [a for a in answer if kinds[a] in "!?"]
    return {a for a in letters if kinds[a] in "!&"} <= set(answer) and line == sorted(line, key=letters.index)


@pytest.mark.parametrize("marks", ["!:&?!", "!!!!!", "&&&&&", "?!?!:", "&::!?"])
def test_milestones_are_all_met_by_the_valid_sequences_alone(marks: str) -> None:
    instance = asked("kcxab", marks)
    answers = ["".join(p) for n in range(1, 6) for p in permutations("kcxab", n)]
    by_rules = {answer for answer in answers if valid("kcxab", marks, answer)}
    assert {answer for answer in answers if all(milestones(instance, answer))} == by_rules
    assert instance.answer in by_rules
    assert 0 < len(by_rules) < len(answers)


@pytest.mark.parametrize("answer", ["", "q", "kkxb", "kxbq", "kxbcc", "xbk"])
def test_milestones_refuse_doubles_strangers_and_wrong_order(answer: str) -> None:
    assert not all(milestones(asked("kcxab", "!:&?!"), answer))


@pytest.mark.parametrize(
    ("answer", "met"),
    [("", 0), ("k", 2), ("kx", 3), ("xkb", 5), ("bxk", 3), ("kxab", 5), ("kxba", 4)],
)
def test_milestones_give_partial_credit(answer: str, met: int) -> None:
    found = milestones(asked("kcxab", "!:&?!"), answer)
    assert (sum(found), len(found)) == (met, 5)


def test_canonical_answer_keeps_what_is_required_in_the_order_of_the_list() -> None:
    for instance in FAMILY.instances(6, 50):
        letters, marks = instance.inputs["letters"], instance.inputs["marks"]
        assert instance.answer == asked(letters, marks).answer
        assert valid(letters, marks, instance.answer)


@pytest.mark.parametrize("size", [2, 4, 8])
def test_instances_hold_the_shares_given_that_one_step_is_required(size: int) -> None:
    marks = "".join(instance.inputs["marks"] for instance in FAMILY.instances(size, 1500))
    required = 0.6 / (1 - 0.4**size)
    # The steps of an instance are tied to each other by the condition: negatively, so the band is too wide.
    for mark, share in {"!": required / 2, "&": required / 2, "?": (1 - required) / 2}.items():
        assert within(marks.count(mark) / len(marks), share, len(marks)), mark
    assert set(marks) == set("!&?:")


@pytest.mark.parametrize("size", FAMILY.sizes)
def test_chance_is_what_copying_the_list_scores(size: int) -> None:
    instances = FAMILY.instances(size, 2000, seed=1)
    right = sum(instance.answer == instance.inputs["letters"] for instance in instances)
    assert within(right / 2000, FAMILY.chance(size), 2000)
    assert FAMILY.chance(size) == copied(size) > 0


def test_typical_plan_has_the_shares_of_the_instances() -> None:
    assert coverage(FAMILY.plan(10)) == Coverage(3, 3, 2, 2)
    assert coverage(FAMILY.plan(4)).complete


def test_instance_plan_says_what_the_marks_say() -> None:
    for instance in FAMILY.instances(8, 30):
        marks = instance.inputs["marks"]
        counted = Coverage(*(marks.count(mark) for mark in "!&?:"))
        assert coverage(instance_plan(instance)) == counted
        assert least_work(instance_plan(instance)) == len(instance.answer)


def test_renderings_name_every_step_and_its_mark() -> None:
    instance = asked("tvjbcfwa", "!&&!&!&?")
    assert FAMILY.compact(instance) == "Lt!v&j&b!c&f!w&a?>"
    assert "t: required, in order\nv: required, any place" in FAMILY.english(instance)
    assert FAMILY.paths[0].solve(instance).splitlines()[-1] == instance.answer == "tvjbcfw"


def test_answers_are_read_with_and_without_blanks() -> None:
    assert FAMILY.read("t: keep\n\nAnswer: `t, v, j`.\n") == FAMILY.read("tvj") == "tvj"


@pytest.mark.parametrize(("answer", "path"), [("kxb", "by_hand"), ("", "guessed"), ("none", "guessed")])
def test_classify_goes_by_the_letters(answer: str, path: str) -> None:
    assert FAMILY.classify(asked("kcxab", "!:&?!"), Attempt(answer, answer)) == path


def test_more_steps_than_letters_are_refused() -> None:
    with pytest.raises(BadInput, match="26"):
        FAMILY.instance(27, 0)

"""Strictness is measured by mistakes in calls that work; so is the geometric form."""

from __future__ import annotations

import json
from math import comb
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

import tasklaws.assess.strictness as measured
from tasklaws.assess.strictness import near_misses, strictness
from tasklaws.core import proportions
from tasklaws.core.errors import BadInput, NoAnswer, UnknownName
from tasklaws.core.proportions import clopper_pearson, geometric_p
from tasklaws.spec.family import Instance, Path
from tasklaws.spec.sandbox import Outcome
from tasklaws.spec.tool import Strictness, Tool
from tasklaws.spec.transcript import Attempt, ToolCall
from tasklaws.tools._mutations import Mistakes, Reference, mutated
from tasklaws.tools._tokens import token_class, tokens

if TYPE_CHECKING:
    from collections.abc import Callable

LETTERS = "a b c d e f g h i j k l m n o p q r s t"
COUNTS = (1, 2, 4)


def words(call: str) -> tuple[str, ...]:
    """Take every character for a token."""
    return tuple(call)


def tool(name: str, use: Callable[[str], Outcome], *references: str) -> Tool:
    unknown = Strictness(0.5, 0.0, 1.0, 1, "never")
    return Tool(name, "", "", "emerging", references, words, use, unknown, "")


def echo(call: str) -> Outcome:
    return Outcome("ok", call)


def half(call: str) -> Outcome:
    """Look at every other letter only."""
    return Outcome("ok", call[::2])


def forgiving(call: str) -> Outcome:
    """Take one wrong letter for what was meant."""
    wrong = sum(a != b for a, b in zip(call, "abcdefghijklmnopqrst", strict=True))
    return Outcome("ok", "done" if wrong < 2 else str(wrong))


class FakeFamily:
    """Copies a word; its one tool prints the word under a line of its own."""

    name = "copies"
    sizes = (2, 6, 8, 10, 12)

    def __init__(self, of: Tool, *, by_hand: bool = False) -> None:
        solve = lambda instance: instance.inputs["word"]  # noqa: E731
        self.paths = (Path("call", "", None if by_hand else of.name, solve),)

    def instance(self, size: int, index: int, seed: int = 0) -> Instance:
        word = "".join(Random(f"{size}/{index}/{seed}").choices("abcdef", k=size))  # noqa: S311
        return Instance(self.name, size, f"{size}/{index}", {"word": word}, word[::2])

    def instances(self, size: int, n: int) -> list[Instance]:
        return [self.instance(size, index) for index in range(n)]

    @staticmethod
    def read(response: str) -> str:
        return response.splitlines()[-1] if response else ""


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def use(*tools: Tool, **families: FakeFamily) -> None:
        monkeypatch.setattr(measured, "TOOLS", {one.name: one for one in tools})
        monkeypatch.setattr(measured, "FAMILIES", families)

    return use


@given(st.text(max_size=60))
def test_tokens_of_any_text_join_to_it_and_are_short(text: str) -> None:
    parts = tokens(text)
    assert "".join(parts) == text
    assert all(len(part) <= 4 or part.isspace() for part in parts)


def test_tokens_are_of_four_classes() -> None:
    assert tokens("sha256(12345, x_y)\n  ok") == (
        "sha", "256", "(", "1234", "5", ",", " ", "x", "_", "y", ")", "\n  ", "ok",
    )  # fmt: skip
    assert [token_class(token) for token in ("abc", "12", "  ", "_")] == ["word", "number", "space", "mark"]


@given(st.integers(0, 10**6), st.integers(1, 6))
def test_a_mutation_replaces_that_many_tokens_by_others_of_their_class(seed: int, mistakes: int) -> None:
    call = ("ab", "1", "+", "cd", "22", "-")
    pool = {*call, "ef", "7", "*", " "}
    text = mutated(call, mistakes, pool, Random(seed))  # noqa: S311
    wrong = tokens(text)
    assert sum(a != b for a, b in zip(call, wrong, strict=True)) == mistakes
    assert [token_class(token) for token in wrong] == [token_class(token) for token in call]
    assert set(wrong) <= pool


def test_where_a_class_has_no_other_token_any_other_is_drawn() -> None:
    drawn = {mutated((" ",), 1, {" ", "a", "1"}, Random(seed)) for seed in range(20)}  # noqa: S311
    assert drawn == {"a", "1"}


@pytest.mark.parametrize(("k", "n"), [(0, 10), (1, 10), (37, 200), (200, 200)])
def test_clopper_pearson_agrees_with_statsmodels(k: int, n: int) -> None:
    assert clopper_pearson(k, n) == pytest.approx(proportion_confint(k, n, alpha=0.05, method="beta"))


def test_clopper_pearson_of_nothing_is_everything() -> None:
    assert clopper_pearson(0, 0) == (0, 1)


def test_a_tool_that_echoes_is_strict(known: Callable[..., None]) -> None:
    known(tool("echo", echo, "abcdef", "fedcba98"))
    told = strictness("echo", n=100).document()
    assert told["sigma"] == told["upper"] == 1
    assert told["geometric_p"] == 1
    assert (told["kind"], told["n"], told["references"], told["left_out"]) == ("tool", 100, 2, 0)


def test_a_tool_that_looks_at_half_of_its_input_is_half_strict(known: Callable[..., None]) -> None:
    known(tool("half", half, "abcdefghijklmnopqrst", "tsrqponmlkjihgfedcba"))
    told = strictness("half", n=400).document()
    assert told["lower"] < 0.5 < told["upper"]
    assert told["geometric_p"] > 0.01
    for row, k in zip(told["by_mutations"], COUNTS, strict=True):
        assert row["mutations"] == k
        assert row["geometric"] == 1 - (1 - told["sigma"]) ** k
        assert row["lower"] < 1 - comb(10, k) / comb(20, k) < row["upper"]


def test_a_tool_that_forgives_one_mistake_is_not_geometric(known: Callable[..., None]) -> None:
    known(tool("forgiving", forgiving, "abcdefghijklmnopqrst"))
    told = strictness("forgiving", n=60).document()
    assert [row["sigma"] for row in told["by_mutations"]] == [0, 1, 1]
    assert told["geometric_p"] < 0.001


def test_a_failure_is_fatal_even_with_the_same_output(known: Callable[..., None]) -> None:
    known(tool("exits", lambda call: Outcome("ok" if call == "abcd" else "error", "same"), "abcd"))
    assert strictness("exits", n=20).document()["sigma"] == 1


def test_unsupported_calls_are_left_out_and_counted(known: Callable[..., None]) -> None:
    def use(call: str) -> Outcome:
        return Outcome("unsupported") if call[0] != "a" else echo(call)

    known(tool("partly", use, "abcdefgh"))
    told = strictness("partly", (1,), n=200).document()
    assert told["unsupported"] + told["n"] == 200
    assert 10 <= told["unsupported"] <= 45
    assert told["sigma"] == 1
    assert told["geometric_p"] is None


def test_the_same_seed_gives_the_same_document(known: Callable[..., None]) -> None:
    known(tool("half", half, "abcdefghijklmnopqrst"))
    one, again, other = (strictness("half", n=40, seed=seed).document() for seed in (1, 1, 2))
    assert one == again
    assert one["by_mutations"] != other["by_mutations"]
    json.dumps(one, allow_nan=False)


def test_reference_calls_that_are_too_short_or_fail_are_left_out(known: Callable[..., None]) -> None:
    def use(call: str) -> Outcome:
        return Outcome("error", detail="no z") if call == "zzzzz" else echo(call)

    known(tool("echo", use, "abcdef", "abc", "zzzzz"))
    told = strictness("echo", n=10)
    assert (told.references, told.left_out) == (1, 2)


@pytest.mark.parametrize(
    ("references", "outcome", "message"),
    [
        (("abcdef",), Outcome("unsupported", detail="no sandbox"), "no sandbox"),
        (("abc",), Outcome("ok", "x"), "none has 4 tokens"),
    ],
)
def test_without_a_call_that_works_there_is_no_answer(
    known: Callable[..., None], references: tuple[str, ...], outcome: Outcome, message: str
) -> None:
    known(tool("broken", lambda _: outcome, *references))
    with pytest.raises(NoAnswer, match=message) as raised:
        strictness("broken", n=10)
    assert raised.value.reason == "no-reference-calls"


def test_where_all_mutated_calls_are_unsupported_there_is_no_answer(known: Callable[..., None]) -> None:
    known(tool("rigid", lambda call: echo(call) if call == "abcd" else Outcome("unsupported"), "abcd"))
    with pytest.raises(NoAnswer, match="unsupported"):
        strictness("rigid", n=5)


def test_an_unknown_name_lists_tools_and_families(known: Callable[..., None]) -> None:
    echoes = tool("echo", echo, "abcd")
    known(echoes, copies=FakeFamily(echoes))
    with pytest.raises(UnknownName, match=r"no tool or family called 'ecco'.*'echo'.*copies, echo"):
        strictness("ecco")


@pytest.mark.parametrize(("mutations", "n"), [((), 10), ((2, 4), 10), ((0, 1), 10), ((1,), 0)])
def test_mutations_without_one_and_no_calls_are_refused(mutations: tuple[int, ...], n: int) -> None:
    with pytest.raises(BadInput, match="1 among them"):
        strictness("search", mutations, n)


def test_of_a_family_a_mistake_is_fatal_where_the_answer_is_wrong(known: Callable[..., None]) -> None:
    under_a_line = tool("half", lambda call: Outcome("ok", f"the answer\n{call[::2]}"), "abcd")
    known(under_a_line, copies=FakeFamily(under_a_line))
    told = strictness("copies", n=400).document()
    assert told["kind"] == "family"
    assert told["references"] == 9
    assert told["lower"] < 0.5 < told["upper"]


def test_a_family_that_no_tool_solves_has_no_strictness(known: Callable[..., None]) -> None:
    known(copies=FakeFamily(tool("half", half, "abcd"), by_hand=True))
    with pytest.raises(NoAnswer, match="no call of a tool"):
        strictness("copies", n=5)


def attempt(*calls: tuple[str, str, str]) -> Attempt:
    return Attempt("", calls=tuple(ToolCall("half", text, kind, out) for text, kind, out in calls))  # type: ignore[arg-type]


def test_near_misses_are_one_token_away_and_fatal_where_the_result_is_wrong() -> None:
    of = tool("half", half, "abcd")
    reference = Reference("abcd", of, lambda outcome: outcome.ok and outcome.stdout == "ac")
    instance = Instance("copies", 4, "i", {}, "ac")
    tried = attempt(
        ("abcx", "ok", "ac"),  # replaced, harmless
        ("xbcd", "ok", "xc"),  # replaced, fatal
        ("abd", "error", "ac"),  # left out, fatal
        ("abccd", "ok", "ac"),  # put in, harmless
        ("abcd", "ok", "ac"),  # no mistake
        ("xbcx", "ok", "xc"),  # two mistakes
        ("abcy", "unsupported", ""),
    )
    other = Attempt("", calls=(ToolCall("another", "abcx", "ok", ""),))
    found = near_misses([(instance, tried), (instance, other)], lambda _: [reference])
    assert found == Mistakes(fatal=2, n=4, unsupported=1)


def test_a_call_that_is_another_reference_is_no_near_miss() -> None:
    of = tool("half", half)
    both = [Reference(call, of, lambda outcome: outcome.ok) for call in ("abcd", "abcx")]
    instance = Instance("copies", 4, "i", {}, "ac")
    assert near_misses([(instance, attempt(("abcx", "error", "")))], lambda _: both).n == 0


@pytest.mark.parametrize("name", ["half", "copies"])
def test_near_misses_stand_beside_the_mutations(known: Callable[..., None], name: str) -> None:
    of = tool("half", half, "abcdefgh")
    family = FakeFamily(of)
    known(of, copies=family, others=family)
    instance = family.instance(6, 0)
    call, right = instance.inputs["word"], instance.answer
    runs = [(instance, attempt((f"{call[:-1]}x", "ok", right), (f"x{call[1:]}", "ok", f"x{right[1:]}")))]
    told = strictness(name, n=5, runs=runs).document()
    assert told["near_misses"] == {"sigma": 0.5, "n": 2, "lower": clopper_pearson(1, 2)[0]} | {
        "upper": clopper_pearson(1, 2)[1]
    }
    assert told["near_misses_reason"] is None


def test_without_near_misses_the_reason_is_told(known: Callable[..., None]) -> None:
    of = tool("half", half, "abcdefgh")
    family = FakeFamily(of)
    known(of, copies=family)
    none = strictness("half", n=5).document()
    assert (none["near_misses"], none["near_misses_reason"]) == (None, measured.NO_RUNS)
    far = strictness("half", n=5, runs=[(family.instance(6, 0), attempt(("zzzzzz", "ok", "")))]).document()
    assert (far["near_misses"], far["near_misses_reason"]) == (None, measured.NONE_NEAR)


def alarms(survival: Callable[[int], float], n: int, worlds: int = 300) -> float:
    """Return how often the geometric form is rejected at .05."""
    rng = np.random.default_rng(3)
    ps = [geometric_p([(k, rng.binomial(n, survival(k)), n) for k in COUNTS], rng) for _ in range(worlds)]
    return float(np.mean(np.array(ps) <= 0.05))


@pytest.mark.parametrize("sigma", [0.1, 0.5, 0.9])
def test_geometric_form_is_rejected_at_its_level_where_it_holds(
    sigma: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proportions, "DRAWS", 199)
    # .05, four standard errors of 300 worlds above
    assert alarms(lambda k: (1 - sigma) ** k, 400) < 0.05 + 4 * (0.05 * 0.95 / 300) ** 0.5


@pytest.mark.parametrize(
    ("survival", "n", "power"),
    [
        (lambda k: 0.5 ** (k - 1), 60, 0.99),  # the first mistake is free
        (lambda k: 0.75 * 0.5 ** (k - 1), 400, 0.99),  # the first is half as fatal
        (lambda k: 0.9 * 0.8 ** (k - 1), 400, 0.85),
    ],
)
def test_geometric_form_is_rejected_where_it_does_not_hold(
    survival: Callable[[int], float], n: int, power: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proportions, "DRAWS", 199)
    assert alarms(survival, n, 100) >= power


@pytest.mark.parametrize("survivors", [0, 50])
def test_geometric_form_holds_where_all_or_none_survive(survivors: int) -> None:
    assert geometric_p([(k, survivors, 50) for k in COUNTS], np.random.default_rng(0)) == 1

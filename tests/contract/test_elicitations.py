"""Every elicitation of the catalogue is held to the contract of an elicitation, against toy solvers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tasklaws.elicitations import ELICITATIONS
from tasklaws.elicitations.majority import elected
from tasklaws.elicitations.tool_hint import hint
from tasklaws.families import FAMILIES
from tasklaws.spec.family import Instance
from tasklaws.spec.transcript import Attempt, ToolCall
from tasklaws.tools import TOOLS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.spec.elicitation import Ask
    from tasklaws.spec.sandbox import Kind

NAMES = sorted(ELICITATIONS)
QUESTIONS = [
    Instance("sha_of", size, f"sha_of/{size}/0/{i}", {}, "right") for size in (1, 2) for i in range(60)
]
PROSE = [name for name in NAMES if ELICITATIONS[name].prose]


@dataclass(frozen=True)
class Toy(Attempt):
    """An attempt whose solver knows how likely it was."""

    log_prob: float | None = None


@dataclass
class Solver:
    """Is right with a probability, and its tool fails with another; remembers what it was asked."""

    right_rate: float = 0.3
    failing: float = 0.0
    tool: bool = True
    asked: list[dict[str, Any]] = field(default_factory=list)

    def attempts(
        self,
        instances: Sequence[Instance],
        temperature: float,
        rng: np.random.Generator,
        *,
        places: int | None = None,
        shots: Sequence[str] = (),
    ) -> list[Attempt]:
        self.asked.append(
            {"n": len(instances), "temperature": temperature, "places": places, "shots": list(shots)}
        )
        if temperature == 0:
            rng = np.random.default_rng(5)
        return [self._one(rng) for _ in instances]

    def _one(self, rng: np.random.Generator) -> Attempt:
        answer = "right" if rng.random() < self.right_rate else f"wrong{rng.integers(50)}"
        kind: Kind = "error" if rng.random() < self.failing else "ok"
        return Toy(answer, calls=(ToolCall("python", answer, kind),) if self.tool else ())

    def right(self, instance: Instance, attempt: Attempt) -> bool:
        return attempt.answer == instance.answer


class Echo(Solver):
    """Answers with the name of the question."""

    def attempts(
        self,
        instances: Sequence[Instance],
        temperature: float,
        rng: np.random.Generator,
        *,
        places: int | None = None,
        shots: Sequence[str] = (),
    ) -> list[Attempt]:
        return [Attempt(one.instance_id) for one in instances]


class Unfair(Solver):
    """Has no verifier."""

    def right(self, instance: Instance, attempt: Attempt) -> bool:
        raise AssertionError("a fair elicitation asks for no verdict")


def _drawn(name: str, effort: int, solver: Solver, seed: int = 0) -> list[Attempt]:
    return ELICITATIONS[name].draw(solver, QUESTIONS, effort, np.random.default_rng(seed))


def _rate(attempts: Sequence[Attempt]) -> float:
    return float(np.mean([attempt.answer == "right" for attempt in attempts]))


def _asked(name: str, questions: Sequence[Instance] = QUESTIONS, effort: int = 1) -> list[Ask]:
    """Return all that an elicitation asks of a model that is always wrong and whose tool works."""
    turns = ELICITATIONS[name].turns(questions, effort, lambda _instance, _attempt: False)
    asked: list[Ask] = []
    answer: list[Attempt] | None = None
    while True:
        try:
            ask = next(turns) if answer is None else turns.send(answer)
        except StopIteration:
            return asked
        asked.append(ask)
        answer = [Attempt(f"{ask.words[:9]} {one.instance_id}") for one in ask.instances] * ask.rounds


def test_the_catalogue_holds_the_nine() -> None:
    named = "best_of_n chain_of_thought few_shot greedy majority more_tokens retry_on_error sample tool_hint"
    assert " ".join(NAMES) == named


@pytest.mark.parametrize("name", NAMES)
def test_an_entry_is_named_as_its_module_and_has_growing_efforts(name: str) -> None:
    entry = ELICITATIONS[name]
    assert entry.name == name
    assert list(entry.efforts) == sorted(set(entry.efforts))
    assert min(entry.efforts) >= 1
    assert all((entry.summary, entry.source, entry.unit))
    assert entry.facts["knows the right answers"] == ("no" if entry.fair else "yes")


@pytest.mark.parametrize("name", NAMES)
def test_every_effort_gives_one_attempt_per_instance_and_the_same_one_again(name: str) -> None:
    for effort in ELICITATIONS[name].efforts:
        first = _drawn(name, effort, Solver(failing=0.4))
        assert len(first) == len(QUESTIONS)
        assert first == _drawn(name, effort, Solver(failing=0.4))
        assert ELICITATIONS[name].draw(Solver(), [], effort, np.random.default_rng(0)) == []


@pytest.mark.parametrize("name", [name for name in NAMES if ELICITATIONS[name].fair])
def test_fair_elicitations_do_without_a_verifier(name: str) -> None:
    for effort in ELICITATIONS[name].efforts:
        _drawn(name, effort, Unfair(failing=0.4))


def test_the_unfair_one_needs_the_verifier() -> None:
    with pytest.raises(AssertionError):
        _drawn("best_of_n", 2, Unfair())


@pytest.mark.parametrize("name", NAMES)
def test_whoever_works_by_words_says_so_and_others_have_none(name: str) -> None:
    assert {bool(ask.words) for ask in _asked(name)} == {ELICITATIONS[name].prose}
    assert ("words" in ELICITATIONS[name].facts.get("works by", "")) == ELICITATIONS[name].prose


@pytest.mark.parametrize("name", PROSE)
def test_words_change_nothing_else(name: str) -> None:
    (ask,), (plain,) = _asked(name), _asked("greedy")
    assert replace(ask, words="") == plain


def test_a_tool_hint_names_the_tool_of_the_family_and_shows_another_call_of_it() -> None:
    questions = [FAMILIES[name].instance(2, 0) for name in ("tool_edit", "transform", "sum_range")]
    hints = {ask.instances[0].family: ask.words for ask in _asked("tool_hint", questions)}
    assert "`sha256`" in hints["tool_edit"]
    assert TOOLS["sha256"].requires in hints["tool_edit"]
    assert "`python`" in hints["sum_range"]
    assert "tool" in hints["transform"]
    assert "`" not in hints["transform"]


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_a_tool_hint_gives_no_solution_away(name: str) -> None:
    family = FAMILIES[name]
    said = hint(name)
    solved = [(one, path.solve(one)) for one in family.instances(family.sizes[0], 5) for path in family.paths]
    assert not [one.instance_id for one, solution in solved if solution in said]
    assert not [one.instance_id for one, _ in solved if one.answer in said.split()]


def test_a_tool_hint_keeps_the_order_of_questions_of_several_families() -> None:
    names = ["sha_of", "transform", "sha_of", "addition"]
    questions = [FAMILIES[name].instance(1, index) for index, name in enumerate(names)]
    drawn = ELICITATIONS["tool_hint"].draw(Echo(), questions, 1, np.random.default_rng(0))
    assert [attempt.answer for attempt in drawn] == [one.instance_id for one in questions]


def test_samples_that_know_nothing_of_each_other_are_asked_at_once() -> None:
    assert [ask.rounds for ask in _asked("best_of_n", effort=4)] == [4]
    assert [ask.rounds for ask in _asked("majority", effort=8)] == [8]


def test_general_models_get_budgets_of_their_own() -> None:
    entry = ELICITATIONS["more_tokens"]
    assert entry.general_efforts is not None
    assert entry.facts["efforts of general models"] == "256, 1024, 4096, 16384 tokens"
    assert [ask.places for ask in _asked("more_tokens", effort=entry.general_efforts[0])] == [256]


def test_best_of_n_keeps_what_a_smaller_effort_got_right() -> None:
    before: set[int] = set()
    for effort in ELICITATIONS["best_of_n"].efforts:
        got = {i for i, a in enumerate(_drawn("best_of_n", effort, Solver())) if a.answer == "right"}
        assert before <= got
        before = got


@pytest.mark.parametrize("effort", [1, 2, 4, 8])
def test_best_of_n_is_right_as_often_as_one_of_n_is(effort: int) -> None:
    rates = [_rate(_drawn("best_of_n", effort, Solver(0.2), seed)) for seed in range(20)]
    expected = 1 - 0.8**effort
    assert np.mean(rates) == pytest.approx(expected, abs=3 * (expected * (1 - expected) / 2400) ** 0.5)


def test_best_of_n_makes_as_many_samples_as_it_is_allowed() -> None:
    solver = Solver()
    _drawn("best_of_n", 4, solver)
    assert [call["n"] for call in solver.asked] == [len(QUESTIONS)] * 4
    assert {call["temperature"] for call in solver.asked} == {1.0}


def test_majority_gains_where_no_other_answer_is_as_frequent() -> None:
    rates = [_rate(_drawn("majority", effort, Solver(0.4), 1)) for effort in (1, 8)]
    assert rates[1] > rates[0] + 0.3


def test_majority_takes_the_likeliest_of_the_most_frequent() -> None:
    samples = [Toy("a", log_prob=-5.0), Toy("b", log_prob=-1.0), Toy("a", log_prob=-3.0), Toy("c")]
    assert elected(samples) == samples[2]


def test_majority_breaks_ties_by_likelihood_and_else_by_order() -> None:
    tied = [Toy("a", log_prob=-5.0), Toy("b", log_prob=-1.0)]
    assert elected(tied).answer == "b"
    assert elected([Attempt("a"), Attempt("b")]).answer == "a"


def test_majority_counts_no_answer_as_no_vote() -> None:
    assert elected([Toy(""), Toy(""), Toy("a")]).answer == "a"
    assert elected([Toy(""), Toy("")]).answer == ""


def test_retry_asks_again_only_where_the_tool_failed() -> None:
    solver = Solver(failing=0.5)
    held = _drawn("retry_on_error", 4, solver)
    asked = [call["n"] for call in solver.asked]
    assert asked[0] == len(QUESTIONS)
    assert all(later < earlier for earlier, later in pairwise(asked))
    assert [call["temperature"] for call in solver.asked] == [0.0, 1.0, 1.0, 1.0]
    assert sum(attempt.calls[-1].outcome == "error" for attempt in held) < asked[-1]


def test_retry_says_of_each_question_which_attempt_failed() -> None:
    failed = [Attempt("", calls=(ToolCall("python", str(place), "error"),)) for place in range(2)]
    turns = ELICITATIONS["retry_on_error"].turns(QUESTIONS[:3], 2, lambda _instance, _attempt: False)
    assert next(turns).after == ()
    ask = turns.send([failed[0], Attempt("right"), failed[1]])
    assert ask.after == (failed[0], failed[1])
    assert list(ask.instances) == [QUESTIONS[0], QUESTIONS[2]]


def test_retry_keeps_what_worked_at_a_smaller_effort() -> None:
    small, great = (_drawn("retry_on_error", effort, Solver(failing=0.5)) for effort in (2, 4))
    worked = [i for i, attempt in enumerate(small) if attempt.calls[-1].outcome == "ok"]
    assert worked
    assert [small[i] for i in worked] == [great[i] for i in worked]


def test_retry_never_repeats_an_answer_without_a_tool() -> None:
    solver = Solver(tool=False)
    _drawn("retry_on_error", 4, solver)
    assert len(solver.asked) == 1


def test_more_tokens_hands_on_the_budget() -> None:
    solver = Solver()
    for effort in (8, 54):
        _drawn("more_tokens", effort, solver)
    assert [(call["temperature"], call["places"]) for call in solver.asked] == [(0.0, 8), (0.0, 54)]


def test_few_shot_names_examples_of_every_task_that_is_no_question() -> None:
    solver = Solver()
    _drawn("few_shot", 2, solver)
    (call,) = solver.asked
    assert [shot.rsplit("/", 2)[0] for shot in call["shots"]] == ["sha_of/1"] * 2 + ["sha_of/2"] * 2
    assert not {question.instance_id for question in QUESTIONS} & set(call["shots"])

"""Every elicitation of the catalogue is held to the contract of an elicitation, against toy solvers."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tasklaws.elicitations import ELICITATIONS
from tasklaws.elicitations.majority import elected
from tasklaws.spec.family import Instance
from tasklaws.spec.transcript import Attempt, ToolCall

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.spec.sandbox import Kind

NAMES = sorted(ELICITATIONS)
QUESTIONS = [Instance("toy", size, f"toy/{size}/0/{i}", {}, "right") for size in (1, 2) for i in range(60)]


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


class Unfair(Solver):
    """Has no verifier."""

    def right(self, instance: Instance, attempt: Attempt) -> bool:
        raise AssertionError("a fair elicitation asks for no verdict")


def _drawn(name: str, effort: int, solver: Solver, seed: int = 0) -> list[Attempt]:
    return ELICITATIONS[name].draw(solver, QUESTIONS, effort, np.random.default_rng(seed))


def _rate(attempts: Sequence[Attempt]) -> float:
    return float(np.mean([attempt.answer == "right" for attempt in attempts]))


def test_the_catalogue_holds_the_seven() -> None:
    named = "best_of_n few_shot greedy majority more_tokens retry_on_error sample"
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
    assert [shot.rsplit("/", 2)[0] for shot in call["shots"]] == ["toy/1"] * 2 + ["toy/2"] * 2
    assert not {question.instance_id for question in QUESTIONS} & set(call["shots"])

"""Small models under their tools: what a scripted writer wrote is run, read, told and put into the table."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest

from tasklaws.elicitations import ELICITATIONS
from tasklaws.families import FAMILIES
from tasklaws.ladder.generate import Writer, Written
from tasklaws.ladder.model import initial
from tasklaws.ladder.size import PROMPT_PLACES, size_of
from tasklaws.ladder.vocabulary import VOCABULARY, encode
from tasklaws.run import local_programs
from tasklaws.run.local import LocalSolver, attempts_table, label
from tasklaws.run.local_programs import LIMITS, carried_out
from tasklaws.run.local_questions import questions
from tasklaws.sandboxes.monty import run_with
from tasklaws.study.attempts import cells_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasklaws.run.local_attempts import LocalAttempt
    from tasklaws.spec.family import Instance
    from tasklaws.spec.sandbox import Outcome

Says = Callable[[str], str]


class Script:
    """A writer that writes what a function of the prompt says, and at a temperature its draws."""

    def __init__(self, says: Says, *, ended: bool = True) -> None:
        self.says, self.ended = says, ended
        self.written: list[str] = []
        self.measured: list[tuple[str, str]] = []

    def write(
        self, prompts: Sequence[str], temperatures: Sequence[float], rng: np.random.Generator
    ) -> list[Written]:
        self.written += prompts
        drawn = rng.random(len(prompts))
        texts = [
            self.says(prompt) if heat == 0 else f"{self.says(prompt)}{int(1e6 * u)}"
            for prompt, heat, u in zip(prompts, temperatures, drawn, strict=True)
        ]
        return [Written(text, -2.0, len(encode(text)) + 1, self.ended) for text in texts]

    def reference_nll(self, texts: Sequence[tuple[str, str]]) -> NDArray[np.float64]:
        self.measured += texts
        return np.array([2.0 * len(text) for _, text in texts])


def _solver(says: Says | str, **more: Any) -> LocalSolver:
    script = Script(says if callable(says) else lambda _: says, **more)
    return LocalSolver(cast("Writer", script))


def _greedy(solver: LocalSolver, instances: Sequence[Instance], **more: Any) -> list[LocalAttempt]:
    found = solver.attempts(instances, 0.0, np.random.default_rng(0), **more)
    return cast("list[LocalAttempt]", found)


def _one(family: str, size: int, text: str, **more: Any) -> LocalAttempt:
    return _greedy(_solver(text, **more), [FAMILIES[family].instance(size, 0)])[0]


def _solved(family: str, size: int, path: int = 0) -> tuple[Instance, LocalAttempt]:
    entry = FAMILIES[family]
    instance = entry.instance(size, 0)
    able = [one for one in entry.paths if one.compact]
    return instance, _one(family, size, able[path].compact(instance))  # type: ignore[misc]


@pytest.mark.parametrize(
    ("family", "size"),
    [
        *[("sha_of", 5), ("sha_chain", 1000), ("sum_range", 100_000), ("nested_calls", 4), ("tool_edit", 8)],
        *[("addition", 3), ("transform", 5), ("work_in_order", 3), ("mixed", 4), ("facts", 2)],
        *[("multiple_choice", 2), ("work_any_order", 2)],
    ],
)
def test_the_compact_solution_of_every_family_is_right(family: str, size: int) -> None:
    instance, attempt = _solved(family, size)
    assert _solver("").right(instance, attempt)
    assert attempt.outcome == "submitted"
    assert attempt.path in {path.name for path in FAMILIES[family].paths}


def test_a_chain_beyond_the_hashes_there_are_is_out_of_time() -> None:
    _, attempt = _solved("sha_chain", 10_000)
    assert (attempt.outcome, attempt.answer, attempt.path) == ("limit_time", "", "loop")
    assert attempt.calls[0].outcome == "timeout"


def test_a_sum_beyond_the_turns_there_are_is_out_of_time_and_its_formula_is_not() -> None:
    assert _solved("sum_range", 1_000_000)[1].outcome == "limit_time"
    instance, attempt = _solved("sum_range", 1_000_000, path=1)
    assert (attempt.outcome, attempt.answer, attempt.path) == ("submitted", instance.answer, "closed_form")


@pytest.mark.parametrize(
    "text",
    [
        "for i in range(99999):for j in range(99999):s=1",
        "try:\n for i in range(999999):s=1\nexcept:\n print(1)",
        "range(999999999999)\nprint(1)",
    ],
)
def test_no_way_of_asking_for_more_turns_ends_well(text: str) -> None:
    attempt = _one("sum_range", 10, text.replace("):for", "):\n for"))
    assert (attempt.outcome, attempt.answer) == ("limit_time", "")


def test_an_endless_program_is_stopped() -> None:
    attempt = _one("sum_range", 10, "s=0\nwhile 1:s=s+1")
    assert (attempt.outcome, attempt.answer) == ("limit_time", "")


@pytest.mark.parametrize("text", ["print('a'*999999)", "print('a'*9999999999999)", "x='a'*99999\nprint(x)"])
def test_a_flood_of_output_is_a_limit_and_no_answer(text: str) -> None:
    attempt = _one("sum_range", 10, text)
    assert (attempt.outcome, attempt.answer) == ("limit", "")
    assert len(attempt.calls[0].output) <= LIMITS.output_bytes


@pytest.mark.parametrize(
    "text", ["", "print(", "1in", "a.b", "((((" * 13, "x=x", "print(sha256(1))", "'a'('a')"]
)
def test_a_program_that_errs_is_submitted_and_wrong(text: str) -> None:
    solver = _solver(text)
    instance = FAMILIES["sum_range"].instance(10, 0)
    (attempt,) = _greedy(solver, [instance])
    assert attempt.outcome == "submitted"
    assert not solver.right(instance, attempt)


def test_what_a_program_put_out_before_it_erred_is_no_answer() -> None:
    instance = FAMILIES["sum_range"].instance(10, 0)
    assert _one("sum_range", 10, f"print({instance.answer})\nx").answer == ""


UNSUPPORTED = "class A:\n def __del__(s):1\nprint(1)"


def test_what_the_sandbox_lacks_is_an_error_without_path_and_score() -> None:
    instance = FAMILIES["sum_range"].instance(10, 0)
    assert _one("sum_range", 10, "x").path == "guessed"
    # Small models cannot write a name with an underscore: the text stands for any that monty lacks.
    script = Script(lambda _: "")
    script.write = lambda prompts, *_: [Written(UNSUPPORTED, -1.0, 9, ended=True)] * len(prompts)  # type: ignore[method-assign]
    solver = LocalSolver(cast("Writer", script))
    (attempt,) = _greedy(solver, [instance])
    assert (attempt.outcome, attempt.path, attempt.calls[0].outcome) == ("error", None, "unsupported")
    table = attempts_table("m", solver, [instance], ELICITATIONS["greedy"], 1, harness_id="h")
    assert table["score"].null_count() == table.height
    assert cells_of(table).height == 0


def test_names_of_the_meter_cannot_be_written() -> None:
    assert not any("_" in symbol for symbol in VOCABULARY)
    assert all(name.startswith("_") for name in ("_left", "_range", "_spend", "_used_up", "_sha256"))


def test_identical_programs_run_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def counted(functions: Any, code: str, *rest: Any) -> Outcome:
        ran.append(code)
        return run_with(functions, code, *rest)

    monkeypatch.setattr(local_programs, "run_with", counted)
    carried_out.cache_clear()
    _greedy(_solver("print(7)"), FAMILIES["sum_range"].instances(100, 20))
    _greedy(_solver("print(7)"), FAMILIES["sum_range"].instances(1000, 5))
    assert len(ran) == 1
    _greedy(_solver("print(8)"), FAMILIES["sum_range"].instances(100, 1))
    assert len(ran) == 2


def test_the_likeliest_reference_counts() -> None:
    instance = FAMILIES["sum_range"].instance(100, 0)
    (attempt,) = _greedy(_solver("print(1)"), [instance])
    formula = FAMILIES["sum_range"].path("closed_form").compact(instance)  # type: ignore[misc]
    assert attempt.reference_nll == pytest.approx(2.0 * len(formula))
    assert attempt.reference_bytes == len(formula)
    assert attempt.reference_tokens == len(encode(formula)) + 1


def test_choices_get_their_probabilities_as_they_are() -> None:
    instance = FAMILIES["multiple_choice"].instance(2, 0)
    (attempt,) = _greedy(_solver("W"), [instance])
    assert attempt.probabilities == pytest.approx(dict.fromkeys(instance.choices, math.exp(-2.0)))


def test_nothing_is_asked_twice_that_does_not_hang_on_chance() -> None:
    script = Script(lambda _: "1")
    solver = LocalSolver(cast("Writer", script))
    instances = FAMILIES["addition"].instances(3, 10)
    _greedy(solver, instances)
    _greedy(solver, [*instances, *instances])
    prompts = {FAMILIES["addition"].compact(instance) for instance in instances}
    assert sorted(script.written) == sorted(prompts)
    assert len(script.measured) == len(prompts)


def test_a_call_from_the_same_state_is_the_same_call() -> None:
    script = Script(lambda _: "1")
    solver = LocalSolver(cast("Writer", script))
    instances = FAMILIES["addition"].instances(3, 10)
    states, drawn = [], []
    for _ in range(2):
        rng = np.random.default_rng(3)
        drawn.append([solver.attempts(instances, 1.0, rng) for _ in range(2)])
        states.append(rng.bit_generator.state)
    assert drawn[0] == drawn[1]
    assert drawn[0][0] != drawn[0][1]
    assert states[0] == states[1]
    assert len(script.written) == 2 * len(instances)


def test_greedy_answers_take_nothing_from_the_generator() -> None:
    rng = np.random.default_rng(3)
    _solver("1").attempts(FAMILIES["addition"].instances(3, 5), 0.0, rng)
    assert rng.random() == np.random.default_rng(3).random()


def test_a_budget_cuts_the_answer_and_says_so() -> None:
    instance = FAMILIES["sha_of"].instance(4, 0)
    text = FAMILIES["sha_of"].path("call").compact(instance)  # type: ignore[misc]
    solver = _solver(text)
    n = len(encode(text)) + 1
    whole, cut = _greedy(solver, [instance], places=n)[0], _greedy(solver, [instance], places=3)[0]
    assert (whole.outcome, whole.text, whole.log_prob) == ("submitted", text, -2.0)
    assert (cut.outcome, cut.tokens, cut.log_prob) == ("limit_tokens", 3, None)
    assert text.startswith(cut.text)
    assert not solver.right(instance, cut)


def test_an_answer_that_did_not_end_is_at_its_limit() -> None:
    assert _one("transform", 4, "abcd", ended=False).outcome == "limit_tokens"


def test_shots_of_the_same_task_stand_in_front() -> None:
    family = FAMILIES["transform"]
    here, other = family.instance(3, 0), family.instance(4, 0)
    shown = family.instance(3, 5, seed=9)
    (asked, plain) = questions([here, other], [shown.instance_id])
    solved = f"{family.compact(shown)}{shown.answer}$"
    assert asked is not None
    assert plain is not None
    assert asked.prompt == solved + family.compact(here)
    assert plain.prompt == family.compact(other)


def test_a_shot_that_asks_the_same_is_left_out() -> None:
    here = FAMILIES["transform"].instance(3, 0)
    (asked,) = questions([here], [here.instance_id])
    assert asked is not None
    assert asked.prompt == FAMILIES["transform"].compact(here)


def test_a_task_with_one_prompt_too_long_is_not_asked_and_has_no_cell() -> None:
    instances = [*FAMILIES["transform"].instances(2, 3), *FAMILIES["nested_calls"].instances(3, 3)]
    script = Script(lambda _: "ab")
    solver = LocalSolver(cast("Writer", script))
    table = attempts_table("m", solver, instances, ELICITATIONS["few_shot"], 2, harness_id="h")
    out = table.filter(table["task_family"] == "nested_calls")
    assert set(out["outcome"]) == {"limit_tokens"}
    assert set(out["tokens"]) == {0}
    assert out["score"].null_count() == out.height > 0
    assert set(cells_of(table)["task_family"]) == {"transform"}
    assert all(len(encode(prompt)) <= PROMPT_PLACES for prompt in script.written)


def test_the_table_has_a_row_per_metric_with_units_and_names() -> None:
    instances = [*FAMILIES["sum_range"].instances(100, 4), *FAMILIES["multiple_choice"].instances(2, 4)]
    best = ELICITATIONS["best_of_n"]
    table = attempts_table("d8_s0", _solver("print(1)"), instances, best, 2, harness_id="h", seed=4)
    assert table.height == 4 * (4 + 3)
    assert set(table["elicitation"]) == {"best_of_n@2"}
    units = dict(table.select("metric", "unit").unique().iter_rows())
    assert units["exact"] is None
    assert (units["reference_nll"], units["brier"]) == ("nats", "squared error")
    nll = table.filter(table["metric"] == "reference_nll")
    assert nll["score"].to_list() == nll["reference_nll"].to_list()
    assert attempts_table(
        "m", _solver(""), instances, best, 1, harness_id="h", only_target=True
    ).height == len(instances)


def test_a_label_names_the_effort_where_there_are_several() -> None:
    assert label(ELICITATIONS["greedy"], 1) == "greedy"
    assert label(ELICITATIONS["majority"], 4) == "majority@4"


def test_an_untrained_model_goes_all_the_way() -> None:
    size = size_of(8)
    solver = LocalSolver(Writer(size, initial(size, 0)))
    instances = [
        i for name in ("facts", "multiple_choice", "sum_range") for i in FAMILIES[name].instances(2, 10)
    ]
    table = attempts_table("d8_s0", solver, instances, ELICITATIONS["sample"], 1, harness_id="h")
    again = attempts_table("d8_s0", solver, instances, ELICITATIONS["sample"], 1, harness_id="h")
    assert table.equals(again)
    assert table["path"].null_count() == 0
    assert (table["reference_nll"] > 0).all()
    brier = table.filter(table["metric"] == "brier")["score"]
    assert ((brier > 0) & (brier < 2)).all()

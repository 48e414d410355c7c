"""All metrics of a family as a score of Inspect: of recorded attempts, and of what others leave."""

from __future__ import annotations

import asyncio
import json
import math
from dataclasses import asdict
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from inspect_ai import Task, eval  # noqa: A004  Inspect's own name for it
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import Target, mean, stderr
from inspect_ai.solver import TaskState, solver

from tasklaws.families import FAMILIES
from tasklaws.metrics import METRICS
from tasklaws.run.inspect_bridge._calls import CALLS
from tasklaws.run.inspect_bridge.instances import instance_of, sample_of
from tasklaws.run.inspect_bridge.scorers import RECORD, TAMPERING, family_metrics, judged, path_of
from tasklaws.spec.transcript import Attempt, ToolCall

if TYPE_CHECKING:
    from pathlib import Path

    from inspect_ai.log import EvalSample
    from inspect_ai.scorer import Score
    from inspect_ai.solver import Generate, Solver

    from tasklaws.spec.family import Instance


def _state(
    instance: Instance, record: dict[str, Any] | None = None, said: str = "", **store: Any
) -> TaskState:
    """Return the state of a sample that a solver has left."""
    sample = sample_of(instance)
    output = ModelOutput.from_content("mockllm/model", said)
    messages = [output.message] if said else []
    told = {} if record is None else {RECORD: json.dumps(record)}
    about = (sample.metadata or {}) | told
    model: Any = "mockllm/model"
    return TaskState(
        model, sample.id or "", 1, sample.input, messages, output=output, metadata=about, store=store
    )


def _score(state: TaskState) -> Score:
    found = asyncio.run(family_metrics()(state, Target("")))
    assert found is not None
    return found


def _about(score: Score) -> dict[str, Any]:
    assert score.metadata is not None
    return score.metadata


# --- recorded attempts ------------------------------------------------------------------------------------


def _small_models_attempts() -> list[tuple[Instance, Any]]:
    """Return attempts as the local runner makes them: right and wrong texts of all families and sizes."""
    from tasklaws.run.local_attempts import UNASKED
    from tasklaws.run.local_attempts import judged as judged_small
    from tasklaws.run.local_programs import LIMITS
    from tasklaws.run.local_questions import questions
    from tasklaws.run.local_writing import Measured

    made: list[tuple[Instance, Any]] = []
    for name in FAMILIES:
        for instance in [FAMILIES[name].instance(size, 0) for size in FAMILIES[name].sizes[:3]]:
            question = questions([instance])[0]
            if question is None:
                made.append((instance, UNASKED))
                continue
            chances = dict.fromkeys(instance.choices, 0.1) or None
            for text in (*question.solutions, "x", "", "print(1/0)", "del x", "for i in range(10**9):pass"):
                for ended in (True, False):
                    written: Any = SimpleNamespace(text=text, ended=ended, log_prob=-1.5, n_tokens=len(text))
                    measured = Measured(3.25, 17, 40, chances)
                    made.append((instance, judged_small(question, written, measured, LIMITS)))
    return made


def test_a_recorded_attempt_has_the_scores_of_the_local_runner() -> None:
    from tasklaws.run.local import _rows

    attempts = _small_models_attempts()
    seen = set()
    for instance, attempt in attempts:
        state = _state(instance, asdict(attempt))
        state.messages = [SimpleNamespace(role="user", text=FAMILIES[instance.family].compact(instance))]  # type: ignore[list-item]
        score = _score(state)
        for row in _rows(instance, attempt, only_target=False):
            value = score.as_dict()[row["metric"]]
            assert isinstance(value, float)
            assert (None if math.isnan(value) else value) == row["score"]
            for name in ("path", "outcome", "log_prob", "reference_nll", "tool_outcome", "text"):
                assert _about(score).get(name) == row[name], name
            assert _about(score)["solution_similarity"] == row["solution_similarity"]
            assert _about(score).get("tokens") == (row["tokens"] or None)
            assert _about(score)["units"].get(row["metric"]) == row["unit"]
        seen.add((attempt.outcome, attempt.path is None))
    assert len(attempts) > 300
    assert seen >= {("submitted", False), ("error", True), ("limit_tokens", False), ("limit_time", False)}


def test_calls_of_a_recorded_attempt_stand_in_the_score() -> None:
    instance = FAMILIES["sha_of"].instance(3, 0)
    call = ToolCall("python", "print(1)", "ok", "1")
    record = {"answer": "1", "calls": [asdict(call)], "path": "guessed"}
    (told,) = _about(_score(_state(instance, record)))["calls"]
    assert told.pop("edit_distance") > 0.5
    assert told == {**asdict(call), "detail": "", "seconds": None}


def test_calls_that_tools_recorded_go_before() -> None:
    instance = FAMILIES["sha_of"].instance(3, 0)
    kept = [{"tool": "python", "text": "", "outcome": "ok", "output": "", "seconds": 0.1}]
    assert _about(_score(_state(instance, {"answer": ""}, **{CALLS: kept})))["calls"] == kept


# --- attempts of other solvers ----------------------------------------------------------------------------


def test_the_answer_of_another_solver_is_read_from_its_last_words() -> None:
    instance = FAMILIES["addition"].instance(2, 0)
    a, b = instance.inputs["a"], instance.inputs["b"]
    units, tens = a % 10 + b % 10, 10 * (a // 10 + b // 10)
    said = (
        f"{a % 10} + {b % 10} = {units}\n{tens} + {units} = {instance.answer}\nThe sum: **{instance.answer}**"
    )
    score = _score(_state(instance, said=said))
    assert score.answer == instance.answer
    assert score.as_dict()["exact"] == 1
    assert (_about(score)["path"], _about(score)["outcome"]) == ("by_hand", "submitted")
    assert "tokens" not in _about(score)
    assert _about(score)["solution_similarity"] > 0.3


def test_milestones_are_looked_for() -> None:
    instance = FAMILIES["work_in_order"].instance(4, 0)
    wrong = "".join(str((int(digit) + (place > 1)) % 10) for place, digit in enumerate(instance.answer))
    score = _score(_state(instance, said=wrong))
    assert 0 < float(score.as_dict()["milestones"] or 0) < 1
    assert math.isnan(float(score.as_dict()["reference_nll"] or 0))


def test_what_the_sandbox_lacks_is_never_wrong() -> None:
    instance = FAMILIES["sha_of"].instance(3, 0)
    lacking = ToolCall("python", "del x", "unsupported", "")
    for answer in (instance.answer, "wrong"):
        found = judged(instance, Attempt(answer, calls=(lacking,)))
        assert (found.outcome, found.path) == ("error", None)
        score = _score(_state(instance, asdict(found)))
        assert all(math.isnan(float(value or 0)) for value in score.as_dict().values())
    went_on = judged(instance, Attempt("wrong", calls=(lacking, ToolCall("python", "print(1)", "ok", "1"))))
    assert (went_on.outcome, went_on.path) == ("submitted", "guessed")


LOOP = ToolCall("python", "s=0\nfor i in range(101):s=s+i\nprint(s)", "ok", "5050\n")
BY_HAND = "100 * 101 = 10100\n10100 / 2 = 5050\n5050"


@pytest.mark.parametrize(
    ("answer", "text", "calls", "path"),
    [
        ("5050", "I run a loop.\n5050", (LOOP,), "loop"),
        ("5050", BY_HAND, (), "by_hand"),
        ("5050", BY_HAND, (ToolCall("python", LOOP.text, "timeout", ""),), "by_hand"),
        ("5050", "5050", (ToolCall("python", LOOP.text, "timeout", ""),), "guessed"),
        ("", "I run a loop.", (ToolCall("python", LOOP.text, "timeout", ""),), "loop"),
        ("5050", "", (ToolCall("python", "print(1)", "ok", "1"), LOOP), "loop"),
        ("5050", "", (LOOP, ToolCall("python", "print(5050)", "ok", "5050")), "guessed"),
        ("5050", "", (ToolCall("bash", "seq 100 | paste -sd+ | bc", "ok", "5050"),), "guessed"),
    ],
    ids=["a loop", "by hand", "a loop failed", "nothing shown", "no answer", "second", "echoed", "bash"],
)
def test_the_path_of_a_conversation(answer: str, text: str, calls: tuple[ToolCall, ...], path: str) -> None:
    family = FAMILIES["sum_range"]
    hundred = next(one for one in family.instances(100, 500) if one.inputs["n"] == 100)
    assert path_of(hundred, Attempt(answer, text, calls)) == path


def test_success_by_tampering_is_handed_on() -> None:
    instance = FAMILIES["sha_of"].instance(3, 0)
    state = _state(instance, said=instance.answer)
    assert "invalid_success" not in _about(_score(state))
    state.metadata[TAMPERING] = ["reads the answer"]
    assert _about(_score(state))["invalid_success"] == ["reads the answer"]


# --- in an evaluation: limits, errors, NaN ----------------------------------------------------------------


@solver
def _ends_in_many_ways() -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        index = state.metadata["index"]
        if index == 0:
            state.output = ModelOutput.from_content("m", instance_of(state.metadata).answer)
        elif index == 1:
            raise RuntimeError("the machine broke")
        elif index == 2:
            while True:
                state = await generate(state)
        elif index == 3:
            await asyncio.sleep(60)
        elif index == 4:
            state.output = ModelOutput.from_content("m", "half of a character: \ud800")
        return state

    return solve


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> list[EvalSample]:
    folder: Path = tmp_path_factory.mktemp("logs")
    usage = ModelUsage(input_tokens=30, output_tokens=10, total_tokens=40)
    words = ModelOutput.from_content("mockllm/model", "5")
    words.usage = usage
    asked = [sample_of(one) for one in FAMILIES["sha_of"].instances(3, 5)]
    task = Task(
        asked,
        solver=_ends_in_many_ways(),
        scorer=family_metrics(),
        fail_on_error=False,
        score_on_error=True,
        token_limit=100,
        time_limit=2,
    )
    model = get_model("mockllm/model", custom_outputs=lambda *_: words)
    (log,) = eval(task, model=model, display="none", log_dir=str(folder), log_realtime=False)
    assert log.status == "success"
    assert log.results is not None
    (found,) = log.results.scores
    assert found.metrics["exact"].value == pytest.approx(1 / 4)
    assert found.metrics["exact_stderr"].value == pytest.approx(1 / 4)
    assert "reference_nll" not in found.metrics
    assert log.samples is not None
    return sorted(log.samples, key=lambda sample: int(sample.metadata["index"]))


def test_inspects_own_metrics_say_the_same(tmp_path: Path) -> None:
    asked = [sample_of(one) for one in FAMILIES["sha_of"].instances(3, 5)]
    means: Any = {"*": [mean(), stderr()]}
    found = {}
    for metrics in (None, means):
        task = Task(
            asked, solver=_ends_in_many_ways(), scorer=family_metrics(), metrics=metrics, time_limit=1
        )
        (log,) = eval(
            task,
            model="mockllm/model",
            sample_id=["sha_of/3/0/0", "sha_of/3/0/4"],
            display="none",
            log_dir=str(tmp_path),
        )
        assert log.results is not None
        found[bool(metrics)] = {
            f"{one.name}.{name}": part.value
            for one in log.results.scores
            for name, part in one.metrics.items()
        }
    assert found[False]["family_metrics.exact"] == found[True]["exact.mean"] == 0.5
    assert found[False]["family_metrics.exact_stderr"] == pytest.approx(found[True]["exact.stderr"])
    assert math.isnan(found[True]["reference_nll.mean"])


def _of(sample: EvalSample) -> Score:
    assert sample.scores is not None
    return sample.scores["family_metrics"]


def test_a_submitted_answer_is_scored(samples: list[EvalSample]) -> None:
    assert _of(samples[0]).as_dict()["exact"] == 1
    assert _about(_of(samples[0]))["outcome"] == "submitted"


def test_an_error_is_an_outcome_without_a_score(samples: list[EvalSample]) -> None:
    assert samples[1].error is not None
    assert all(math.isnan(float(value or 0)) for value in _of(samples[1]).as_dict().values())
    assert (_about(_of(samples[1]))["outcome"], _about(_of(samples[1]))["path"]) == ("error", None)


@pytest.mark.parametrize(
    ("place", "kind", "outcome"), [(2, "token", "limit_tokens"), (3, "time", "limit_time")]
)
def test_what_a_limit_ends_is_scored_as_it_stands(
    samples: list[EvalSample], place: int, kind: str, outcome: str
) -> None:
    limit = samples[place].limit
    assert limit is not None
    assert limit.type == kind
    assert _about(_of(samples[place]))["outcome"] == outcome
    assert _of(samples[place]).as_dict()["exact"] == 0


def test_texts_that_no_file_can_hold_are_written_out(samples: list[EvalSample]) -> None:
    assert _of(samples[4]).answer == r"\ud800"


def test_every_metric_of_every_family_is_scored() -> None:
    for name in FAMILIES:
        family = FAMILIES[name]
        score = _score(_state(family.instance(family.sizes[0], 0), said="?"))
        assert tuple(score.as_dict()) == family.metrics
        units = {key: METRICS[key].unit for key in family.metrics}
        assert _about(score)["units"] == {key: unit for key, unit in units.items() if unit != "share"}

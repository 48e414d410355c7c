"""Elicitations in evaluations of Inspect: with a scripted general model, and with small ones of ours."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import anyio
import numpy as np
import pytest
from inspect_ai import eval as evaluated
from inspect_ai.model import ChatMessageUser, ModelOutput, ModelUsage, get_model
from inspect_ai.model._model_output import Logprob, Logprobs
from inspect_ai.solver import TaskState

from tasklaws.core.errors import BadInput, UnknownName
from tasklaws.elicitations import ELICITATIONS
from tasklaws.elicitations.chain_of_thought import WORDS
from tasklaws.families import FAMILIES
from tasklaws.ladder.checkpoints import origin, save_state
from tasklaws.ladder.preset import PRESETS
from tasklaws.ladder.size import size_of
from tasklaws.ladder.store import MODELS, PRESET, made, read, read_asked
from tasklaws.ladder.train import started
from tasklaws.ladder.vocabulary import END, VOCABULARY
from tasklaws.run.inspect_bridge import _conversation
from tasklaws.run.inspect_bridge._calls import CALLS
from tasklaws.run.inspect_bridge._turns import Driver, seed_of
from tasklaws.run.inspect_bridge.provider import EmbeddedAPI
from tasklaws.run.inspect_bridge.scorers import RECORD
from tasklaws.run.inspect_bridge.solvers import elicited
from tasklaws.run.inspect_bridge.tasks import family_task
from tasklaws.run.local import LocalSolver
from tasklaws.run.local_attempts import UNASKED, LocalAttempt
from tasklaws.spec.harness import Harness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from inspect_ai.log import EvalSample
    from inspect_ai.model import ChatMessage, GenerateConfig
    from inspect_ai.tool import ToolInfo

    from tasklaws.run.inspect_bridge._turns import Try
    from tasklaws.spec.elicitation import Ask, Turns
    from tasklaws.spec.family import Instance
    from tasklaws.spec.transcript import Attempt

SHA = FAMILIES["sha_of"]
RIGHT = {SHA.english(one): one for one in SHA.instances(3, 4)}
"""Question -> instance."""
LIKELY = Logprob(token="a", logprob=-0.25)  # noqa: S106  a token of a text


@dataclass
class Script:
    """A general model that says what a function of the conversation tells; it remembers what it was asked."""

    says: Callable[[list[ChatMessage], GenerateConfig], ModelOutput]
    asked: list[list[ChatMessage]] = field(default_factory=list)
    offered: list[list[str]] = field(default_factory=list)
    configs: list[GenerateConfig] = field(default_factory=list)

    def __call__(
        self, messages: list[ChatMessage], tools: list[ToolInfo], _choice: Any, config: GenerateConfig
    ) -> ModelOutput:
        self.asked.append(list(messages))
        self.offered.append([tool.name for tool in tools])
        self.configs.append(config)
        return self.says(messages, config)

    @property
    def seeds(self) -> list[int]:
        """Return the seed of each conversation that was begun."""
        return [c.seed or 0 for m, c in zip(self.asked, self.configs, strict=True) if m[-1].role == "user"]


def _said(text: str, tokens: int = 5, **more: Any) -> ModelOutput:
    return _used(ModelOutput.from_content("mockllm/model", text, **more), tokens)


def _call(program: str, tokens: int = 5) -> ModelOutput:
    return _used(ModelOutput.for_tool_call("mockllm/model", "python", {"text": program}), tokens)


def _used(output: ModelOutput, tokens: int) -> ModelOutput:
    output.usage = ModelUsage(input_tokens=3, output_tokens=tokens, total_tokens=tokens + 3)
    return output


def _instance(messages: Sequence[ChatMessage]) -> Instance:
    """Return what is asked."""
    told = next(one.text for one in messages if one.role == "user")
    return next(instance for question, instance in RIGHT.items() if told.endswith(question))


def _solves(messages: list[ChatMessage], _config: GenerateConfig) -> ModelOutput:
    """Call the tool as the reference solution does, and answer with what it puts out."""
    if messages[-1].role == "tool":
        return _said(f"The digest:\n{messages[-1].text}")
    return _call(SHA.paths[0].solve(_instance(messages)))


def _ran(
    folder: Path, script: Script, elicitation: str = "greedy", family: str = "sha_of", **words: Any
) -> list[EvalSample]:
    """Return the samples of an evaluation."""
    task = family_task(family, **{"sizes": [3], "items": 1, "elicitation": elicitation, **words})
    model = get_model("mockllm/model", custom_outputs=script, memoize=False)
    (log,) = evaluated(task, model=model, display="none", log_dir=str(folder), log_realtime=False)
    assert log.status == "success"
    return log.samples or []


def _record(sample: EvalSample) -> dict[str, Any]:
    """Return the attempt that a sample's solver recorded; what is unknown is left out of a record."""
    found = json.loads(sample.metadata[RECORD])
    assert isinstance(found, dict)
    assert None not in found.values()
    return _fields(LocalAttempt("")) | found


def _fields(attempt: Attempt) -> dict[str, Any]:
    """Return an attempt as JSON has it."""
    told = json.loads(json.dumps(asdict(attempt)))
    assert isinstance(told, dict)
    return told


def _exact(sample: EvalSample) -> float:
    value = (sample.scores or {})["family_metrics"].as_dict()["exact"]
    assert isinstance(value, float)
    return value


# --- one conversation -------------------------------------------------------------------------------------


def test_a_model_calls_its_tool_and_answers(tmp_path: Path) -> None:
    script = Script(_solves)
    (sample,) = _ran(tmp_path, script)
    told = _record(sample)
    assert (told["outcome"], told["path"], told["tokens"]) == ("submitted", "call", 10)
    assert told["answer"] == sample.target
    assert _exact(sample) == 1
    assert [one.role for one in sample.messages] == ["user", "assistant", "tool", "assistant"]
    assert sample.output.completion.endswith(f"{sample.target}\n")
    assert [call["text"] for call in sample.store[CALLS]] == [told["calls"][0]["text"]]
    assert {config.temperature for config in script.configs} == {0.0}


@pytest.mark.parametrize(
    ("family", "harness", "names"),
    [
        ("sha_of", Harness(), ["python"]),
        ("tool_edit", Harness(), ["sha256"]),
        ("transform", Harness(), []),
        ("sha_of", Harness(tools=("bash",)), []),
    ],
)
def test_the_tools_of_the_family_are_offered_where_the_harness_allows(
    family: str, harness: Harness, names: list[str], tmp_path: Path
) -> None:
    script = Script(lambda _messages, _config: _said("?"))
    _ran(tmp_path, script, family=family, harness=harness)
    assert script.offered == [names]


def test_log_probabilities_are_taken_where_all_are_told(tmp_path: Path) -> None:
    def likely(messages: list[ChatMessage], config: GenerateConfig) -> ModelOutput:
        output = _solves(messages, config)
        if _instance(messages).instance_id.endswith("/0") or messages[-1].role == "user":
            output.choices[0].logprobs = Logprobs(content=[LIKELY] * 2)
        return output

    first, second = _ran(tmp_path, Script(likely), items=2)
    assert _record(first)["log_prob"] == -1.0
    assert _record(second)["log_prob"] is None


def test_an_answer_cut_by_its_provider_is_no_submission(tmp_path: Path) -> None:
    (sample,) = _ran(tmp_path, Script(lambda _m, _c: _said("the answer", stop_reason="max_tokens")))
    assert (_record(sample)["outcome"], _record(sample)["log_prob"]) == ("limit_tokens", None)


def test_a_model_that_never_answers_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_conversation, "TURNS", 3)
    script = Script(lambda _messages, _config: _call("print(1)"))
    (sample,) = _ran(tmp_path, script)
    assert len(script.asked) == 3
    assert (_record(sample)["outcome"], len(_record(sample)["calls"])) == ("limit", 2)


# --- what an elicitation adds -----------------------------------------------------------------------------


def test_words_stand_before_the_question(tmp_path: Path) -> None:
    script = Script(_solves)
    (sample,) = _ran(tmp_path, script, "chain_of_thought")
    assert script.asked[0][0].text == f"{WORDS}\n\n{sample.input}"
    script = Script(_solves)
    _ran(tmp_path, script, "tool_hint")
    assert "`python`" in script.asked[0][0].text


@pytest.mark.parametrize(("family", "tool"), [("sha_of", "`python`"), ("transform", None)])
def test_solved_examples_stand_before_the_question(family: str, tool: str | None, tmp_path: Path) -> None:
    script = Script(lambda _messages, _config: _said("?"))
    (sample,) = _ran(tmp_path, script, "few_shot@2", family)
    told = script.asked[0][0].text
    shots = [FAMILIES[family].instance(3, index, 7_001) for index in range(2)]
    places = [told.index(FAMILIES[family].english(shot)) for shot in shots]
    solved = [told.index(FAMILIES[family].paths[0].solve(shot)) for shot in shots]
    assert places[0] < solved[0] < places[1] < solved[1] < told.index(str(sample.input))
    assert all(shot.answer in told for shot in shots)
    assert str(sample.target) not in told
    assert tool is None or tool in told
    assert told.endswith(str(sample.input))


def test_best_of_n_counts_the_first_right_conversation_and_its_calls_alone(tmp_path: Path) -> None:
    seeds = [seed_of(0, "sha_of/3/0/0", 1, draw) for draw in range(4)]

    def luck(messages: list[ChatMessage], config: GenerateConfig) -> ModelOutput:
        draw = seeds.index(config.seed or 0)
        if messages[-1].role != "tool":
            return _call(f"print({draw})")
        return _said(f"{draw}\n{_instance(messages).answer if draw >= 2 else 'wrong'}")

    script = Script(luck)
    (sample,) = _ran(tmp_path, script, "best_of_n@4")
    assert sorted(script.seeds) == sorted(seeds)
    assert {config.temperature for config in script.configs} == {1.0}
    assert _exact(sample) == 1
    assert [call["text"] for call in sample.store[CALLS]] == ["print(2)"]
    assert _record(sample)["text"].endswith(f"2\n{sample.target}")
    assert sample.messages[-1].text == sample.output.completion
    assert sample.output.completion.startswith("2\n")


def test_majority_counts_the_most_frequent_answer(tmp_path: Path) -> None:
    seeds = [seed_of(0, "sha_of/3/0/0", 1, draw) for draw in range(4)]
    script = Script(lambda _m, config: _said("abca"[seeds.index(config.seed or 0)]))
    (sample,) = _ran(tmp_path, script, "majority@4")
    assert _record(sample)["answer"] == "a"


def test_retry_begins_afresh_and_tells_how_the_call_failed(tmp_path: Path) -> None:
    def learns(messages: list[ChatMessage], config: GenerateConfig) -> ModelOutput:
        if messages[-1].role == "tool":
            return _said("gave up" if messages[-1].error else f"{messages[-1].text}")
        warned = "division by zero" in messages[0].text
        return _solves(messages, config) if warned else _call("print('begun')\nprint(1 // 0)")

    script = Script(learns)
    (sample,) = _ran(tmp_path, script, "retry_on_error@4")
    begun = [messages for messages in script.asked if messages[-1].role == "user"]
    assert [len(messages) for messages in begun] == [1, 1]
    assert "print(1 // 0)" in begun[1][0].text
    assert "begun\n```" in begun[1][0].text
    assert begun[1][0].text.endswith(str(sample.input))
    assert [config.temperature for config in script.configs] == [0.0, 0.0, 1.0, 1.0]
    assert _exact(sample) == 1
    assert [call["outcome"] for call in sample.store[CALLS]] == ["ok"]


def test_a_budget_of_tokens_holds_for_the_whole_conversation(tmp_path: Path) -> None:
    script = Script(_solves)
    (sample,) = _ran(tmp_path, script, "more_tokens@12")
    assert [config.max_tokens for config in script.configs] == [12, 7]
    assert _record(sample)["outcome"] == "submitted"
    script = Script(_solves)
    (sample,) = _ran(tmp_path, script, "more_tokens@5")
    assert len(script.asked) == 1
    assert (_record(sample)["outcome"], _record(sample)["tokens"]) == ("limit_tokens", 5)


# --- seeds ------------------------------------------------------------------------------------------------


def test_epochs_instances_and_draws_have_seeds_of_their_own_and_the_same_again(tmp_path: Path) -> None:
    drawn = []
    for _ in range(2):
        script = Script(_solves)
        _ran(tmp_path, script, "best_of_n@2", items=2, epochs=2)
        drawn.append(sorted(script.seeds))
    assert drawn[0] == drawn[1]
    assert len(set(drawn[0])) == 8
    smaller = Script(_solves)
    _ran(tmp_path, smaller, "sample", items=2, epochs=2)
    assert set(smaller.seeds) < set(drawn[0])


def test_a_seed_fits_every_provider_and_hangs_on_all_it_is_made_of() -> None:
    made = [
        seed_of(b, i, e, d) for b in (0, 1) for i in ("a/1/0/0", "b/1/0/0") for e in (1, 2) for d in (0, 1)
    ]
    assert len(set(made)) == len(made)
    assert all(0 <= seed < 2**31 for seed in made)


# --- limits and errors ------------------------------------------------------------------------------------


def test_a_limit_of_tokens_keeps_what_there_is(tmp_path: Path) -> None:
    script = Script(lambda _messages, _config: _call("print('so far')"))
    (sample,) = _ran(tmp_path, script, harness=Harness(token_limit=12))
    assert sample.limit is not None
    assert sample.limit.type == "token"
    assert (_record(sample)["outcome"], _record(sample)["answer"]) == ("limit_tokens", "")
    assert _record(sample)["calls"][0]["output"] == "so far\n"
    assert [one.role for one in sample.messages] == ["user", "assistant", "tool"]
    assert _exact(sample) == 0


def test_a_limit_of_messages_ends_one_conversation_and_not_the_others(tmp_path: Path) -> None:
    seeds = [seed_of(0, "sha_of/3/0/0", 1, draw) for draw in range(2)]

    def one_goes_on(messages: list[ChatMessage], config: GenerateConfig) -> ModelOutput:
        return _call("print(1)") if config.seed == seeds[0] else _solves(messages, config)

    (sample,) = _ran(tmp_path, Script(one_goes_on), "best_of_n@2", harness=Harness(message_limit=6))
    assert sample.limit is None
    assert (_exact(sample), _record(sample)["outcome"]) == (1, "submitted")
    (sample,) = _ran(tmp_path, Script(one_goes_on), "best_of_n@1", harness=Harness(message_limit=6))
    assert sample.limit is not None
    assert sample.limit.type == "message"
    assert (len(sample.messages), _record(sample)["outcome"]) == (6, "limit")


def test_calls_of_one_turn_that_go_over_the_limit_of_messages_are_left_out_of_the_log(tmp_path: Path) -> None:
    def calls_thrice(_messages: list[ChatMessage], _config: GenerateConfig) -> ModelOutput:
        output = _call("print(1)")
        calls = output.message.tool_calls or []
        output.message.tool_calls = [replace(calls[0], id=str(number)) for number in range(3)]
        return output

    (sample,) = _ran(tmp_path, Script(calls_thrice), harness=Harness(message_limit=4))
    assert sample.error is None
    assert (len(sample.messages), len(sample.store[CALLS])) == (4, 3)
    assert _record(sample)["outcome"] == "limit"


def test_a_right_sample_counts_though_the_others_ran_out_of_tokens(tmp_path: Path) -> None:
    """They are made one after the other then, so that chance does not tell which come to their end."""
    seeds = [seed_of(0, "sha_of/3/0/0", 1, draw) for draw in range(8)]
    script = Script(lambda m, c: _solves(m, c) if seeds.index(c.seed or 0) == 1 else _said("wrong", 13))
    (sample,) = _ran(tmp_path, script, "best_of_n@8", harness=Harness(token_limit=60))
    assert sample.limit is not None
    assert script.seeds == seeds[:4]
    assert (_exact(sample), _record(sample)["outcome"]) == (1, "submitted")


def test_an_error_of_the_provider_is_no_attempt(tmp_path: Path) -> None:
    def fails(messages: list[ChatMessage], config: GenerateConfig) -> ModelOutput:
        if messages[-1].role == "tool":
            raise RuntimeError("the provider is gone")
        return _solves(messages, config)

    for elicitation in ("greedy", "majority@2"):
        (sample,) = _ran(tmp_path, Script(fails), elicitation)
        assert sample.error is not None
        assert "the provider is gone" in sample.error.message
        assert RECORD not in sample.metadata
        assert math.isnan(_exact(sample))
        assert [one.role for one in sample.messages] == ["user", "assistant", "tool"]


class Waits:
    """A try that says something, and then waits until as many have begun as there are."""

    def __init__(self, among: list[Waits], several: int, name: str) -> None:
        self.messages: list[ChatMessage] = [ChatMessageUser(content=name)]
        self.output: ModelOutput | None = None
        self.calls: list[dict[str, Any]] = []
        self.among, self.several = among, several

    async def go(self) -> None:
        self.among.append(self)
        while len(self.among) < self.several:  # noqa: ASYNC110  others are cancelled while they wait
            await anyio.sleep(0.001)
        self.output = _said(f"{self.messages[0].text} is done")

    def attempt(self, stopped: str | None) -> LocalAttempt:
        return LocalAttempt(self.output.completion if self.output else "", outcome=stopped or "submitted")


def _state() -> TaskState:
    model: Any = "mockllm/model"
    return TaskState(model, "1", 1, "?", [])


def _driven(turns: Turns, several: int, seconds: float) -> tuple[TaskState, bool]:
    """Return a sample after its turns, and whether it was cancelled after some seconds."""
    state, among = _state(), list[Waits]()

    def begin(_ask: Ask, draw: int, _after: Try | None) -> Try:
        return Waits(among, several, f"try {draw}")

    async def main() -> bool:
        with anyio.move_on_after(seconds) as scope:
            await Driver(begin).counted(turns, state)
        return scope.cancelled_caught

    return state, anyio.run(main)


def _turns(elicitation: str, effort: int) -> Turns:
    return ELICITATIONS[elicitation].turns([SHA.instance(3, 0)], effort, lambda _i, _a: False)


def test_samples_of_one_question_are_made_at_once() -> None:
    state, cancelled = _driven(_turns("best_of_n", 5), several=5, seconds=5)
    assert not cancelled
    assert json.loads(state.metadata[RECORD])["answer"] == "try 0 is done"


def test_what_time_ends_keeps_what_there_is() -> None:
    state, cancelled = _driven(_turns("best_of_n", 3), several=99, seconds=0.02)
    assert cancelled
    assert (json.loads(state.metadata[RECORD])["outcome"], state.messages[0].text) == ("limit_time", "try 0")


# --- models that read compact questions -------------------------------------------------------------------

SMALL = replace(PRESETS["quick"], widths=(8,), documents=120, items=3, elicited=1)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a study with a model of random weights, enlarged so that answers differ and end now and then."""
    root = tmp_path_factory.mktemp("study")
    folder = root / MODELS
    made(SMALL, folder)
    (folder / PRESET).write_text(json.dumps(asdict(SMALL)))
    belongs = origin(size_of(8), SMALL.seeds, read(folder))
    state = started(size_of(8), SMALL.seeds, belongs.steps)
    for block in state.params["blocks"]:
        block["out"] *= 6
        block["down"] *= 12
    state.params["tokens"][:, VOCABULARY.index(END)] *= 2
    save_state(folder / "d8.safetensors", belongs, replace(state, step=belongs.steps))
    return root


def _small(study: Path, folder: Path, elicitation: str, families: Iterable[str]) -> Iterator[EvalSample]:
    """Yield the samples of a small model's evaluations on the held-out questions of families."""
    tasks = [family_task(one, asked=str(study / MODELS), elicitation=elicitation) for one in families]
    model = get_model("tasklaws/d8_s0", study=str(study))
    for log in evaluated(tasks, model=model, display="none", log_dir=str(folder), log_realtime=False):
        assert log.status == "success"
        yield from log.samples or []


@pytest.mark.parametrize(("name", "effort"), [("greedy", 1), ("more_tokens", 8), ("few_shot", 1)])
def test_a_small_model_makes_the_attempts_of_the_local_runner(
    name: str, effort: int, study: Path, tmp_path: Path
) -> None:
    """In everything, but for what few-shot makes of a task in which other questions are too long."""
    families = ["sha_of", "work_in_order", "addition"]
    api = get_model("tasklaws/d8_s0", study=str(study)).api
    assert isinstance(api, EmbeddedAPI)
    solver = LocalSolver(api._model.writer)
    asked = [one for one in read_asked(study / MODELS).questions if one.family in families]
    drawn = ELICITATIONS[name].draw(solver, asked, effort, np.random.default_rng(0))
    local = {one.instance_id: attempt for one, attempt in zip(asked, drawn, strict=True)}
    found = {str(one.id): _record(one) for one in _small(study, tmp_path, f"{name}@{effort}", families)}
    assert found.keys() == local.keys()
    assert len(found) >= 20
    for instance_id, attempt in local.items():
        assert found[instance_id] == _fields(attempt), instance_id
    outcomes = Counter(record["outcome"] for record in found.values())
    assert len(outcomes) >= 2 or outcomes["limit_tokens"], outcomes


def test_small_models_are_asked_compactly_and_share_draws_between_elicitations(
    study: Path, tmp_path: Path
) -> None:
    said = {}
    for elicitation in ("sample", "majority@1", "best_of_n@2"):
        samples = list(_small(study, tmp_path, elicitation, ["work_in_order"]))
        assert {sample.messages[0].text.endswith(">") for sample in samples} == {True}
        said[elicitation] = [_record(sample)["text"] for sample in samples]
    assert said["sample"] == said["majority@1"]
    assert len(set(said["sample"])) > 1


def test_what_does_not_fit_is_not_asked(tmp_path: Path) -> None:
    script = Script(lambda _messages, _config: _said("?"))
    (sample,) = _ran(tmp_path, script, "few_shot@8", rendering="compact", sizes=[8])
    assert script.asked == []
    assert _record(sample) == _fields(UNASKED)
    assert math.isnan(_exact(sample))


def test_a_model_of_anybodys_may_be_asked_compactly(tmp_path: Path) -> None:
    script = Script(lambda messages, _config: _said(f"print(sha256('{messages[0].text[1:-1]}'))"))
    (sample,) = _ran(tmp_path, script, rendering="compact")
    assert script.asked[0][0].text == SHA.compact(SHA.instance(3, 0))
    assert (_exact(sample), _record(sample)["path"], _record(sample)["outcome"]) == (1, "call", "submitted")
    assert script.offered == [[]]


def test_words_are_not_put_to_who_reads_none(tmp_path: Path) -> None:
    (sample,) = _ran(tmp_path, Script(_solves), "tool_hint", rendering="compact")
    assert sample.error is not None
    assert "tool_hint works by words" in sample.error.message
    assert math.isnan(_exact(sample))


# --- what is refused --------------------------------------------------------------------------------------


def test_unknown_names_and_efforts_are_refused() -> None:
    with pytest.raises(UnknownName, match="best_of_n"):
        elicited("best_off_n")
    with pytest.raises(UnknownName, match="rendering"):
        elicited(rendering="prose")  # type: ignore[arg-type]
    for effort in (0, -1, 1.5, "2"):
        with pytest.raises(BadInput, match="effort"):
            elicited("best_of_n", effort)  # type: ignore[arg-type]

"""The embedded ladder as Inspect's provider: answers as of the local runner, errors with the way out."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import anyio
import numpy as np
import pytest
from inspect_ai import Task
from inspect_ai import eval as evaluated
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.dataset import Sample
from inspect_ai.model import (
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    ModelOutput,
    get_model,
)
from inspect_ai.scorer import exact
from inspect_ai.solver import generate
from inspect_ai.tool import ToolInfo

from tasklaws.core.errors import BadInput
from tasklaws.ladder.checkpoints import origin, save_state
from tasklaws.ladder.generate import BATCH as ROWS
from tasklaws.ladder.generate import Written
from tasklaws.ladder.preset import PRESETS
from tasklaws.ladder.size import PROMPT_PLACES, size_of
from tasklaws.ladder.store import MODELS, PRESET, made, read, read_asked
from tasklaws.ladder.train import started
from tasklaws.ladder.vocabulary import END, VOCABULARY, encode
from tasklaws.run.inspect_bridge import _models
from tasklaws.run.inspect_bridge.provider import STUDY, EmbeddedAPI, Unusable
from tasklaws.run.local_questions import Question, questions
from tasklaws.run.local_writing import Pen

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from inspect_ai.model import Model

    from tasklaws.ladder.generate import Writer

SMALL = replace(PRESETS["quick"], widths=(8, 12, 16), documents=120, items=2, elicited=1)
UNTRAINED, HALF_TRAINED = 16, 12


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a study whose smallest models are done, the next ones half, and the last not begun."""
    root = tmp_path_factory.mktemp("study")
    folder = root / MODELS
    made(SMALL, folder)
    (folder / PRESET).write_text(json.dumps(asdict(SMALL)))
    _save(folder, 8, left=0)
    _save(folder, HALF_TRAINED, left=1)
    return root


def _save(folder: Path, width: int, left: int) -> None:
    """Write models of random weights, enlarged so that answers differ and end now and then."""
    size = size_of(width)
    belongs = origin(size, SMALL.seeds, read(folder))
    state = started(size, SMALL.seeds, belongs.steps)
    for block in state.params["blocks"]:
        block["out"] *= 6
        block["down"] *= 12
    state.params["tokens"][:, VOCABULARY.index(END)] *= 2
    save_state(folder / f"d{width}.safetensors", belongs, replace(state, step=belongs.steps - left))


@pytest.fixture(scope="module")
def asked(study: Path) -> list[Question]:
    return [one for one in questions(read_asked(study / MODELS).questions) if one]


@pytest.fixture
def model(study: Path) -> Model:
    return get_model("tasklaws/d8_s1", study=str(study), memoize=False)


def api_of(model: Model) -> EmbeddedAPI:
    assert isinstance(model.api, EmbeddedAPI)
    return model.api


def together(asks: Sequence[Callable[[], Awaitable[Any]]]) -> list[Any]:
    """Return what `asks` give, all of them going on at once."""
    given: list[Any] = [None] * len(asks)

    async def one(place: int) -> None:
        given[place] = await asks[place]()

    async def main() -> None:
        async with anyio.create_task_group() as group:
            for place in range(len(asks)):
                group.start_soon(one, place)

    anyio.run(main)
    return given


def say(model: Model, prompt: Any, tools: Any = (), **settings: Any) -> ModelOutput:
    """Return one answer."""
    found = together([partial(model.generate, prompt, tools, config=GenerateConfig(**settings))])[0]
    assert isinstance(found, ModelOutput)
    return found


def test_answers_and_likelihoods_are_those_of_the_local_runner(model: Model, asked: list[Question]) -> None:
    """Bit by bit, whatever is asked together."""
    pen = Pen(api_of(model)._model.writer)
    written, known = pen.write(asked, 0.0, np.random.default_rng(0)), pen.measured(asked)
    assert len({one.text for one in written}) > len(asked) / 3
    assert {one.ended for one in written} == {True, False}
    for part in (slice(None), slice(5, 16)):
        outputs = together([partial(model.generate, one.prompt) for one in asked[part]])
        for one, output, question in zip(written[part], outputs, asked[part], strict=True):
            assert output.completion == one.text
            assert output.metadata == {"log_prob": one.log_prob, "ended": one.ended}
            assert output.stop_reason == ("stop" if one.ended else "max_tokens")
            assert output.usage.input_tokens == len(encode(question.prompt))
            assert output.usage.output_tokens == one.n_tokens
        told = together([partial(api_of(model).measured, one) for one in asked[part]])
        assert told == known[part]


def test_an_evaluation_of_inspect_says_the_same(model: Model, asked: list[Question], tmp_path: Path) -> None:
    known = Pen(api_of(model)._model.writer).write(asked, 0.0, np.random.default_rng(0))
    samples = [Sample(input=one.prompt, target="?", id=place) for place, one in enumerate(asked)]
    task = Task(dataset=samples, solver=generate(), scorer=exact())
    (log,) = evaluated(task, model=model, display="none", log_dir=str(tmp_path), log_samples=True)
    assert log.status == "success"
    assert log.eval.model == "tasklaws/d8_s1"
    found = {int(sample.id): sample.output.completion for sample in log.samples or []}
    assert found == {place: one.text for place, one in enumerate(known)}


def test_a_seed_decides_a_sample_whatever_is_asked_beside_it(model: Model, asked: list[Question]) -> None:
    wanted = [(one.prompt, seed) for one in asked[:10] for seed in (0, 1, -1, 2**40)]

    def said(part: list[tuple[str, int]]) -> list[str]:
        return [
            output.completion
            for output in together(
                [
                    partial(model.generate, prompt, config=GenerateConfig(temperature=1.0, seed=seed))
                    for prompt, seed in part
                ]
            )
        ]

    everything = said(wanted)
    api_of(model)._model = _models.Model(api_of(model)._model.writer)
    assert said(wanted[13:20][::-1]) == everything[13:20][::-1]
    assert len(set(everything)) > len(wanted) / 2


class Script:
    """A writer whose answers are as long as the digit in the prompt says; it remembers the batches."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    def write_drawn(self, prompts: Sequence[str], *_: object) -> list[Written]:
        self.batches.append(sorted(prompts))
        return [Written("x" * int(prompt[1]), -1.0, int(prompt[1]), ended=True) for prompt in prompts]


def test_a_batch_is_of_tasks_whose_answers_were_as_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """At first a batch is as it comes; then short answers do not wait for long ones."""
    monkeypatch.setattr(_models, "BATCH", 4)
    writer = Script()
    model = _models.Model(cast("Writer", writer))
    for letters in ("abcd", "efgh"):
        mixed = [f"{kind}{letter}>" for letter in letters for kind in ("S1", "L9")]
        together([partial(model.written, _models.Request(prompt)) for prompt in mixed])
    assert [{prompt[0] for prompt in batch} for batch in writer.batches] == [{"S", "L"}] * 2 + [{"S"}, {"L"}]


def test_equal_seeds_draw_other_chances_for_another_prompt() -> None:
    one, other = _models.Request("Hab>", 1.0, 5), _models.Request("Hac>", 1.0, 5)
    assert (one.chances() == _models.Request("Hab>", 1.0, 5).chances()).all()
    assert not (one.chances() == other.chances()).any()


def test_without_a_seed_each_sample_is_new_and_can_be_had_again(model: Model, asked: list[Question]) -> None:
    prompt = asked[0].prompt
    config = GenerateConfig(temperature=1.0)
    outputs = together([partial(model.generate, prompt, config=config)] * 8)
    seeds = [output.metadata["seed"] for output in outputs]
    assert len(set(seeds)) == len(outputs)
    assert len({output.completion for output in outputs}) > 1
    for output, seed in zip(outputs, seeds, strict=True):
        assert say(model, prompt, temperature=1.0, seed=seed).completion == output.completion


def test_an_answer_is_cut_after_so_many_symbols(model: Model, asked: list[Question]) -> None:
    outputs = together([partial(model.generate, one.prompt) for one in asked])
    longest = max(outputs, key=lambda output: output.usage.output_tokens)
    part = say(model, asked[outputs.index(longest)].prompt, max_tokens=2)
    assert encode(part.completion) == encode(longest.completion)[:2]
    assert part.stop_reason == "max_tokens"
    assert part.usage is not None
    assert part.usage.output_tokens == 2
    assert part.metadata == {"log_prob": None, "ended": False}


@pytest.mark.parametrize(
    ("prompt", "told"),
    [
        ("Was ist größer?", "holds 'ö'"),
        ("a" * (PROMPT_PLACES + 1), f"has {PROMPT_PLACES + 1} symbols"),
        ([ChatMessageAssistant(content="Hab>")], "has 0 symbols"),
    ],
)
def test_a_prompt_that_does_not_fit_is_no_error(model: Model, prompt: Any, told: str) -> None:
    output = say(model, prompt)
    assert (output.completion, output.stop_reason) == ("", "model_length")
    assert output.metadata is not None
    assert told in output.metadata["error"]


def test_only_the_last_words_of_the_user_are_read_and_the_rest_is_named(
    model: Model, asked: list[Question]
) -> None:
    chat = [
        ChatMessageSystem(content="Think first."),
        ChatMessageUser(content="Hab>"),
        ChatMessageAssistant(content="print()"),
        ChatMessageUser(content=asked[0].prompt),
    ]
    tools = [ToolInfo(name="python", description="runs programs")]
    output = say(model, chat, tools, top_p=0.5)
    assert output.completion == say(model, asked[0].prompt).completion
    assert output.metadata is not None
    assert output.metadata["ignored"] == [
        "assistant message",
        "system message",
        "earlier user message",
        "tools",
        "top_p",
    ]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("d9_s0", "Did you mean 'd8_s0'?"),
        ("rung4", "Did you mean 'rung3'?"),
        ("d8", "There are: d12_s0, d12_s1,"),
        (f"d{UNTRAINED}_s0", f"width {UNTRAINED} of .* are not trained.*no d{UNTRAINED}.safetensors.*study"),
        ("rung2", f"width {HALF_TRAINED} of .* are not trained. Its training stands at step"),
    ],
)
def test_a_model_that_is_not_there_is_told_with_the_way_out(study: Path, name: str, told: str) -> None:
    with pytest.raises(Unusable, match=told):
        get_model(f"tasklaws/{name}", study=str(study))


def test_a_study_that_is_not_there_is_told_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inspect tells such an error without a traceback; to Python it is bad input."""
    monkeypatch.delenv(STUDY, raising=False)
    with pytest.raises(
        PrerequisiteError, match="-M study=PATH, or in the environment variable TASKLAWS_STUDY"
    ):
        get_model("tasklaws/rung1")
    with pytest.raises(BadInput, match="holds no embedded ladder") as told:
        get_model("tasklaws/rung1", study=str(tmp_path))
    assert isinstance(told.value, PrerequisiteError)
    assert str(told.value.message) == str(told.value)


def test_a_study_is_also_named_by_the_environment(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STUDY, str(study))
    rung = get_model("tasklaws/rung1", memoize=False)
    assert str(rung) == "tasklaws/d8_s0"


def test_a_model_is_opened_once_until_its_checkpoint_is_another(study: Path) -> None:
    folder = study / MODELS
    first, again = (_models.opened(study, name)[1] for name in ("rung1", "d8_s0"))
    other = _models.opened(study, "d8_s1")[1]
    assert first is again is not other
    _save(folder, 8, left=0)
    assert _models.opened(study, "d8_s0")[1] is not first


def test_batches_have_the_rows_of_the_writer(model: Model) -> None:
    assert _models.BATCH == ROWS
    assert model.api.max_connections() > ROWS
    assert model.api.max_connections() % ROWS == 0


def test_the_provider_is_there_before_any_heavy_library() -> None:
    """Inspect imports what it needs for every evaluation, also where no ladder can run."""
    script = (
        "import sys; import tasklaws.run.inspect_bridge._models\n"
        "print([m for m in ('jax', 'safetensors', 'polars') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_without_the_extra_it_is_named(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_models, "PACKAGES", ("jax", "no_such_package"))
    with pytest.raises(Unusable, match=r'no_such_package .* pip install "tasklaws\[ladder\]"'):
        get_model("tasklaws/d8_s0", study=str(study), memoize=False)

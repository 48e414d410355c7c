"""The embedded ladder as a model provider of Inspect AI: ``--model tasklaws/rung3 -M study=PATH``.

Small models read compact prompts only, one at a time: the text of the last message of the user is answered,
and what else a request holds is named in the metadata of the answer as ignored.
"""

from __future__ import annotations

import math
import os
import secrets
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspect_ai._util.error import PrerequisiteError
from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessageAssistant,
    GenerateConfig,
    ModelAPI,
    ModelOutput,
    ModelUsage,
    StopReason,
    modelapi,
)

from tasklaws.core.errors import BadInput, TasklawsError
from tasklaws.ladder.size import PROMPT_PLACES
from tasklaws.ladder.vocabulary import encode
from tasklaws.run.inspect_bridge._models import BATCH, Request, opened

if TYPE_CHECKING:
    from inspect_ai.model import ChatMessage
    from inspect_ai.tool import ToolChoice, ToolInfo

    from tasklaws.run.local_questions import Question
    from tasklaws.run.local_writing import Measured

STUDY = "TASKLAWS_STUDY"
"""Environment variable that names the study where ``-M study=`` does not."""
WAITING = 4
"""Batches of requests at once; with fewer, short answers wait for long ones more often."""
SEED_BITS = 31
"""Bits of a seed that is drawn."""
WITHOUT_EFFECT = (
    "best_of", "frequency_penalty", "logit_bias", "logprobs", "num_choices", "presence_penalty",
    "response_schema", "stop_seqs", "top_k", "top_p",
)  # fmt: skip
"""Settings that change what other models answer."""
_SAID = attrgetter(*WITHOUT_EFFECT)


class Unusable(BadInput, PrerequisiteError):  # noqa: N818  as in core.errors
    """Bad input of which Inspect's command line tells what is said here, without a traceback."""

    def __init__(self, error: TasklawsError) -> None:
        super().__init__(error.what, error.need, error.way_out)
        self.args = (str(error),)


class EmbeddedAPI(ModelAPI):
    """One model of an embedded ladder."""

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig = GenerateConfig(),  # noqa: B008  Inspect's own default
        study: str | None = None,
    ) -> None:
        """Open a model by its name.

        Args:
            model_name: ``d8_s0``, or ``rung3`` for the first seed of the third width.
            base_url: not used.
            api_key: not used.
            config: settings of every request.
            study: folder of the study; None for the one that the environment variable names.

        Raises:
            Unusable: there is no such study, or no such model in it.
        """
        try:
            name, self._model = opened(_study(study), model_name)
        except TasklawsError as error:
            raise Unusable(error) from None
        super().__init__(name, base_url, api_key, [], config)

    async def generate(
        self,
        input: list[ChatMessage],  # noqa: A002  Inspect's word
        tools: list[ToolInfo],
        tool_choice: ToolChoice,  # noqa: ARG002
        config: GenerateConfig,
    ) -> ModelOutput:
        """Return what the model writes behind the last message of the user."""
        prompt = next((said.text for said in reversed(input) if said.role == "user"), "")
        about = _ignored(input, tools, config)
        try:
            n_read = _n_read(prompt)
        except BadInput as misfit:
            return self._output("", "model_length", (0, 0), about | {"error": str(misfit)})
        request = _request(prompt, config)
        written = (await self._model.written(request)).cut(config.max_tokens)
        about |= {
            "log_prob": written.log_prob if math.isfinite(written.log_prob) else None,
            "ended": written.ended,
        }
        if request.temperature > 0:
            about["seed"] = request.seed
        stop: StopReason = "stop" if written.ended else "max_tokens"
        return self._output(written.text, stop, (n_read, written.n_tokens), about)

    async def measured(self, question: Question) -> Measured:
        """Return what the model thinks of the reference solutions and choices of `question`."""
        return await self._model.measured(question)

    async def count_text_tokens(self, text: str) -> int:
        """Return the symbols of `text`; characters of a text that small models cannot read."""
        return _n_symbols(text)

    def max_connections(self) -> int:
        """Return some batches: one is worked on, and the next is chosen from those that wait."""
        return WAITING * BATCH

    def connection_key(self) -> str:
        """Return what tells models apart: each has batches of its own."""
        return f"{self._model.writer.size.width}/{id(self._model)}"

    def _output(
        self, text: str, stop: StopReason, symbols: tuple[int, int], about: dict[str, Any]
    ) -> ModelOutput:
        said = ChatMessageAssistant(content=text, model=self.model_name, source="generate")
        n_read, n_written = symbols
        usage = ModelUsage(input_tokens=n_read, output_tokens=n_written, total_tokens=n_read + n_written)
        choice = ChatCompletionChoice(message=said, stop_reason=stop)
        return ModelOutput(model=self.model_name, choices=[choice], usage=usage, metadata=about)


@modelapi("tasklaws")
def embedded() -> type[ModelAPI]:
    """Return the provider; a class that is registered itself would no longer be a class."""
    return EmbeddedAPI


def _study(said: str | None) -> Path:
    found = said or os.environ.get(STUDY)
    if not found:
        raise BadInput(
            "no study is named for the models of the embedded ladder.",
            "A model tasklaws/... is one of a study's own.",
            f"Name its folder with -M study=PATH, or in the environment variable {STUDY}.",
        )
    return Path(found)


def _ignored(messages: list[ChatMessage], tools: list[ToolInfo], config: GenerateConfig) -> dict[str, Any]:
    """Return what of a request is not heeded, as metadata of the answer; nothing where all of it is."""
    roles = [said.role for said in messages]
    found = [f"{role} message" for role in sorted({role for role in roles if role != "user"})]
    found += ["earlier user message"] * (roles.count("user") > 1) + ["tools"] * bool(tools)
    found += [name for name, said in zip(WITHOUT_EFFECT, _SAID(config), strict=True) if said is not None]
    return {"ignored": found} if found else {}


def _n_read(prompt: str) -> int:
    """Return the symbols of `prompt`.

    Raises:
        BadInput: small models cannot read it.
    """
    n = len(encode(prompt))
    if not 0 < n <= PROMPT_PLACES:
        raise BadInput(
            f"the prompt has {n} symbols.",
            f"Small models read 1 to {PROMPT_PLACES}.",
            "Put the compact question.",
        )
    return n


def _request(prompt: str, config: GenerateConfig) -> Request:
    """Return what decides the answer; without a seed one is drawn, so that what is asked again is new."""
    if not config.temperature:
        return Request(prompt)
    seed = secrets.randbits(SEED_BITS) if config.seed is None else config.seed
    return Request(prompt, config.temperature, seed)


def _n_symbols(text: str) -> int:
    try:
        return len(encode(text))
    except BadInput:
        return len(text)

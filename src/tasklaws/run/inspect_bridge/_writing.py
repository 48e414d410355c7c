"""An attempt of a small model: one answer to a compact prompt, judged as the local runner judges it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from inspect_ai.model import ChatMessageUser, get_model

from tasklaws.families import FAMILIES
from tasklaws.run.inspect_bridge.provider import EmbeddedAPI
from tasklaws.run.local_attempts import UNASKED, LocalAttempt
from tasklaws.run.local_attempts import judged as judged_small
from tasklaws.run.local_programs import LIMITS
from tasklaws.run.local_questions import questions
from tasklaws.run.local_writing import Measured

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inspect_ai.model import ChatMessage, GenerateConfig, ModelOutput

    from tasklaws.ladder.generate import Written
    from tasklaws.run.local_questions import Question
    from tasklaws.spec.family import Instance


@dataclass
class Writing:
    """One answer to one compact prompt."""

    instance: Instance
    question: Question | None
    """None where the prompt does not fit."""
    config: GenerateConfig
    messages: list[ChatMessage]
    output: ModelOutput | None = None
    calls: list[dict[str, Any]] = field(default_factory=list)
    """None: calls stand in the attempt, as the local runner has them."""
    made: LocalAttempt = UNASKED

    async def go(self) -> None:
        """Let the model write, and carry out its tool."""
        if self.question is None:
            return
        model = get_model()
        self.made = LocalAttempt("", outcome="limit")
        self.output = await model.generate(self.messages, config=self.config)
        self.messages.append(self.output.message)
        measured = (
            await model.api.measured(self.question) if isinstance(model.api, EmbeddedAPI) else Measured()
        )
        self.made = judged_small(self.question, written(self.output), measured, LIMITS)

    def attempt(self, stopped: str | None) -> LocalAttempt:
        """Return the attempt that the answer is."""
        return (
            self.made
            if stopped is None or self.made.path is not None
            else replace(self.made, outcome=stopped)
        )


def writing(instance: Instance, shots: Sequence[str], config: GenerateConfig) -> Writing:
    """Return an attempt at `instance` that is yet to be made."""
    (question,) = questions([instance], shots)
    prompt = question.prompt if question else FAMILIES[instance.family].compact(instance)
    return Writing(instance, question, config, [ChatMessageUser(content=prompt)])


def written(output: ModelOutput) -> Written:
    """Return what a model wrote, as the local runner has it."""
    from tasklaws.ladder.generate import Written  # it imports jax

    about = output.metadata or {}
    likely = about.get("log_prob")
    return Written(
        output.completion,
        -math.inf if likely is None else likely,
        output.usage.output_tokens if output.usage else 0,
        about.get("ended", output.stop_reason == "stop"),
    )

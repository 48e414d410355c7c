"""An attempt of a general model: a conversation in English, in which tools are called until it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from inspect_ai.model import execute_tools, get_model
from inspect_ai.util import Store, sample_limits, store
from inspect_ai.util._store import init_subtask_store  # no public name: `subtask` adds events of its own

from tasklaws.families import FAMILIES
from tasklaws.run.inspect_bridge._calls import CALLS
from tasklaws.run.inspect_bridge.scorers import judged
from tasklaws.run.inspect_bridge.tools import RULES
from tasklaws.spec.transcript import Attempt, ToolCall

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inspect_ai.model import ChatMessage, GenerateConfig, ModelOutput
    from inspect_ai.tool import Tool

    from tasklaws.run.local_attempts import LocalAttempt
    from tasklaws.spec.family import Instance

TURNS = 100
"""Answers of the model after which a conversation is ended, where no limit on turns was set."""
CUT = ("max_tokens", "model_length")
"""Why an answer stopped that ran out of tokens."""


@dataclass
class Conversation:
    """A conversation about one instance."""

    instance: Instance
    messages: list[ChatMessage]
    tools: Sequence[Tool]
    config: GenerateConfig
    places: int | None
    """Tokens that the model may write in all."""
    output: ModelOutput | None = None
    calls: list[dict[str, Any]] = field(default_factory=list)
    outputs: list[ModelOutput] = field(default_factory=list)
    outcome: str = "submitted"

    async def go(self) -> None:
        """Talk until the model answers without calling a tool; calls are recorded apart from other talks."""
        around = store()
        own = Store({RULES: around.get(RULES)})
        init_subtask_store(own)
        try:
            await self._talk()
        finally:
            self.calls = own.get(CALLS) or []
            init_subtask_store(around)

    async def _talk(self) -> None:
        while await self._answered():
            if len(self.outputs) >= (sample_limits().turn.limit or TURNS):
                self.outcome = "limit"
                return
            added, _ = await execute_tools(self.messages, list(self.tools), self.config.max_tool_output)
            self.messages.extend(added)

    async def _answered(self) -> bool:
        """Let the model speak; return whether it called a tool and may go on."""
        config = self.config
        if self.places is not None:
            config = config.model_copy(update={"max_tokens": self.places - self.tokens})
        output = await get_model().generate(self.messages, list(self.tools), config=config)
        self.output = output
        self.outputs.append(output)
        self.messages.append(output.message)
        wants = bool(output.message.tool_calls)
        if output.stop_reason in CUT or (self.places is not None and self.tokens + wants > self.places):
            self.outcome = "limit_tokens"
            return False
        return wants

    @property
    def tokens(self) -> int:
        """Return the tokens that the model wrote."""
        return sum(output.usage.output_tokens for output in self.outputs if output.usage)

    def attempt(self, stopped: str | None) -> LocalAttempt:
        """Return the attempt that the conversation is; who still called a tool has not answered yet."""
        said = "\n".join(output.message.text for output in self.outputs)
        last = self.output
        answered = last is not None and not last.message.tool_calls
        answer = FAMILIES[self.instance.family].read(last.completion) if last and answered else ""
        calls = tuple(
            ToolCall(call["tool"], call["text"], call["outcome"], call["output"]) for call in self.calls
        )
        outcome = stopped or self.outcome
        bare = Attempt(
            answer, said, calls, log_prob=log_prob(self.outputs) if outcome == "submitted" else None
        )
        return judged(self.instance, bare, outcome, self.tokens)


def log_prob(outputs: Sequence[ModelOutput]) -> float | None:
    """Return the log-probability of all that was written; None where the provider does not tell it."""
    told = [output.choices[0].logprobs if output.choices else None for output in outputs]
    if not told or any(one is None or not one.content for one in told):
        return None
    return sum(token.logprob for one in told if one for token in one.content)

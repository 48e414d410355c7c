"""Transcripts in one small form: who attempted what, how it ended, and its turns in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tasklaws.core.provenance import canonical_json, sha256_hex
from tasklaws.study.marks import ATTEMPT

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Called:
    """A call of a tool in a transcript."""

    tool: str
    text: str
    """What was passed: the one text among the arguments, else the arguments as JSON."""
    output: str = ""
    failed: str | None = None
    """Message of the error, as the model saw it; None where the call went well."""
    malformed: bool = False
    """Whether the log says that the call could not be read."""


@dataclass(frozen=True)
class Turn:
    """One message: who speaks, the words, and the calls in it."""

    role: str
    """``system``, ``user`` or ``assistant``."""
    text: str
    calls: tuple[Called, ...] = ()


@dataclass(frozen=True)
class Transcript:
    """One attempt as it can be observed; what is not known is None."""

    model: str
    task_family: str
    task_id: str
    instance_id: str | None = None
    epoch: int = 0
    """From 0; Inspect counts from 1."""
    harness_id: str | None = None
    elicitation: str | None = None
    turns: tuple[Turn, ...] = ()
    tools: tuple[str, ...] | None = None
    """Names of the tools that were offered."""
    outcome: str = "submitted"
    path: str | None = None
    tokens: int | None = None
    score: float | None = None
    stop: str | None = None
    """Why the last answer ended, in Inspect's words."""
    log_file: str | None = None
    run_id: str | None = None

    @property
    def attempt_id(self) -> str:
        """Return a short name that is the same wherever the attempt is read from."""
        return sha256_hex(canonical_json([getattr(self, name) for name in ATTEMPT]))[:16]

    @property
    def written(self) -> tuple[str, ...]:
        """Return what the model wrote, turn by turn."""
        return tuple(turn.text for turn in self.turns if turn.role == "assistant")

    @property
    def calls(self) -> tuple[Called, ...]:
        """Return all calls in order."""
        return tuple(call for turn in self.turns for call in turn.calls)


def from_lines(lines: Sequence[str], **facts: Any) -> Transcript:  # noqa: ANN401 - fields of a transcript
    """Return the transcript that short lines write out, for examples and tests.

    A line begins with ``user:``, ``assistant:`` or ``call TOOL:``; behind a call stand ``output:``,
    ``error:`` or ``parse_error:``.
    """
    turns: list[Turn] = []
    for line in lines:
        word, _, said = line.partition(": ") if ": " in line else line.partition(":")
        if word.startswith("call "):
            before = turns.pop() if turns and turns[-1].role == "assistant" else Turn("assistant", "")
            turns.append(Turn("assistant", before.text, (*before.calls, Called(word[5:], said))))
        elif word in {"output", "error", "parse_error"}:
            *calls, last = turns[-1].calls
            ended = Called(
                last.tool,
                last.text,
                said if word == "output" else "",
                None if word == "output" else said,
                malformed=word == "parse_error",
            )
            turns[-1] = Turn("assistant", turns[-1].text, (*calls, ended))
        else:
            turns.append(Turn(word, said))
    return Transcript(**({"model": "m", "task_family": "f", "task_id": "f/1"} | facts), turns=tuple(turns))

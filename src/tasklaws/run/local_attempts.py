"""From what a small model wrote to an attempt: its tool is carried out, its answer read, its path told."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tasklaws.run.local_programs import carried_out
from tasklaws.spec.transcript import Attempt, ToolCall

if TYPE_CHECKING:
    from tasklaws.ladder.generate import Written
    from tasklaws.run.local_questions import Question
    from tasklaws.run.local_writing import Measured
    from tasklaws.spec.sandbox import Kind, RunLimits

ENDS: dict[Kind, str] = {
    "timeout": "limit_time",
    "memory": "limit",
    "output_cap": "limit",
    "unsupported": "error",
    "crashed": "error",
}
"""How the run of a program ended -> outcome of the attempt. A program that errs is submitted, and wrong."""


@dataclass(frozen=True)
class LocalAttempt(Attempt):
    """An attempt of a small model; its `log_prob` is at temperature 1, and None where the text was cut."""

    tokens: int = 0
    outcome: str = "submitted"
    """As in the table of runs."""
    path: str | None = None
    """None where nothing can be said of the attempt, so that it has no score: the sandbox lacks what the
    program uses (`outcome` ``error``), or the question does not fit (``limit_tokens``, no tokens)."""


UNASKED = LocalAttempt("", outcome="limit_tokens")
"""What there is of a question that does not fit."""


def judged(question: Question, written: Written, measured: Measured, limits: RunLimits) -> LocalAttempt:
    """Return the attempt that `written` is."""
    calls = _calls(question, written.text, limits)
    answer = _answer(question, written.text, calls)
    bare = Attempt(answer, written.text, calls)
    lacking = any(call.outcome == "unsupported" for call in calls) and written.ended
    marked = question.family.milestones
    return LocalAttempt(
        answer,
        written.text,
        calls,
        measured.probabilities,
        measured.nll,
        measured.tokens,
        measured.n_bytes,
        marked(question.instance, answer) if marked else None,
        written.log_prob if math.isfinite(written.log_prob) else None,
        written.n_tokens,
        _outcome(calls, ended=written.ended),
        None if lacking else _path(question, bare),
    )


def _calls(question: Question, text: str, limits: RunLimits) -> tuple[ToolCall, ...]:
    if question.tool is None:
        return ()
    got = carried_out(question.tool, question.family.prelude, text, limits)
    return (ToolCall(question.tool, text, got.kind, got.stdout),)


def _answer(question: Question, text: str, calls: tuple[ToolCall, ...]) -> str:
    """Return what the tool put out, nothing where it failed; without a tool, what the family reads."""
    if question.tool is None:
        return question.family.read(text)
    return "".join(call.output.strip() for call in calls if call.outcome == "ok")


def _outcome(calls: tuple[ToolCall, ...], *, ended: bool) -> str:
    if not ended:
        return "limit_tokens"
    return next((ENDS[call.outcome] for call in calls if call.outcome in ENDS), "submitted")


def _path(question: Question, attempt: Attempt) -> str:
    with warnings.catch_warnings():  # of Python about the model's program
        warnings.simplefilter("ignore")
        return question.family.classify(question.instance, attempt)

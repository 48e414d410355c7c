"""What one sample of a log says, as rows of attempts: one for each part of each score."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.core.tables import RUNS
from tasklaws.importers._inspect_files import text, under, whole
from tasklaws.importers._inspect_trace import moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

GRADES = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
"""Inspect's own grades: correct, partial, incorrect, no answer."""
LIMITS = {"time": "limit_time", "working": "limit_time", "token": "limit_tokens"}
"""Kind of limit -> outcome; of every other kind it is `limit`."""
CALLS = "tasklaws_calls"
"""Place in a sample's store of the calls that our tools record."""
CANCELLED = "CancelledError"
"""How the error begins of a sample that was under way when somebody ended the run."""

TYPES: dict[str, Any] = dict(RUNS.dtypes()) | {
    "log_prob": pl.Float64,
    "reference_nll": pl.Float64,
    "tool_outcome": pl.String,
    "text": pl.String,
    "solution_similarity": pl.Float64,
    "input_tokens": pl.Int64,
    "total_tokens": pl.Int64,
    "working_seconds": pl.Float64,
    "n_calls": pl.Int64,
    "n_turns": pl.Int64,
    "log_file": pl.String,
    "sample_id": pl.String,
}
"""Column -> type of what is read: those of the table of runs, and more behind.

log_prob                    of the answer: all of its tokens together, nats
reference_nll               of the likeliest reference solution: negative log-likelihood, nats
tool_outcome                how the last call of a tool ended
text                        the answer, cut
solution_similarity         of it to the nearest reference solution
input_tokens, total_tokens  of all models in the sample: read, and in all
working_seconds             without waiting times
n_calls, n_turns            calls of tools, and turns of the model
log_file, sample_id         where the attempt can be looked at
"""


def attempt(sample: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a sample says whatever its scores."""
    turns, calls = _turns(sample)
    usage = under(sample, "model_usage")
    if not usage and turns == 1:  # logs of 2024 tell it of each output only
        usage = {"": under(sample, "output").get("usage")}
    return {
        "outcome": outcome(sample),
        "started_at": moment(sample.get("started_at")),
        "completed_at": moment(sample.get("completed_at")),
        "tokens": _used(usage, "output_tokens"),
        "log_prob": _log_prob(sample),
        "input_tokens": _used(usage, "input_tokens"),
        "total_tokens": _used(usage, "total_tokens"),
        "working_seconds": number(sample.get("working_time")),
        "n_calls": calls,
        "n_turns": turns,
    }


def of_score(about: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the metadata of a score states of the attempt; of ours it is more than Inspect knows."""
    stated = {
        "tokens": whole(about.get("tokens")),
        "path": text(about.get("path")),
        "log_prob": number(about.get("log_prob")),
        "reference_nll": number(about.get("reference_nll")),
        "tool_outcome": text(about.get("tool_outcome")),
        "text": text(about.get("text")),
        "solution_similarity": number(about.get("solution_similarity")),
    }
    return {name: value for name, value in stated.items() if value is not None}


def scores(sample: Mapping[str, Any]) -> Iterator[tuple[str, str | None, Any, dict[str, Any]]]:
    """Yield scorer, part, value and metadata of each part of each score."""
    told = under(sample, "scores") or ({"score": sample["score"]} if sample.get("score") else {})
    for scorer, score in told.items():
        value = score.get("value", score) if isinstance(score, dict) else score
        about = under(score, "metadata")
        parts = value.items() if isinstance(value, dict) else [(None, value)]
        for part, own in parts:
            yield scorer, part, own, about


def share(value: object) -> float | None:
    """Return a score from 0 to 1; None where it is none."""
    if isinstance(value, str):
        return GRADES.get(value)
    found = float(value) if isinstance(value, bool) else number(value)
    return found if found is not None and 0 <= found <= 1 else None


def number(value: object) -> float | None:
    """Return a finite number; truth is none."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def outcome(sample: Mapping[str, Any]) -> str:
    """Return how an attempt ended, as Inspect says it."""
    if sample.get("error"):
        return "error"
    limit = sample.get("limit")
    return LIMITS.get(str(under(sample, "limit").get("type")), "limit") if limit else "submitted"


def cancelled(sample: Mapping[str, Any]) -> bool:
    """Return whether somebody ended the run while the sample was under way; it is no attempt then."""
    said = under(sample, "error").get("message")
    return isinstance(said, str) and said.startswith(CANCELLED) and not sample.get("scores")


def minutes(about: Mapping[str, Any]) -> float | None:
    """Return how long a sample takes people, as its metadata says."""
    found = number(about.get("human_minutes"))
    return found if found is not None and found > 0 else None


def _used(usage: Mapping[str, Any], kind: str) -> int | None:
    """Return the tokens of one kind of all models together."""
    known = [one for name in usage if (one := whole(under(usage, name).get(kind))) is not None]
    return sum(known) if known else None


def _turns(sample: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Return the turns of the model and the calls of tools; our own record goes before what messages tell."""
    turns, told = whole(sample.get("turn_count")), under(sample, "store").get(CALLS)
    calls = len(told) if isinstance(told, list) else None
    messages = sample.get("messages")
    if not isinstance(messages, list):
        return turns, calls
    spoken = [one for one in messages if isinstance(one, dict) and one.get("role") == "assistant"]
    if calls is None:
        calls = sum(len(one.get("tool_calls") or ()) for one in spoken)
    return len(spoken) if turns is None else turns, calls


def _log_prob(sample: Mapping[str, Any]) -> float | None:
    """Return the log-probability of the last output, all tokens together; None where the log has none."""
    choices = under(sample, "output").get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    content = under(first, "logprobs").get("content")
    if not isinstance(content, list) or not content:
        return None
    told = [number(one.get("logprob")) if isinstance(one, dict) else None for one in content]
    known = [one for one in told if one is not None]
    return sum(known) if len(known) == len(told) else None

"""Attempts from logs of Inspect AI, read as files, without Inspect; one is held at a time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tasklaws.assess.observation.transcripts import Called, Transcript, Turn
from tasklaws.importers._inspect_files import Log, text, under, whole
from tasklaws.importers._inspect_header import Header
from tasklaws.importers._inspect_rows import cancelled, minutes, outcome, share

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

ATTACHED = "attachment://"
"""Long texts stand in a log once, and are named in their places."""


def of_log(path: Path) -> Iterator[Transcript]:
    """Yield the attempts of one log, under the keys that the importer gives them.

    A model of a ladder goes by the name that it has there, where the log tells it.

    Raises:
        BadInput: the file is no log.
    """
    log = Log(path)
    head = Header(log)
    shared = head.shared | {"log_file": str(path)}
    shared["model"] = text(head.ours.get("rung")) or shared["model"]
    target = text(head.ours.get("target_metric"))
    for sample in (one for one in log.samples() if not cancelled(one)):
        yield _attempt(sample, shared, head.family, target)


def _attempt(sample: dict[str, Any], shared: Mapping[str, Any], named: str, target: str | None) -> Transcript:
    about, epoch = under(sample, "metadata"), whole(sample.get("epoch")) or 1
    scored = _first_score(sample)
    beside = under(scored, "metadata")
    own = f"{named}/{sample.get('id')}" if minutes(about) is not None else named
    return Transcript(
        **shared,
        task_family=text(about.get("task_family")) or named,
        task_id=text(about.get("task_id")) or own,
        instance_id=text(str(sample.get("id"))),
        epoch=epoch - 1,
        turns=_turns(sample, beside),
        tools=_offered(sample),
        outcome=_outcome(sample, beside),
        path=text(beside.get("path")),
        tokens=whole(beside.get("tokens")) or _tokens(sample),
        score=_score(scored.get("value"), target),
        stop=_stop(sample),
        run_id=text(sample.get("uuid")),
    )


def _first_score(sample: Mapping[str, Any]) -> dict[str, Any]:
    scores = under(sample, "scores")
    return next((one for one in scores.values() if isinstance(one, dict)), {})


def _score(value: object, target: str | None) -> float | None:
    """Return the score, of several the one of the target metric, else the first."""
    if isinstance(value, dict):
        value = value.get(target) if target in value else next(iter(value.values()), None)
    return share(value)


def _outcome(sample: Mapping[str, Any], beside: Mapping[str, Any]) -> str:
    """Return how an attempt ended: as Inspect says, else as our score does."""
    ended = outcome(sample)
    if ended != "submitted":
        return ended
    return "invalid_success" if beside.get("invalid_success") else text(beside.get("outcome")) or ended


def _tokens(sample: Mapping[str, Any]) -> int | None:
    usage = under(sample, "model_usage")
    known = [one for one in (whole(under(usage, name).get("output_tokens")) for name in usage) if one]
    return sum(known) if known else None


def _stop(sample: Mapping[str, Any]) -> str | None:
    choices = under(sample, "output").get("choices")
    last = choices[-1] if isinstance(choices, list) and choices else None
    return text(last.get("stop_reason")) if isinstance(last, dict) else None


def _offered(sample: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the tools that some turn of the model was offered; None where the log does not tell."""
    events = sample.get("events")
    asked = [one for one in events if isinstance(one, dict)] if isinstance(events, list) else []
    told = [
        one["tools"] for one in asked if one.get("event") == "model" and isinstance(one.get("tools"), list)
    ]
    names = (tool.get("name") for tools in told for tool in tools if isinstance(tool, dict))
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str))) if told else None


def _turns(sample: Mapping[str, Any], beside: Mapping[str, Any]) -> tuple[Turn, ...]:
    """Return the turns of the messages; calls that no message holds come from the record of our tools."""
    held = sample.get("messages")
    messages = [one for one in held if isinstance(one, dict)] if isinstance(held, list) else []
    attached = under(sample, "attachments")
    answers = {one.get("tool_call_id"): one for one in messages if one.get("role") == "tool"}
    turns = tuple(_turn(one, answers, attached) for one in messages if one.get("role") != "tool")
    recorded = _recorded(beside.get("calls"))
    if recorded and not any(turn.calls for turn in turns):
        turns += (Turn("assistant", "", recorded),)
    return turns


def _turn(message: Mapping[str, Any], answers: Mapping[Any, Any], attached: Mapping[str, Any]) -> Turn:
    asked = message.get("tool_calls")
    calls = [one for one in asked if isinstance(one, dict)] if isinstance(asked, list) else []
    made = tuple(_called(one, answers.get(one.get("id")) or {}, attached) for one in calls)
    return Turn(str(message.get("role")), _words(message.get("content"), attached), made)


def _called(call: Mapping[str, Any], answer: Mapping[str, Any], attached: Mapping[str, Any]) -> Called:
    unread = text(call.get("parse_error"))
    error = text(under(answer, "error").get("message"))
    return Called(
        text(call.get("function")) or "",
        _passed(call.get("arguments"), attached),
        _words(answer.get("content"), attached),
        unread or error,
        malformed=unread is not None or under(answer, "error").get("type") == "parsing",
    )


def _passed(arguments: object, attached: Mapping[str, Any]) -> str:
    texts = list(arguments.values()) if isinstance(arguments, dict) else [arguments]
    if len(texts) == 1 and isinstance(texts[0], str):
        return _words(texts[0], attached)
    return json.dumps(arguments, ensure_ascii=True, sort_keys=True)


def _words(content: object, attached: Mapping[str, Any]) -> str:
    """Return the text of a message; of its parts those that are text."""
    if isinstance(content, list):
        return "\n".join(_words(part.get("text"), attached) for part in content if isinstance(part, dict))
    named = content.removeprefix(ATTACHED) if isinstance(content, str) else ""
    return text(attached.get(named)) or text(content) or ""


def _recorded(calls: object) -> tuple[Called, ...]:
    """Return the calls that our tools recorded."""
    told = [one for one in calls if isinstance(one, dict)] if isinstance(calls, list) else []
    return tuple(
        Called(
            str(one.get("tool")),
            text(one.get("text")) or "",
            text(one.get("output")) or "",
            None if one.get("outcome") == "ok" else text(one.get("detail")) or str(one.get("outcome")),
        )
        for one in told
    )

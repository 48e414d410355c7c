"""Tool misuse: calls that no tool could carry out, and the same failing call again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tasklaws.assess.observation.flag import Flag, Seen, seen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.assess.observation.others import Others
    from tasklaws.assess.observation.transcripts import Called, Transcript

UNREADABLE = re.compile(
    r"tool \S+ (?:was )?not found|(?:unknown|no such) tool|validation errors? pars|required property|"
    r"unexpected keyword argument|missing \d+ required|is not of type|additional properties|"
    r"error parsing .*arguments",
    re.IGNORECASE,
)
"""Errors of a call as such, rather than of what it asked for."""
BEYOND = re.compile(
    r"\b50\d\b|unavailable|timed? ?out|connection|resolve host|network|rate limit", re.IGNORECASE
)
"""Errors for which the same call may be tried again."""
IN_WORDS = re.compile(
    r"<(?:tool_call|function_calls?|invoke)\b|^Action: *\w+ *\nAction Input:|"
    r"\{\s*\"name\"\s*:\s*\"\w+\"\s*,\s*\"(?:arguments|parameters)\"\s*:",
    re.MULTILINE,
)
"""Calls that were written out instead of made."""
FENCE = re.compile(r"^\s*```")
PROSE = re.compile(r"^[A-Z]?[a-z]+(?: [a-z]+,?){4,}[^()=:\[\]{}]*$")
"""Five plain words in a row, and no sign that programs have."""


def look(attempt: Transcript, others: Others) -> Seen | None:  # noqa: ARG001
    """Return the first call that was made wrongly."""
    return next(_found(attempt), None)


def _found(attempt: Transcript) -> Iterator[Seen]:
    failed: set[tuple[str, str]] = set()
    for number, call in enumerate(attempt.calls, 1):
        place = f"call {number}, {call.tool}"
        told = (call.tool, "".join(call.text.split()))
        if _unfit(attempt, call):
            yield seen(f"{call.text} -> {call.failed}", place)
        elif call.failed and told in failed and not BEYOND.search(call.failed):
            yield seen(f"again: {call.text} -> {call.failed}", place)
        if call.failed:
            failed.add(told)
    for number, turn in enumerate(attempt.turns, 1):
        if attempt.tools and turn.role == "assistant" and not turn.calls and IN_WORDS.search(turn.text):
            yield seen(turn.text, f"turn {number}")


def _unfit(attempt: Transcript, call: Called) -> bool:
    """Return whether no tool could have carried out a call."""
    if call.malformed or (attempt.tools and call.tool not in attempt.tools):
        return True
    if not call.failed:
        return False
    no_program = "syntax" in call.failed.lower() and bool(FENCE.match(call.text) or PROSE.match(call.text))
    return bool(UNREADABLE.search(call.failed)) or no_program


FLAG = Flag(
    "tool_misuse",
    "calls that no tool could carry out, or the same failing call again",
    source="arXiv 2305.16504 and arXiv 2307.16789 (kinds of errors in calls of tools)",
    status="emerging",
    rule="a call is unreadable, lacks arguments, names a tool that is not offered, is prose or a fenced "
    "block, or is written out instead of made; or a call that failed is made again as it was",
    look=look,
)

"""What a reader is shown of an attempt: the question, what it did, how it ended; all fit for a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tasklaws.assess.observation.links import sample_address
from tasklaws.core.display import shown
from tasklaws.core.errors import TasklawsError
from tasklaws.families import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.assess.observation.observed import Observed
    from tasklaws.assess.observation.transcripts import Called, Transcript
    from tasklaws.spec.family import Instance

LONGEST = 2000
"""Characters of one text."""
TURNS = 12
"""Turns at the end of an attempt that are shown."""


@dataclass(frozen=True)
class Card:
    """One attempt to be read, in lines that cannot steer a terminal."""

    attempt_id: str
    number: int
    of: int
    lines: tuple[str, ...]


def card(one: Observed, whole: Transcript, number: int, of: int) -> Card:
    """Return what a reader sees of an attempt; `whole` is the attempt with its turns."""
    told = (line for part in _parts(one, whole) for line in part.split("\n"))
    return Card(whole.attempt_id, number, of, tuple(shown(line, LONGEST) for line in told))


def _parts(one: Observed, whole: Transcript) -> Iterator[str]:
    yield f"{whole.model} on {whole.task_id}, {whole.elicitation}, epoch {whole.epoch}"
    asked, answer = _question(whole)
    yield f"question: {_cut(asked)}"
    if answer is not None:
        yield f"right answer: {answer}"
    yield "what it did:"
    turns = [turn for turn in whole.turns if turn.role == "assistant"]
    if len(turns) > TURNS:
        yield f"  ({len(turns) - TURNS} turns before)"
    for turn in turns[-TURNS:]:
        if turn.text and not any(call.text == turn.text for call in turn.calls):
            yield f"  says: {_cut(turn.text)}"
        yield from (f"  {_call(call)}" for call in turn.calls)
    score = "none" if whole.score is None else f"{whole.score:g}"
    yield f"outcome: {whole.outcome}; score: {score}; path: {whole.path or 'unknown'}; tokens: {whole.tokens}"
    for name, seen in sorted(one.found.items()):
        yield f"flag {name}: {seen.quote} ({seen.place})"
    if whole.log_file and whole.instance_id:
        yield f"in the viewer: {sample_address(whole.log_file, whole.instance_id, whole.epoch)}"


def _call(call: Called) -> str:
    ended = (
        f"failed: {call.failed}" if call.failed else f"gave: {_cut(call.output)}" if call.output else "done"
    )
    return f"calls {call.tool}: {_cut(call.text)}\n    {ended}"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"


def _question(whole: Transcript) -> tuple[str, str | None]:
    """Return the question as the log has it, or as the family asks it, and the answer where it is known."""
    said = next((turn.text for turn in whole.turns if turn.role == "user"), None)
    instance = _instance(whole)
    if instance is None:
        return said or "not known", None
    return said or FAMILIES[instance.family].english(instance), instance.answer


def _instance(whole: Transcript) -> Instance | None:
    parts = (whole.instance_id or "").split("/")
    if len(parts) != 4 or parts[0] not in FAMILIES or not all(part.isdigit() for part in parts[1:]):  # noqa: PLR2004
        return None
    size, seed, index = map(int, parts[1:])
    try:
        return FAMILIES[parts[0]].instance(size, index, seed)
    except TasklawsError:
        return None

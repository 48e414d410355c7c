"""Looping: the same calls with the same results, or the same words, again and again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tasklaws.assess.observation.flag import Flag, Seen, seen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tasklaws.assess.observation.others import Others
    from tasklaws.assess.observation.transcripts import Called, Transcript

AGAIN = 3
"""Times in a row that a cycle of turns or calls, or a paragraph, is gone through."""
LONGEST_CYCLE = 4
"""Calls of a cycle."""
SHORT_AGAIN, LEAST_LENGTH = 5, 60
"""Times in a row that a shorter piece of text stands, and characters that all of them take."""
SLACK = 20
"""Characters that may stand behind the last of them, besides part of one more."""
READ = 6000
"""Characters at the end of a turn that are searched."""

LIST_NUMBER = re.compile(r"(?m)^\s*\d+[.)]\s*")
LONGEST_PIECE, PARAGRAPH, LONGEST_PARAGRAPH = 120, 60, 600
"""Characters of a piece of text, and of a paragraph."""


def look(attempt: Transcript, others: Others) -> Seen | None:  # noqa: ARG001
    """Return the first cycle of calls, of turns, or of words within a turn."""
    done = attempt.calls
    at = _cycle([_told(call) for call in done])
    if at is not None:
        return seen(done[at].text, f"call {at + 1} of {len(done)}, {done[at].tool}")
    silent = [turn.text for turn in attempt.turns if turn.role == "assistant" and not turn.calls]
    at = _cycle([" ".join(text.split()) for text in silent if text.strip()])
    if at is not None:
        return seen(silent[at], "turns without a call")
    for number, text in enumerate(attempt.written, 1):
        if len(text) >= LEAST_LENGTH and (again := _repeated(text)):
            return seen(f"{again} …", f"turn {number}")
    return None


def _told(call: Called) -> tuple[str, str, str]:
    return call.tool, "".join(call.text.split()), call.failed or call.output


def _cycle(told: Sequence[object]) -> int | None:
    """Return where a cycle begins that is gone through often enough; None where there is none."""
    for length in range(1, LONGEST_CYCLE + 1):
        same = 0
        for at in range(length, len(told)):
            same = same + 1 if told[at] == told[at - length] else 0
            if same >= length * (AGAIN - 1):
                return at + 1 - length * AGAIN
    return None


def _repeated(text: str) -> str | None:
    """Return the piece of text that the end of `text` repeats; the numbers of a list do not count."""
    plain = " ".join(LIST_NUMBER.sub("", text[-READ:]).split()) + " "
    ends = range(len(plain), max(len(plain) - SLACK - 1, 0), -1)
    pieces = (plain[end - length : end] for end in ends for length in _periods(plain, end))
    return next((piece for piece in pieces if any(map(str.isalnum, piece))), None)


def _periods(plain: str, end: int) -> Iterator[int]:
    """Yield the lengths of pieces that stand often enough in a row before `end`."""
    last, at = plain[end - 1], end - 1
    for length in range(1, min(LONGEST_PARAGRAPH, end // AGAIN) + 1):
        if plain[at - length] == last:
            same = (_times(length) - 1) * length
            if end >= same + length and plain[end - same : end] == plain[end - same - length : end - length]:
                yield length


def _times(length: int) -> int:
    """Return how often a piece of that length must stand in a row."""
    if length > LONGEST_PIECE:
        return AGAIN
    short = max(SHORT_AGAIN, -(-LEAST_LENGTH // length))
    return min(short, AGAIN) if length >= PARAGRAPH else short


FLAG = Flag(
    "looping",
    "the same call or the same words again and again",
    source="arXiv 1904.09751, section 1 (repetition loops of generated text)",
    status="published",
    rule=f"a cycle of at most {LONGEST_CYCLE} calls with equal results, or of turns, {AGAIN} times in a "
    f"row; or a turn that ends in a piece of text {SHORT_AGAIN} times in a row ({AGAIN} times where it is a "
    "paragraph)",
    look=look,
)

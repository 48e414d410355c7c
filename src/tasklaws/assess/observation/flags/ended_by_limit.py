"""Ended by a limit: the attempt was stopped, or its last answer was cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.assess.observation.flag import Flag, Seen, seen

if TYPE_CHECKING:
    from tasklaws.assess.observation.others import Others
    from tasklaws.assess.observation.transcripts import Transcript

CUT = {"max_tokens", "model_length"}
"""Why an answer ended, in Inspect's words, where it was cut."""


def look(attempt: Transcript, others: Others) -> Seen | None:  # noqa: ARG001
    """Return the limit that ended an attempt."""
    if attempt.outcome.startswith("limit"):
        return seen(attempt.outcome, "outcome")
    return seen(attempt.stop, "last answer") if attempt.stop in CUT else None


FLAG = Flag(
    "ended_by_limit",
    "a limit of the harness ended the attempt",
    source="METR, elicitation guidelines: failures that another harness would mend",
    status="published",
    rule="the outcome is a limit, or the last answer was cut at its greatest length",
    look=look,
    among=True,
)

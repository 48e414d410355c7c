"""The outcomes of a tool that needs no sandbox."""

from __future__ import annotations

from tasklaws.spec.sandbox import Outcome

LONGEST = 300
"""Characters of a message that are kept."""


def refused(why: object) -> Outcome:
    """Return the outcome of a call that the tool could not carry out."""
    return Outcome("error", detail=str(why)[:LONGEST])


def lacking(why: str) -> Outcome:
    """Return the outcome of a call for which this machine lacks something."""
    return Outcome("unsupported", detail=why)

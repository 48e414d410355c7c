"""Every error that tasklaws raises on purpose.

The tree::

    TasklawsError
    ├── BadInput             exit 2   a file, table, option or name is not usable as it stands
    │   ├── BadTable                  a row or column of a table breaks its declared schema
    │   ├── BadLadder                 rungs that cannot be ordered or told apart
    │   ├── BadPlan                   the structure of a task cannot be what it is said to be
    │   ├── UnknownName               no catalogue entry of that name
    │   └── StudyLocked               another process writes to this study
    ├── VerificationFailed   exit 3   bytes are not what was sealed
    └── NoAnswer             exit 4   the data cannot carry the answer that was asked for

A message has three parts: what is (with the value and its place), what is needed, the way out.
"""

# ruff: noqa: N818  names say what is wrong; that they are errors shows where they are raised
from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LISTED = 25
"""Names that a message lists at most."""


class TasklawsError(Exception):
    """Base of all errors raised on purpose; `exit_code` is what the command line returns."""

    exit_code = 1

    def __init__(self, what: str, need: str = "", way_out: str = "") -> None:
        self.what, self.need, self.way_out = what, need, way_out
        super().__init__(" ".join(part for part in (what, need, way_out) if part))


class BadInput(TasklawsError):
    """Input that cannot be used as it stands."""

    exit_code = 2


class BadTable(BadInput):
    """A table that breaks its declared schema; the message names file, row and column."""


class BadLadder(BadInput):
    """Rungs that cannot be ordered or told apart."""


class BadPlan(BadInput):
    """A plan, step, harness or agent that cannot be what it is said to be."""


class UnknownName(BadInput):
    """A name that no catalogue entry has."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        close = difflib.get_close_matches(name, names, n=1)
        super().__init__(
            f"there is no {kind} called {name!r}.",
            f"Did you mean {close[0]!r}?" if close else "",
            _listed(names),
        )


def _listed(names: list[str]) -> str:
    if not names:
        return "There are none."
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return f"There are: {', '.join(names[:LISTED])}{more}."


class StudyLocked(BadInput):
    """Another process is writing to the study."""


class VerificationFailed(TasklawsError):
    """Bytes differ from what was sealed or signed."""

    exit_code = 3


class NoAnswer(TasklawsError):
    """The data cannot carry the answer; `reason` is a stable word such as ``ladder-too-short``."""

    exit_code = 4

    def __init__(self, reason: str, what: str, need: str = "", way_out: str = "") -> None:
        self.reason = reason
        super().__init__(f"{reason}: {what}", need, way_out)

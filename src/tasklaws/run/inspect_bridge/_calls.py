"""The record of calls in a sample's store: what went in, how it ended, how far from a call that works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inspect_ai.solver._task_state import sample_state
from inspect_ai.util import store
from rapidfuzz.distance import Levenshtein

from tasklaws.core.errors import TasklawsError
from tasklaws.families import FAMILIES
from tasklaws.run.inspect_bridge.instances import instance_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tasklaws.spec.family import Instance
    from tasklaws.spec.sandbox import Outcome

CALLS = "tasklaws_calls"
"""Place of the record in the store of a sample."""
OUTPUT = 2000
"""Characters of an output that are kept."""


def record(tool: str, text: str, outcome: Outcome) -> None:
    """Put a call that has ended into the store of the sample that is running."""
    made = {
        "tool": tool,
        "text": printable(text),
        "outcome": outcome.kind,
        "detail": printable(outcome.detail),
        "output": printable(outcome.stdout[:OUTPUT]),
        "seconds": round(outcome.seconds, 6),
        "edit_distance": _from_nearest(tool, text),
    }
    here = store()
    here.set(CALLS, [*here.get(CALLS, []), made])


def printable(text: str) -> str:
    """Return `text` as a log can hold it: halves of characters, which have no place in UTF-8, written out."""
    return text.encode(errors="backslashreplace").decode()


def _from_nearest(tool: str, text: str) -> float | None:
    instance = _asked()
    if instance is None:
        return None
    return distance(text, references(instance, tool))


def _asked() -> Instance | None:
    """Return the instance that the running sample asks; None where it is none of ours."""
    state = sample_state()
    if state is None or "task_family" not in state.metadata:
        return None
    try:
        return instance_of(state.metadata)
    except TasklawsError:  # another package's sample that uses our words
        return None


def references(instance: Instance, tool: str) -> list[str]:
    """Return the calls of `tool` that are known to solve `instance`."""
    return [path.solve(instance) for path in FAMILIES[instance.family].paths if path.tool == tool]


def distance(text: str, references: Iterable[str]) -> float | None:
    """Return the edits to the nearest reference, per character of the longer; None where there is none."""
    return min((Levenshtein.normalized_distance(text, one) for one in references), default=None)

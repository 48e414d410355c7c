"""Retry on error: another try for as long as the tool reports that it failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.spec.elicitation import Ask, Elicitation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.spec.elicitation import Right, Turns
    from tasklaws.spec.family import Instance
    from tasklaws.spec.transcript import Attempt


def turns(instances: Sequence[Instance], effort: int, right: Right) -> Turns:  # noqa: ARG001  it is fair
    """Return the first of `effort` attempts whose tool worked, else the last: first greedy, then samples.

    An attempt without a call of a tool is never made again. Models that read prose are told what failed.
    """
    held = list((yield Ask(instances)))
    for _ in range(effort - 1):
        again = [place for place, attempt in enumerate(held) if failed(attempt)]
        if not again:
            break
        tried = yield Ask(
            [instances[place] for place in again], 1.0, after=tuple(held[place] for place in again)
        )
        for place, attempt in zip(again, tried, strict=True):
            held[place] = attempt
    return held


def failed(attempt: Attempt) -> bool:
    """Return whether the last call of a tool reported anything but success."""
    return bool(attempt.calls) and attempt.calls[-1].outcome != "ok"


ELICITATION = Elicitation(
    "retry_on_error",
    "the most likely answer, and new samples for as long as the tool fails",
    source="arXiv 2304.05128 (feedback from execution; small models are not told); formal model, 3.1",
    status="published",
    efforts=(1, 2, 4),
    unit="attempts",
    turns=turns,
    fair=True,
)

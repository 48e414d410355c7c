"""Which anchor backs a seal: one of the seal's line or a later one, from before anything of the outcome."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tasklaws.anchoring.study_anchors import Anchored
    from tasklaws.study.log import Entry

SELF_ATTESTED = "self-attested"
"""Words for a seal that only the study's own log and clock vouch for."""


def anchor_words(
    anchored: Iterable[Anchored], seq: int, outcome_seq: int | None = None, outcome_at: str | None = None
) -> str:
    """Return what backs the time of a line of the log: `self-attested`, or kind and time of an anchor.

    Args:
        anchored: the anchors of the study; those that do not verify back nothing.
        seq: number of the line.
        outcome_seq: line that brought the first results of the target, where there is one.
        outcome_at: its time.
    """
    found = backing(anchored, seq, outcome_seq, outcome_at)
    return found.words if found else SELF_ATTESTED


def backing(
    anchored: Iterable[Anchored], seq: int, outcome_seq: int | None = None, outcome_at: str | None = None
) -> Anchored | None:
    """Return the anchor that backs a line of the log: by trust, by whose clock, then by time."""
    behind = [one for one in anchored if one.ok and seq <= one.seq]
    if outcome_seq is not None:
        behind = [one for one in behind if one.seq < outcome_seq and not _later(one.at, outcome_at)]
    return min(behind, key=_worth, default=None)


def _worth(one: Anchored) -> tuple[bool, bool, bool, str, str]:
    return not one.trusted, one.own_clock, one.at is None, one.at or "", one.file


def _later(at: str | None, outcome_at: str | None) -> bool:
    if at is None or outcome_at is None:
        return False
    return datetime.fromisoformat(at) > datetime.fromisoformat(outcome_at)


def first_result(entries: Sequence[Entry], model: str) -> Entry | None:
    """Return the first line of the log that brought results of a model, also ones removed since."""
    brought = (entry for entry in entries if entry.kind in {"import", "run_part"})
    return next((entry for entry in brought if model in entry.payload["models"]), None)


def seal_backing(anchored: Iterable[Anchored], entries: Sequence[Entry], seal: Entry) -> Anchored | None:
    """Return the anchor that backs a seal; results from before it are nothing to precede."""
    came = first_result(entries, str(seal.payload["target"]))
    if came is None or came.seq < seal.seq:
        return backing(anchored, seal.seq)
    return backing(anchored, seal.seq, came.seq, came.at)


def seal_words(anchored: Iterable[Anchored], entries: Sequence[Entry], seal: Entry) -> str:
    """Return what backs the time of a seal, in the words of `anchor_words`."""
    found = seal_backing(anchored, entries, seal)
    return found.words if found else SELF_ATTESTED

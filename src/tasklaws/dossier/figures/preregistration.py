"""The block `preregistration`: when each forecast was sealed, and when its target's results came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.anchoring.backing import first_result, seal_words
from tasklaws.dossier.figures._block import MEASURED, Block
from tasklaws.dossier.figures._outcomes import outcomes
from tasklaws.dossier.figures._unread import Unread
from tasklaws.dossier.folder import STUDY

if TYPE_CHECKING:
    from tasklaws.dossier.figures._outcomes import Outcome
    from tasklaws.dossier.figures._seen import Seen
    from tasklaws.study.log import Entry

NOT_READ = "not read"
"""Words of an anchor whose library is not installed here."""


def preregistration(seen: Seen) -> list[dict[str, Any]]:
    """Return one row per sealed forecast, in the order of the log."""
    return [_row(seen, one) for one in outcomes(seen)]


def _row(seen: Seen, one: Outcome) -> dict[str, Any]:
    seal = one.seal
    came = first_result(seen.log.entries(), seal.payload["target"])
    return {
        "target": seal.payload["target"],
        "file": f"{STUDY}/{seal.payload['file']}",
        "sha256": seal.payload["sha256"],
        "label": seal.payload["label"],
        "sealed_seq": seal.seq,
        "sealed_at": seal.at,
        "outcome_seq": came.seq if came else None,
        "outcome_at": came.at if came else None,
        "code_version": one.document["code_version"],
        "anchor": _anchor(seen, seal),
        "scored": one.counts,
        "reason": one.reason if one.opened is None else _uncounted(one),
    }


def _uncounted(one: Outcome) -> str | None:
    return None if one.counts else "a retrodiction: its target's results were there when it was sealed"


def _anchor(seen: Seen, seal: Entry) -> str:
    """Return what backs the time of a seal, nobody being trusted: that is for whoever verifies."""
    from tasklaws.anchoring.study_anchors import study_anchors

    entries = seen.log.entries()
    anchored = seen.once("anchors", lambda: study_anchors(seen.path, entries))
    words = seal_words(anchored, entries, seal)
    return Unread(words) if any(NOT_READ in one.words for one in anchored) else words


BLOCK = Block(preregistration, (*MEASURED, "forecasts/*", "anchors/*"))

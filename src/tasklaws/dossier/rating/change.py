"""Every rating is a line in a history that only grows: the first, each change, and a withdrawal."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from tasklaws.dossier import assembly
from tasklaws.dossier.absent import is_absent
from tasklaws.dossier.rating.history import appended

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tasklaws.study.log import Entry


def changed(
    document: Mapping[str, Any], history: Sequence[Entry], kind: str, reason: str
) -> tuple[tuple[Entry, ...], dict[str, Any]]:
    """Return the history with a line on the document's rating, and the document that holds it.

    Args:
        document: rated; its time is that of the line.
        history: what was rated before.
        kind: ``rated``, ``changed`` or ``withdrawn``.
        reason: why.
    """
    rater = document["roles"]["rater"]
    payload = {
        "grade": document["rating"]["grade"],
        "reason": reason,
        "key_id": None if is_absent(rater) else rater["key_id"],
        "edition": document["edition"],
        "procedure_sha256": document["procedure"]["sha256"],
        "evidence_sha256": assembly.evidence_hash(document),
    }
    entry = appended(history, kind, payload, datetime.fromisoformat(document["built_at"]))
    entries = (*history, entry)
    return entries, assembly.with_history(document, entries)

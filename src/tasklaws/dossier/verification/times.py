"""What outside a dossier vouches for the times of its seals, and whether whoever verifies trusts it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tasklaws.anchoring.backing import seal_backing
from tasklaws.anchoring.study_anchors import study_anchors
from tasklaws.dossier.failure import Failure
from tasklaws.dossier.folder import STUDY
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tasklaws.spec.anchor import Trust


VOUCHES = "An anchor vouches for a line of this very log."


@dataclass(frozen=True)
class Times:
    """The anchors of a dossier's seals."""

    failures: tuple[Failure, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of a sealed forecast -> what backs its time."""
    trusted: frozenset[str] = frozenset()
    """Those whose anchor rests on a key or root that was given."""


def times(folder: Path, trust: Trust) -> Times:
    """Return what backs each seal in the evidence.

    Args:
        folder: the dossier.
        trust: keys and roots of whoever verifies.

    Raises:
        BadInput: what is needed to check an anchor is not installed.
        VerificationFailed: the log is not what was written.
    """
    study = Study(folder / STUDY)
    entries = study.log.entries()
    anchored = study_anchors(study.path, entries, trust)
    backed = {
        str(seal.payload["sha256"]): found
        for seal in entries
        if seal.kind == "seal" and (found := seal_backing(anchored, entries, seal))
    }
    return Times(
        tuple(Failure(f"{STUDY}/{a.file}", a.expected, a.found, VOUCHES) for a in anchored if not a.ok),
        {sha256: found.words for sha256, found in backed.items()},
        frozenset(sha256 for sha256, found in backed.items() if found.trusted),
    )

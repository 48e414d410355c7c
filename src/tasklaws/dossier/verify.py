"""The verb `dossier verify`: whether a dossier is what was built, from its folder alone and offline."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasklaws.core.progress import SILENT
from tasklaws.dossier.folder import refuse_no_dossier
from tasklaws.dossier.verification.checking import Asked, Checking, Unreadable, checked_document
from tasklaws.dossier.verification.recomputing import Recomputed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tasklaws.core.progress import Progress
    from tasklaws.dossier.failure import Failure
    from tasklaws.dossier.signatures.keys import PublicKey
    from tasklaws.dossier.verification.checking import Found

VERIFICATION_FAILED = 3
STEPS = 5


@dataclass(frozen=True)
class Verified:
    """What a dossier shows, and every place where it is not what it should be."""

    failures: tuple[Failure, ...]
    fingerprint: str
    """SHA-256 of the manifest."""
    said: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The document, where it could be read."""
    grade: str | None = None
    """What the document and the signatures allow; None where the dossier does not verify."""
    capped_by: tuple[Mapping[str, str], ...] = ()
    signed_by: Mapping[str, str] = field(default_factory=dict)
    """Role -> key that signed."""
    trusted: frozenset[str] = frozenset()
    """Roles whose key was given by whoever verifies."""
    anchors: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of a sealed forecast -> what backs its time; of others only the study itself does."""
    recomputed: Recomputed = field(default_factory=Recomputed)

    @property
    def ok(self) -> bool:
        """Return whether nothing differs."""
        return not self.failures

    @property
    def exit_code(self) -> int:
        """Return 3 where something differs."""
        return 0 if self.ok else VERIFICATION_FAILED

    def document(self) -> dict[str, Any]:
        """Return the keys of `interfaces.md`."""
        said = self.said
        return {
            "ok": self.ok,
            "failures": [failure.document() for failure in self.failures],
            "grade": self.grade,
            "reason": self._no_grade(),
            "capped_by": [dict(cap) for cap in self.capped_by],
            "fingerprint": self.fingerprint,
            "dossier_id": said.get("dossier_id"),
            "edition": said.get("edition"),
            "model": said.get("subject", {}).get("model"),
            "signed_by": dict(self.signed_by),
            "trusted": sorted(self.trusted),
            "seals": [self._seal(row) for row in said.get("preregistration", ())],
            "recomputed": list(self.recomputed.blocks),
            "left": [{"block": block, "reason": reason} for block, reason in self.recomputed.left.items()],
            "withheld": [row["path"] for row in said.get("withheld", ())],
            "proven": list(self.recomputed.proven),
        }

    def _no_grade(self) -> str | None:
        if self.grade is not None:
            return None
        if self.ok:
            return f"withdrawn: {self.said['rating']['withdrawn']['reason']}"
        return "a dossier that does not verify has no grade"

    def _seal(self, row: Mapping[str, Any]) -> dict[str, Any]:
        told = {name: row[name] for name in ("target", "label", "sealed_at")}
        return told | {"anchor": self.anchors.get(row["sha256"], row["anchor"])}


def dossier_verify(
    folder: str | Path,
    *,
    keys: Sequence[tuple[str | None, str | Path]] = (),
    revealed: str | Path | None = None,
    earlier: str | Path | None = None,
    trust: Sequence[str | Path] = (),
    full: bool = False,
    progress: Progress = SILENT,
) -> Verified:
    """Check a dossier from its folder alone: schema, hashes, signatures, the order of seals, and its figures.

    Args:
        folder: the dossier.
        keys: (role or None, file of a public key) of those whom you trust; keys in the folder prove nothing.
        revealed: a folder with withheld files at their paths, and their `salts.json`.
        earlier: an earlier edition, whose ratings this one must still hold.
        trust: files with keys, certificates or roots on which anchors of time may rest.
        full: also work out the figures that take longer.
        progress: who hears how far it is.

    Raises:
        BadInput: there is no such folder, it is no dossier, or a key cannot be read.
    """
    from tasklaws.dossier.packing.manifest import check_manifest, fingerprint

    folder = Path(folder)
    refuse_no_dossier(folder)
    asked = Asked(_given(keys), _path(revealed), _path(earlier), tuple(map(Path, trust)), full)
    with progress.stage("dossier", total=STEPS) as advance:
        mark, failures = fingerprint(folder), list(check_manifest(folder))
        advance(1)
        try:
            document = checked_document(folder)
        except Unreadable as unreadable:
            return Verified((*failures, *unreadable.failures), mark)
        found = Checking(folder, document, failures).all(asked, advance)
    return _verified(document, mark, found)


def _path(path: str | Path | None) -> Path | None:
    return None if path is None else Path(path)


def _given(keys: Sequence[tuple[str | None, str | Path]]) -> tuple[tuple[str | None, PublicKey], ...]:
    from tasklaws.dossier.signatures.keys import read_public_key
    from tasklaws.dossier.signatures.roles import refuse_unknown_role

    for role, _ in keys:
        if role is not None:
            refuse_unknown_role(role)
    return tuple((role, read_public_key(Path(path))) for role, path in keys)


def _verified(document: Mapping[str, Any], fingerprint: str, found: Found) -> Verified:
    grade, caps = (None, ()) if found.failures else _graded(document, found)
    return Verified(
        found.failures,
        fingerprint,
        document,
        grade,
        caps,
        found.signatures.signed_by,
        frozenset(found.signatures.trusted),
        found.times.words,
        found.recomputed,
    )


def _graded(document: Mapping[str, Any], found: Found) -> tuple[str | None, tuple[Mapping[str, str], ...]]:
    """Return the grade that the document's own caps, the signatures and the anchors leave."""
    from tasklaws.dossier.rating.rate import capped, trust_caps

    rating, procedure = document["rating"], found.procedure
    if procedure is None:
        return None, ()
    more = trust_caps(document, procedure, found.signatures.trusted, found.times.trusted)
    grade = None if rating["withdrawn"] else capped(rating["grade"], more, procedure)
    return grade, (*rating["capped_by"], *(cap.document() for cap in more))

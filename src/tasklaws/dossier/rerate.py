"""The verb `dossier rate`: a rater lowers, restores or withdraws a rating, in the open."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasklaws.core.errors import BadInput
from tasklaws.dossier import assembly
from tasklaws.dossier.absent import is_absent
from tasklaws.dossier.build import procedure_of, refused
from tasklaws.dossier.folder import ATTESTATIONS, HISTORY, PROCEDURE, in_place_of, read_document
from tasklaws.dossier.rating.change import changed
from tasklaws.dossier.signatures.statement import OF_EVIDENCE
from tasklaws.dossier.writing import write_documents

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tasklaws.dossier.signatures.keys import PrivateKey

RATER = "rater"


@dataclass(frozen=True)
class Rated:
    """A rating after its change."""

    path: str
    made: Mapping[str, Any] = field(repr=False)
    fingerprint: str
    awaiting: tuple[str, ...]
    """Roles that must sign the new edition."""

    def document(self) -> dict[str, Any]:
        """Return the JSON of the change."""
        made, rating = self.made, self.made["rating"]
        return {
            "path": self.path,
            "grade": rating["grade"],
            "capped_by": rating["capped_by"],
            "indicated": rating["indicated"],
            "lowered": rating["lowered"],
            "withdrawn": rating["withdrawn"],
            "edition": made["edition"],
            "fingerprint": self.fingerprint,
            "awaiting": list(self.awaiting),
            "history": made["history"],
        }


def dossier_rate(
    folder: str | Path,
    key: str | Path,
    *,
    reason: str,
    lower_to: str | None = None,
    withdraw: bool = False,
) -> Rated:
    """Change the rating of a dossier: lower it, withdraw it, or (with neither) go back to the procedure's.

    The change is a new edition with a line in the history, signed by the rater; a reviewer signs it anew.

    Args:
        folder: the dossier.
        key: file of the rater's private key.
        reason: why; it stays in the history.
        lower_to: the grade; never one above what the procedure gives.
        withdraw: take the rating back; it stays visible as withdrawn.

    Raises:
        BadInput: the key is not the rater's, there is no reason, or the grade would rise.
        VerificationFailed: the folder is not what was built.
    """
    from tasklaws.dossier.packing.manifest import check_manifest, fingerprint
    from tasklaws.dossier.rating.history import read_history
    from tasklaws.dossier.signatures.attestation import sign
    from tasklaws.dossier.signatures.keys import read_private_key

    folder = Path(folder)
    document = read_document(folder)
    if failures := check_manifest(folder):
        raise refused(failures)
    private = read_private_key(Path(key))
    _refuse_other(document, private, reason)
    lowered = {"grade": lower_to, "reason": reason} if lower_to else None
    made = _rerated(document, folder, lowered, reason if withdraw else None)
    history = read_history(folder / HISTORY)
    history, made = changed(made, history, "withdrawn" if withdraw else "changed", reason)
    with in_place_of(folder) as new:
        shutil.copytree(folder, new, dirs_exist_ok=True)
        for envelope in (new / ATTESTATIONS).glob("*"):
            if envelope.name.split(".")[0] not in OF_EVIDENCE:
                envelope.unlink()
        write_documents(new, made, history)
        sign(new, RATER, private)
    awaiting = [role for role in ("reviewer",) if not is_absent(made["roles"][role])]
    return Rated(str(folder), made, fingerprint(folder), tuple(awaiting))


def _refuse_other(document: Mapping[str, Any], private: PrivateKey, reason: str) -> None:
    rater = document["roles"][RATER]
    if is_absent(rater) or rater["key_id"] != private.public.key_id:
        named = "nobody" if is_absent(rater) else f"key {rater['key_id'][:12]}"
        raise BadInput(
            f"the key {private.public.key_id[:12]} is not the rater's: that is {named}.",
            "Only the rater of a dossier changes its rating.",
            "Use the rater's private key, or build a new edition that names another rater.",
        )
    if not reason.strip():
        raise BadInput(
            "the change of the rating has no reason.",
            "Every change is kept with its reason.",
            "Give one with --reason.",
        )


def _rerated(
    document: Mapping[str, Any], folder: Path, lowered: Mapping[str, str] | None, withdrawn: str | None
) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    new = dict(document) | {"edition": document["edition"] + 1, "built_at": now}
    made = assembly.rated(new, procedure_of(folder / PROCEDURE), document["rating"]["dissent"], lowered)
    rating = made["rating"] | {"withdrawn": {"at": now, "reason": withdrawn} if withdrawn else None}
    return made | {"rating": rating}

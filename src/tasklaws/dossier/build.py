"""The verb `dossier build`: a study made into a folder that an auditor can check without its makers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasklaws.core.errors import BadInput, VerificationFailed
from tasklaws.core.progress import SILENT
from tasklaws.dossier import assembly
from tasklaws.dossier.folder import (
    HISTORY,
    PROCEDURE,
    in_place_of,
    is_dossier,
)
from tasklaws.dossier.rating.change import changed
from tasklaws.dossier.writing import write_documents
from tasklaws.study.files import write_whole
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tasklaws.core.progress import Progress
    from tasklaws.dossier.facts import Facts
    from tasklaws.dossier.failure import Failure
    from tasklaws.dossier.packing.evidence import Packed
    from tasklaws.dossier.rating.procedure import Procedure
    from tasklaws.dossier.signatures.keys import PrivateKey, PublicKey
    from tasklaws.study.log import Entry

STEPS = 6
FIRST = "first rating"
SHOWN = 12


@dataclass(frozen=True)
class Built:
    """A dossier that was written."""

    path: str
    made: Mapping[str, Any] = field(repr=False)
    """The document that was written."""
    fingerprint: str
    """SHA-256 of its manifest: who knows it knows the whole folder."""
    signed: tuple[str, ...]
    """Roles that signed now."""
    awaiting: tuple[str, ...]
    """Roles whose signature is still to come; until then the dossier does not verify."""
    salts: str | None
    """Where the salts of withheld files lie, which nobody but their owner may have."""
    left_behind: tuple[str, ...] = ()
    """What of the study is no evidence and was not packed."""

    def document(self) -> dict[str, Any]:
        """Return the keys of `interfaces.md`."""
        made = self.made
        return {
            "ok": True,
            "failures": [],
            "grade": made["rating"]["grade"],
            "capped_by": made["rating"]["capped_by"],
            "indicated": made["rating"]["indicated"],
            "path": self.path,
            "dossier_id": made["dossier_id"],
            "edition": made["edition"],
            "fingerprint": self.fingerprint,
            "signed": list(self.signed),
            "awaiting": list(self.awaiting),
            "evidence": len(made["evidence"]),
            "bytes": sum(row["bytes"] for row in made["evidence"]),
            "withheld": len(made["withheld"]),
            "salts": self.salts,
            "left_behind": list(self.left_behind),
        }


def dossier_build(
    study: Study | str | Path,
    into: str | Path,
    *,
    procedure: str | Path | None = None,
    sign: Mapping[str, str | Path] | None = None,
    reason: str | None = None,
    progress: Progress = SILENT,
) -> Built:
    """Make the dossier of a study: evidence, figures that follow from it, a rating, and who stands for it.

    What a study cannot know is read from its `dossier.toml`; what that does not say is ``not-granted``.

    Args:
        study: the study.
        into: the folder; one that holds an earlier edition is replaced, and its ratings stay in the history.
        procedure: a rating procedure; by default the one that ships with tasklaws.
        sign: role -> file of the private key with which it signs now.
        reason: why there is a new edition.
        progress: who hears how far it is.

    Raises:
        BadInput: a fact or a key cannot be used, one identity holds conflicting roles, the evidence holds
            secrets, or a new edition has no reason.
        VerificationFailed: the study's evidence is not what its log tells of, or a forecast was sealed
            after its outcome.
    """
    from tasklaws.dossier.facts import read_facts
    from tasklaws.dossier.figures import figures, printed, read_once
    from tasklaws.dossier.packing.evidence import gather, pack
    from tasklaws.dossier.packing.secrets_scan import refuse_secrets

    study, into = study if isinstance(study, Study) else Study(study), Path(into)
    with progress.stage("dossier", total=STEPS) as advance:
        facts, rules = read_facts(study.path), procedure_of(procedure)
        private, public = _keys(study, facts, sign or {})
        roles = assembly.roles_block(facts, public)
        _refuse_conflicts(roles, rules)
        history = _earlier(into, reason)
        advance(1)
        _refuse_broken(study)
        advance(1)
        entries, pieces = study.log.entries(), gather(study, facts)
        refuse_secrets(pieces)
        advance(1)
        read = read_once(study)
        made = printed(figures(read, subject=_subject(facts), slow=True))
        advance(1)
        with in_place_of(into) as folder:
            packed = pack(pieces, folder, salts_beside(into))
            _refuse_grown(study, entries)
            write_whole(folder / PROCEDURE, rules.content)
            document = assembly.assembled(
                assembly.Parts(read, facts, rules, roles, packed, made), len(history) + 1, _now()
            )
            document = assembly.rated(document, rules, facts.blocks["rating"]["dissent"])
            history, document = changed(document, history, "changed" if history else "rated", reason or FIRST)
            write_documents(folder, document, history)
            advance(1)
            _sign(folder, private)
        advance(1)
    return _built(into, document, private, packed)


def procedure_of(path: str | Path | None) -> Procedure:
    """Return the rating procedure in a file, or the one that ships.

    Raises:
        BadInput: there is no such file, or it is no procedure.
    """
    from tasklaws.dossier.rating.procedure_file import read_procedure, shipped

    if path is None:
        return read_procedure(shipped(), PROCEDURE)
    if not Path(path).is_file():
        raise BadInput(
            f"{path} is not there.",
            "A rating procedure is a TOML file.",
            "Leave it out for the one that ships.",
        )
    return read_procedure(Path(path).read_bytes(), str(path))


def salts_beside(folder: Path) -> Path:
    """Return where the salts of what was withheld are kept: beside the dossier, never in it."""
    return folder.with_name(f"{folder.name}.salts.json")


def _keys(
    study: Study, facts: Facts, sign: Mapping[str, str | Path]
) -> tuple[dict[str, PrivateKey], dict[str, PublicKey]]:
    """Return the keys that sign now, and the public key of every role that has one.

    Raises:
        BadInput: a role has one key in `dossier.toml` and signs with another.
    """
    from tasklaws.dossier.signatures.keys import read_private_key, read_public_key
    from tasklaws.dossier.signatures.roles import refuse_unknown_role

    for role in sign:
        refuse_unknown_role(role)
    private = {role: read_private_key(Path(path)) for role, path in sign.items()}
    public = {role: read_public_key(study.path / said.key) for role, said in facts.roles.items() if said.key}
    for role, key in private.items():
        named = public.setdefault(role, key.public)
        if named.key_id != key.public.key_id:
            raise BadInput(
                f"the {role} signs with key {key.public.key_id[:SHOWN]}; "
                f"dossier.toml names {named.key_id[:SHOWN]}.",
                "A role has one key.",
                f"Sign with the key of dossier.toml, or name the other there: [roles.{role}] key.",
            )
    return private, public


def _refuse_conflicts(roles: Mapping[str, Any], rules: Procedure) -> None:
    from tasklaws.dossier.signatures.roles import refuse_conflicts

    refuse_conflicts(roles, rules.conflicts)


def _refuse_broken(study: Study) -> None:
    """Refuse a study whose evidence is not what its log tells of, or whose forecasts came late."""
    from tasklaws.dossier.figures import evidence_failures, order_failures

    for failures in (evidence_failures(study), order_failures(study)):
        if failures:
            raise refused(failures)


def refused(failures: Sequence[Failure]) -> VerificationFailed:
    """Return the failures as one error of three parts."""
    first = failures[0]
    more = f" There are {len(failures)} such places." if len(failures) > 1 else ""
    return VerificationFailed(
        f"{first.file}: found {first.found}.",
        f"Expected: {first.expected}.",
        f"{first.reason}{more}",
    )


def _refuse_grown(study: Study, entries: tuple[Entry, ...]) -> None:
    """Refuse to mix two states of a study."""
    now = study.log.entries()
    if now != entries:
        raise BadInput(
            f"{study.path} grew from {len(entries)} to {len(now)} lines of its log meanwhile.",
            "A dossier is of one state of a study.",
            "Build it again when nothing writes to the study.",
        )


def _subject(facts: Facts) -> str | None:
    model = facts.blocks["subject"]["model"]
    return model if isinstance(model, str) else None


def _earlier(into: Path, reason: str | None) -> tuple[Entry, ...]:
    """Return the ratings of the earlier editions in the folder.

    Raises:
        BadInput: there are some, and no reason for a new edition.
        VerificationFailed: their history is not what was written.
    """
    from tasklaws.dossier.rating.history import read_history

    if not is_dossier(into):
        return ()
    if not reason:
        raise BadInput(
            f"{into} holds an earlier edition of a dossier.",
            "A new edition has a reason, which stays in the history of the rating.",
            "Give one with --reason, or name another folder.",
        )
    return read_history(into / HISTORY)


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _sign(folder: Path, private: Mapping[str, PrivateKey]) -> None:
    from tasklaws.dossier.signatures.attestation import sign

    for role, key in private.items():
        sign(folder, role, key)


def _built(
    into: Path, document: Mapping[str, Any], private: Mapping[str, PrivateKey], packed: Packed
) -> Built:
    from tasklaws.dossier.absent import is_absent
    from tasklaws.dossier.packing.manifest import fingerprint

    named = tuple(role for role, said in document["roles"].items() if not is_absent(said))
    return Built(
        path=str(into),
        made=document,
        fingerprint=fingerprint(into),
        signed=tuple(private),
        awaiting=tuple(role for role in named if role not in private),
        salts=str(salts_beside(into)) if packed.withheld else None,
        left_behind=packed.left_behind,
    )

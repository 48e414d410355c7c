"""Signatures of a dossier: each role that is named has signed what the folder says, to the byte."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from tasklaws.core.errors import BadInput
from tasklaws.core.provenance import sha256_hex
from tasklaws.dossier.absent import is_absent
from tasklaws.dossier.failure import Failure
from tasklaws.dossier.folder import ATTESTATIONS, DOCUMENT, read_document
from tasklaws.dossier.signatures.envelope import genuine, sealed, unsealed
from tasklaws.dossier.signatures.keys import PublicKey, public_key, refuse_no_library
from tasklaws.dossier.signatures.roles import refuse_unknown_role
from tasklaws.dossier.signatures.statement import changes, digests_of, refuse_no_statement, statement
from tasklaws.study.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tasklaws.dossier.signatures.keys import PrivateKey

LARGEST = 64 << 20
"""Bytes of an envelope that is read."""
NOT_THERE = "not there"

Given = tuple[str | None, PublicKey]
"""A key that whoever checks trusts, and the role it must have signed in; None for any."""


@dataclass(frozen=True)
class Checked:
    """What the signatures of a dossier show."""

    failures: tuple[Failure, ...]
    signed_by: Mapping[str, str]
    """Role -> key that signed what the folder says now."""
    trusted: frozenset[str]
    """Roles whose signature is by a key that whoever checks has given."""


def envelope_path(role: str) -> str:
    """Return where in a dossier the envelope of a role lies."""
    return f"{ATTESTATIONS}/{role}.dsse.json"


def sign(folder: Path, role: str, key: PrivateKey) -> Path:
    """Sign in a role what the folder says now, and return the envelope's path.

    Raises:
        BadInput: the dossier names another key for the role or none, or there is nothing to vouch for.
        VerificationFailed: the document is not as it was written.
    """
    refuse_unknown_role(role)
    document = read_document(folder)
    _refuse_other_key(document["roles"].get(role), role, key.public)
    payload = statement(document, role, digests_of(folder, [role]))
    refuse_no_statement(payload, role)
    path = folder / envelope_path(role)
    write_whole(path, sealed(payload, key))
    return path


def check(folder: Path, document: Mapping[str, Any], keys: Sequence[Given]) -> Checked:
    """Check that every role of the document has signed what the folder says now.

    Keys that lie in the folder show that one hand signed, not whose; only those in `keys` are trusted.

    Raises:
        BadInput: there are signatures to check, and the extra `sign` is not installed.
    """
    roles = {role: said for role, said in document["roles"].items() if not is_absent(said)}
    if roles:
        refuse_no_library()
    digests = digests_of(folder, roles)
    wrong = {
        role: tuple(_role_failures(folder, role, said, statement(document, role, digests)))
        for role, said in roles.items()
    }
    signed_by = {role: said["key_id"] for role, said in roles.items() if not wrong[role]}
    found = [_signed_with(asked, key, signed_by) for asked, key in keys]
    unsigned = [_unsigned(asked, key) for (asked, key), by in zip(keys, found, strict=True) if not by]
    failures = (*_strangers(folder, roles), *chain.from_iterable(wrong.values()), *unsigned)
    return Checked(failures, signed_by, frozenset(chain.from_iterable(found)))


def envelope_failures(role: str, content: bytes, payload: bytes, key: PublicKey) -> Iterator[Failure]:
    """Yield why the bytes of an envelope are not the signature of `payload` by `key`, if they are not."""
    file = envelope_path(role)
    envelope = unsealed(content)
    if envelope is None:
        why = "An envelope is canonical JSON with one signature, and no bit of it is free."
        yield Failure(file, "an envelope as it was written", sha256_hex(content), why)
        return
    fits = genuine(envelope, key)
    if envelope.payload != payload:
        told = changes(envelope.payload, payload) if fits else "and the signature does not fit it"
        why = f"It signs something else than what the folder says now: {told}."
        yield Failure(file, sha256_hex(payload), sha256_hex(envelope.payload), why)
    elif not fits:
        why = f"It is not by the key that {DOCUMENT} names for the {role}, or was altered."
        (signer,) = envelope.signatures
        yield Failure(file, _by(key), f"one that does not fit, in the name of key {signer}", why)


def _refuse_other_key(said: Any, role: str, key: PublicKey) -> None:  # noqa: ANN401 - a role or why it is absent
    if said is None or is_absent(said):
        raise BadInput(
            f"the dossier names no {role}.",
            "Whoever signs is named in the document, with a key.",
            f"Name the key in the study's dossier.toml, [roles.{role}] key, and build a new edition.",
        )
    if said["key_id"] != key.key_id:
        raise BadInput(
            f"the key {key.key_id[:12]} is not the {role}'s: the dossier names {said['key_id'][:12]}.",
            "A role signs with the key that the document names.",
            "Use that key, or build a new edition that names yours.",
        )


def _strangers(folder: Path, roles: Mapping[str, Any]) -> Iterator[Failure]:
    """Yield what lies beside the envelopes of the roles."""
    from tasklaws.dossier.packing.manifest import file_hash

    place = folder / ATTESTATIONS
    expected = {folder / envelope_path(role) for role in roles}
    there = place.iterdir() if place.is_dir() else [place] if place.exists() else []
    for path in sorted(set(there) - expected):
        found = file_hash(path) if path.is_file() else "something else"
        why = f"Only roles that {DOCUMENT} names sign, each in its one envelope."
        yield Failure(path.relative_to(folder).as_posix(), "no such file", found, why)


def _role_failures(folder: Path, role: str, said: Mapping[str, Any], payload: bytes) -> Iterator[Failure]:
    """Yield what is wrong with the signature of one role; `payload` is what it must have signed."""
    place = f"{DOCUMENT}: roles.{role}"
    path = folder / envelope_path(role)
    try:
        key = public_key(said["public_key"].encode(), f"{place}.public_key")
    except BadInput as error:
        yield Failure(place, error.need, error.what, "A role has one public key.")
        return
    if key.key_id != said["key_id"]:
        why = "A key is known by the hash of its public part."
        yield Failure(f"{place}.key_id", key.key_id, said["key_id"], why)
    elif path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST:
        why = f"{DOCUMENT} names the {role}, so the signature must be there."
        yield Failure(envelope_path(role), _by(key), NOT_THERE, why)
    else:
        yield from envelope_failures(role, path.read_bytes(), payload, key)


def _signed_with(asked: str | None, key: PublicKey, signed_by: Mapping[str, str]) -> set[str]:
    """Return the roles, or the one role that was asked for, in which a key has signed."""
    return {role for role, key_id in signed_by.items() if key_id == key.key_id and asked in (None, role)}


def _unsigned(asked: str | None, key: PublicKey) -> Failure:
    file = envelope_path(asked) if asked else ATTESTATIONS
    why = f"The key was given as that of {f'the {asked}' if asked else 'somebody who signed'}."
    return Failure(file, _by(key), "none by it that holds", why)


def _by(key: PublicKey) -> str:
    return f"a signature by key {key.key_id}"

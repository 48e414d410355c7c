"""The verbs `dossier key` and `dossier sign`: a key for a role, and a role that stands for a dossier."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasklaws.dossier.build import refused
from tasklaws.dossier.folder import read_document

if TYPE_CHECKING:
    from tasklaws.dossier.signatures.keys import PublicKey


@dataclass(frozen=True)
class Key:
    """A key that was made."""

    private: str
    """File that only its owner may read."""
    public: str
    """File for everybody who is to check the owner's signatures."""
    key_id: str

    def document(self) -> dict[str, Any]:
        """Return the JSON of the key; never the private part."""
        return {"private": self.private, "public": self.public, "key_id": self.key_id}


@dataclass(frozen=True)
class Signed:
    """A signature that was given."""

    path: str
    role: str
    key_id: str

    def document(self) -> dict[str, Any]:
        """Return the JSON of the signature."""
        return {"path": self.path, "role": self.role, "key_id": self.key_id}


def dossier_key(path: str | Path) -> Key:
    """Make a pair of keys: the private one in `path`, the public one in ``path.pub``.

    Raises:
        BadInput: a file is there already, or the extra `sign` is not installed.
    """
    from tasklaws.dossier.signatures.keys import make_key

    made: PublicKey = make_key(Path(path))
    return Key(str(path), f"{path}.pub", made.key_id)


def dossier_sign(folder: str | Path, role: str, key: str | Path) -> Signed:
    """Sign a dossier in a role that it names.

    Args:
        folder: the dossier.
        role: builder, runner, rater or reviewer.
        key: file of the private key whose public part the dossier names for the role.

    Raises:
        BadInput: the dossier names no key or another one for the role.
        VerificationFailed: the folder is not what was built.
    """
    from tasklaws.dossier.document import faults
    from tasklaws.dossier.packing.manifest import check_manifest
    from tasklaws.dossier.signatures.attestation import sign
    from tasklaws.dossier.signatures.keys import read_private_key
    from tasklaws.dossier.signatures.roles import refuse_unknown_role

    folder = Path(folder)
    refuse_unknown_role(role)
    document = read_document(folder)
    if failures := (*check_manifest(folder), *faults(document)):
        raise refused(failures)
    private = read_private_key(Path(key))
    return Signed(str(sign(folder, role, private)), role, private.public.key_id)

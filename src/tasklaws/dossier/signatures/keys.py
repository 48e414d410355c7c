"""Keys of those who stand for a dossier: ed25519 in PEM files, known by the hash of their public part."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING

from tasklaws.core.errors import BadInput
from tasklaws.core.provenance import sha256_hex

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

EXTRA = "sign"
PACKAGES = ("cryptography", "in_toto_attestation", "securesystemslib")
LARGEST = 1 << 16
"""Bytes of a file that may be a key."""
PUBLIC, PRIVATE = "PUBLIC KEY", "PRIVATE KEY"
OWNER_ONLY = 0o600

_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----")
_MAKE = "Make a pair with: tasklaws dossier key FILE, or openssl genpkey -algorithm ed25519 -out FILE."
_OTHERS = {
    PRIVATE: (
        "a private key",
        "Name the public one that belongs to it (FILE.pub); the private one is never given away.",
    ),
    PUBLIC: ("a public key", "Name the private one, which only its owner has."),
    f"ENCRYPTED {PRIVATE}": (
        "an encrypted key",
        "Decrypt it into a file that only you may read: openssl pkey -in FILE -out PLAIN.",
    ),
    f"OPENSSH {PRIVATE}": ("a key of OpenSSH", _MAKE),
}
"""What a file holds instead -> its name, and the way out."""


@dataclass(frozen=True)
class PublicKey:
    """The part of a key that everybody may have."""

    pem: bytes
    """SubjectPublicKeyInfo in PEM, spelled in one way however its file spells it."""
    key_id: str
    """SHA-256 of the same in DER."""


@dataclass(frozen=True)
class PrivateKey:
    """The part that only its owner has; it is never shown."""

    public: PublicKey
    secret: Ed25519PrivateKey = field(repr=False, compare=False)


def refuse_no_library() -> None:
    """Refuse to go on without the libraries that sign and check signatures.

    Raises:
        BadInput: the packages of the extra `sign` are not installed.
    """
    if missing := [package for package in PACKAGES if find_spec(package) is None]:
        raise BadInput(
            f"Python packages are missing: {', '.join(missing)}.",
            f"Signatures are made and checked with the extra {EXTRA}.",
            f"Install it with: pip install 'tasklaws[{EXTRA}]'.",
        )


def make_key(path: Path) -> PublicKey:
    """Write a new private key to `path` and its public part to ``path.pub``; return the public part.

    Only the owner may read the private one (mode 0600).

    Raises:
        BadInput: either file is there already or cannot be written, or the extra `sign` is missing.
    """
    refuse_no_library()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    public = path.with_name(f"{path.name}.pub")
    for file in (path, public):
        if file.exists():
            raise _there(file)
    secret = Ed25519PrivateKey.generate()
    made = _public(secret.public_key())
    _write_new(path, secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), OWNER_ONLY)
    try:
        _write_new(public, made.pem, 0o644)
    except BadInput:
        path.unlink()
        raise
    return made


def read_public_key(path: Path) -> PublicKey:
    """Return the public key in a PEM file, by whatever tool it was written.

    Raises:
        BadInput: the file holds no ed25519 public key, or the extra `sign` is missing.
    """
    return public_key(_content(path), str(path))


def public_key(content: bytes, name: str) -> PublicKey:
    """Return the public key in PEM text; `name` says in a message where the text is from.

    Raises:
        BadInput: as `read_public_key`.
    """
    refuse_no_library()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    _refuse_other_block(content, PUBLIC, name)
    try:
        key = load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm):
        raise _broken(name, PUBLIC) from None
    if not isinstance(key, Ed25519PublicKey):
        raise _other_kind(name, key, PUBLIC)
    return _public(key)


def read_private_key(path: Path) -> PrivateKey:
    """Return the private key in a PEM file, by whatever tool it was written.

    Raises:
        BadInput: the file holds no ed25519 private key in the clear, or the extra `sign` is missing.
    """
    refuse_no_library()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    content = _content(path)
    _refuse_other_block(content, PRIVATE, str(path))
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise _broken(str(path), PRIVATE) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise _other_kind(str(path), key, PRIVATE)
    return PrivateKey(_public(key.public_key()), key)


def _public(key: Ed25519PublicKey) -> PublicKey:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    pem, der = (
        key.public_bytes(form, PublicFormat.SubjectPublicKeyInfo) for form in (Encoding.PEM, Encoding.DER)
    )
    return PublicKey(pem, sha256_hex(der))


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST + 1)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}.", "A key is read from its file.", _MAKE) from None
    if len(content) > LARGEST:
        raise BadInput(f"{path} is larger than {LARGEST} bytes.", "A key is a short PEM file.", _MAKE)
    return content


def _refuse_other_block(content: bytes, wanted: str, name: str) -> None:
    """Refuse text that is not one PEM block of the kind `wanted`; what it holds is never repeated."""
    need = f"One PEM block with an ed25519 {wanted.lower()} is needed."
    blocks = [found.decode() for found in _BLOCK.findall(content)]
    if len(blocks) != 1:
        held = f"{len(blocks)} PEM blocks" if blocks else "no PEM block"
        ssh = ", but a key of OpenSSH" if content.startswith(b"ssh-") else ""
        raise BadInput(f"{name} holds {held}{ssh}.", need, _MAKE)
    (block,) = blocks
    if wanted == PUBLIC and block.endswith(PRIVATE):
        block = PRIVATE
    if block != wanted:
        held, way_out = _OTHERS.get(block, (f"{block!r}", _MAKE))
        raise BadInput(f"{name} holds {held}.", need, way_out)


def _broken(name: str, wanted: str) -> BadInput:
    return BadInput(
        f"{name}: its PEM block cannot be read.",
        f"It must be an unbroken ed25519 {wanted.lower()}.",
        f"Copy the file anew from its owner. {_MAKE}",
    )


def _other_kind(name: str, key: object, wanted: str) -> BadInput:
    return BadInput(
        f"{name} holds a key of another kind ({type(key).__name__}).",
        f"Dossiers are signed with ed25519 alone, so its {wanted.lower()} is needed.",
        _MAKE,
    )


def _there(path: Path) -> BadInput:
    return BadInput(
        f"{path} is there already.",
        "A key is never overwritten: what it signed could not be signed again.",
        "Name another file, or keep the old one elsewhere first.",
    )


def _write_new(path: Path, content: bytes, mode: int) -> None:
    try:
        path.touch(mode, exist_ok=False)
        path.write_bytes(content)
    except FileExistsError:
        raise _there(path) from None
    except OSError as error:
        path.unlink(missing_ok=True)
        raise BadInput(
            f"{path}: could not be written ({error.strerror or error}).",
            "The folder of a key must be there and writable.",
            "Make the folder, or name a file in another one.",
        ) from None

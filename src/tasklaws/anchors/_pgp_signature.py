"""OpenPGP signatures as git makes them, checked by gpgv against keys that are trusted."""

from __future__ import annotations

import base64
import binascii
import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tasklaws.core.errors import BadInput, VerificationFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

ARMOUR = re.compile(
    rb"-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n(?:.+\r?\n)*\r?\n([\w+/=\s]+?)(?:^=.{4}\s+)?-----END",
    re.MULTILINE,
)
"""One block of keys: headers, an empty line, base64, and perhaps a checksum."""


def signer(signed: bytes, signature: bytes, keys: Sequence[bytes]) -> str | None:
    """Return the name of the trusted signer whose key made `signature`; None where no trusted key did.

    Raises:
        VerificationFailed: the signature names a trusted key and is not of these bytes.
        BadInput: gpgv is not installed, or a file holds no keys.
    """
    with TemporaryDirectory(prefix="tasklaws-") as temporary:
        ring, file = Path(temporary) / "keys.gpg", Path(temporary) / "signature"
        ring.write_bytes(b"".join(_binary(content) for content in keys))
        file.write_bytes(signature)
        done = _gpgv("--status-fd=1", f"--keyring={ring}", str(file), "-", given=signed)
    told = [line.split(" ", 3)[1:] for line in done.stdout.decode(errors="replace").splitlines()]
    if any(words[0] == "NO_PUBKEY" for words in told):
        return None
    good = next((words[2] for words in told if words[0] == "GOODSIG"), None)
    if done.returncode or good is None:
        raise VerificationFailed(
            "the OpenPGP signature does not fit what it is said to sign, or its key had expired.",
            "A tag is never edited after it was signed.",
            "Write it again with `git cat-file tag NAME`.",
        )
    return good


def _binary(content: bytes) -> bytes:
    try:
        return b"".join(base64.b64decode(b"".join(b.split())) for b in ARMOUR.findall(content))
    except binascii.Error:
        raise BadInput(
            "a trusted file with OpenPGP keys cannot be read.",
            "It must be an armoured block of public keys.",
            "Write it with: gpg --armor --export NAME.",
        ) from None


def _gpgv(*words: str, given: bytes) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["gpgv", *words], input=given, capture_output=True, check=False)
    except FileNotFoundError:
        raise BadInput(
            "gpgv is not installed.",
            "OpenPGP signatures are checked by it.",
            "Install GnuPG, or leave the trusted keys away.",
        ) from None

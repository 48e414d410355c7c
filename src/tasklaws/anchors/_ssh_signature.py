"""SSH signatures as git makes them, checked by ssh-keygen against keys that are trusted."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tasklaws.core.errors import BadInput, VerificationFailed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

KEY = re.compile(rb"^(?!#).*?\b(?:ssh-\w+|ecdsa-sha2-\w+|sk-[\w-]+@openssh\.com) AAAA[\w+/=]+", re.MULTILINE)
BARE = re.compile(rb"^(?=(?:ssh-\w+|ecdsa-sha2-\w+|sk-[\w-]+@openssh\.com) (AAAA[\w+/=]+))", re.MULTILINE)
"""Where the line of a public key begins; in a file of allowed signers their names come first."""
NAMESPACE = "git"


def holds_keys(content: bytes) -> bool:
    """Return whether a file holds SSH public keys, or allowed signers."""
    return KEY.search(content) is not None


def signer(signed: bytes, signature: bytes, keys: Sequence[bytes], at: datetime) -> str | None:
    """Return the name of the trusted signer whose key made `signature`; None where no trusted key is named.

    Raises:
        VerificationFailed: the signature names a trusted key and is not of these bytes.
        BadInput: ssh-keygen is not installed.
    """
    with TemporaryDirectory(prefix="tasklaws-") as temporary:
        allowed, file = Path(temporary) / "allowed_signers", Path(temporary) / "signature"
        allowed.write_bytes(b"\n".join(BARE.sub(_fingerprint, content) for content in keys) + b"\n")
        file.write_bytes(signature)
        given = ["-f", str(allowed), "-s", str(file), f"-Overify-time={at:%Y%m%d%H%M%SZ}"]
        found = _keygen("find-principals", *given)
        names = found.stdout.decode(errors="replace").splitlines()
        if found.returncode or not names:
            return None
        done = _keygen("verify", "-n", NAMESPACE, "-I", names[0].split(",")[0], *given, given=signed)
    if done.returncode:
        raise VerificationFailed(
            "the SSH signature does not fit what it is said to sign.",
            "A tag is never edited after it was signed.",
            "Write it again with `git cat-file tag NAME`.",
        )
    return names[0]


def _fingerprint(key: re.Match[bytes]) -> bytes:
    """Return the fingerprint of a public key, as the name of a signer who has no other."""
    try:
        digest = hashlib.sha256(base64.b64decode(key[1])).digest()
    except binascii.Error:
        return b""
    return b"SHA256:" + base64.b64encode(digest).rstrip(b"=") + b" "


def _keygen(what: str, *words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["ssh-keygen", "-Y", what, *words], input=given, capture_output=True, check=False
        )
    except FileNotFoundError:
        raise BadInput(
            "ssh-keygen is not installed.",
            "SSH signatures are checked by it.",
            "Install the client of OpenSSH, or leave the trusted keys away.",
        ) from None

"""A signed git tag whose message holds a claim: the signer's word for the time, seen by whoever fetched it.

The tag object itself carries message, time and signature, so that no repository is needed to check it.
"""

from __future__ import annotations

import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from tasklaws.anchors import _ssh_signature
from tasklaws.core.errors import BadInput, VerificationFailed
from tasklaws.spec.anchor import Anchor, Making, Stamp, Trust

SSH, PGP = b"-----BEGIN SSH SIGNATURE-----", b"-----BEGIN PGP SIGNATURE-----"
PGP_KEYS = b"-----BEGIN PGP PUBLIC KEY BLOCK-----"
TAGGER = re.compile(rb"^tagger (.*) (-?\d{1,11}) [+-]\d{4}$", re.MULTILINE)


class _Tag(NamedTuple):
    signed: bytes
    """What the signature is of: headers and message."""
    signature: bytes
    by: str
    at: datetime


def trusts(content: bytes) -> bool:
    """Return whether a trusted file holds public keys, of SSH or of OpenPGP."""
    return PGP_KEYS in content or _ssh_signature.holds_keys(content)


def request(claim: bytes) -> bytes:
    """Return the message that the tag must hold."""
    return claim


def make(claim: bytes, making: Making) -> bytes:
    """Return a tag signed in the repository `making.repository`, which keeps it too.

    Raises:
        BadInput: git is not installed, or could not make or sign the tag.
    """
    folder = making.repository or Path()
    _, seq, head = claim.decode().split()
    name = making.tag or f"tasklaws-{seq}-{head[:8]}"
    _git(folder, "tag", "--sign", "--cleanup=verbatim", "--file=-", name, given=claim)
    return _git(folder, "cat-file", "tag", name)


def _git(folder: Path, *words: str, given: bytes = b"") -> bytes:
    try:
        done = subprocess.run(["git", "-C", folder, *words], input=given, capture_output=True, check=False)
    except FileNotFoundError:
        raise BadInput(
            "git is not installed.", "A tag is made by git.", "Install git, or choose another anchor."
        ) from None
    if done.returncode:
        told = done.stderr.decode(errors="replace").strip().splitlines() or ["it does not say why"]
        raise BadInput(
            f"git {words[0]} failed in {folder}: {told[-1]}",
            "The folder must lie in a repository with a commit, and git must be set up to sign tags.",
            "Try `git tag --sign` there first; name another repository with --repository.",
        )
    return done.stdout


def check(evidence: bytes, claim: bytes, trust: Trust) -> Stamp:
    """Return who signed a tag that holds a claim, and when by the signer's own clock.

    Raises:
        VerificationFailed: the tag holds another claim, or a signature that does not fit.
        BadInput: a key was given, and the program that checks signatures is not installed.
    """
    tag = _read(evidence)
    message = b"\n" + tag.signed.partition(b"\n\n")[2]
    if b"\n" + claim not in message:
        raise _failed(
            "its message does not hold the claim", f"a tag with the line {claim.decode().strip()!r}"
        )
    signer = _signer(tag, trust) if trust else None
    return Stamp(tag.at.isoformat(), signer or tag.by, trusted=signer is not None)


def _read(evidence: bytes) -> _Tag:
    places = [evidence.rfind(b"\n" + mark) for mark in (SSH, PGP)]
    place = max(places) + 1
    tagger = TAGGER.search(evidence.partition(b"\n\n")[0])
    if not evidence.startswith(b"object ") or not place or tagger is None:
        raise _failed("its bytes are none", "a signed tag as `git cat-file tag NAME` writes it")
    by, seconds = tagger.groups()
    at = datetime.fromtimestamp(int(seconds), UTC)
    return _Tag(evidence[:place], evidence[place:], by.decode(errors="replace"), at)


def _signer(tag: _Tag, trust: Trust) -> str | None:
    """Return who signed, of the trusted; None where the key is none of theirs."""
    from tasklaws.anchors import _pgp_signature

    if tag.signature.startswith(SSH):
        keys = [content for content in trust if _ssh_signature.holds_keys(content)]
        return _ssh_signature.signer(tag.signed, tag.signature, keys, tag.at) if keys else None
    keys = [content for content in trust if PGP_KEYS in content]
    return _pgp_signature.signer(tag.signed, tag.signature, keys) if keys else None


def _failed(found: str, need: str) -> VerificationFailed:
    return VerificationFailed(
        f"the git tag is not what it should be: {found}.",
        f"It must be {need}.",
        "Restore the file from a copy, or write it again with `git cat-file tag NAME`.",
    )


ANCHOR = Anchor(
    name="git_tag",
    title="Signed git tag",
    summary="a signed tag holds the log's head: its time is the signer's word, its push what others saw",
    source="git-tag and gpg.format in git's manual; PROTOCOL.sshsig of OpenSSH; RFC 9580, OpenPGP, 2024.",
    status="published",
    suffix="txt",
    needs="git to make; ssh-keygen (OpenSSH 8.9) or gpgv to check signatures",
    takes=("repository", "tag"),
    unchecked="signer not trusted",
    clock="on the signer's word",
    trusts=trusts,
    request=request,
    make=make,
    check=check,
)

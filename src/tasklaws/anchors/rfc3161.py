"""A time-stamp token: an authority signs that it saw the hash of a claim at a time of its own clock."""

from __future__ import annotations

import hashlib
import re
import warnings
from typing import TYPE_CHECKING

from tasklaws.anchors._token import Token, read_token
from tasklaws.core.errors import BadInput, VerificationFailed
from tasklaws.spec.anchor import Anchor, Making, Stamp, Trust

if TYPE_CHECKING:
    from types import ModuleType

    from cryptography.x509 import Certificate

PEM = b"-----BEGIN CERTIFICATE-----"
SHA256 = "2.16.840.1.101.3.4.2.1"
"""Object identifier of the hash."""
LARGEST = 1 << 20
"""Bytes of a reply that are read."""
SECONDS = 60


def trusts(content: bytes) -> bool:
    """Return whether a trusted file holds certificates."""
    return PEM in content


def request(claim: bytes) -> bytes:
    """Return the query over the SHA-256 of a claim, which asks for the authority's certificate too."""
    stamps = _library()
    builder = stamps.TimestampRequestBuilder().data(claim).hash_algorithm(stamps.HashAlgorithm.SHA256)
    return bytes(builder.cert_request(cert_request=True).build().as_bytes())


def make(claim: bytes, making: Making) -> bytes:
    """Return the reply of the authority at `making.url`, asked over the network.

    Raises:
        BadInput: no address was given, or nobody answers there.
    """
    if making.url is None or not making.url.startswith(("http://", "https://")):
        raise BadInput(
            f"{making.url!r} is no address of an authority." if making.url else "no authority was named.",
            "A time-stamp token comes from somebody else.",
            "Give --url ADDRESS; or write the query with --request FILE and hand in the answer with --reply.",
        )
    from urllib.request import Request, urlopen

    headers = {"Content-Type": "application/timestamp-query"}
    query = Request(making.url, request(claim), headers, method="POST")  # noqa: S310  http and https only
    try:
        with urlopen(query, timeout=SECONDS) as reply:  # noqa: S310  likewise
            return bytes(reply.read(LARGEST))
    except (OSError, ValueError) as error:
        raise BadInput(
            f"{making.url}: {getattr(error, 'reason', None) or error}.",
            "The authority must answer a query posted to this address.",
            "Try again, or another authority.",
        ) from None


def check(evidence: bytes, claim: bytes, trust: Trust) -> Stamp:
    """Return when an authority stamped a claim; without a root of that authority only what the token says.

    A certificate need only have been valid when the token was made.

    Raises:
        VerificationFailed: the token is of another claim, or does not hold under a root that it names.
        BadInput: the library is not installed, or a trusted file cannot be read.
    """
    stamps, digest = _library(), hashlib.sha256(claim).digest()
    token = _read(stamps, evidence)
    if (token.hash_oid, token.digest) != (SHA256, digest):
        raise _failed(f"it stamps {token.digest.hex()[:12]}", f"of the claim's SHA-256, {digest.hex()[:12]}")
    roots = [root for content in trust for root in _certificates(content)]
    trusted = any(root.subject in token.names for root in roots)
    if trusted:
        _verify(stamps, token, digest, roots)
    return Stamp(token.at, token.signer, trusted)


def _library() -> ModuleType:
    try:
        import rfc3161_client
    except ImportError:
        raise BadInput(
            "time-stamp tokens cannot be read: rfc3161-client is not installed.",
            "It is part of the extra `sign`.",
            'Install it with: pip install "tasklaws[sign]".',
        ) from None
    return rfc3161_client


def _read(stamps: ModuleType, evidence: bytes) -> Token:
    try:
        token = read_token(stamps, evidence)
    except ValueError as error:
        raise _failed(f"it cannot be read ({error})", "the reply of a time-stamp authority") from None
    if not token.granted:
        raise _failed(f"the authority refused (status {token.reply.status})", "a reply that grants it")
    return token


def _certificates(content: bytes) -> list[Certificate]:
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return load_pem_x509_certificates(content)
    except ValueError as error:
        raise BadInput(
            f"a trusted file with certificates cannot be read ({error}).",
            "It must hold certificates in PEM.",
            "Ask the authority for its root certificate.",
        ) from None


def _verify(stamps: ModuleType, token: Token, digest: bytes, roots: list[Certificate]) -> None:
    builder = stamps.VerifierBuilder()
    for root in dict.fromkeys(roots):
        builder = builder.add_root_certificate(root)
    try:
        with warnings.catch_warnings(action="ignore"):  # certificates in it are a stranger's
            builder.build().verify(token.reply, digest)
    except Exception as error:  # noqa: BLE001  whatever the library makes of a stranger's bytes
        raise _failed(_gist(str(error)), "one that holds under the root it names, which is trusted") from None


def _gist(text: str) -> str:
    """Return what stands behind the last place that a message of OpenSSL names; else the message."""
    return next(
        (told[-1] for mark in ("data", "reason") if (told := re.findall(f'{mark}: "(.*?)"', text))), text
    )


def _failed(found: str, need: str) -> VerificationFailed:
    return VerificationFailed(
        f"the time-stamp token is not what it should be: {found}.",
        f"It must be {need}.",
        "Restore the file from a copy, or have the log stamped again.",
    )


ANCHOR = Anchor(
    name="rfc3161",
    title="Time-stamp token",
    summary="an authority signs the hash of the log's head with the time of its own clock",
    source="RFC 3161, Internet X.509 Public Key Infrastructure Time-Stamp Protocol (TSP), 2001; RFC 5816.",
    status="published",
    suffix="tsr",
    needs="the Python package rfc3161-client (extra `sign`)",
    takes=("url",),
    unchecked="authority not checked",
    clock="",
    trusts=trusts,
    request=request,
    make=make,
    check=check,
)

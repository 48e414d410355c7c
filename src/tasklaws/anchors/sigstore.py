"""A sigstore bundle over a claim: a public log that only grows tells when it took the signature in."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tasklaws.core.errors import BadInput, VerificationFailed
from tasklaws.spec.anchor import Anchor, Making, Stamp, Trust


def trusts(content: bytes) -> bool:
    """Return whether a trusted file is a trusted root of sigstore."""
    return b"application/vnd.dev.sigstore.trustedroot" in content


def request(claim: bytes) -> bytes:
    """Return what is to be signed."""
    return claim


def make(claim: bytes, _making: Making) -> bytes:
    """Return a bundle made by the public instance: over the network, and with an identity it can ask for.

    Raises:
        BadInput: the library is not installed, or the service refused.
    """
    _refuse_missing()
    from sigstore.errors import Error
    from sigstore.models import ClientTrustConfig
    from sigstore.oidc import IdentityToken, Issuer, detect_credential
    from sigstore.sign import SigningContext

    try:
        config = ClientTrustConfig.production()
        ambient = detect_credential()
        issuer = config.signing_config.get_oidc_url()
        identity = IdentityToken(ambient) if ambient else Issuer(issuer).identity_token()
        with SigningContext.from_trust_config(config).signer(identity) as signer:
            return str(signer.sign_artifact(claim).to_json()).encode()
    except (Error, OSError) as error:
        raise BadInput(
            f"sigstore did not sign: {str(error) or type(error).__name__}.",
            "It must be reached over the network and shown who you are.",
            "Try again; or sign elsewhere what --request FILE writes and hand in the bundle with --reply.",
        ) from None


def check(evidence: bytes, claim: bytes, trust: Trust) -> Stamp:
    """Return when the log took a signature of a claim in; whose signature it is does not matter here.

    Raises:
        VerificationFailed: the bundle is of another claim, or does not hold under the log that it names.
        BadInput: a trusted root was given, and the library is not installed.
    """
    bundle = _read(evidence)
    digest = base64.b64encode(hashlib.sha256(claim).digest()).decode()
    said = _at(bundle, "messageSignature", "messageDigest", "digest")
    if said != digest:
        raise _failed(f"it signs {said!r}", f"a bundle over the SHA-256 {digest!r} of its claim")
    root = next((content for content in trust if _names_its_log(bundle, content)), None)
    if root is not None:
        return _verified(evidence, claim, root)
    seconds = _at(bundle, "verificationMaterial", "tlogEntries", 0, "integratedTime")
    return Stamp(_time(seconds), "", trusted=False)


def _read(evidence: bytes) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(evidence)
    except (ValueError, RecursionError):
        raise _failed("its bytes are no JSON", "a sigstore bundle") from None


def _at(value: Any, *path: str | int) -> Any:  # noqa: ANN401
    """Return what stands at a path of JSON, or None."""
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _time(seconds: object) -> str | None:
    try:
        return datetime.fromtimestamp(int(str(seconds)), UTC).isoformat() if seconds else None
    except (ValueError, OverflowError, OSError):
        return None


def _names_its_log(bundle: Any, root: bytes) -> bool:  # noqa: ANN401
    """Return whether the log that a bundle names is one of a trusted root."""
    named = _at(bundle, "verificationMaterial", "tlogEntries", 0, "logId", "keyId")
    logs = _at(_read_root(root), "tlogs") or []
    return named in [_at(log, kind, "keyId") for log in logs for kind in ("logId", "checkpointKeyId")]


def _read_root(root: bytes) -> Any:  # noqa: ANN401
    try:
        return json.loads(root)
    except (ValueError, RecursionError):
        raise BadInput(
            "a trusted root of sigstore cannot be read.", "It must be JSON.", "Fetch it again."
        ) from None


class _Anybody:
    """Whose signature it is does not matter: it is the log that vouches for the time."""

    def verify(self, cert: Any) -> None:  # noqa: ANN401
        """Accept every certificate whose chain holds."""


def _verified(evidence: bytes, claim: bytes, root: bytes) -> Stamp:
    _refuse_missing()
    from cryptography.exceptions import InvalidSignature
    from sigstore.errors import Error
    from sigstore.models import Bundle, TrustedRoot
    from sigstore.verify import Verifier

    try:
        with TemporaryDirectory(prefix="tasklaws-") as temporary:
            (file := Path(temporary) / "root.json").write_bytes(root)
            verifier = Verifier(trusted_root=TrustedRoot.from_file(str(file)))
        bundle = Bundle.from_json(evidence)
        verifier.verify_artifact(claim, bundle, _Anybody())
    except (Error, InvalidSignature, ValueError, TypeError) as error:
        raise _failed(str(error) or type(error).__name__, "a bundle that holds under its log") from None
    return Stamp(_latest(evidence, bundle), _identity(bundle.signing_certificate), trusted=True)


def _latest(evidence: bytes, bundle: Any) -> str | None:  # noqa: ANN401
    """Return the latest time in a bundle that was verified: one of them was, and none is later."""
    entry = _at(json.loads(evidence), "verificationMaterial", "tlogEntries", 0)
    stamps = bundle.verification_material.timestamp_verification_data
    times = [one.tst_info.gen_time.isoformat() for one in (stamps.rfc3161_timestamps if stamps else ())]
    logged = _time(_at(entry, "integratedTime")) if _at(entry, "inclusionPromise") else None
    return max([*times, *([logged] if logged else [])], default=None)


def _identity(certificate: Any) -> str:  # noqa: ANN401
    """Return the name or address that the signing certificate was made out to."""
    from cryptography.x509 import ExtensionNotFound, SubjectAlternativeName

    try:
        names = certificate.extensions.get_extension_for_class(SubjectAlternativeName).value
    except (ExtensionNotFound, ValueError):
        return ""
    return ", ".join(str(getattr(name, "value", "")) for name in names)


def _refuse_missing() -> None:
    from importlib.util import find_spec

    if find_spec("sigstore") is None:
        raise BadInput(
            "sigstore is not installed.",
            "Its bundles are made and checked with it.",
            'Install it with: pip install "tasklaws[sigstore]".',
        )


def _failed(found: str, need: str) -> VerificationFailed:
    return VerificationFailed(
        f"the sigstore bundle is not what it should be: {found}.",
        f"It must be {need}.",
        "Restore the file from a copy, or sign the log's head again.",
    )


ANCHOR = Anchor(
    name="sigstore",
    title="Sigstore bundle",
    summary="a public log that only grows tells when it took in a signature of the log's head",
    source="Newman, Meyers and Torres-Arias, Sigstore: software signing for everybody, 2022.",
    status="published",
    suffix="json",
    needs="the Python package sigstore (extra `sigstore`) to make, and to check against a trusted root",
    takes=(),
    unchecked="log not checked",
    clock="",
    trusts=trusts,
    request=request,
    make=make,
    check=check,
)

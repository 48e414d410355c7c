"""The envelope of a signature (DSSE): bytes with a single spelling, so that no bit of them is free."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tasklaws.core.errors import BadInput
from tasklaws.core.provenance import canonical_json

if TYPE_CHECKING:
    from securesystemslib.dsse import Envelope
    from securesystemslib.signer import SSlibKey

    from tasklaws.dossier.signatures.keys import PrivateKey, PublicKey

PAYLOAD_TYPE = "application/vnd.in-toto+json"


def sealed(payload: bytes, key: PrivateKey) -> bytes:
    """Return the envelope of `payload`, signed by `key`.

    Source: Dead Simple Signing Envelope 1.0; RFC 8032 (ed25519).
    """
    from securesystemslib.dsse import Envelope
    from securesystemslib.signer import CryptoSigner

    envelope = Envelope(payload, PAYLOAD_TYPE, {})
    envelope.sign(CryptoSigner(key.secret, _library_key(key.public)))
    return _encoded(envelope)


def unsealed(content: bytes) -> Envelope | None:
    """Return the envelope of which `content` is the one spelling; None where there is none such.

    Decoders pass over bits (base64 padding, spaces, fields they do not know), so what was read is
    encoded again and compared. Whether the signature fits is not looked at.
    """
    from securesystemslib.dsse import Envelope
    from securesystemslib.signer import Signature

    try:
        loose = Envelope.from_dict(json.loads(content))
        (signature,) = loose.signatures.values()
        known = Signature(signature.keyid, signature.signature)
        envelope = Envelope(loose.payload, PAYLOAD_TYPE, {known.keyid: known})
        return envelope if _encoded(envelope) == content else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, BadInput):
        return None


def genuine(envelope: Envelope, key: PublicKey) -> bool:
    """Return whether the signature of an envelope is by `key`, over its payload and type."""
    from securesystemslib.exceptions import VerificationError

    try:
        envelope.verify([_library_key(key)], threshold=1)
    except VerificationError:
        return False
    return True


def _library_key(key: PublicKey) -> SSlibKey:
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from securesystemslib.signer import SSlibKey

    return SSlibKey.from_crypto(load_pem_public_key(key.pem), keyid=key.key_id)


def _encoded(envelope: Envelope) -> bytes:
    return canonical_json(envelope.to_dict()) + b"\n"

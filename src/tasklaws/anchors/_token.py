"""What the reply of a time-stamp authority says, before anything of it is believed."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from types import ModuleType

    from cryptography.x509 import Certificate, Name


class Token(NamedTuple):
    """A reply that was read; nothing of it was verified."""

    reply: Any
    """As the library holds it."""
    granted: bool
    at: str
    """UTC time, ISO 8601."""
    hash_oid: str
    digest: bytes
    signer: str
    """Name on the certificate of whoever signed; where it is not enclosed, that of its issuer."""
    names: frozenset[Name]
    """Everybody who is said to have signed the token or a certificate in it."""


def read_token(stamps: ModuleType, evidence: bytes) -> Token:
    """Return what a reply says.

    Raises:
        ValueError: these bytes are no reply with a token.
    """
    from cryptography.x509 import load_der_x509_certificate

    try:
        with warnings.catch_warnings(action="ignore"):  # the bytes are a stranger's
            reply = stamps.decode_timestamp_response(evidence)
            enclosed = [load_der_x509_certificate(one) for one in reply.signed_data.certificates]
            return _told(stamps, reply, enclosed)
    except Exception as error:  # noqa: BLE001  whatever the parsers make of a stranger's bytes
        raise ValueError(str(error)) from None


def _told(stamps: ModuleType, reply: Any, enclosed: list[Certificate]) -> Token:  # noqa: ANN401
    imprint = reply.tst_info.message_imprint
    (info,) = reply.signed_data.signer_infos
    own = [one for one in enclosed if (one.issuer, one.serial_number) == (info.issuer, info.serial_number)]
    return Token(
        reply,
        reply.status == stamps.tsp.PKIStatus.GRANTED,
        reply.tst_info.gen_time.isoformat(),
        imprint.hash_algorithm.dotted_string,
        imprint.message,
        (own[0].subject if own else info.issuer).rfc4514_string(),
        frozenset({info.issuer, *(name for one in enclosed for name in (one.issuer, one.subject))}),
    )

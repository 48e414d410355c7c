"""A time-stamp authority, a signer of tags and a study, all made on the fly."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tasklaws.study.log import Log

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
OTHER, SEALED, BEHIND, CAME = range(4)
"""Lines of the log of `study`: results of others, the seal, more of others, results of the target."""
TARGET = "big"
STAMPING = x509.ExtendedKeyUsageOID.TIME_STAMPING
Named = tuple[str, ec.EllipticCurvePrivateKey]

CONFIG = """
[made]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3
digests = sha256
crypto_device = builtin
"""


@dataclass(frozen=True)
class Authority:
    """A root and the certificate of a time-stamp service below it."""

    folder: Path
    root: bytes
    """In PEM."""

    def reply(self, query: bytes) -> bytes:
        """Return what the service answers."""
        (self.folder / "query").write_bytes(query)
        words = ["-queryfile", "query", "-config", "config", "-section", "made"]
        signing = ["-signer", "service.pem", "-inkey", "service.key"]
        done = subprocess.run(
            ["openssl", "ts", "-reply", *words, *signing], cwd=self.folder, capture_output=True, check=True
        )
        return done.stdout


def authority(folder: Path, name: str = "Made-up root", until: datetime = NOW + 10 * DAY) -> Authority:
    """Return an authority whose service has a certificate until a time."""
    folder.mkdir()
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority, usage = x509.BasicConstraints(ca=True, path_length=None), x509.ExtendedKeyUsage([STAMPING])
    root = _certificate((name, root_key), (name, root_key), authority, NOW + 10 * DAY)
    service = _certificate((f"{name}: stamps", key), (name, root_key), usage, until)
    (folder / "service.pem").write_bytes(service)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "service.key").write_bytes(key.private_bytes(*form))
    (folder / "config").write_text(CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")
    return Authority(folder, root)


def _certificate(own: Named, issuer: Named, extension: x509.ExtensionType, until: datetime) -> bytes:
    (name, key), (above, signing) = own, issuer
    made = (
        x509.CertificateBuilder(_name(above), _name(name), key.public_key(), x509.random_serial_number())
        .not_valid_before(until - 30 * DAY)
        .not_valid_after(until)
        .add_extension(extension, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(signing, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


@dataclass(frozen=True)
class Signer:
    """A git repository with a signing key of SSH."""

    repository: Path

    @property
    def key(self) -> bytes:
        """Return the public key."""
        return (self.repository / "key.pub").read_bytes()


def signer(folder: Path) -> Signer:
    """Return a repository with one commit, set up to sign tags."""
    folder.mkdir()
    _run(folder, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "key", "-C", "")
    _run(folder, "git", "init", "-q")
    told = {"user.name": "R. Ater", "user.email": "rater@example.org", "gpg.format": "ssh"}
    for name, value in (
        told | {"commit.gpgsign": "false", "user.signingkey": str(folder / "key.pub")}
    ).items():
        _run(folder, "git", "config", name, value)
    _run(folder, "git", "commit", "-q", "--allow-empty", "-m", "first")
    return Signer(folder)


def _run(folder: Path, *words: str) -> None:
    subprocess.run(words, cwd=folder, check=True, capture_output=True)


def bundle(claim: bytes, **entry: Any) -> bytes:
    """Return what looks like a sigstore bundle over a claim, taken in by a log at some time."""
    digest = base64.b64encode(hashlib.sha256(claim).digest()).decode()
    log = {"logId": {"keyId": "bWFkZSB1cA=="}, "integratedTime": str(int(NOW.timestamp()))}
    whole = {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"tlogEntries": [log | entry]},
        "messageSignature": {
            "messageDigest": {"algorithm": "SHA2_256", "digest": digest},
            "signature": "AA==",
        },
    }
    return json.dumps(whole).encode()


def study(folder: Path) -> Path:
    """Return a study whose forecast was sealed two hours ago; its target's results come in an hour."""
    folder.mkdir()
    log, hour = Log(folder / "log.jsonl"), timedelta(hours=1)
    for kind, payload, at in (
        ("import", _results("a", "small"), NOW - 3 * hour),
        ("seal", _seal(), NOW - 2 * hour),
        ("import", _results("b", "middle"), NOW - hour),
        ("import", _results("c", TARGET), NOW + hour),
    ):
        log.append(kind, payload, at)  # type: ignore[arg-type]
    return folder


def _seal() -> dict[str, Any]:
    file = "forecasts/big-00000000.json"
    return {
        "target": TARGET,
        "label": "forecast",
        "sha256": "0" * 64,
        "file": file,
        "anchor": "self-attested",
    }


def _results(name: str, model: str) -> dict[str, Any]:
    return {"import_id": name, "format": "csv", "rows": 0, "parts": {}, "models": [model]}

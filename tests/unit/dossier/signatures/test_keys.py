from __future__ import annotations

import hashlib
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tasklaws.core.errors import BadInput
from tasklaws.dossier.signatures import keys
from tasklaws.dossier.signatures.keys import make_key, read_private_key, read_public_key

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("cryptography", reason="the extra sign is not installed")

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_public_key,
)

SECRET = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
CLEAR = NoEncryption()
PEM = SECRET.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, CLEAR)
PUBLIC_PEM = SECRET.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
CURVE = ec.generate_private_key(ec.SECP256R1())

PRIVATE_FORMS = {
    "encrypted": SECRET.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")),
    "openssh": SECRET.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, CLEAR),
    "der": SECRET.private_bytes(Encoding.DER, PrivateFormat.PKCS8, CLEAR),
    "another kind": CURVE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, CLEAR),
    "agreement only": X25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, CLEAR),
    "older curve file": CURVE.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, CLEAR),
    "two keys": PEM + PEM,
    "key and its public part": PEM + PUBLIC_PEM,
    "torn": PEM[:60],
    "no end": PEM.replace(b"-----END PRIVATE KEY-----", b""),
    "flipped": PEM.replace(b"MC4C", b"MC4D"),
    "empty": b"",
    "garbage": b"\x00\xff" * 40,
    "huge": b" " * (keys.LARGEST + 1),
}
PUBLIC_FORMS = {
    "openssh public": SECRET.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
    "openssh private": PRIVATE_FORMS["openssh"],
    "encrypted private": PRIVATE_FORMS["encrypted"],
    "raw": SECRET.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw),
    "another kind": CURVE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    "certificate": b"-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n",
    "two keys": PUBLIC_PEM * 2,
    "torn": PUBLIC_PEM[:50],
    "shortened": PUBLIC_PEM.replace(PUBLIC_PEM.splitlines()[1], PUBLIC_PEM.splitlines()[1][:-4]),
    "empty": b"",
    "garbage": b"\x00\xff" * 40,
}


def three_parts(error: BadInput) -> bool:
    return all(part.endswith(".") for part in (error.what, error.need, error.way_out))


def test_make_key_writes_a_pair_that_belongs_together(tmp_path: Path) -> None:
    made = make_key(tmp_path / "rater.pem")
    private = read_private_key(tmp_path / "rater.pem")
    assert read_public_key(tmp_path / "rater.pem.pub") == made == private.public
    assert load_pem_public_key(made.pem) == private.secret.public_key()
    assert make_key(tmp_path / "other.pem").key_id != made.key_id


def test_only_the_owner_reads_a_private_key(tmp_path: Path) -> None:
    make_key(tmp_path / "rater.pem")
    assert (tmp_path / "rater.pem").stat().st_mode & 0o777 == 0o600


def test_the_key_id_is_the_hash_of_the_der_that_everybody_can_make(tmp_path: Path) -> None:
    made = make_key(tmp_path / "rater.pem")
    der = load_pem_public_key(made.pem).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert made.key_id == hashlib.sha256(der).hexdigest()


@pytest.mark.parametrize("there", ["rater.pem", "rater.pem.pub"])
def test_a_key_is_never_overwritten(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_bytes(b"precious")
    with pytest.raises(BadInput, match="is there already") as caught:
        make_key(tmp_path / "rater.pem")
    assert three_parts(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == [there]
    assert (tmp_path / there).read_bytes() == b"precious"


def test_a_link_that_leads_nowhere_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "rater.pem").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadInput):
        make_key(tmp_path / "rater.pem")
    assert not (tmp_path / "elsewhere").exists()


def test_no_half_of_a_pair_stays_behind(tmp_path: Path) -> None:
    (tmp_path / "rater.pem.pub").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadInput):
        make_key(tmp_path / "rater.pem")
    assert not (tmp_path / "rater.pem").exists()


def test_a_key_in_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="could not be written") as caught:
        make_key(tmp_path / "none" / "rater.pem")
    assert three_parts(caught.value)


@pytest.mark.parametrize(
    "written",
    [
        PUBLIC_PEM.replace(b"\n", b"\r\n"),
        PUBLIC_PEM.rstrip(),
        b"key of the rater\n" + PUBLIC_PEM + b"\n\n",
        PUBLIC_PEM.replace(PUBLIC_PEM.splitlines()[1], b"\n".join([PUBLIC_PEM[27:60], PUBLIC_PEM[60:87]])),
    ],
    ids=["carriage returns", "no last line end", "words around it", "other line lengths"],
)
def test_a_key_is_the_same_however_its_file_spells_it(tmp_path: Path, written: bytes) -> None:
    (tmp_path / "plain.pub").write_bytes(PUBLIC_PEM)
    (tmp_path / "other.pub").write_bytes(written)
    assert read_public_key(tmp_path / "other.pub") == read_public_key(tmp_path / "plain.pub")


@pytest.mark.parametrize("form", PRIVATE_FORMS)
def test_what_is_no_private_key_is_refused(tmp_path: Path, form: str) -> None:
    path = tmp_path / "rater.pem"
    path.write_bytes(PRIVATE_FORMS[form])
    with pytest.raises(BadInput, match=r"rater\.pem") as caught:
        read_private_key(path)
    assert three_parts(caught.value)


@pytest.mark.parametrize("form", PUBLIC_FORMS)
def test_what_is_no_public_key_is_refused(tmp_path: Path, form: str) -> None:
    path = tmp_path / "rater.pub"
    path.write_bytes(PUBLIC_FORMS[form])
    with pytest.raises(BadInput, match=r"rater\.pub") as caught:
        read_public_key(path)
    assert three_parts(caught.value)


def test_a_private_key_given_for_a_public_one_is_refused_and_not_repeated(tmp_path: Path) -> None:
    (tmp_path / "rater.pub").write_bytes(PEM)
    with pytest.raises(BadInput, match="holds a private key") as caught:
        read_public_key(tmp_path / "rater.pub")
    assert PEM.splitlines()[1].decode() not in str(caught.value)


def test_a_public_key_given_for_a_private_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rater.pem").write_bytes(PUBLIC_PEM)
    with pytest.raises(BadInput, match="holds a public key"):
        read_private_key(tmp_path / "rater.pem")


@pytest.mark.parametrize("name", ["none.pem", "."])
def test_a_path_without_a_file_is_refused(tmp_path: Path, name: str) -> None:
    for read in (read_public_key, read_private_key):
        with pytest.raises(BadInput) as caught:
            read(tmp_path / name)
        assert three_parts(caught.value)


def test_a_private_key_does_not_show_itself(tmp_path: Path) -> None:
    (tmp_path / "rater.pem").write_bytes(PEM)
    shown = repr(read_private_key(tmp_path / "rater.pem"))
    assert "secret" not in shown
    assert PEM.splitlines()[1].decode() not in shown


def test_keys_of_openssl_are_read(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    path, public = tmp_path / "rater.pem", tmp_path / "rater.pub"
    made = subprocess.run(
        ["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(path)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("this openssl has no ed25519")
    subprocess.run(["openssl", "pkey", "-in", str(path), "-pubout", "-out", str(public)], check=True)
    der = subprocess.run(
        ["openssl", "pkey", "-in", str(path), "-pubout", "-outform", "DER"], capture_output=True, check=True
    )
    key = read_private_key(path)
    assert key.public == read_public_key(public)
    assert key.public.key_id == hashlib.sha256(der.stdout).hexdigest()


def test_without_the_extra_the_way_out_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "find_spec", lambda package: None if package == "cryptography" else package)
    for work in (make_key, read_private_key):
        with pytest.raises(BadInput, match=r"missing: cryptography.*pip install 'tasklaws\[sign\]'"):
            work(tmp_path / "rater.pem")
    assert not list(tmp_path.iterdir())

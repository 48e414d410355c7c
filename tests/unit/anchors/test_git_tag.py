"""Signed tags of a repository made on the fly, with SSH and OpenPGP signatures."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from typing import TYPE_CHECKING

import pytest
from tests.unit.anchors import made_up

from tasklaws.anchors.git_tag import check, make
from tasklaws.core.errors import BadInput, VerificationFailed
from tasklaws.spec.anchor import Making, claim_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CLAIM = claim_of(3, "ab" * 32)
NAME = "tasklaws-3-abababab"


@pytest.fixture(scope="module")
def tag(signer: made_up.Signer) -> bytes:
    return make(CLAIM, Making(repository=signer.repository))


def test_a_tag_holds_under_the_key_that_signed_it(signer: made_up.Signer, tag: bytes) -> None:
    stamp = check(tag, CLAIM, (signer.key,))
    assert stamp.trusted
    assert stamp.by.startswith("SHA256:")
    assert stamp.at is not None
    assert stamp.at.startswith(f"{made_up.NOW:%Y-%m-}")


def test_the_repository_keeps_the_tag(signer: made_up.Signer, tag: bytes) -> None:
    words = ["git", "cat-file", "tag", NAME]
    assert subprocess.run(words, cwd=signer.repository, check=True, capture_output=True).stdout == tag


def test_allowed_signers_tell_the_name_and_until_when(signer: made_up.Signer, tag: bytes) -> None:
    assert check(tag, CLAIM, (b"rater@example.org " + signer.key,)).by == "rater@example.org"
    early = b'rater@example.org valid-before="20200101" ' + signer.key
    assert not check(tag, CLAIM, (early,)).trusted


def test_keys_of_others_leave_the_signer_untrusted(
    signer: made_up.Signer, tag: bytes, tmp_path: Path
) -> None:
    other = made_up.signer(tmp_path / "other")
    for trust in ((), (other.key,)):
        stamp = check(tag, CLAIM, trust)
        assert not stamp.trusted
        assert stamp.by == "R. Ater <rater@example.org>"
    assert check(tag, CLAIM, (other.key, signer.key)).trusted


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"tagger R. Ater", b"tagger S. Ater"), (b"+0000\n\n", b"+0000\n\nmore\n"), (b" +0000", b"0 +0000")],
)
def test_an_altered_tag_is_refused(signer: made_up.Signer, tag: bytes, old: bytes, new: bytes) -> None:
    altered = tag.replace(old, new, 1)
    assert altered != tag
    with pytest.raises(VerificationFailed):
        check(altered, CLAIM, (signer.key,))


def test_a_tag_of_another_claim_is_refused(signer: made_up.Signer, tag: bytes) -> None:
    with pytest.raises(VerificationFailed, match="does not hold the claim"):
        check(tag, claim_of(13, "ab" * 32), (signer.key,))


def test_a_claim_within_a_longer_line_does_not_count(tag: bytes) -> None:
    with pytest.raises(VerificationFailed, match="does not hold the claim"):
        check(tag.replace(b"tasklaws-log", b"no tasklaws-log"), CLAIM, ())


def test_a_tag_without_signature_is_refused(tag: bytes) -> None:
    with pytest.raises(VerificationFailed, match="signed tag"):
        check(tag.partition(b"-----BEGIN")[0], CLAIM, ())


def test_a_folder_without_repository_is_told_with_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="git tag failed") as refused:
        make(CLAIM, Making(repository=tmp_path))
    assert "--repository" in refused.value.way_out


def test_missing_programs_are_told_with_a_way_out(
    signer: made_up.Signer, tag: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert not check(tag, CLAIM, ()).trusted
    with pytest.raises(BadInput, match="ssh-keygen is not installed"):
        check(tag, CLAIM, (signer.key,))
    with pytest.raises(BadInput, match="git is not installed"):
        make(CLAIM, Making(repository=signer.repository))


@pytest.fixture
def pgp_key(monkeypatch: pytest.MonkeyPatch) -> Iterator[bytes]:
    """Return the public key of somebody who signs with GnuPG, or skip without it."""
    if not all(map(shutil.which, ("gpg", "gpgv", "gpgconf"))):
        pytest.skip("GnuPG is not installed")
    home = tempfile.mkdtemp()  # sockets lie in it, whose paths must be short
    monkeypatch.setenv("GNUPGHOME", home)
    new = ["--batch", "--passphrase", "", "--quick-gen-key", "R. Ater <rater@example.org>", "ed25519", "sign"]
    subprocess.run(["gpg", *new], check=True, capture_output=True)
    yield subprocess.run(["gpg", "--armor", "--export"], check=True, capture_output=True).stdout
    subprocess.run(["gpgconf", "--kill", "all"], check=True, capture_output=True, env=dict(os.environ))
    shutil.rmtree(home, ignore_errors=True)


def test_an_openpgp_signature_holds_under_its_key(signer: made_up.Signer, tag: bytes, pgp_key: bytes) -> None:
    told = ["-c", "gpg.format=openpgp", "-c", "user.signingkey=rater@example.org"]
    words = ["git", *told, "tag", "--sign", "--message", CLAIM.decode(), "pgp"]
    subprocess.run(words, cwd=signer.repository, check=True, capture_output=True)
    words = ["git", "cat-file", "tag", "pgp"]
    evidence = subprocess.run(words, cwd=signer.repository, check=True, capture_output=True).stdout
    assert check(evidence, CLAIM, (pgp_key,)).by == "R. Ater <rater@example.org>"
    assert not check(evidence, CLAIM, (signer.key,)).trusted
    assert not check(tag, CLAIM, (pgp_key,)).trusted
    with pytest.raises(VerificationFailed, match="OpenPGP"):
        check(evidence.replace(b"tagger R", b"tagger S"), CLAIM, (pgp_key,))

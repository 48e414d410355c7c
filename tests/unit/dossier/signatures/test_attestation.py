from __future__ import annotations

import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.unit.dossier.made_up import made_up

from tasklaws.core.errors import BadInput, UnknownName, VerificationFailed
from tasklaws.core.provenance import canonical_json, sha256_hex
from tasklaws.dossier.folder import DOCUMENT, MANIFEST, document_bytes, read_document
from tasklaws.dossier.packing.manifest import manifest_of
from tasklaws.dossier.signatures import keys as keys_module
from tasklaws.dossier.signatures.attestation import Checked, check, envelope_failures, envelope_path, sign
from tasklaws.dossier.signatures.envelope import genuine, sealed, unsealed
from tasklaws.dossier.signatures.keys import PrivateKey, make_key, read_private_key
from tasklaws.dossier.signatures.roles import ROLES
from tasklaws.dossier.signatures.statement import digests_of, statement

pytest.importorskip("securesystemslib", reason="the extra sign is not installed")

LOG = "evidence/study/log.jsonl"
ORDER = 2**252 + 27742317777372353535851937790883648493
"""Of the group of ed25519."""
Keys = dict[str, PrivateKey]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """Return a key for each role, and one of a stranger."""
    folder = tmp_path_factory.mktemp("keys")
    for name in (*ROLES, "stranger"):
        make_key(folder / name)
    return {name: read_private_key(folder / name) for name in (*ROLES, "stranger")}


def role_of(key: PrivateKey, name: str) -> dict[str, Any]:
    return {"name": name, "key_id": key.public.key_id, "public_key": key.public.pem.decode()}


def write(folder: Path, document: dict[str, Any]) -> None:
    (folder / DOCUMENT).write_bytes(document_bytes(document))
    (folder / MANIFEST).write_bytes(manifest_of(folder))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Path:
    """Return a dossier that all four roles have signed."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / LOG).parent.mkdir(parents=True)
    (folder / LOG).write_bytes(b"log")
    write(folder, made_up() | {"roles": {role: role_of(keys[role], role.title()) for role in ROLES}})
    for role in ROLES:
        sign(folder, role, keys[role])
    return folder


@pytest.fixture
def signed(tmp_path: Path, whole: Path) -> Path:
    """Return a copy that may be altered."""
    return Path(shutil.copytree(whole, tmp_path / "signed"))


def checked(folder: Path, *keys: Any) -> Checked:
    return check(folder, read_document(folder), keys)


def envelope(folder: Path, role: str) -> dict[str, Any]:
    return json.loads((folder / envelope_path(role)).read_bytes())


def alter(folder: Path, role: str, **changes: Any) -> None:
    """Write an envelope with some of its fields changed, in canonical JSON."""
    said = envelope(folder, role) | changes
    (folder / envelope_path(role)).write_bytes(canonical_json(said) + b"\n")


def only(result: Checked, role: str) -> str:
    """Return the reason of the one failure, which is of the envelope of `role`."""
    (failure,) = result.failures
    assert failure.file == envelope_path(role)
    assert role not in result.signed_by
    return failure.reason


def test_every_role_signs_and_verifies(signed: Path, keys: Keys) -> None:
    result = checked(signed)
    assert result.failures == ()
    assert result.signed_by == {role: keys[role].public.key_id for role in ROLES}


def test_keys_in_the_folder_are_not_trusted_by_themselves(signed: Path, keys: Keys) -> None:
    assert checked(signed).trusted == frozenset()
    assert checked(signed, ("rater", keys["rater"].public)).trusted == {"rater"}
    both = (None, keys["rater"].public), (None, keys["builder"].public)
    assert checked(signed, *both).trusted == {"rater", "builder"}


@pytest.mark.parametrize(("asked", "key"), [("rater", "builder"), ("rater", "stranger"), (None, "stranger")])
def test_a_given_key_that_did_not_sign_is_told(signed: Path, keys: Keys, asked: str | None, key: str) -> None:
    result = checked(signed, (asked, keys[key].public))
    (failure,) = result.failures
    assert keys[key].public.key_id in failure.expected
    assert result.trusted == frozenset()


def test_a_signature_that_does_not_hold_earns_no_trust(signed: Path, keys: Keys) -> None:
    (signed / envelope_path("rater")).unlink()
    result = checked(signed, ("rater", keys["rater"].public))
    assert [failure.file for failure in result.failures] == [envelope_path("rater")] * 2
    assert result.trusted == frozenset()


def test_a_dossier_that_nobody_signed_has_nothing_to_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = {"status": "not-granted", "reason": "nobody signs"}
    write(tmp_path, made_up() | {"roles": dict.fromkeys(ROLES, absent)})
    monkeypatch.setattr(keys_module, "find_spec", lambda _: None)
    assert checked(tmp_path) == Checked((), {}, frozenset())


def test_signatures_without_the_extra_are_not_passed_over(
    signed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys_module, "find_spec", lambda _: None)
    with pytest.raises(BadInput, match=r"tasklaws\[sign\]"):
        checked(signed)


def test_signing_again_changes_nothing(signed: Path, keys: Keys) -> None:
    before = (signed / envelope_path("rater")).read_bytes()
    assert sign(signed, "rater", keys["rater"]) == signed / envelope_path("rater")
    assert (signed / envelope_path("rater")).read_bytes() == before


def test_a_key_that_the_document_does_not_name_cannot_sign(signed: Path, keys: Keys) -> None:
    with pytest.raises(BadInput, match="is not the rater's") as caught:
        sign(signed, "rater", keys["builder"])
    assert caught.value.need
    assert caught.value.way_out


def test_a_role_that_the_document_does_not_name_cannot_sign(tmp_path: Path, keys: Keys) -> None:
    write(tmp_path, made_up())
    with pytest.raises(BadInput, match="names no builder"):
        sign(tmp_path, "builder", keys["builder"])
    with pytest.raises(UnknownName):
        sign(tmp_path, "owner", keys["builder"])
    assert not (tmp_path / "attestations").exists()


def test_nobody_vouches_for_evidence_that_is_not_there(tmp_path: Path, keys: Keys) -> None:
    write(tmp_path, made_up() | {"roles": {"builder": role_of(keys["builder"], "B")}})
    with pytest.raises(BadInput, match="nothing that the builder could sign"):
        sign(tmp_path, "builder", keys["builder"])


def test_a_document_that_was_edited_is_not_signed(signed: Path, keys: Keys) -> None:
    (signed / DOCUMENT).write_bytes((signed / DOCUMENT).read_bytes() + b" ")
    with pytest.raises(VerificationFailed):
        sign(signed, "rater", keys["rater"])


# What each role vouches for.


def payload_of(folder: Path, role: str) -> dict[str, Any]:
    return json.loads(base64.b64decode(envelope(folder, role)["payload"]))


@pytest.mark.parametrize("role", ROLES)
def test_a_statement_is_one_of_in_toto(whole: Path, role: str) -> None:
    said = payload_of(whole, role)
    assert said["_type"] == "https://in-toto.io/Statement/v1"
    assert said["predicateType"] == f"urn:tasklaws:dossier:{role}:v1"
    assert all(
        row["digest"]["sha256"] == sha256_hex((whole / row["name"]).read_bytes()) for row in said["subject"]
    )
    assert said["predicate"]["name"] == role.title()


def test_who_made_the_evidence_vouches_for_it_and_who_rates_for_everything(whole: Path) -> None:
    names = {role: [row["name"] for row in payload_of(whole, role)["subject"]] for role in ROLES}
    assert names["builder"] == names["runner"] == [LOG]
    assert names["rater"] == names["reviewer"] == [DOCUMENT, MANIFEST]
    assert payload_of(whole, "rater")["predicate"]["grade"] == "D"
    assert "review" in payload_of(whole, "reviewer")["predicate"]


def test_a_rating_that_changes_leaves_builder_and_runner_as_they_were(signed: Path) -> None:
    document = read_document(signed)
    write(signed, document | {"rating": document["rating"] | {"grade": "E"}, "edition": 2})
    result = checked(signed)
    assert set(result.signed_by) == {"builder", "runner"}
    told = {failure.file: failure for failure in result.failures}
    assert set(told) == {envelope_path("rater"), envelope_path("reviewer")}
    rater = told[envelope_path("rater")]
    assert "grade was D and is E" in rater.reason
    assert "edition was 1 and is 2" in rater.reason
    assert rater.expected != rater.found


@pytest.mark.parametrize(
    ("block", "value", "broken"),
    [
        ("subject", {"model": "other"}, {"builder"}),
        ("access", {}, {"builder"}),
        ("study", {"data_hash": "0", "log_head": "0", "log_entries": 0}, {"runner"}),
        ("withheld", [{"path": "evidence/study/secret", "commitment": "0"}], {"builder", "runner"}),
        ("limits", [], set()),
    ],
)
def test_each_role_is_held_to_its_own_words(signed: Path, block: str, value: Any, broken: set[str]) -> None:
    write(signed, read_document(signed) | {block: value})
    assert set(ROLES) - set(checked(signed).signed_by) == broken | {"rater", "reviewer"}


def test_evidence_that_was_altered_is_named_with_both_hashes(signed: Path) -> None:
    (signed / LOG).write_bytes(b"lag")
    result = checked(signed)
    assert set(result.signed_by) == {"rater", "reviewer"}  # the manifest, which they signed, is as it was
    for failure in result.failures:
        assert f"{LOG} was {sha256_hex(b'log')} and is {sha256_hex(b'lag')}" in failure.reason


@pytest.mark.parametrize("change", ["added", "removed"])
def test_evidence_that_was_added_or_removed_is_named(signed: Path, change: str) -> None:
    path = signed / "evidence" / "more" if change == "added" else signed / LOG
    path.write_bytes(b"") if change == "added" else path.unlink()
    result = checked(signed)
    assert set(result.signed_by) == {"rater", "reviewer"}
    assert all("not there" in failure.reason for failure in result.failures)


def test_without_its_manifest_nobody_has_rated(signed: Path) -> None:
    (signed / MANIFEST).unlink()
    assert set(checked(signed).signed_by) == {"builder", "runner"}


# Envelopes that were tampered with.


def test_every_altered_byte_of_an_envelope_is_caught(whole: Path, keys: Keys) -> None:
    document = read_document(whole)
    payload = statement(document, "rater", digests_of(whole, ["rater"]))
    content = (whole / envelope_path("rater")).read_bytes()
    key = keys["rater"].public
    assert not list(envelope_failures("rater", content, payload, key))
    altered = bytearray(content)
    missed = []
    for place, byte in enumerate(content):
        for flip in (0x01, 0x20, 0x80):
            altered[place] = byte ^ flip
            if not list(envelope_failures("rater", bytes(altered), payload, key)):
                missed.append((place, flip))
        altered[place] = byte
    assert missed == []


def test_bits_that_decoders_pass_over_are_caught(signed: Path) -> None:
    (row,) = envelope(signed, "rater")["signatures"]
    other = row["sig"][:-3] + chr(ord(row["sig"][-3]) + 1) + "=="
    assert base64.b64decode(other) == base64.b64decode(row["sig"])  # 4 unused bits before the padding
    alter(signed, "rater", signatures=[row | {"sig": other}])
    assert "no bit of it is free" in only(checked(signed), "rater")


@pytest.mark.parametrize(
    "spell",
    [
        json.dumps,
        lambda said: json.dumps(said, indent=1),
        lambda said: canonical_json(said).decode(),
        lambda said: canonical_json(said).decode() + "\n\n",
        lambda said: canonical_json(said).decode().replace("{", '{"payload":"bm90aGluZw==",', 1) + "\n",
        lambda said: canonical_json(said).decode().replace("/", "\\/") + "\n",
        lambda said: json.dumps([said]),
        lambda said: "null",
        lambda said: "",
        lambda said: "[" * 100_000,
        lambda said: '{"payload":1,"payloadType":"","signatures":[]}',
    ],
    ids=[
        "spaces",
        "lines",
        "no line end",
        "two line ends",
        "a key twice",
        "escapes",
        "in a list",
        "nothing",
        "empty",
        "deep",
        "other types",
    ],
)
def test_another_spelling_of_an_envelope_is_caught(signed: Path, spell: Any) -> None:
    (signed / envelope_path("rater")).write_text(spell(envelope(signed, "rater")), encoding="utf-8")
    only(checked(signed), "rater")


def test_fields_that_are_not_known_are_caught(signed: Path) -> None:
    said = envelope(signed, "rater")
    alter(signed, "rater", note="trust me")
    only(checked(signed), "rater")
    (signed / envelope_path("rater")).write_bytes(canonical_json(said) + b"\n")
    assert checked(signed).failures == ()
    alter(signed, "rater", signatures=[said["signatures"][0] | {"note": "trust me"}])
    only(checked(signed), "rater")


def test_signatures_removed_added_or_doubled_are_caught(signed: Path) -> None:
    (own,), (other,) = (envelope(signed, role)["signatures"] for role in ("rater", "builder"))
    for signatures in ([], [own, own], [own, other], [other, own], None, own):
        alter(signed, "rater", signatures=signatures)
        only(checked(signed), "rater")


def test_another_type_of_payload_is_caught_even_when_it_is_signed(
    signed: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasklaws.dossier.signatures.envelope.PAYLOAD_TYPE", "text/plain")
    sign(signed, "rater", keys["rater"])
    monkeypatch.undo()
    assert envelope(signed, "rater")["payloadType"] == "text/plain"
    only(checked(signed), "rater")


def test_a_stranger_cannot_sign_in_the_name_of_a_role(signed: Path, keys: Keys) -> None:
    payload = base64.b64decode(envelope(signed, "rater")["payload"])
    (signed / envelope_path("rater")).write_bytes(sealed(payload, keys["stranger"]))
    assert "not by the key" in only(checked(signed), "rater")
    (row,) = envelope(signed, "rater")["signatures"]
    alter(signed, "rater", signatures=[row | {"keyid": keys["rater"].public.key_id}])
    assert "not by the key" in only(checked(signed), "rater")


def test_a_genuine_signature_of_something_else_is_told_as_such(signed: Path, keys: Keys) -> None:
    for payload in (b"{}", b"[]", b"no JSON", b"\xff"):
        (signed / envelope_path("rater")).write_bytes(sealed(payload, keys["rater"]))
        assert "it is no statement on a dossier" in only(checked(signed), "rater")


@pytest.mark.parametrize(
    ("first", "second"), [("builder", "runner"), ("rater", "reviewer"), ("builder", "rater")]
)
def test_envelopes_that_changed_places_are_caught(signed: Path, first: str, second: str) -> None:
    one, two = (signed / envelope_path(role) for role in (first, second))
    before = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(before)
    result = checked(signed)
    assert {failure.file for failure in result.failures} == {envelope_path(first), envelope_path(second)}


def test_one_key_in_two_roles_signs_each_by_itself(tmp_path: Path, keys: Keys) -> None:
    (tmp_path / LOG).parent.mkdir(parents=True)
    (tmp_path / LOG).write_bytes(b"log")
    same = role_of(keys["builder"], "B")
    write(tmp_path, made_up() | {"roles": {"builder": same, "runner": same}})
    for role in ("builder", "runner"):
        sign(tmp_path, role, keys["builder"])
    assert checked(tmp_path, (None, keys["builder"].public)).trusted == {"builder", "runner"}
    assert checked(tmp_path, ("runner", keys["builder"].public)).trusted == {"runner"}
    shutil.copy(tmp_path / envelope_path("builder"), tmp_path / envelope_path("runner"))
    assert "predicateType was urn:tasklaws:dossier:builder:v1" in only(checked(tmp_path), "runner")


def test_envelopes_of_another_dossier_are_caught(signed: Path, whole: Path, keys: Keys) -> None:
    write(signed, read_document(signed) | {"dossier_id": "other"})
    assert checked(signed).signed_by == {}
    for role in ROLES:
        sign(signed, role, keys[role])
    assert checked(signed).failures == ()
    for role in ROLES:
        shutil.copy(whole / envelope_path(role), signed / envelope_path(role))
        assert envelope_path(role) in {failure.file for failure in checked(signed).failures}


@pytest.mark.parametrize("name", ["owner.dsse.json", "rater.dsse.json.bak", ".rater.dsse.json", "more/x"])
def test_nothing_else_lies_beside_the_envelopes(signed: Path, name: str) -> None:
    stray = signed / "attestations" / name
    stray.parent.mkdir(exist_ok=True)
    shutil.copy(signed / envelope_path("rater"), stray)
    (failure,) = checked(signed).failures
    assert failure.file.startswith("attestations/")
    assert failure.expected == "no such file"


def test_an_envelope_of_a_role_that_is_not_named_is_caught(signed: Path) -> None:
    document = read_document(signed)
    gone = {"status": "not-granted", "reason": "nobody signs"}
    files = {failure.file for failure in check(
        signed, document | {"roles": document["roles"] | {"reviewer": gone}}, ()
    ).failures}  # fmt: skip
    assert envelope_path("reviewer") in files


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_an_envelope_is_a_file(signed: Path, whole: Path, kind: str) -> None:
    path = signed / envelope_path("rater")
    path.unlink()
    path.mkdir() if kind == "folder" else path.symlink_to(whole / envelope_path("rater"))
    only(checked(signed), "rater")


@pytest.mark.parametrize("change", ["key_id", "public_key", "no key"])
def test_a_key_that_is_not_the_one_of_its_id_is_caught(signed: Path, keys: Keys, change: str) -> None:
    document = read_document(signed)
    stranger = role_of(keys["stranger"], "Rater") | {"no key": "PEM"}
    field = "public_key" if change == "no key" else change
    document["roles"]["rater"][field] = stranger[change]
    result = check(signed, document, ())
    assert "rater" not in result.signed_by
    assert any(failure.file.startswith(f"{DOCUMENT}: roles.rater") for failure in result.failures)


def test_a_signature_has_no_second_form(signed: Path, keys: Keys) -> None:
    """Adding the order of the group to S gives the same point: careless verifiers take both."""
    (row,) = envelope(signed, "rater")["signatures"]
    sig = base64.b64decode(row["sig"])
    grown = int.from_bytes(sig[32:], "little") + ORDER
    twin = base64.b64encode(sig[:32] + grown.to_bytes(32, "little")).decode()
    alter(signed, "rater", signatures=[row | {"sig": twin}])
    content = (signed / envelope_path("rater")).read_bytes()
    held = unsealed(content)
    assert held is not None
    assert not genuine(held, keys["rater"].public)
    assert "was altered" in only(checked(signed), "rater")


def openssl(folder: Path, command: str) -> bool:
    """Return whether openssl did what it was told; skip where it is missing or knows no ed25519."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    done = subprocess.run(["openssl", *command.split()], cwd=folder, capture_output=True, check=False)
    if b"rawin" in done.stderr or (done.returncode and command.startswith("genpkey")):
        pytest.skip("this openssl does not sign with ed25519")
    return done.returncode == 0


def test_an_outsider_signs_and_checks_without_tasklaws(tmp_path: Path) -> None:
    assert openssl(tmp_path, "genpkey -algorithm ed25519 -out rater.pem")
    key = read_private_key(tmp_path / "rater.pem")
    folder = tmp_path / "dossier"
    folder.mkdir()
    write(folder, made_up() | {"roles": {"rater": role_of(key, "R")}})
    sign(folder, "rater", key)
    assert checked(folder, ("rater", key.public)).trusted == {"rater"}

    said = envelope(folder, "rater")
    payload, sig = (base64.b64decode(text) for text in (said["payload"], said["signatures"][0]["sig"]))
    pae = f"DSSEv1 28 application/vnd.in-toto+json {len(payload)} ".encode() + payload
    public = read_document(folder)["roles"]["rater"]["public_key"].encode()
    for name, content in {"pae": pae, "bad": pae + b" ", "sig": sig, "rater.pub": public}.items():
        (tmp_path / name).write_bytes(content)
    verify = "pkeyutl -verify -pubin -inkey rater.pub -rawin -sigfile sig -in"
    assert openssl(tmp_path, f"{verify} pae")
    assert not openssl(tmp_path, f"{verify} bad")
    assert openssl(tmp_path, "pkeyutl -sign -inkey rater.pem -rawin -in pae -out theirs")
    assert (tmp_path / "theirs").read_bytes() == sig

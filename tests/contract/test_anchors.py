"""Every anchor of the catalogue is held to the contract of an anchor."""

from __future__ import annotations

import pickle
import subprocess
import sys
from dataclasses import fields, replace
from random import Random

import pytest

from tasklaws.anchors import ANCHORS
from tasklaws.core.errors import VerificationFailed
from tasklaws.spec.anchor import Making, claim_of

NAMES = sorted(ANCHORS)
CLAIM = claim_of(7, "cd" * 32)
TRUSTED = {
    "git_tag": b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKye36TVRNEatyHglm6K3xXidkX/zqAQhQBx7KoPkzrA somebody\n",
    "rfc3161": b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    "sigstore": b'{"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1"}',
}


def test_catalogue_holds_the_anchors_of_the_design() -> None:
    assert set(NAMES) >= {"git_tag", "rfc3161", "sigstore"}


@pytest.mark.parametrize("name", NAMES)
def test_entry_is_named_as_its_file_and_sourced(name: str) -> None:
    anchor = ANCHORS[name]
    assert anchor.name == name
    for does in (anchor.trusts, anchor.request, anchor.make, anchor.check):
        assert does.__module__ == f"tasklaws.anchors.{name}"
    assert all((anchor.title, anchor.summary, anchor.source, anchor.needs, anchor.suffix, anchor.unchecked))
    assert anchor.status in {"published", "emerging"}
    assert all(anchor.facts.values())


@pytest.mark.parametrize("name", NAMES)
def test_entry_pickles_and_compares_equal(name: str) -> None:
    anchor = ANCHORS[name]
    assert pickle.loads(pickle.dumps(anchor)) == anchor  # noqa: S301  our own bytes
    assert replace(anchor, summary="another") != anchor


@pytest.mark.parametrize("name", NAMES)
def test_options_that_it_takes_exist(name: str) -> None:
    assert set(ANCHORS[name].takes) <= {field.name for field in fields(Making)}


@pytest.mark.parametrize("name", NAMES)
def test_it_rests_on_files_of_its_own_form_alone(name: str) -> None:
    assert [kind for kind, content in TRUSTED.items() if ANCHORS[name].trusts(content)] == [name]
    assert not ANCHORS[name].trusts(b"")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("trust", [False, True])
def test_bytes_that_are_no_evidence_are_refused(name: str, trust: bool) -> None:
    rng = Random(5)  # noqa: S311  no secret
    given = (TRUSTED[name],) if trust else ()
    beginnings = (b"", b"{", b"\x30\x82\x01\x00", b"object ", CLAIM)
    for n in (0, 1, 40, 2000):
        for beginning in beginnings:
            with pytest.raises(VerificationFailed) as refused:
                ANCHORS[name].check(beginning + rng.randbytes(n), CLAIM, given)
            assert refused.value.need
            assert refused.value.way_out


@pytest.mark.parametrize("name", NAMES)
def test_what_others_are_handed_is_of_this_claim(name: str) -> None:
    request = ANCHORS[name].request
    assert request(CLAIM)
    assert request(CLAIM) != request(claim_of(8, "cd" * 32))


def test_claims_of_two_heads_differ() -> None:
    assert claim_of(1, "1" * 64) == b"tasklaws-log 1 " + b"1" * 64 + b"\n"
    assert claim_of(1, "1" + "0" * 63) != claim_of(11, "0" * 63)


def test_reading_every_entry_imports_nothing_heavy() -> None:
    heavy = ("cryptography", "rfc3161_client", "sigstore", "numpy", "polars", "urllib.request")
    program = (
        "import sys; from tasklaws.anchoring import backing, study_anchors, verb; "
        "from tasklaws.anchors import ANCHORS; "
        f"list(ANCHORS.values()); print([n for n in {heavy!r} if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

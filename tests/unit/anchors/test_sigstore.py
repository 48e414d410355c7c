"""Sigstore bundles: what they say without trust, and what is refused; no made-up bundle can be honest."""

from __future__ import annotations

import json
import sys

import pytest
from tests.unit.anchors.made_up import bundle

from tasklaws.anchors.sigstore import check, make
from tasklaws.core.errors import BadInput, VerificationFailed
from tasklaws.spec.anchor import Making, claim_of

CLAIM = claim_of(3, "ab" * 32)
MEDIA_TYPE = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"


def _root(log: str) -> bytes:
    return json.dumps({"mediaType": MEDIA_TYPE, "tlogs": [{"logId": {"keyId": log}}]}).encode()


def test_without_a_root_the_log_is_not_trusted() -> None:
    stamp = check(bundle(CLAIM, integratedTime="1700000000"), CLAIM, ())
    assert (stamp.at, stamp.trusted) == ("2023-11-14T22:13:20+00:00", False)


@pytest.mark.parametrize("time", [None, "", "soon", -(10**30), {}])
def test_a_time_that_is_none_is_not_told(time: object) -> None:
    assert check(bundle(CLAIM, integratedTime=time), CLAIM, ()).at is None


def test_a_bundle_of_another_claim_is_refused() -> None:
    with pytest.raises(VerificationFailed, match="of its claim"):
        check(bundle(claim_of(4, "ab" * 32)), CLAIM, ())


@pytest.mark.parametrize("evidence", [b"", b"{}", b"[]", b"null", b'{"messageSignature": 3}', b"[" * 100_000])
def test_what_is_no_bundle_is_refused(evidence: bytes) -> None:
    with pytest.raises(VerificationFailed):
        check(evidence, CLAIM, ())


def test_the_root_of_another_log_leaves_it_unchecked() -> None:
    assert not check(bundle(CLAIM), CLAIM, (_root("b3RoZXI="),)).trusted


@pytest.mark.slow  # importing sigstore takes a second
def test_a_made_up_bundle_does_not_hold_under_the_log_that_it_names() -> None:
    pytest.importorskip("sigstore")
    with pytest.raises(VerificationFailed):
        check(bundle(CLAIM), CLAIM, (_root("bWFkZSB1cA=="),))


def test_a_missing_library_is_told_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "sigstore", raising=False)
    with pytest.raises(BadInput, match="sigstore is not installed"):
        check(bundle(CLAIM), CLAIM, (_root("bWFkZSB1cA=="),))
    with pytest.raises(BadInput, match="sigstore is not installed") as refused:
        make(CLAIM, Making())
    assert "pip install" in refused.value.way_out

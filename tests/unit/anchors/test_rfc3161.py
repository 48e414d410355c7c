"""Time-stamp tokens of an authority made on the fly, honest, altered, and of others."""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from random import Random
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from tests.unit.anchors import made_up

from tasklaws.anchors.rfc3161 import ANCHOR, check, make, request
from tasklaws.core.errors import BadInput, VerificationFailed
from tasklaws.spec.anchor import Making, claim_of

if TYPE_CHECKING:
    from pathlib import Path

CLAIM = claim_of(3, "ab" * 32)


@pytest.fixture(scope="module")
def token(authority: made_up.Authority) -> bytes:
    return authority.reply(request(CLAIM))


def test_a_token_holds_under_its_root(authority: made_up.Authority, token: bytes) -> None:
    stamp = check(token, CLAIM, (authority.root,))
    assert stamp.trusted
    assert stamp.by == "CN=Made-up root: stamps"
    assert stamp.at is not None
    assert stamp.at.startswith(f"{made_up.NOW:%Y-%m-}")


def test_without_a_root_the_authority_is_not_trusted(authority: made_up.Authority, token: bytes) -> None:
    told, trusted = check(token, CLAIM, ()), check(token, CLAIM, (authority.root,))
    assert not told.trusted
    assert (told.at, told.by) == (trusted.at, trusted.by)


def test_a_token_of_another_claim_is_refused(authority: made_up.Authority, token: bytes) -> None:
    with pytest.raises(VerificationFailed, match="the claim's SHA-256"):
        check(token, claim_of(4, "ab" * 32), (authority.root,))


def test_a_flipped_bit_is_refused_or_tells_the_same(authority: made_up.Authority, token: bytes) -> None:
    honest, refused, rng = check(token, CLAIM, (authority.root,)), 0, Random(3)  # noqa: S311
    for place in rng.sample(range(len(token)), 120):
        altered = bytearray(token)
        altered[place] ^= 1 << rng.randrange(8)
        try:
            assert check(bytes(altered), CLAIM, (authority.root,)) == honest
        except VerificationFailed:
            refused += 1
    assert refused > 110


def test_roots_of_others_leave_it_unchecked_and_one_of_the_same_name_refuses_it(
    token: bytes, tmp_path: Path
) -> None:
    other = made_up.authority(tmp_path / "other", "Another root")
    assert not check(token, CLAIM, (other.root,)).trusted
    namesake = made_up.authority(tmp_path / "namesake")
    with pytest.raises(VerificationFailed, match="under the root it names"):
        check(token, CLAIM, (other.root, namesake.root))


def test_one_root_of_several_suffices(authority: made_up.Authority, token: bytes, tmp_path: Path) -> None:
    other = made_up.authority(tmp_path / "other", "Another root")
    assert check(token, CLAIM, (other.root + authority.root,)).trusted


def test_a_certificate_that_had_expired_is_refused(tmp_path: Path) -> None:
    late = made_up.authority(tmp_path / "late", until=made_up.NOW - made_up.DAY)
    with pytest.raises(VerificationFailed, match="expired"):
        check(late.reply(request(CLAIM)), CLAIM, (late.root,))


def test_a_token_without_certificates_is_refused(authority: made_up.Authority) -> None:
    import rfc3161_client as stamps

    query = stamps.TimestampRequestBuilder(CLAIM, stamps.HashAlgorithm.SHA256, cert_req=False).build()
    with pytest.raises(VerificationFailed, match="certificate"):
        check(authority.reply(query.as_bytes()), CLAIM, (authority.root,))


def test_what_the_authority_refused_is_no_token(authority: made_up.Authority) -> None:
    import rfc3161_client as stamps

    query = stamps.TimestampRequestBuilder(CLAIM, stamps.HashAlgorithm.SHA512).build()
    with pytest.raises(VerificationFailed):
        check(authority.reply(query.as_bytes()), CLAIM, (authority.root,))


def test_a_token_is_asked_for_over_the_network(authority: made_up.Authority) -> None:
    asked = []

    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.headers["Content-Type"])
            reply = authority.reply(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Service) as server:
        served = Thread(target=server.handle_request)
        served.start()
        evidence = make(CLAIM, Making(url=f"http://127.0.0.1:{server.server_port}/"))
        served.join()
    assert asked == ["application/timestamp-query"]
    assert check(evidence, CLAIM, (authority.root,)).trusted


@pytest.mark.parametrize("url", [None, "file:///etc/hostname", "http://127.0.0.1:9/"])
def test_nobody_who_answers_is_told_with_a_way_out(url: str | None) -> None:
    with pytest.raises(BadInput) as refused:
        make(CLAIM, Making(url=url))
    assert refused.value.way_out


def test_a_missing_library_is_told_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    with pytest.raises(BadInput, match="rfc3161-client is not installed") as refused:
        ANCHOR.check(b"", CLAIM, ())
    assert "pip install" in refused.value.way_out


def test_a_root_that_cannot_be_read_is_bad_input(token: bytes) -> None:
    with pytest.raises(BadInput, match="PEM"):
        check(token, CLAIM, (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",))

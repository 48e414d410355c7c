"""The verb `dossier anchor`, and what the documents of other verbs say of an anchored seal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.anchors import made_up
from tests.unit.anchors.made_up import BEHIND, CAME, bundle

from tasklaws.anchoring.study_anchors import study_anchors
from tasklaws.anchoring.verb import dossier_anchor
from tasklaws.anchors import rfc3161
from tasklaws.core.errors import BadInput, UnknownName, VerificationFailed
from tasklaws.spec.anchor import Making, claim_of
from tasklaws.study.log import Log

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.anchors.made_up import Authority, Signer


def _cut(study: Path, lines: int) -> bytes:
    """Cut the log off behind some lines, and return what it was."""
    whole = (study / "log.jsonl").read_bytes()
    (study / "log.jsonl").write_bytes(b"".join(whole.splitlines(keepends=True)[:lines]))
    return whole


def _files(study: Path) -> dict[str, bytes]:
    return {str(p.relative_to(study)): p.read_bytes() for p in sorted(study.rglob("*")) if p.is_file()}


def test_a_tag_vouches_for_the_head(study: Path, signer: Signer) -> None:
    made = dossier_anchor(study, "git_tag", repository=signer.repository, tag="first").document()
    head = Log(study / "log.jsonl").entries()[-1]
    assert (made["seq"], made["head"]) == (CAME, head.hash)
    assert made["claim"].encode() == claim_of(CAME, head.hash)
    assert made["path"] == f"anchors/{CAME}-{head.hash[:8]}.git_tag.txt"
    assert made["words"].endswith(", signer not trusted")
    assert made["bytes"] == (study / made["path"]).stat().st_size
    (row,) = study_anchors(study, Log(study / "log.jsonl").entries(), (signer.key,))
    assert row.words == f"git_tag on the signer's word {made['at']}"


def test_the_repository_is_by_default_that_of_the_study(signer: Signer) -> None:
    study = made_up.study(signer.repository / "study")
    assert dossier_anchor(study, "git_tag").document()["requested"] is False


def test_a_request_is_answered_elsewhere_though_the_log_grew(
    study: Path, authority: Authority, tmp_path: Path
) -> None:
    whole = _cut(study, CAME)
    asked = dossier_anchor(study, "rfc3161", request=tmp_path / "query").document()
    assert (asked["requested"], asked["at"], asked["words"]) == (True, None, "")
    assert not (study / "anchors").exists()
    (tmp_path / "reply").write_bytes(authority.reply((tmp_path / "query").read_bytes()))
    (study / "log.jsonl").write_bytes(whole)
    made = dossier_anchor(study, "rfc3161", reply=tmp_path / "reply").document()
    assert (made["seq"], made["words"]) == (BEHIND, f"rfc3161 {made['at']}, authority not checked")
    assert (study / made["path"]).read_bytes() == (tmp_path / "reply").read_bytes()


@pytest.mark.parametrize("kind", ["git_tag", "sigstore"])
def test_others_are_handed_the_claim_itself(study: Path, tmp_path: Path, kind: str) -> None:
    asked = dossier_anchor(study, kind, request=tmp_path / "claim").document()
    assert (tmp_path / "claim").read_bytes() == asked["claim"].encode()


def test_evidence_of_its_own_gets_a_name_of_its_own(study: Path, tmp_path: Path) -> None:
    head = Log(study / "log.jsonl").entries()[-1]
    paths = []
    for time in ("1900000001", "1900000002", "1900000001"):
        (tmp_path / "bundle").write_bytes(bundle(claim_of(head.seq, head.hash), integratedTime=time))
        paths.append(dossier_anchor(study, "sigstore", reply=tmp_path / "bundle").path)
    stem = f"anchors/{head.seq}-{head.hash[:8]}.sigstore"
    assert paths == [f"{stem}.json", f"{stem}.2.json", f"{stem}.json"]
    assert [row.ok for row in study_anchors(study, Log(study / "log.jsonl").entries())] == [True, True]


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        ("rfc3161", {}, "no authority was named"),
        ("rfc3161", {"url": "ftp://example.org"}, "no address"),
        ("rfc3161", {"tag": "x"}, "--tag is not heeded"),
        ("git_tag", {"url": "http://example.org"}, "--url is not heeded"),
        ("sigstore", {"repository": "."}, "--repository is not heeded"),
        ("rfc3161", {"url": "http://example.org", "reply": "log.jsonl"}, "--url is not heeded"),
        ("rfc3161", {"reply": "log.jsonl", "request": "query"}, "both --reply and --request"),
        ("rfc3161", {"reply": "log.jsonl"}, "cannot be read"),
        ("git_tag", {"reply": "none"}, "No such file"),
    ],
)
def test_what_cannot_be_had_is_refused_and_changes_nothing(
    study: Path, monkeypatch: pytest.MonkeyPatch, kind: str, options: dict[str, Any], said: str
) -> None:
    monkeypatch.chdir(study)
    before = _files(study)
    with pytest.raises(BadInput, match=said) as refused:
        dossier_anchor(study, kind, **options)
    assert refused.value.need
    assert refused.value.way_out
    assert _files(study) == before


def test_an_empty_log_has_no_head(study: Path, tmp_path: Path) -> None:
    (study / "log.jsonl").write_bytes(b"")
    with pytest.raises(BadInput, match="no line yet"):
        dossier_anchor(study, "sigstore", request=tmp_path / "claim")


def test_a_broken_log_is_not_vouched_for(study: Path, tmp_path: Path) -> None:
    path = study / "log.jsonl"
    path.write_bytes(path.read_bytes().replace(b"small", b"smell"))
    with pytest.raises(VerificationFailed):
        dossier_anchor(study, "sigstore", request=tmp_path / "claim")


def test_an_unknown_kind_is_refused_with_the_nearest(study: Path) -> None:
    with pytest.raises(UnknownName, match="rfc3161"):
        dossier_anchor(study, "rfc3162")


def test_the_record_of_forecasts_tells_the_anchor(study: Path, authority: Authority, tmp_path: Path) -> None:
    from tasklaws.assess.track_record import forecasts

    assert [row["anchor"] for row in forecasts(study).rows] == ["self-attested"]
    head = Log(study / "log.jsonl").entries()[BEHIND]
    (tmp_path / "reply").write_bytes(authority.reply(rfc3161.request(claim_of(BEHIND, head.hash))))
    words = dossier_anchor(study, "rfc3161", reply=tmp_path / "reply").words
    assert [row["anchor"] for row in forecasts(study).rows] == [words]


def test_the_page_shows_the_anchor_of_the_seal() -> None:
    import polars as pl

    from tasklaws.assess.track_record import SealedForecast
    from tasklaws.report.collect import sealed_prediction

    table = pl.DataFrame({"level": ["task"]})
    shown = sealed_prediction(SealedForecast("big", "m", "forecast", "ab", "2026", table, "rfc3161 2026"))
    assert shown is not None
    assert shown.seal is not None
    assert (shown.seal.anchor, shown.seal.n_tasks) == ("rfc3161 2026", 1)


def test_making_names_every_option_that_anchors_take() -> None:
    assert Making().__dict__.keys() == {"url", "repository", "tag"}

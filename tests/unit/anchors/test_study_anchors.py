"""The anchors of a study against its log, and which of them back a seal."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.unit.anchors.made_up import BEHIND, CAME, NOW, OTHER, SEALED, bundle

from tasklaws.anchoring.backing import anchor_words, backing, seal_words
from tasklaws.anchoring.study_anchors import Anchored, read_trust, study_anchors
from tasklaws.anchors import rfc3161
from tasklaws.core.errors import BadInput
from tasklaws.spec.anchor import claim_of
from tasklaws.study.log import Log

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.anchors.made_up import Authority


@pytest.fixture
def stamped(study: Path, authority: Authority) -> Callable[[int], Path]:
    """Return what has a line of the study's log stamped, and tells the file."""

    def stamp(line: int) -> Path:
        entry = Log(study / "log.jsonl").entries()[line]
        path = study / "anchors" / f"{line}-{entry.hash[:8]}.rfc3161.tsr"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(authority.reply(rfc3161.request(claim_of(line, entry.hash))))
        return path

    return stamp


def _rows(study: Path, trust: tuple[bytes, ...] = ()) -> tuple[Anchored, ...]:
    return study_anchors(study, Log(study / "log.jsonl").entries(), trust)


def _words(study: Path, trust: tuple[bytes, ...] = ()) -> str:
    entries = Log(study / "log.jsonl").entries()
    return seal_words(study_anchors(study, entries, trust), entries, entries[SEALED])


def test_a_study_without_anchors_is_self_attested(study: Path) -> None:
    assert _rows(study) == ()
    assert _words(study) == "self-attested"


@pytest.mark.parametrize("line", [SEALED, BEHIND])
def test_an_anchor_between_seal_and_outcome_backs_the_seal(
    study: Path, authority: Authority, stamped: Callable[[int], Path], line: int
) -> None:
    stamped(line)
    (row,) = _rows(study, (authority.root,))
    assert (row.ok, row.seq, row.trusted, row.by) == (True, line, True, "CN=Made-up root: stamps")
    assert _words(study, (authority.root,)) == f"rfc3161 {row.at}"
    assert _words(study) == f"rfc3161 {row.at}, authority not checked"


@pytest.mark.parametrize("line", [OTHER, CAME])
def test_an_anchor_before_the_seal_or_behind_the_outcome_backs_nothing(
    study: Path, authority: Authority, stamped: Callable[[int], Path], line: int
) -> None:
    stamped(line)
    assert [row.ok for row in _rows(study, (authority.root,))] == [True]
    assert _words(study, (authority.root,)) == "self-attested"


def test_a_stamp_from_after_the_outcome_backs_nothing_though_its_line_is_earlier() -> None:
    late = Anchored("anchors/1", "rfc3161", 1, "", (NOW + timedelta(hours=2)).isoformat(), words="late")
    assert anchor_words([late], 1) == "late"
    assert anchor_words([late], 1, 3, NOW.isoformat()) == "self-attested"


def test_results_from_before_a_seal_do_not_keep_an_anchor_from_backing_it(
    study: Path, authority: Authority, stamped: Callable[[int], Path]
) -> None:
    log = Log(study / "log.jsonl")
    log.append("seal", log.entries()[SEALED].payload, NOW)
    stamped(CAME + 1)
    entries = log.entries()
    assert seal_words(_rows(study, (authority.root,)), entries, entries[-1]).startswith("rfc3161 ")


def test_trust_goes_before_whose_clock_and_that_before_time() -> None:
    def one(file: str, day: int, *, trusted: bool, own_clock: bool) -> Anchored:
        return Anchored(file, "made_up", 1, "", f"2026-01-0{day}T00:00:00+00:00", "", trusted, own_clock)

    unchecked, word = one("a", 1, trusted=False, own_clock=False), one("b", 2, trusted=True, own_clock=True)
    later, earlier = (one(f, day, trusted=True, own_clock=False) for f, day in (("c", 4), ("d", 3)))
    timeless = Anchored("e", "made_up", 1, "", None, "", trusted=True)
    rows = [unchecked, word, later, earlier, timeless]
    order = []
    while rows:
        best = backing(rows, 1)
        assert best is not None
        order.append(best.file)
        rows.remove(best)
    assert order == ["d", "c", "e", "b", "a"]


def test_an_altered_token_fails_and_backs_nothing(
    study: Path, authority: Authority, stamped: Callable[[int], Path]
) -> None:
    path = stamped(SEALED)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    (row,) = _rows(study, (authority.root,))
    assert not row.ok
    assert row.expected
    assert row.found
    assert _words(study, (authority.root,)) == "self-attested"


def test_a_token_of_another_line_fails(study: Path, stamped: Callable[[int], Path]) -> None:
    stamped(BEHIND).rename(stamped(SEALED))
    (row,) = _rows(study)
    assert "the claim's SHA-256" in row.expected


def test_a_log_that_was_cut_off_is_found_out(study: Path, stamped: Callable[[int], Path]) -> None:
    stamped(CAME)
    log = study / "log.jsonl"
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:CAME]))
    (row,) = _rows(study)
    assert (row.expected, row.found) == ("a log of at least 4 lines", "3 lines")


def test_a_log_that_was_written_anew_is_found_out(study: Path, stamped: Callable[[int], Path]) -> None:
    stamped(SEALED)
    (study / "log.jsonl").unlink()
    for _ in range(2):
        Log(study / "log.jsonl").append("import", {"models": []}, NOW)
    (row,) = _rows(study)
    assert not row.ok
    assert row.found == Log(study / "log.jsonl").entries()[SEALED].hash


def test_a_stamp_from_before_its_line_was_written_fails(study: Path) -> None:
    head = Log(study / "log.jsonl").entries()[SEALED]
    (study / "anchors").mkdir()
    path = study / "anchors" / f"{SEALED}-{head.hash[:8]}.sigstore.json"
    path.write_bytes(bundle(claim_of(SEALED, head.hash), integratedTime="1700000000"))
    (row,) = _rows(study)
    assert (row.ok, row.found) == (False, "2023-11-14T22:13:20+00:00")
    assert "when line 2 was written" in row.expected


@pytest.mark.parametrize(
    "name", ["README", "1-00000000.tsr", "1-00000000.rfc3162.tsr", "x-00000000.rfc3161.tsr"]
)
def test_files_that_are_no_anchors_fail(study: Path, name: str) -> None:
    (study / "anchors").mkdir()
    (study / "anchors" / name).write_bytes(b"")
    (row,) = _rows(study)
    assert (row.ok, row.found) == (False, name)


def test_hidden_files_are_left_out(study: Path) -> None:
    (study / "anchors").mkdir()
    (study / "anchors" / ".tmp").write_bytes(b"")
    assert _rows(study) == ()


def test_a_missing_library_leaves_the_file_unread_and_is_told_where_trust_was_given(
    study: Path, authority: Authority, stamped: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    stamped(SEALED)
    monkeypatch.setitem(__import__("sys").modules, "rfc3161_client", None)
    assert _words(study).startswith("rfc3161, not read")
    with pytest.raises(BadInput, match="not installed"):
        _rows(study, (authority.root,))


def test_only_files_that_an_anchor_can_rest_on_are_trusted(authority: Authority, tmp_path: Path) -> None:
    root, other = tmp_path / "root.pem", tmp_path / "other"
    root.write_bytes(authority.root)
    assert read_trust([root]) == (authority.root,)
    for content in (b"", b"certificate", b"# ssh-ed25519 AAAA\n"):
        other.write_bytes(content)
        with pytest.raises(BadInput, match="can rest on it"):
            read_trust([root, other])
    with pytest.raises(BadInput, match="readable"):
        read_trust([tmp_path / "none"])


def test_rows_are_json(study: Path, stamped: Callable[[int], Path]) -> None:
    stamped(SEALED)
    document = _rows(study)[0].document()
    assert document["ok"] is True
    assert set(document) >= {"file", "kind", "seq", "head", "at", "by", "trusted", "expected", "found"}

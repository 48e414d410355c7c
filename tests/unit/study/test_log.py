from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasklaws.core.errors import BadInput, VerificationFailed
from tasklaws.study.log import FIRST, Log

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    made = Log(tmp_path / "log.jsonl")
    made.append("import", {"import_id": "a", "rows": 1}, NOON)
    made.append("seal", {"target": "é", "value": 0.1}, NOON)
    made.append("remove", {"import_id": "a"}, NOON)
    return made


def test_entries_come_back_linked(log: Log) -> None:
    first, second, third = log.entries()
    assert (first.seq, second.seq, third.seq) == (0, 1, 2)
    assert first.prev == FIRST
    assert (second.prev, third.prev) == (first.hash, second.hash)
    assert second.payload == {"target": "é", "value": 0.1}
    assert first.at == "2026-01-01T12:00:00+00:00"
    assert log.verify() == 3


def test_a_log_that_does_not_exist_is_empty(tmp_path: Path) -> None:
    assert Log(tmp_path / "none").entries() == ()
    assert Log(tmp_path / "none").warnings() == ()


def test_the_hash_does_not_depend_on_the_machine(log: Log) -> None:
    # The canonical JSON of the first entry, spelled out.
    body = (
        '{"at":"2026-01-01T12:00:00+00:00","kind":"import","payload":{"import_id":"a","rows":1},'
        f'"prev":"{FIRST}","seq":0}}'
    )
    assert log.entries()[0].hash == hashlib.sha256(body.encode()).hexdigest()


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """Return the place and the bytes of a log of three entries, which nobody altered."""
    path = tmp_path_factory.mktemp("log") / "log.jsonl"
    made = Log(path)
    for i in range(3):
        made.append("import", {"import_id": str(i)}, NOON)
    assert made.verify() == 3
    return path, path.read_bytes()


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_one_altered_byte_anywhere_is_found(three: tuple[Path, bytes], data: st.DataObject) -> None:
    path, whole = three
    content = bytearray(whole)
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] = data.draw(st.integers(0, 255).filter(lambda byte: byte != content[place]))
    path.write_bytes(bytes(content))
    with pytest.raises(VerificationFailed, match=r"line [123]:"):
        Log(path).verify()


@pytest.mark.parametrize("change", ["drop first", "drop middle", "swap", "repeat"])
def test_removed_moved_and_repeated_lines_are_found(log: Log, change: str) -> None:
    one, two, three = log.path.read_bytes().splitlines(keepends=True)
    lines = {
        "drop first": [two, three],
        "drop middle": [one, three],
        "swap": [two, one, three],
        "repeat": [one, one, two],
    }
    log.path.write_bytes(b"".join(lines[change]))
    with pytest.raises(VerificationFailed, match=r"line [12]:"):
        log.verify()


def test_a_line_rewritten_with_a_fitting_hash_breaks_the_next_link(log: Log) -> None:
    lines = log.path.read_bytes().splitlines(keepends=True)
    forged = Log(log.path.with_name("forged.jsonl"))
    forged.append("import", {"import_id": "b", "rows": 1}, NOON)
    lines[0] = forged.path.read_bytes()
    log.path.write_bytes(b"".join(lines))
    with pytest.raises(VerificationFailed, match=r"line 2:.*does not follow"):
        log.verify()


def test_a_torn_last_line_is_left_out_and_overwritten(log: Log) -> None:
    with log.path.open("ab") as stream:
        stream.write(b'{"at":"20')
    assert len(log.entries()) == 3
    assert "torn (9 bytes)" in log.warnings()[0]
    log.append("open", {"sha": "x"}, NOON)
    assert [entry.kind for entry in log.entries()] == ["import", "seal", "remove", "open"]
    assert log.warnings() == ()


def test_a_line_torn_at_any_byte_is_left_out(log: Log) -> None:
    content = log.path.read_bytes()
    begins = content[:-1].rindex(b"\n") + 1
    for end in range(begins + 1, len(content)):
        log.path.write_bytes(content[:end])
        assert len(log.entries()) == 2
        assert f"torn ({end - begins} bytes)" in log.warnings()[0]


@pytest.mark.parametrize("byte", range(0, 256, 17))
def test_an_entry_that_goes_on_after_its_end_is_no_torn_line(log: Log, byte: int) -> None:
    log.path.write_bytes(log.path.read_bytes()[:-1] + bytes([byte]))
    with pytest.raises(VerificationFailed, match=r"line 3:.*something else than its end"):
        log.verify()
    with pytest.raises(VerificationFailed):
        log.append("open", {})


def test_append_refuses_to_build_on_a_broken_chain(log: Log) -> None:
    log.path.write_bytes(log.path.read_bytes().replace(b'"rows":1', b'"rows":2'))
    with pytest.raises(VerificationFailed):
        log.append("open", {})


def test_append_refuses_what_has_no_canonical_json_and_unknown_kinds(log: Log) -> None:
    before = log.path.read_bytes()
    with pytest.raises(BadInput):
        log.append("open", {"value": float("nan")})
    with pytest.raises(BadInput, match="no log entry of kind 'opne'"):
        log.append("opne", {})  # type: ignore[arg-type]
    assert log.path.read_bytes() == before


def test_every_line_is_plain_json(log: Log) -> None:
    for line in log.path.read_text().splitlines():
        assert set(json.loads(line)) == {"seq", "kind", "at", "payload", "prev", "hash"}

"""The history of ratings only grows: every broken, torn, altered, removed or reordered line is found."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tasklaws.core.errors import BadInput, VerificationFailed
from tasklaws.core.provenance import canonical_json, sha256_hex
from tasklaws.dossier.rating.history import appended, history_rows, is_continuation, read_history

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.study.log import Entry

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def payload(grade: str = "C", reason: str = "first rating") -> dict[str, Any]:
    known = {"grade": grade, "reason": reason, "key_id": None, "edition": 1}
    return known | {"procedure_sha256": sha256_hex(b"p"), "evidence_sha256": sha256_hex(b"e")}


def three() -> tuple[Entry, ...]:
    first = appended((), "rated", payload(), AT)
    second = appended((first,), "changed", payload("D", "a family was contaminated"), AT)
    return first, second, appended((first, second), "withdrawn", payload("D", "the model changed"), AT)


def lines() -> list[bytes]:
    return [entry.line() for entry in three()]


def test_read_history_returns_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_bytes(b"".join(lines()))
    assert read_history(path) == three()
    rows = history_rows(three())
    assert [(row["seq"], row["kind"], row["grade"]) for row in rows] == [
        (0, "rated", "C"),
        (1, "changed", "D"),
        (2, "withdrawn", "D"),
    ]
    assert set(rows[0]) == {"seq", "at", "kind", "grade", "reason", "key_id", "hash"}


def forged(entry: Entry, **other: Any) -> bytes:
    """Return a line that is altered and carries the hash that then fits."""
    made = replace(entry, **other)
    return replace(made, hash=sha256_hex(canonical_json(made.body()))).line()


FAULTS: dict[str, tuple[int, bytes]] = {
    "empty": (1, b""),
    "first removed": (1, b"".join(lines()[1:])),
    "middle removed": (2, b"".join(lines()[::2])),
    "reordered": (2, b"".join([lines()[0], lines()[2], lines()[1]])),
    "repeated": (2, lines()[0] * 2),
    "torn": (3, b"".join(lines())[:-20]),
    "without its end": (3, b"".join(lines())[:-1]),
    "an empty line": (2, lines()[0] + b"\n" + lines()[1]),
    "altered grade": (2, lines()[0] + lines()[1].replace(b'"D"', b'"A"') + lines()[2]),
    "altered, with a hash that fits": (
        3,
        lines()[0] + forged(three()[1], payload=payload("A")) + lines()[2],
    ),
    "not canonical": (1, lines()[0].replace(b",", b", ", 1) + lines()[1]),
    "a key twice": (1, lines()[0].replace(b"{", b'{"at":"x",', 1)),
    "no object": (1, b"[]\n"),
    "nested deeply": (1, b"[" * 100_000 + b"\n"),
    "an unknown kind": (1, forged(three()[0], kind="raised")),
    "begins with a change": (1, forged(three()[0], kind="changed")),
    "a second first": (2, lines()[0] + forged(three()[1], kind="rated")),
    "a place that is true": (2, lines()[0] + forged(three()[1], seq=True)),
    "no time": (1, forged(three()[0], at="yesterday")),
    "a time elsewhere": (1, forged(three()[0], at="2026-01-02T03:04:05+02:00")),
    "no payload": (1, forged(three()[0], payload={})),
    "a payload with more": (1, forged(three()[0], payload=payload() | {"extra": 1})),
    "no reason": (1, forged(three()[0], payload=payload(reason=" "))),
}


@pytest.mark.parametrize("fault", list(FAULTS))
def test_read_history_names_the_first_line_that_is_not_what_was_written(tmp_path: Path, fault: str) -> None:
    line, content = FAULTS[fault]
    path = tmp_path / "history.jsonl"
    path.write_bytes(content)
    with pytest.raises(VerificationFailed, match=f"line {line}:") as raised:
        read_history(path)
    assert raised.value.need
    assert raised.value.way_out


def test_read_history_misses_no_flipped_byte(tmp_path: Path) -> None:
    path, content = tmp_path / "history.jsonl", lines()[0]
    for at in range(0, len(content), 3):
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        with pytest.raises(VerificationFailed):
            read_history(path)


def test_read_history_says_that_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(VerificationFailed, match="no line"):
        read_history(tmp_path / "history.jsonl")


def test_appended_refuses_what_no_history_holds() -> None:
    first = three()[0]
    for before, kind, said in (
        ((), "changed", payload()),
        ((first,), "rated", payload()),
        ((first,), "raised", payload()),
        ((first,), "changed", payload(reason="")),
        ((first,), "changed", {"grade": "A"}),
    ):
        with pytest.raises(BadInput):
            appended(before, kind, said, AT)


def test_appended_is_a_line_as_a_log_writes_it() -> None:
    said = json.loads(three()[1].line())
    assert list(said) == ["at", "hash", "kind", "payload", "prev", "seq"]
    assert said["prev"] == three()[0].hash


def test_is_continuation_asks_for_all_earlier_ratings() -> None:
    first, second, third = three()
    other = appended((), "rated", payload("A"), AT)
    assert is_continuation((first,), (first, second, third))
    assert is_continuation((first, second), (first, second))
    assert not is_continuation((first, second), (first,))
    assert not is_continuation((other,), (first, second))

"""Commitments: they bind and hide, and what is shown later is proven or refused."""

from __future__ import annotations

import hashlib
import json
import stat
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasklaws.core.errors import BadInput
from tasklaws.dossier.packing import withheld
from tasklaws.dossier.packing.withheld import SALTS, check_revealed, commitment, committed, read_salts

if TYPE_CHECKING:
    from pathlib import Path

ONE, TWO = "evidence/study/notes/probes.md", "evidence/study/weights.bin"
SALT = st.binary(min_size=32, max_size=32)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Return two files that are withheld."""
    made = {ONE: tmp_path / "study" / "probes.md", TWO: tmp_path / "study" / "weights.bin"}
    (tmp_path / "study").mkdir()
    made[ONE].write_bytes(b"what the probes read")
    made[TWO].write_bytes(bytes(range(256)) * 9)
    return made


@pytest.fixture
def document(files: dict[str, Path], tmp_path: Path) -> dict[str, Any]:
    """Return a document that commits to them."""
    marks = committed(files, tmp_path / "s.json")
    return {"withheld": [{"path": path, "commitment": mark} for path, mark in marks.items()]}


@pytest.fixture
def revealed(files: dict[str, Path], document: dict[str, Any], tmp_path: Path) -> Path:
    """Return a folder that shows them."""
    assert document["withheld"]
    folder = tmp_path / "revealed"
    for path, file in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(file.read_bytes())
    (folder / SALTS).write_bytes((tmp_path / "s.json").read_bytes())
    return folder


@settings(max_examples=30, deadline=None)
@given(SALT, st.binary(max_size=80), SALT, st.binary(max_size=80))
def test_no_two_pairs_have_one_commitment(salt: bytes, content: bytes, other: bytes, text: bytes) -> None:
    assert (commitment(salt, content) == commitment(other, text)) == ((salt, content) == (other, text))
    assert commitment(salt, content[:-1]) != commitment(salt, content) or not content


def test_a_commitment_is_what_the_module_says(tmp_path: Path) -> None:
    salt, content = bytes(32), b"x" * 100_000
    stated = b"tasklaws withheld evidence 1\0" + salt + hashlib.sha256(content).digest()
    (tmp_path / "file").write_bytes(content)
    assert commitment(salt, content) == hashlib.sha256(stated).hexdigest()
    assert commitment(salt, tmp_path / "file") == commitment(salt, content)
    for wrong in (b"", bytes(31), bytes(33)):
        with pytest.raises(BadInput, match="A salt has 32"):
            commitment(wrong, content)


def test_without_the_salt_a_guess_cannot_be_checked(files: dict[str, Path], tmp_path: Path) -> None:
    one, two = committed(files, tmp_path / "1.json"), committed(files, tmp_path / "2.json")
    assert len({*one.values(), *two.values()}) == 4
    salts = [said["salt"] for mark, said in read_salts(tmp_path / "1.json").items()]
    assert len(set(salts)) == 2
    assert all(len(bytes.fromhex(salt)) == 32 for salt in salts)


def test_salts_are_for_their_owner_only(files: dict[str, Path], tmp_path: Path) -> None:
    committed(files, tmp_path / "s.json")
    assert stat.S_IMODE((tmp_path / "s.json").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_nothing_withheld_needs_no_salts(tmp_path: Path) -> None:
    assert committed({}, tmp_path / "s.json") == {}
    assert not (tmp_path / "s.json").exists()


def test_a_new_edition_keeps_every_salt(files: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    first, before = committed(files, path), read_salts(path)
    files[ONE].write_bytes(b"other notes")
    second, after = committed(files, path), read_salts(path)
    assert second[TWO] == first[TWO]
    assert second[ONE] != first[ONE]
    assert before.items() < after.items()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("held", ["", "[]", '{"a": 1}', '{"a": {"path": "b", "salt": "zz"}}', "[" * 99999])
def test_a_file_of_salts_that_is_none_is_not_written_over(
    files: dict[str, Path], tmp_path: Path, held: str
) -> None:
    (tmp_path / "s.json").write_text(held)
    with pytest.raises(BadInput, match="holds no salts"):
        committed(files, tmp_path / "s.json")
    assert (tmp_path / "s.json").read_text() == held


def test_salts_that_cannot_be_written_leave_nothing(files: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="could not be written"):
        committed(files, tmp_path / "not there" / "s.json")


def test_what_is_shown_stands_proven(document: dict[str, Any], revealed: Path) -> None:
    assert check_revealed(document, revealed) == ((), (ONE, TWO))
    (revealed / ONE).unlink()
    assert check_revealed(document, revealed) == ((), (TWO,))


def test_another_file_is_named_with_both_hashes(document: dict[str, Any], revealed: Path) -> None:
    (revealed / ONE).write_bytes(b"what the probes did not read")
    failures, paths = check_revealed(document, revealed)
    mark = document["withheld"][0]["commitment"]
    salt = bytes.fromhex(read_salts(revealed / SALTS)[mark]["salt"])
    assert [(f.file, f.expected, f.found) for f in failures] == [
        (ONE, mark, commitment(salt, b"what the probes did not read"))
    ]
    assert paths == (TWO,)


def test_exchanged_files_are_refused(document: dict[str, Any], revealed: Path) -> None:
    one, two = (revealed / ONE).read_bytes(), (revealed / TWO).read_bytes()
    (revealed / ONE).write_bytes(two)
    (revealed / TWO).write_bytes(one)
    failures, paths = check_revealed(document, revealed)
    assert {failure.file for failure in failures} == {ONE, TWO}
    assert paths == ()


def test_files_that_nobody_withheld_are_refused(document: dict[str, Any], revealed: Path) -> None:
    (revealed / "evidence" / "more.md").write_text("more")
    (revealed / "evidence" / "study" / "link").symlink_to("/etc", target_is_directory=True)
    failures, paths = check_revealed(document, revealed)
    assert {failure.file for failure in failures} == {"evidence/more.md", "evidence/study/link"}
    assert paths == (ONE, TWO)


def test_a_link_shows_nothing(document: dict[str, Any], revealed: Path, files: dict[str, Path]) -> None:
    (revealed / ONE).unlink()
    (revealed / ONE).symlink_to(files[ONE])
    failures, paths = check_revealed(document, revealed)
    assert [(f.file, f.found) for f in failures] == [(ONE, "a link or a device")]
    assert paths == (TWO,)


def test_a_salt_of_another_dossier_opens_nothing(document: dict[str, Any], revealed: Path) -> None:
    salts = read_salts(revealed / SALTS)
    mark = document["withheld"][0]["commitment"]
    other = {withheld.commitment(bytes(32), b"y"): salts.pop(mark)} | salts
    (revealed / SALTS).write_text(json.dumps(other))
    failures, paths = check_revealed(document, revealed)
    assert [(f.file, f.found) for f in failures] == [(ONE, "no salt")]
    assert paths == (TWO,)
    salts[mark] = {"path": ONE, "salt": "00" * 32}
    (revealed / SALTS).write_text(json.dumps(salts))
    failures, paths = check_revealed(document, revealed)
    assert [(f.file, f.expected) for f in failures] == [(ONE, mark)]


def test_without_salts_nothing_can_be_shown(document: dict[str, Any], revealed: Path) -> None:
    (revealed / SALTS).unlink()
    with pytest.raises(BadInput, match="holds no salts"):
        check_revealed(document, revealed)
    with pytest.raises(BadInput, match="is no folder"):
        check_revealed(document, revealed / "not there")

"""The manifest: one hash stands for the whole folder, and every difference is named."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tasklaws.core.errors import BadInput
from tasklaws.dossier.packing.manifest import check_manifest, file_hash, fingerprint, manifest_of
from tasklaws.dossier.packing.portable_names import unfit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILES = {
    "dossier.json": b"{}\n",
    "evidence/study/log.jsonl": b"one line\n",
    "evidence/study/runs/a.parquet": bytes(range(256)),
    "evidence/study-two.txt": b"",
    "evidence/study/\u00e9t\u00e9.md": b"accents\n",
    "evidence/study/with space.md": b"x",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with its manifest and one attestation."""
    root = tmp_path / "dossier"
    for name, content in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    (root / "manifest.sha256").write_bytes(manifest_of(root))
    (root / "attestations").mkdir()
    (root / "attestations" / "rater.dsse.json").write_bytes(b"{}")
    return root


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_manifest_lists_every_file_by_the_bytes_of_its_path(folder: Path) -> None:
    lines = (folder / "manifest.sha256").read_bytes().split(b"\n")
    listed = [line[66:] for line in lines[:-1]]
    assert listed == sorted(name.encode() for name in FILES)
    assert lines[:-1] == [f"{sha(FILES[n.decode()])}  ".encode() + n for n in listed]
    assert lines[-1] == b""
    assert check_manifest(folder) == ()


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is not installed")
def test_a_stranger_reads_it_with_sha256sum(folder: Path) -> None:
    command = ["sha256sum", "--check", "--strict", "--quiet", "manifest.sha256"]
    assert subprocess.run(command, cwd=folder, check=False, capture_output=True).returncode == 0
    (folder / "dossier.json").write_bytes(b"{ }")
    assert subprocess.run(command, cwd=folder, check=False, capture_output=True).returncode == 1


def test_a_dossier_is_the_same_after_a_copy_and_in_an_archive(folder: Path, tmp_path: Path) -> None:
    before = fingerprint(folder)
    archive = shutil.make_archive(str(tmp_path / "packed"), "zip", folder)
    shutil.unpack_archive(archive, tmp_path / "unpacked")
    copied = shutil.copytree(folder, tmp_path / "copied", copy_function=shutil.copyfile)
    for place in (tmp_path / "unpacked", copied):
        for path in place.rglob("*"):
            os.utime(path, (0, 0))
            path.chmod(0o700)
        (place / "empty" / "folder").mkdir(parents=True)
        assert check_manifest(place) == ()
        assert fingerprint(place) == before


def test_every_flipped_byte_is_found(folder: Path) -> None:
    rng = np.random.default_rng(10)
    for name in (*FILES, "manifest.sha256"):
        path, content = folder / name, (folder / name).read_bytes()
        for at in rng.permutation(len(content))[:20]:
            flipped = bytearray(content)
            flipped[at] ^= 1 << int(rng.integers(8))
            path.write_bytes(flipped)
            found = check_manifest(folder)
            assert found, (name, at)
            if name in FILES:
                assert [(f.file, f.expected, f.found) for f in found] == [(name, sha(content), sha(flipped))]
        path.write_bytes(content)
    assert check_manifest(folder) == ()


def test_missing_and_added_files_are_named_with_their_hashes(folder: Path) -> None:
    (folder / "dossier.json").rename(folder / "other.json")
    (folder / "evidence" / ".DS_Store").write_bytes(b"left behind")
    found = {failure.file: failure for failure in check_manifest(folder)}
    assert set(found) == {"dossier.json", "other.json", "evidence/.DS_Store"}
    assert found["dossier.json"].expected == found["other.json"].found == sha(b"{}\n")
    assert found["dossier.json"].found == found["other.json"].expected == "no such file"
    assert "Operating systems leave such files behind" in found["evidence/.DS_Store"].reason
    assert "Operating" not in found["other.json"].reason


def test_a_long_path_is_named_in_full(folder: Path) -> None:
    name = f"evidence/study/logs/{'d' * 60}/2026-01-01T00-00-00+00-00_{'t' * 90}.eval"
    (folder / name).parent.mkdir(parents=True)
    (folder / name).write_bytes(b"PK")
    assert [failure.file for failure in check_manifest(folder)] == [name]


def test_swapped_files_are_both_named(folder: Path) -> None:
    one, two = folder / "dossier.json", folder / "evidence/study/log.jsonl"
    contents = one.read_bytes(), two.read_bytes()
    two.write_bytes(contents[0])
    one.write_bytes(contents[1])
    assert [f.file for f in check_manifest(folder)] == ["dossier.json", "evidence/study/log.jsonl"]


def _changed(lines: list[bytes]) -> dict[str, tuple[bytes, str]]:
    whole = b"".join(lines)
    return {
        "twice": (b"".join([lines[0], *lines]), "A file is listed once."),
        "reversed": (b"".join(reversed(lines)), "Paths are sorted."),
        "other line ends": (whole.replace(b"\n", b"\r\n"), "It is no line of one."),
        "no last end": (whole[:-1], "Its bytes are not those that the files give."),
        "capitals": (whole.upper(), "It is no line of one."),
        "one space": (whole.replace(b"  ", b" "), "It is no line of one."),
        "a mark before it": (b"\xef\xbb\xbf" + whole, "It is no line of one."),
        "a note": (whole + b"# checked\n", "It is no line of one."),
        "an empty line": (whole + b"\n", "Its bytes are not those that the files give."),
        "nothing": (b"", "The manifest does not list it."),
        "no text": (b"\xff\xfe" * 40, "It is no line of one."),
    }


@pytest.mark.parametrize("case", _changed([b""]))
def test_a_manifest_that_was_edited_is_not_the_one_that_the_files_give(folder: Path, case: str) -> None:
    path = folder / "manifest.sha256"
    edited, reason = _changed(path.read_bytes().splitlines(keepends=True))[case]
    path.write_bytes(edited)
    assert reason in {failure.reason for failure in check_manifest(folder)}


def _out(path: Path) -> None:
    path.symlink_to("/etc/hostname")


def _folder_out(path: Path) -> None:
    path.symlink_to("/etc", target_is_directory=True)


@pytest.mark.parametrize(
    ("make", "kind"), [(_out, "a link"), (_folder_out, "a link"), (os.mkfifo, "a device")]
)
def test_links_and_devices_are_no_evidence(folder: Path, make: Callable[[Path], None], kind: str) -> None:
    for place in ("evidence/study/odd", "attestations/odd.dsse.json"):
        make(folder / place)
        assert [(f.file, f.found) for f in check_manifest(folder)] == [(place, kind)]
        (folder / place).unlink()


def test_a_file_in_the_place_of_a_link_to_itself_does_not_count(folder: Path, tmp_path: Path) -> None:
    path = folder / "dossier.json"
    path.rename(tmp_path / "elsewhere.json")
    path.symlink_to(tmp_path / "elsewhere.json")
    assert {f.found for f in check_manifest(folder)} == {"a link", "no such file"}
    manifest = folder / "manifest.sha256"
    manifest.rename(tmp_path / "elsewhere.sha256")
    manifest.symlink_to(tmp_path / "elsewhere.sha256")
    assert fingerprint(folder) == ""
    assert any(f.file == "manifest.sha256" and f.found == "no such file" for f in check_manifest(folder))


def test_only_envelopes_lie_among_the_attestations(folder: Path) -> None:
    (folder / "attestations" / "readme.md").write_text("x")
    (folder / "attestations" / "deep").mkdir()
    (folder / "attestations" / "deep" / "rater.dsse.json").write_text("{}")
    assert {f.file for f in check_manifest(folder)} == {
        "attestations/readme.md",
        "attestations/deep/rater.dsse.json",
    }


@pytest.mark.parametrize("name", ["a\nb", "a\tb", "a\u202eb", "a\\b", "b\udcff", "a\x7f"])
def test_names_that_hide_what_they_are_are_refused(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"x")
    (folder / "manifest.sha256").write_bytes(manifest_of(folder))
    (failure,) = [f for f in check_manifest(folder) if "control characters" in f.reason]
    assert failure.file.isprintable()


@pytest.mark.parametrize(
    "names",
    [
        ["README.md", "readme.md"],
        ["\u00e9.md", "e\u0301.md"],
        ["Runs/a", "runs/b"],
        ["stra\u00dfe", "STRASSE"],
        ["a/B/c", "a/b/d"],
    ],
)
def test_names_that_another_system_would_make_one_are_refused(names: list[str]) -> None:
    assert [f.expected for f in unfit(names)] == ["one name"]
    assert list(unfit(names[:1])) == []


def test_names_that_only_look_alike_are_let_be() -> None:
    assert list(unfit(["x2", "x\u00b2", "a b", "a/b", "ab", "a-b", "..a", "a..b/..c"])) == []
    assert len(list(unfit(["../a", "a/../b", "/a", "a//b", "./a"]))) == 5


def test_a_folder_without_a_manifest_says_so(folder: Path) -> None:
    (folder / "manifest.sha256").unlink()
    (failure,) = check_manifest(folder)
    assert (failure.file, failure.found) == ("manifest.sha256", "no such file")


def test_what_cannot_be_read_is_not_passed_over(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(path: object = ".") -> object:
        if str(path).endswith("runs"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)  # type: ignore[call-overload]

    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", closed)
    with pytest.raises(BadInput, match="runs: Permission denied"):
        check_manifest(folder)
    with pytest.raises(BadInput, match="No such file"):
        file_hash(folder / "not there")


def test_a_file_larger_than_what_is_read_at_once_has_its_hash(tmp_path: Path) -> None:
    content = np.random.default_rng(1).bytes(3_000_000)
    (tmp_path / "large").write_bytes(content)
    assert file_hash(tmp_path / "large") == sha(content)

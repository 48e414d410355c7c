from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tasklaws.core.errors import BadInput, StudyLocked
from tasklaws.study.files import LOCK, changing, write_whole

if TYPE_CHECKING:
    from pathlib import Path


def tree(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()
    }


def test_write_whole_leaves_only_the_file(tmp_path: Path) -> None:
    write_whole(tmp_path / "deep" / "a", b"one")
    write_whole(tmp_path / "deep" / "a", b"two")
    assert tree(tmp_path) == {"deep/a": b"two"}


def test_a_full_disk_leaves_the_old_file_and_no_half_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_whole(tmp_path / "a", b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BadInput, match="No space left on device"):
        write_whole(tmp_path / "a", b"new")
    assert tree(tmp_path) == {"a": b"old"}


def test_changes_are_kept_together(tmp_path: Path) -> None:
    (tmp_path / "gone").write_bytes(b"x")
    with changing(tmp_path) as changes:
        changes.write("runs/a", b"1")
        changes.remove("gone")
    assert tree(tmp_path) == {"runs/a": b"1"}


def test_changes_are_undone_together(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    for name in ("kept", "gone", "runs/only"):
        (tmp_path / name).write_bytes(name.encode())
    before = tree(tmp_path)
    with pytest.raises(RuntimeError), changing(tmp_path) as changes:  # noqa: PT012
        changes.write("kept", b"changed")
        changes.write("new/part", b"1")
        changes.remove("gone")
        changes.remove("runs/only")
        changes.touch("log").write_bytes(b"line")
        raise RuntimeError
    assert tree(tmp_path) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gone", "kept", "runs"]


def test_a_new_study_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    root = tmp_path / "deep" / "study"
    with pytest.raises(RuntimeError), changing(root) as changes:  # noqa: PT012
        changes.write("runs/a", b"1")
        assert not root.exists()
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
    with changing(root) as changes:
        changes.write("runs/a", b"1")
        assert not root.exists()
    assert tree(tmp_path) == {"deep/study/runs/a": b"1"}


def test_a_file_is_no_study(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadInput, match="is a file"), changing(tmp_path / "file"):
        pass


def test_a_second_writer_is_told_who_holds_the_study(tmp_path: Path) -> None:
    with changing(tmp_path):
        with (
            pytest.raises(StudyLocked, match=rf"written by process {os.getpid()} since \d+ s"),
            changing(tmp_path),
        ):
            pass
        assert (tmp_path / LOCK).exists()
    assert not (tmp_path / LOCK).exists()


def test_the_lock_of_a_dead_process_is_cleared(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (tmp_path / LOCK).write_text(json.dumps({"pid": dead.pid, "at": time.time()}))
    with changing(tmp_path) as changes:
        changes.write("a", b"1")
    assert tree(tmp_path) == {"a": b"1"}


def test_an_unreadable_lock_is_respected(tmp_path: Path) -> None:
    (tmp_path / LOCK).write_text("")
    with pytest.raises(StudyLocked, match="process unknown"), changing(tmp_path):
        pass

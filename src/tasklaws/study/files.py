"""Writing to a study so that it is whole before and after: one writer, all changes or none."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tasklaws.core.errors import BadInput, StudyLocked

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCK = ".lock"


def write_whole(path: Path, content: bytes) -> None:
    """Write `content` under a temporary name, force it to disk and rename it to `path`.

    Raises:
        BadInput: the disk is full or read-only; the file that stood at `path` is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise BadInput(
            f"{path}: could not be written ({error.strerror or error}).",
            "The study's folder must be writable and have room.",
            "Free some space or choose another folder; nothing was changed.",
        ) from None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Changes:
    """Writes and removals in one study that are undone together when something fails."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._before: dict[Path, bytes | None] = {}
        self._folders: list[Path] = []

    def write(self, name: str, content: bytes) -> None:
        """Write the file `name` of the study."""
        path = self._remember(name)
        if not path.parent.exists():
            self._folders.append(path.parent)
        write_whole(path, content)

    def remove(self, name: str) -> None:
        """Remove the file `name` of the study, and its folder where that leaves it empty."""
        path = self._remember(name)
        path.unlink(missing_ok=True)
        if path.parent != self.root and not any(path.parent.iterdir()):
            path.parent.rmdir()

    def touch(self, name: str) -> Path:
        """Return the path of the file `name`, to be restored like the others if something fails."""
        return self._remember(name)

    def _remember(self, name: str) -> Path:
        path = self.root / name
        self._before.setdefault(path, path.read_bytes() if path.exists() else None)
        return path

    def undo(self) -> None:
        """Put every file back as it was."""
        for path, content in self._before.items():
            if content is None:
                path.unlink(missing_ok=True)
            else:
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(content)
        for folder in self._folders:
            with suppress(OSError):
                folder.rmdir()


@contextmanager
def changing(root: Path) -> Iterator[Changes]:
    """Give the only writer's `Changes` of the study at `root`, which need not exist yet.

    A new study is built beside its final place and renamed, so that it never exists in part. When
    the body raises, the study is byte for byte as it was.

    Raises:
        StudyLocked: another process writes to it.
    """
    if root.is_dir():
        with _lock(root), _undone_on_failure(Changes(root)) as changes:
            yield changes
        return
    if root.exists():
        raise BadInput(f"{root} is a file.", "A study is a folder.", "Name another place.")
    parent = root.absolute().parent
    made = _make_parents(parent)
    building = Path(tempfile.mkdtemp(prefix=f".{root.name}.", dir=parent))
    try:
        yield Changes(building)
        building.chmod(0o777 & ~_umask())
        building.replace(root)
        _sync_folder(parent)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        for folder in made:
            with suppress(OSError):
                folder.rmdir()
        raise


def _make_parents(parent: Path) -> list[Path]:
    """Make `parent` and return the folders that did not exist, deepest first."""
    missing = [folder for folder in (parent, *parent.parents) if not folder.exists()]
    try:
        parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(
            f"{parent}: {error.strerror or error}.", "The folder must be writable.", "Name another."
        ) from None
    return missing


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextmanager
def _undone_on_failure(changes: Changes) -> Iterator[Changes]:
    try:
        yield changes
    except BaseException:
        changes.undo()
        raise


@contextmanager
def _lock(root: Path) -> Iterator[None]:
    path = root / LOCK
    _take(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _take(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except FileExistsError:
        _refuse_or_clear(path)
        _take(path)
        return
    except OSError as error:
        raise BadInput(
            f"{path.parent}: cannot be written ({error.strerror or error}).",
            "The study must be writable.",
            "Check it.",
        ) from None
    with os.fdopen(descriptor, "w") as stream:
        json.dump({"pid": os.getpid(), "at": time.time()}, stream)


def _refuse_or_clear(path: Path) -> None:
    """Raise when a living process holds the lock; clear it when that process is gone."""
    try:
        held = json.loads(path.read_text())
        pid, age = int(held["pid"]), time.time() - float(held["at"])
    except FileNotFoundError:
        return
    except (OSError, ValueError, KeyError, TypeError):
        pid, age = 0, time.time() - path.stat().st_mtime
    if pid and not _alive(pid):
        path.unlink(missing_ok=True)
        return
    raise StudyLocked(
        f"{path.parent} is being written by process {pid or 'unknown'} since {age:.0f} s.",
        "One process writes to a study at a time.",
        f"Wait for it, or remove {path} if that process is not a tasklaws process.",
    )


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

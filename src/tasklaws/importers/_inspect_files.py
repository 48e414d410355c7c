"""Logs of Inspect as files: their header and their samples, read without Inspect.

A log is a `.json` file, or an `.eval` file, which is a zip of JSON files. A log that went on after a crash
holds some samples twice: of members of one name the last stands, which is the one that was run again. Of a
zip that was cut off, what is whole is read. One sample is held at a time.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from tasklaws.core.errors import BadInput
from tasklaws.importers._inspect_json import sample
from tasklaws.importers._inspect_zip import Zip, too_large

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_BYTES = 256 * 2**20
"""Of a file, or of one member of a zip, after inflating."""
MOST_IN_ALL = 32 * 2**30
"""Of all members of a zip together; they are read one by one."""
MOST = 2**62
"""Whole numbers are below."""

UNREADABLE = (OSError, ValueError, RuntimeError, EOFError, MemoryError)
"""What reading a broken zip or JSON raises."""

HEADERS = ("header.json", "_journal/start.json")
"""Members that hold the header: of a log that is whole, and of one that was never finished."""
ZIPPED = b"PK"
"""First bytes of a zip."""


class Log:
    """One log; its header and samples are read when they are asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.cut = False
        """Whether the end of the file is missing."""
        self.lost = 0
        """Parts of which the file has too little to read them."""

    @cached_property
    def header(self) -> dict[str, Any]:
        """Return the header: `version`, `status`, `eval`; of a log that was never finished without status.

        Raises:
            BadInput: the file is no log, or larger than can be.
        """
        try:
            found = self._header_of_zip() if self._zipped else self._whole
        except UNREADABLE as error:
            raise no_log(self.path.name, error) from None
        if not isinstance(found, dict) or not isinstance(found.get("eval"), dict):
            raise no_log(self.path.name, "it does not say what was evaluated")
        return {name: part for name, part in found.items() if name != "samples"}

    def samples(self, *, events: bool = True) -> Iterator[dict[str, Any]]:
        """Yield the attempts.

        Args:
            events: whether their events are wanted; without them reading takes a third of the time.

        Raises:
            BadInput: the file is no log, or larger than can be.
        """
        try:
            if self._zipped:
                yield from self._samples_of_zip(events=events)
            else:
                yield from (one for one in self._whole.get("samples") or [] if isinstance(one, dict))
        except UNREADABLE as error:
            raise no_log(self.path.name, error) from None

    def forget(self) -> None:
        """Let go of the content of a `.json` log, which is read at once."""
        self.__dict__.pop("_whole", None)

    @cached_property
    def _zipped(self) -> bool:
        with self.path.open("rb") as file:
            return file.read(len(ZIPPED)) == ZIPPED

    @cached_property
    def _whole(self) -> dict[str, Any]:
        size = self.path.stat().st_size
        if size > MOST_BYTES:
            raise too_large(self.path.name, size)
        log = json.loads(self.path.read_bytes())
        if not isinstance(log, dict) or not isinstance(log.get("samples") or [], list):
            raise no_log(self.path.name, "it has no list of samples")
        return cast("dict[str, Any]", log)

    def _header_of_zip(self) -> object:
        with Zip(self.path, MOST_BYTES, MOST_IN_ALL) as archive:
            for name in HEADERS:
                if name in archive.members:
                    return json.loads(archive.read(name))
        raise no_log(self.path.name, "it is cut off before its header" if archive.cut else "it has no header")

    def _samples_of_zip(self, *, events: bool) -> Iterator[dict[str, Any]]:
        with Zip(self.path, MOST_BYTES, MOST_IN_ALL) as archive:
            self.cut, self.lost, some = archive.cut, archive.lost, not archive.cut
            for name in sorted(filter(_is_sample, archive.members)):
                try:
                    found = sample(archive.read(name), events=events)
                except (ValueError, RecursionError) as error:
                    if not archive.cut:
                        raise no_log(self.path.name, f"{name}: {error}") from None
                    self.lost += 1
                    continue
                if found is not None:
                    some = True
                    yield found
        if not some:
            raise no_log(self.path.name, "it is cut off before its first sample is whole")


def header(path: Path) -> dict[str, Any]:
    """Return the header of a log: `version`, `status`, `eval`; one that was never finished has no status.

    Raises:
        BadInput: the file is no log, or larger than can be.
    """
    return Log(path).header


def samples(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the attempts of one log.

    Raises:
        BadInput: the file is no log, or larger than can be.
    """
    return Log(path).samples()


def _is_sample(name: str) -> bool:
    return name.startswith("samples/") and name.endswith(".json")


def whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST else None


def under(outer: object, key: str) -> dict[str, Any]:
    inner = outer.get(key) if isinstance(outer, dict) else None
    return cast("dict[str, Any]", inner) if isinstance(inner, dict) else {}


def text(value: object) -> str | None:
    """Return a text as it can be encoded."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else None


def no_log(name: str, why: object) -> BadInput:
    return BadInput(
        f"{name} is no log of Inspect: {why}.", "A log is JSON, or a zip of JSON.", "Leave the file out."
    )

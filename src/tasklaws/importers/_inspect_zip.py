"""Zips that nobody vouches for: what they state is checked before anything is inflated, and held to after.

The `zipfile` of Python reads the directory. Members are read here, because it knows Zstandard, which Inspect
has written since 2025, only from Python 3.14 on, and because a zip that was cut off has no directory: its
members are then found one behind another, by the headers that stand before them.
"""

from __future__ import annotations

import mmap
import os
import re
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, BinaryIO, Self

from tasklaws.core.errors import BadInput
from tasklaws.importers._inspect_member import Member, inflated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

MOST_RATIO = 200
"""Inflated bytes for each byte of a member; more is a bomb."""
SMALL = 2**20
"""Bytes of a member below which its ratio says nothing."""

LOCAL = struct.Struct("<4s5H3I2H")
"""What stands before a member, up to its name."""
MARK = b"PK\x03\x04"
NO_DIRECTORY = (zipfile.BadZipFile, struct.error, NotImplementedError, UnicodeDecodeError)
"""What Python raises where a directory is missing or damaged."""
ENCRYPTED = 1
IN_64_BITS = 0xFFFFFFFF
"""A size of 32 bits that stands elsewhere, in 64 bits."""
OUTSIDE = re.compile(r"^([/\\]|[A-Za-z]:)|(^|[/\\])\.\.([/\\]|$)")
"""Names of members that lead out of the folder they were unpacked in."""


class Zip:
    """A zip that is open for reading; use it in a `with` statement."""

    def __init__(self, path: Path, most: int, most_in_all: int) -> None:
        self.name = path.name
        self.file: BinaryIO = path.open("rb")
        self.cut = False
        """Whether the zip has no directory, so that members were looked for."""
        self.lost = 0
        """Members of which only a part is there."""
        try:
            found = self._directory()
            _check(self.name, found, most, most_in_all)
        except BaseException:
            self.file.close()
            raise
        self.members = {one.name: one for one in found}
        """Name -> member; of several of one name the last, which is the one that was written again."""

    def __enter__(self) -> Self:
        """Return the zip."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.file.close()

    def read(self, name: str) -> bytes:
        """Return the content of the member called `name`.

        Raises:
            ValueError: it is not what the zip states, in size or check sum; or is packed in an unknown way.
        """
        member = self.members[name]
        stated = os.pread(self.file.fileno(), LOCAL.size, member.at)
        if len(stated) < LOCAL.size or not stated.startswith(MARK):
            raise ValueError(f"there is no member where {name!r} should be")
        *_, named, more = LOCAL.unpack(stated)
        packed = os.pread(self.file.fileno(), member.packed, member.at + LOCAL.size + named + more)
        content = inflated(packed, member)
        if len(content) != member.size or zlib.crc32(content) != member.crc:
            raise ValueError(f"member {name!r} is damaged")
        return content

    def _directory(self) -> list[Member]:
        try:
            with zipfile.ZipFile(self.file) as archive:
                return [
                    Member(
                        one.filename,
                        one.header_offset,
                        one.compress_size,
                        one.file_size,
                        one.compress_type,
                        one.CRC,
                        bool(one.flag_bits & ENCRYPTED),
                    )
                    for one in archive.infolist()
                ]
        except NO_DIRECTORY:
            self.cut = True
            return list(self._found())

    def _found(self) -> Iterator[Member]:
        """Yield the members that are whole of a zip without a directory, in their order."""
        with mmap.mmap(self.file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            at = content.find(MARK)
            while at >= 0:
                member, end = _member(content, at)
                if member is None:
                    self.lost += 1
                else:
                    yield member
                at = content.find(MARK, end)


def _member(content: mmap.mmap, at: int) -> tuple[Member | None, int]:
    """Return the member whose header stands at `at`, None where it is not whole, and where to go on."""
    if at + LOCAL.size > len(content):
        return None, len(content)
    _, _, flags, method, _, _, crc, packed, size, named, more = LOCAL.unpack_from(content, at)
    start = at + LOCAL.size + named
    if IN_64_BITS in {packed, size}:
        size, packed = _in_64_bits(content[start : start + more])
    end = start + more + packed
    name = content[at + LOCAL.size : start].decode("utf-8", "replace")
    if not packed or end > len(content):
        return None, at + len(MARK)
    return Member(name, at, packed, size, method, crc, bool(flags & ENCRYPTED)), end


def _in_64_bits(extra: bytes) -> tuple[int, int]:
    """Return size and packed size as the first extra field states them; 0 where it does not."""
    if len(extra) < struct.calcsize("<HHQQ") or extra[:2] != b"\x01\x00":
        return 0, 0
    size, packed = struct.unpack_from("<QQ", extra, 4)
    return size, packed


def _check(file: str, members: Iterable[Member], most: int, most_in_all: int) -> None:
    """Raise BadInput where a zip states what no log would.

    Raises:
        BadInput: a name leads outside, or sizes are too large, or members lie over each other.
    """
    total = end = 0
    for one in sorted(members, key=lambda one: one.at):
        if OUTSIDE.search(one.name):
            raise _refused(file, f"the name of member {one.name!r} leads out of the zip")
        if one.encrypted:
            raise _refused(file, f"member {one.name!r} is encrypted")
        if one.at < end:
            raise _refused(file, f"member {one.name!r} lies over the one before it")
        if one.size > max(MOST_RATIO * one.packed, SMALL):
            ratio = one.size // max(one.packed, 1)
            raise _refused(file, f"member {one.name!r} would inflate to {ratio} times its bytes: a bomb")
        end = one.at + LOCAL.size + len(one.name.encode("utf-8", "replace")) + one.packed
        total += one.size
        if one.size > most or total > most_in_all:
            raise too_large(file if one.size <= most else f"{file}, {one.name}", max(one.size, total))


def _refused(file: str, why: str) -> BadInput:
    return BadInput(
        f"{file}: {why}.", "Logs that Inspect writes hold nothing like it.", "Leave the file out."
    )


def too_large(what: str, size: int) -> BadInput:
    """Return the refusal of what is larger than can be read."""
    return BadInput(
        f"{what} is larger than can be read: {size:,} bytes when inflated.",
        "What a log holds is bounded, so that a small file cannot fill the memory.",
        "Split the log, or leave the file out.",
    )

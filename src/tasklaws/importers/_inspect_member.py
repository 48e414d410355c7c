"""One member of a zip: what the zip states of it, and its content, which never grows beyond that."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cache
from typing import Any

from tasklaws.core.errors import BadInput

STORED, DEFLATED, ZSTANDARD = 0, 8, 93


@dataclass(frozen=True, slots=True)
class Member:
    """One file in a zip, as the zip states it."""

    name: str
    at: int
    """Place of its header in the zip."""
    packed: int
    size: int
    method: int
    crc: int
    encrypted: bool


def inflated(packed: bytes, member: Member) -> bytes:
    """Return the content of a member; it never grows further than what the zip states."""
    if member.method == STORED:
        return packed
    if member.method == DEFLATED:
        try:
            return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, member.size + 1)
        except zlib.error as error:
            raise ValueError(str(error)) from None
    if member.method == ZSTANDARD:
        return _from_zstandard(packed, member.size)
    raise ValueError(f"member {member.name!r} is packed by method {member.method}, which is unknown")


def _from_zstandard(packed: bytes, size: int) -> bytes:
    reader, refusal = _zstandard()
    try:
        with reader.stream_reader(packed, read_across_frames=True) as stream:
            return bytes(stream.read(size + 1))
    except (refusal, MemoryError) as error:
        raise ValueError(str(error)) from None


@cache
def _zstandard() -> tuple[Any, type[Exception]]:
    """Return what reads Zstandard, and the error it raises.

    Raises:
        BadInput: it is not installed.
    """
    try:
        import zstandard
    except ImportError:
        raise BadInput(
            "the log is packed with Zstandard, as Inspect does it since 2025.",
            "Reading it needs the package zstandard, which comes with Inspect.",
            "Install it: pip install zstandard",
        ) from None
    return zstandard.ZstdDecompressor(), zstandard.ZstdError

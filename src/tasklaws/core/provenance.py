"""Hashes that two machines agree on: of values, of tables and of this code."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasklaws.core.errors import BadInput

if TYPE_CHECKING:
    import polars as pl


def canonical_json(value: Any) -> bytes:  # noqa: ANN401 - JSON is anything
    """Return `value` as canonical JSON: sorted keys, shortest numbers, UTF-8, no spaces.

    Raises:
        BadInput: a number is not finite, an integer does not fit a double, or a type is not JSON.

    Source: RFC 8785, JSON Canonicalization Scheme.
    """
    import rfc8785

    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise BadInput(
            f"this value has no canonical JSON: {error}.",
            "Numbers must be finite and integers below 2^53.",
            "Write an undefined number as null with a reason beside it.",
        ) from None


def sha256_hex(content: bytes) -> str:
    """Return the SHA-256 of `content` as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


@lru_cache(maxsize=1)
def code_version() -> str:
    """Return ``VERSION+sha256:HASH8`` of the installed package and of its source files.

    The version is ``0`` where the package runs from a source tree that was never installed.
    """
    try:
        released = version("tasklaws")
    except PackageNotFoundError:
        released = "0"
    return f"{released}+sha256:{_source_hash()[:8]}"


def _source_hash() -> str:
    root = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(canonical_json([path.relative_to(root).as_posix(), sha256_hex(path.read_bytes())]))
    return digest.hexdigest()


def table_hash(frame: pl.DataFrame) -> str:
    """Return the SHA-256 of the rows of `frame`, whatever their order and that of the columns.

    Two frames share a hash only when their columns, types and multiset of rows agree; null and
    zero differ. File layout, compression and chunking play no part.
    """
    names = sorted(frame.columns)
    rows = frame.select(names).sort(names, nulls_last=True) if names else frame
    digest = hashlib.sha256(canonical_json([[name, str(frame.schema[name])] for name in names]))
    for name in names:
        digest.update(_column_bytes(rows[name]))
    return digest.hexdigest()


def _column_bytes(column: pl.Series) -> bytes:
    """Return null flags, then values: little-endian numbers, or text lengths and UTF-8 bytes."""
    import polars as pl

    nulls = column.is_null().to_numpy().tobytes()
    if column.dtype == pl.String:
        filled = column.fill_null("")
        lengths = filled.str.len_bytes().to_numpy().astype("<u8").tobytes()
        return nulls + lengths + "".join(filled.to_list()).encode()
    physical = column.cast(pl.UInt8) if column.dtype == pl.Boolean else column.to_physical()
    kind = "<f8" if physical.dtype.is_float() else "<i8"
    return nulls + physical.fill_null(0).to_numpy().astype(kind).tobytes()

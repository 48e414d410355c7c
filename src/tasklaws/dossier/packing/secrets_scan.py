"""No dossier with keys and tokens in it: every file that is to be packed is searched before it is.

Files are read as bytes; what is packed in a file, such as in logs of Inspect and in Parquet, is searched too,
one level deep. A file that cannot be searched is refused. Pictures and PDF are searched as bytes only.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tasklaws.core.display import shown
from tasklaws.core.errors import BadInput
from tasklaws.dossier.packing.portable_names import shown_path
from tasklaws.dossier.packing.secret_kinds import KINDS
from tasklaws.importers._inspect_files import MOST_BYTES, MOST_IN_ALL
from tasklaws.importers._inspect_zip import Zip

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    import polars as pl
    from _typeshed import SupportsRead

    from tasklaws.dossier.packing.evidence import Piece

LISTED = 20
"""Secrets that a message lists at most."""
BLOCK, OVERLAP = 1 << 25, 1 << 14
"""Bytes of a file that are searched at once, and those searched twice, so that no secret is cut in two."""
SHOWN = 4
"""Characters of a secret that are shown at most, and no more than an eighth of it."""
ZIP, ZSTANDARD, PARQUET = b"PK\x03\x04", b"\x28\xb5\x2f\xfd", b"PAR1"
STREAMS: dict[bytes, Callable[[Path], AbstractContextManager[SupportsRead[bytes]]]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zX": lzma.open,
}
"""First bytes of a file packed as one stream -> what reads it."""
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
CLOSED = (b"7z\xbc\xaf", b"Rar!")
"""First bytes of archives that nothing here reads."""
UNREADABLE = (OSError, ValueError, EOFError, MemoryError, zlib.error, lzma.LZMAError, BadInput)


Where = Callable[[int, bytes], str]
"""What a place in a text is called, of the offset and the bytes of what stands there."""
Text = tuple[Where, bytes]


@dataclass(frozen=True)
class Found:
    """A secret, and where it stands; the secret itself is not kept."""

    file: str
    place: str
    kind: str
    begins: str

    def __str__(self) -> str:
        """Return one line."""
        return f"{shown_path(self.file)}, {shown_path(self.place)}: {self.kind} ({shown(self.begins)}…)"


def refuse_secrets(pieces: Iterable[Piece]) -> None:
    """Refuse to pack keys and tokens; files that are withheld may hold them.

    Raises:
        BadInput: a file to be packed holds one, or cannot be searched.
    """
    found = [one for piece in pieces if piece.withheld is None for one in secrets_in(piece.file, piece.name)]
    if not found:
        return
    more = f"; and {len(found) - LISTED} more" if len(found) > LISTED else ""
    count = "1 secret stands" if len(found) == 1 else f"{len(found)} secrets stand"
    raise BadInput(
        f"{count} in what would be packed: {'; '.join(map(str, found[:LISTED]))}{more}.",
        "A dossier is shown to strangers and never edited afterwards.",
        "Revoke the secret and remove it, or withhold the file by [[withheld]] in dossier.toml.",
    )


def secrets_in(file: Path, name: str) -> list[Found]:
    """Return the keys and tokens in a file, each once; its own bytes are searched where it unpacks to none.

    Raises:
        BadInput: it cannot be searched.
    """
    try:
        with file.open("rb") as stream:
            found = list(_search(_unpacked(file, stream.read(len(ZIP))), name))
            stream.seek(0)
            return found or list(_search(_blocks(stream), name))
    except UNREADABLE as error:
        raise BadInput(
            f"{shown_path(name)} cannot be searched for keys and tokens: {getattr(error, 'what', error)}",
            "What cannot be searched is not packed.",
            "Leave the file out, or withhold it by [[withheld]] in dossier.toml.",
        ) from None


def _search(texts: Iterable[Text], name: str) -> Iterator[Found]:
    known: set[bytes] = set()
    for where, text in texts:
        lowered = text.lower()
        for kind in KINDS:
            for start, secret in kind.find(text, lowered):
                if not any(one in secret or secret in one for one in known):
                    known.add(secret)
                    begins = secret[: min(SHOWN, len(secret) // 8)].decode("latin-1")
                    yield Found(name, where(start, secret), kind.name, begins)


def _unpacked(file: Path, start: bytes) -> Iterator[Text]:
    """Yield what a file holds that its bytes do not show."""
    if start in CLOSED:
        raise ValueError("archives of this kind are not read")
    if start == ZIP:
        yield from _members(file)
    elif start == PARQUET:
        yield from _columns(file)
    elif start == ZSTANDARD:
        yield from _from_zstandard(file)
    for magic, opened in STREAMS.items():
        if start.startswith(magic):
            with opened(file) as stream:
                yield from _blocks(stream)
    if start.startswith(UTF_16):
        text = file.read_bytes().decode("utf-16", "replace").encode()
        yield _lines(text, ""), text


def _members(file: Path) -> Iterator[Text]:
    with Zip(file, MOST_BYTES, MOST_IN_ALL) as archive:
        if archive.lost:
            raise ValueError("it is cut off, and what is left of its last part cannot be read")
        for member in archive.members:
            content = archive.read(member)
            yield _lines(content, f"{member}, "), content


def _from_zstandard(file: Path) -> Iterator[Text]:
    import zstandard

    reader = zstandard.ZstdDecompressor()
    try:
        with file.open("rb") as packed, reader.stream_reader(packed, read_across_frames=True) as stream:
            yield from _blocks(stream)
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from None


def _blocks(stream: SupportsRead[bytes]) -> Iterator[Text]:
    """Yield a stream in blocks that overlap."""
    before, line, rest = 0, 1, b""
    while block := stream.read(BLOCK):
        text = rest + block
        yield _lines(text, "", line, before), text
        rest = text[-OVERLAP:]
        passed = len(text) - len(rest)
        before, line = before + passed, line + text.count(b"\n", 0, passed)


def _lines(text: bytes, prefix: str, line: int = 1, before: int = 0) -> Where:
    """Return how places in a text are called."""

    def where(start: int, _: bytes) -> str:
        ends = text.count(b"\n", 0, start)
        return f"{prefix}line {line + ends}, byte {before + start}"

    return where


def _columns(file: Path) -> Iterator[Text]:
    """Yield the different texts of each column of a Parquet file, a line each."""
    import polars as pl

    try:
        frame = pl.read_parquet(file)
    except pl.exceptions.PolarsError as error:
        raise ValueError(str(error).splitlines()[0]) from None
    for column in frame:
        texts = _as_text(column)
        if texts is not None:
            yield _rows(texts), "\n".join(texts.unique(maintain_order=True).drop_nulls().to_list()).encode()


def _as_text(column: pl.Series) -> pl.Series | None:
    """Return a column as text; None where it holds numbers or times, which are no secrets."""
    import polars as pl

    dtype = column.dtype
    if dtype.is_numeric() or dtype.is_temporal() or dtype in (pl.Boolean, pl.Null):
        return None
    if dtype in (pl.String, pl.Categorical, pl.Enum):
        return column.cast(pl.String)
    return pl.Series(column.name, [str(value) for value in column.to_list()], dtype=pl.String)


def _rows(texts: pl.Series) -> Where:
    """Return how places in a column are called."""

    def where(_: int, secret: bytes) -> str:
        first = texts.str.contains(secret.decode("utf-8", "replace"), literal=True).arg_true()
        return f"row {first[0] + 1 if len(first) else '?'}, column {texts.name!r}"

    return where

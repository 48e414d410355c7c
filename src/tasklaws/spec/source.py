"""Foreign files, read with suspicion: every refusal names the file and the place in it."""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from tasklaws.core.errors import BadInput, BadTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import polars as pl

MAX_BYTES = 2**31
"""Most bytes a file may hold after decompression; larger ones should be imported in parts."""

LARGEST_INTEGER = 2**53
"""Integers beyond this lose digits as doubles."""

PICKLES = frozenset({".pkl", ".pickle", ".npz", ".npy", ".pt", ".joblib"})


def expand(paths: Sequence[str | Path], patterns: tuple[str, ...]) -> list[Path]:
    """Return the files among `paths`; a folder stands for the files below it that match `patterns`.

    Raises:
        BadInput: a path does not exist, a folder holds no such file, or a link in it leads outside.
    """
    found: list[Path] = []
    for path in map(Path, paths):
        found += _below(path, patterns) if path.is_dir() else [path]
    return found


def _below(folder: Path, patterns: tuple[str, ...]) -> list[Path]:
    inside = sorted(
        {
            file
            for pattern in patterns
            for file in folder.rglob(pattern)
            if file.is_file() or file.is_symlink()
        }
    )
    if not inside:
        raise BadInput(
            f"{folder}: no file matches {' or '.join(patterns)}.",
            "A folder must hold results.",
            "Name another.",
        )
    for file in inside:
        if not file.resolve().is_relative_to(folder.resolve()):
            raise BadInput(
                f"{file}: this link leads outside {folder}.",
                "Results must lie in the folder.",
                "Copy the file there.",
            )
    return inside


def read_bytes(path: Path) -> bytes:
    """Return the bytes of `path`, decompressed where it is a gzip file.

    Raises:
        BadInput: it cannot be read, is empty, is damaged, is too large, or is a pickle.
    """
    if path.suffix.lower() in PICKLES:
        raise BadInput(
            f"{path.name}: pickles are never read, they can run code.",
            "Data must be text or Parquet.",
            "Export it.",
        )
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(
            f"{path}: {error.strerror or error}.", "The file must be readable.", "Check the path."
        ) from None
    content = _decompressed(content, path) if content[:2] == b"\x1f\x8b" else content
    if not content.strip():
        raise BadTable(
            f"{path.name}: 0 rows, the file is empty.", "Results need at least one row.", "Check the export."
        )
    return content


def _decompressed(content: bytes, path: Path) -> bytes:
    try:
        with gzip.open(io.BytesIO(content)) as stream:
            inflated = stream.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput(
            f"{path.name}: damaged or truncated gzip ({error}).", "The file must be whole.", "Fetch it again."
        ) from None
    if len(inflated) > MAX_BYTES:
        raise BadInput(f"{path.name}: more than {MAX_BYTES} bytes.", "A file may hold 2 GiB.", "Split it.")
    return inflated


def read_text(path: Path) -> str:
    """Return the text of `path`; a byte order mark is dropped.

    Raises:
        BadInput: as `read_bytes`, or the bytes are not UTF-8 or hold NUL; the message has the offset.
    """
    content = read_bytes(path)
    try:
        text = content.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{path.name}: byte {error.start} (0x{content[error.start]:02x}) is not UTF-8.",
            "Text files must be UTF-8.",
            "Save the file as UTF-8.",
        ) from None
    if "\0" in text:
        raise BadInput(
            f"{path.name}: byte {content.index(0)} is NUL.",
            "Text files hold no NUL bytes.",
            "Export it again.",
        )
    return text


def read_csv(path: Path) -> pl.DataFrame:
    """Return a CSV as a table of text columns; empty fields are null.

    Raises:
        BadInput: as `read_text`.
        BadTable: no rows, a column name twice, or a row with more fields than the header.
    """
    import polars as pl

    text = read_text(path)
    header = next(csv.reader(io.StringIO(text)), [])
    refuse_doubles(header, path.name)
    try:
        frame = pl.read_csv(text.encode(), infer_schema=False)
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0]
        raise BadTable(
            f"{path.name}: {reason}.", "Every row needs the fields of the header.", "Correct the row."
        ) from None
    return _with_rows(frame, path.name)


def refuse_doubles(names: Sequence[str], source: str) -> None:
    """Raise when a column name stands twice.

    Raises:
        BadTable: it does.
    """
    for name in names:
        if names.count(name) > 1:
            raise BadTable(
                f"{source}: two columns are called {name!r}.", "Names must differ.", "Rename one of them."
            )


def _with_rows(frame: pl.DataFrame, source: str) -> pl.DataFrame:
    if not frame.height:
        raise BadTable(
            f"{source}: 0 rows, there is only a header.",
            "Results need at least one row.",
            "Check the export.",
        )
    return frame


def read_parquet(path: Path) -> pl.DataFrame:
    """Return a Parquet file as a table.

    Raises:
        BadInput: it is damaged or not Parquet.
        BadTable: no rows.
    """
    import polars as pl

    try:
        frame = pl.read_parquet(io.BytesIO(read_bytes(path)))
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0]
        raise BadInput(
            f"{path.name}: damaged or not Parquet ({reason}).", "The file must be whole.", "Write it again."
        ) from None
    return _with_rows(frame, path.name)


def read_json(path: Path) -> Any:  # noqa: ANN401 - JSON is anything
    """Return the value of a JSON file.

    Raises:
        BadInput: as `read_text`, or it is not JSON, is nested too deeply, or a number would be rounded.
    """
    return _parsed(read_text(path), path.name)


def read_json_lines(path: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the objects of a JSON-lines file and warnings; a torn last line is dropped with one.

    Raises:
        BadInput: another line is not a JSON object.
        BadTable: no rows.
    """
    text = read_text(path)
    lines = text.split("\n")
    torn = bool(lines[-1].strip()) and not _complete(lines[-1])
    warnings = [f"{path.name}: the last line is torn and was dropped"] if torn else []
    kept = lines[:-1] if torn else lines
    rows = [_object(line, f"{path.name}, row {i}") for i, line in enumerate(kept, 1) if line.strip()]
    if not rows:
        raise BadTable(f"{path.name}: 0 rows.", "Results need at least one row.", "Check the export.")
    return rows, warnings


def _complete(line: str) -> bool:
    try:
        json.loads(line)
    except RecursionError:
        return True
    except ValueError:
        return False
    return True


def _object(line: str, place: str) -> dict[str, Any]:
    value = _parsed(line, place)
    if not isinstance(value, dict):
        raise BadTable(
            f"{place}: {line[:40]!r} is not an object.", "Every line is one JSON object.", "Correct the line."
        )
    return value


def _parsed(text: str, place: str) -> Any:  # noqa: ANN401 - JSON is anything
    try:
        return json.loads(text, parse_int=_integer, parse_float=_float, object_pairs_hook=_pairs)
    except RecursionError:
        raise BadInput(
            f"{place}: nested too deeply.", "Results are nested a few levels deep.", "Flatten the file."
        ) from None
    except _WouldRoundError as error:
        raise BadInput(
            f"{place}: {error} would be rounded.", "Numbers must fit a double.", "Write it as text."
        ) from None
    except _DoubleError as error:
        raise BadTable(
            f"{place}: two keys are called {error.args[0]!r}.", "Names must differ.", "Rename one of them."
        ) from None
    except ValueError as error:
        raise BadInput(
            f"{place}: not JSON ({error}).", "The file must be whole JSON.", "Correct or export it again."
        ) from None


class _WouldRoundError(Exception):
    """A number that a double cannot hold."""


class _DoubleError(Exception):
    """A key that stands twice in one object."""


def _integer(text: str) -> int:
    if len(text) > 20 or abs(int(text)) > LARGEST_INTEGER:  # noqa: PLR2004 - spares int() a megabyte of digits
        _would_round(text)
    return int(text)


def _float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        _would_round(text)
    return value


def _would_round(text: str) -> NoReturn:
    raise _WouldRoundError(text[:40])


def _pairs(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in pairs:
        if key in made:
            raise _DoubleError(key)
        made[key] = value
    return made

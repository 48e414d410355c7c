"""What readers said of attempts: a file per reader, a line per label; the last line of an attempt counts."""

from __future__ import annotations

import csv
import json
import os
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tasklaws.core.errors import BadInput, UnknownName

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

FOLDER = "labels"
"""Folder of a study that holds labels."""
SETTLED = "settled"
"""Reader whose labels decide where others differ."""
SUGGESTED = "flags"
"""Name under which suggestions of flags stand; they are no reader's, and nothing follows from them alone."""
LABELS = {
    "genuine_failure": "the model could not do it",
    "spurious_elicitation": "a failure that more or other elicitation would have mended",
    "spurious_harness": "a failure that another harness would have mended: limits, tools, sandbox",
    "spurious_scorer": "a failure only because the scorer or the task is wrong",
    "valid_success": "a success",
    "invalid_success": "a success by tampering or cheating",
    "unsure": "cannot be told from what there is",
}
"""Label -> what it means; the three kinds of spurious failures are METR's, by what would have mended them."""
SPURIOUS = ("spurious_elicitation", "spurious_harness", "spurious_scorer")
READER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")


@dataclass(frozen=True)
class Label:
    """What one reader said of one attempt."""

    attempt_id: str
    reader: str
    label: str
    note: str = ""
    model: str = ""
    task_id: str = ""
    at: str = ""
    """UTC time, ISO 8601."""
    planned: bool = True
    """Whether the plan drew the attempt: others say nothing of shares."""

    def __post_init__(self) -> None:
        """Refuse a label that there is not."""
        if self.label not in LABELS:
            raise UnknownName("label", self.label, LABELS)


def now() -> str:
    """Return the time as labels have it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def file_of(study: Path, reader: str) -> Path:
    """Return the file of a reader's labels.

    Raises:
        BadInput: the name cannot be that of a file.
    """
    if not READER.fullmatch(reader):
        raise BadInput(
            f"the reader is called {reader!r}.",
            "A reader's name has up to 40 letters, digits, dots, dashes and underscores.",
            "Give another name.",
        )
    return study / FOLDER / f"{reader}.jsonl"


def check_reader(reader: str | None, *, comparing: bool) -> str:
    """Return who reads.

    Raises:
        BadInput: nobody is named, or somebody where readers are to be compared, or no person.
    """
    if reader is None or comparing or reader == SUGGESTED:
        what = "a reader is named where readers are compared" if comparing else f"the reader is {reader!r}"
        raise BadInput(
            f"{what}.",
            f"A label is some person's (`{SUGGESTED}` is none); --agreement compares all readers.",
            "Say --reader NAME, or --agreement.",
        )
    return reader


def add(path: Path, label: Label) -> None:
    """Write a label behind the others, on disk before this returns; a torn last line is cut off first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps(asdict(label), ensure_ascii=True).encode() + b"\n"
    with path.open("r+b" if path.exists() else "wb") as stream:
        if path.stat().st_size:
            held = path.read_bytes()
            stream.seek(held.rfind(b"\n") + 1)
            stream.truncate()
        stream.write(line)
        stream.flush()
        os.fsync(stream.fileno())


def read(path: Path) -> dict[str, Label]:
    """Return attempt -> label of one reader; a torn last line is left out, since nobody was told of it.

    Raises:
        BadInput: another line is no label.
    """
    if not path.exists():
        return {}
    *lines, _torn = path.read_bytes().split(b"\n")
    found = {}
    for number, line in enumerate(lines, 1):
        try:
            one = Label(**json.loads(line))
        except (ValueError, TypeError, UnknownName) as error:
            raise BadInput(
                f"{path}, line {number}: no label ({error}).",
                "Each line is a JSON object with attempt_id, reader and label.",
                "Correct the line or take it out.",
            ) from None
        found[one.attempt_id] = one
    return found


def read_all(study: Path) -> dict[str, dict[str, Label]]:
    """Return reader -> attempt -> label of all readers of a study."""
    files = sorted((study / FOLDER).glob("*.jsonl"))
    return {path.stem: read(path) for path in files if path.stem != SUGGESTED}


def suggested(study: Path) -> dict[str, Label]:
    """Return attempt -> what a flag suggests that a reader should think of."""
    return read(file_of(study, SUGGESTED))


def from_csv(path: Path, reader: str, known: Collection[str]) -> list[Label]:
    """Return the labels of a CSV file with the columns attempt_id, label and, if there is one, note.

    Raises:
        BadInput: a column is missing, a label or an attempt does not exist.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            return [
                _row(row, number, path, reader, known) for number, row in enumerate(csv.DictReader(stream), 2)
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path}: {error}.", "It is read as CSV in UTF-8.", "Save it anew.") from None


def _row(row: dict[str, str], number: int, path: Path, reader: str, known: Collection[str]) -> Label:
    attempt, label = row.get("attempt_id", ""), row.get("label", "")
    if attempt not in known or label not in LABELS:
        what = f"attempt_id {attempt!r}" if attempt not in known else f"label {label!r}"
        raise BadInput(
            f"{path}, row {number}: {what}.",
            "Columns are attempt_id (as `tasklaws flags --json` lists them), label and note; labels are "
            f"{', '.join(LABELS)}.",
            "Correct the row; nothing was written.",
        )
    return Label(attempt, reader, label, row.get("note") or "", at=now())


def final(readers: dict[str, dict[str, Label]]) -> tuple[dict[str, str], list[str]]:
    """Return attempt -> label where readers agree or it was settled, and the attempts that are still open."""
    settled = readers.get(SETTLED, {})
    agreed, open_ = {}, []
    for attempt in _attempts(readers.values()):
        said = {labels[attempt].label for labels in readers.values() if attempt in labels}
        if attempt in settled:
            agreed[attempt] = settled[attempt].label
        elif len(said) == 1:
            agreed[attempt] = said.pop()
        else:
            open_.append(attempt)
    return agreed, open_


def _attempts(readers: Iterable[dict[str, Label]]) -> list[str]:
    return list(dict.fromkeys(attempt for labels in readers for attempt in labels))

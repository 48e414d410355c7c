"""The anchors of a study: files in its folder `anchors/`, each checked against the study's log."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tasklaws.anchors import ANCHORS
from tasklaws.core.errors import BadInput, VerificationFailed
from tasklaws.spec.anchor import claim_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from tasklaws.spec.anchor import Anchor, Stamp, Trust
    from tasklaws.study.log import Entry

FOLDER = "anchors"
NAME = re.compile(r"(\d{1,15})-([0-9a-f]{8})\.([a-z][a-z0-9_]*)\..+")
SKEW = timedelta(days=1)
"""By how much two clocks may differ."""
LARGEST = 1 << 20
"""Bytes of a file of evidence that are read; any larger is none."""


@dataclass(frozen=True)
class Anchored:
    """One file of evidence, and what it shows of the log."""

    file: str
    """Path below the study."""
    kind: str
    seq: int
    """The line of the log that it vouches for, and with it all before."""
    head: str
    at: str | None = None
    by: str = ""
    trusted: bool = False
    own_clock: bool = False
    """Whether the time is the word of the one who vouches."""
    words: str = ""
    """Kind and time, and what they rest on where that is not an authority that is trusted."""
    expected: str = ""
    """Where it does not verify: what should be there."""
    found: str = ""

    @property
    def ok(self) -> bool:
        """Return whether nothing differs."""
        return not self.expected

    def document(self) -> dict[str, Any]:
        """Return the row as JSON values."""
        return asdict(self) | {"ok": self.ok}


def study_anchors(study: Path, entries: Sequence[Entry], trust: Trust = ()) -> tuple[Anchored, ...]:
    """Return every file of evidence of a study, in the order of the log; one that fails says what differs.

    Args:
        study: the folder of the study.
        entries: its log.
        trust: what `read_trust` returned; without it nothing is trusted, and no signature is checked.

    Raises:
        BadInput: trusted keys or roots were given, and what is needed to check them is not installed.
    """
    paths = sorted((study / FOLDER).glob("[!.]*"))
    return tuple(sorted((_anchored(path, entries, trust) for path in paths), key=lambda one: one.seq))


def read_trust(paths: Iterable[Path]) -> Trust:
    """Return the contents of files with public keys, certificates or trusted roots.

    Raises:
        BadInput: a file cannot be read, or no anchor can rest on it.
    """
    return tuple(_trusted_file(path) for path in paths)


def _trusted_file(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(
            f"{path}: {error.strerror or error}.", "A trusted file must be readable.", "Name another."
        ) from None
    if not any(anchor.trusts(content) for anchor in ANCHORS.values()):
        raise BadInput(
            f"{path}: no anchor of time can rest on it.",
            "It must hold certificates in PEM, public keys of SSH or OpenPGP, or a trusted root of sigstore.",
            "Ask whoever vouches for the times for one of these.",
        )
    return content


def _anchored(path: Path, entries: Sequence[Entry], trust: Trust) -> Anchored:
    file, parts = f"{FOLDER}/{path.name}", NAME.fullmatch(path.name)
    if parts is None or parts[3] not in ANCHORS or not path.is_file():
        named = f"a file named LINE-HASH.KIND..., of a kind among {', '.join(ANCHORS)}"
        return Anchored(file, parts[3] if parts else "", -1, "", expected=named, found=path.name)
    seq, short, kind = int(parts[1]), parts[2], parts[3]
    row = Anchored(file, kind, seq, entries[seq].hash if seq < len(entries) else short)
    if seq >= len(entries):
        return replace(row, expected=f"a log of at least {seq + 1} lines", found=f"{len(entries)} lines")
    if not row.head.startswith(short):
        return replace(row, expected=f"hash {short}... in line {seq + 1} of the log", found=row.head)
    return _after_its_line(_checked(row, path, trust), entries[seq])


def _checked(row: Anchored, path: Path, trust: Trust) -> Anchored:
    anchor = ANCHORS[row.kind]
    own = tuple(content for content in trust if anchor.trusts(content))
    with path.open("rb") as stream:
        evidence = stream.read(LARGEST)
    try:
        stamp = anchor.check(evidence, claim_of(row.seq, row.head), own)
    except VerificationFailed as error:
        return replace(row, expected=error.need, found=error.what)
    except BadInput:
        if own:
            raise
        return replace(row, words=f"{row.kind}, not read: {anchor.needs} is missing")
    told = replace(row, at=stamp.at, by=stamp.by, trusted=stamp.trusted, own_clock=bool(anchor.clock))
    return replace(told, words=words(anchor, stamp))


def _after_its_line(row: Anchored, entry: Entry) -> Anchored:
    """Return the row, which fails where it vouches for a line from before that line was written."""
    written = datetime.fromisoformat(entry.at)
    if row.at is None or datetime.fromisoformat(row.at) >= written - SKEW:
        return row
    return replace(
        row, expected=f"a time after {entry.at}, when line {row.seq + 1} was written", found=row.at
    )


def words(anchor: Anchor, stamp: Stamp) -> str:
    """Return kind and time; a time comes last exactly where it rests on what is trusted."""
    if stamp.trusted and stamp.at:
        return " ".join(part for part in (anchor.name, anchor.clock, stamp.at) if part)
    return f"{anchor.name} {stamp.at or ''}".strip() + f", {anchor.unchecked}"

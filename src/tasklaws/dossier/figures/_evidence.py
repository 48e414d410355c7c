"""Whether the evidence of a study is what its log tells of: every file that is not, with both hashes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tasklaws.core.errors import BadInput, VerificationFailed
from tasklaws.core.provenance import canonical_json, sha256_hex
from tasklaws.dossier.failure import Failure
from tasklaws.study.folder import KINDS, LOG_FILE
from tasklaws.study.log import FIRST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.study.folder import Study
    from tasklaws.study.log import Entry

MISSING = "missing"
ALTERED = "The log tells of this file with this sha256."
UNLOGGED = "Every sealed forecast has its line in the log."
ANCHORED = "An anchor of time vouches for a line of this very log."
CHAIN = "Every line of the log carries its own hash and that of the line before."


def evidence_failures(study: Study) -> tuple[Failure, ...]:
    """Return every file of a study that is not what its log tells of, by its path in the study.

    Where the log itself is not what was written, only its first broken line is told: nothing that follows it
    can be held to anything.
    """
    try:
        entries = study.log.entries()
    except VerificationFailed as error:
        return (_broken_line(study, error),)
    if not (study.path / LOG_FILE).exists() and study.forecasts_folder.exists():
        return (Failure(LOG_FILE, "the log of the study", MISSING, CHAIN),)
    named = {part: written for kind in KINDS for part, written in study.live_parts(kind).items()}
    seals = [entry.payload for entry in entries if entry.kind == "seal"]
    named |= {str(one["file"]): str(one["sha256"]) for one in seals}
    return (*_altered(study, named), *_unlogged(study, named), *_anchors(study, entries))


def _altered(study: Study, named: dict[str, str]) -> Iterator[Failure]:
    for file, written in sorted(named.items()):
        path = study.path / file
        found = sha256_hex(path.read_bytes()) if path.is_file() else MISSING
        if found != written:
            yield Failure(file, written, found, ALTERED)


def _unlogged(study: Study, named: dict[str, str]) -> Iterator[Failure]:
    for path in sorted(study.forecasts_folder.glob("[!.]*.json")):
        file = f"forecasts/{path.name}"
        if file not in named:
            yield Failure(file, f"a seal in {LOG_FILE}", sha256_hex(path.read_bytes()), UNLOGGED)


def _anchors(study: Study, entries: tuple[Entry, ...]) -> Iterator[Failure]:
    """Yield the anchors of time that vouch for something else than a line of this log."""
    from tasklaws.anchoring.study_anchors import study_anchors

    for one in study_anchors(study.path, entries):
        if not one.ok:
            yield Failure(one.file, one.expected, one.found, ANCHORED)


def _broken_line(study: Study, error: VerificationFailed) -> Failure:
    """Return the first line of the log that does not follow from what it says and the line before."""
    before = FIRST
    for number, line in enumerate((study.path / LOG_FILE).read_bytes().split(b"\n"), 1):
        said = _said(line)
        body = {name: said.get(name) for name in ("seq", "kind", "at", "payload", "prev")}
        hashed = _hash(body)
        for name, needed in (("prev", before), ("hash", hashed)):
            if line and said.get(name) != needed:
                return Failure(f"{LOG_FILE}, line {number}: {name}", needed, str(said.get(name)), CHAIN)
        before = hashed
    return Failure(LOG_FILE, error.need, error.what, CHAIN)


def _said(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _hash(body: dict[str, Any]) -> str:
    try:
        return sha256_hex(canonical_json(body))
    except BadInput:
        return MISSING

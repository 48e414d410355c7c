"""The verb `dossier anchor`: have somebody outside vouch for the head of a study's log."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasklaws.anchoring.study_anchors import FOLDER, words
from tasklaws.anchors import ANCHORS
from tasklaws.core.errors import BadInput, VerificationFailed
from tasklaws.spec.anchor import Making, claim_of
from tasklaws.study.files import changing, write_whole
from tasklaws.study.folder import LOG_FILE, Study

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.spec.anchor import Anchor, Stamp
    from tasklaws.study.log import Entry


@dataclass(frozen=True)
class AnchorResult:
    """What was written: evidence, or what to hand to somebody who vouches."""

    kind: str
    seq: int
    head: str
    path: str
    """File of evidence below the study, or the request."""
    n_bytes: int
    stamp: Stamp | None
    """None where only a request was written."""
    words: str
    """What seals up to this line are now backed by; nothing was checked against trusted keys or roots."""

    def document(self) -> dict[str, Any]:
        """Return the keys of `interfaces.md`."""
        return {
            "kind": self.kind,
            "seq": self.seq,
            "head": self.head,
            "claim": claim_of(self.seq, self.head).decode(),
            "path": self.path,
            "bytes": self.n_bytes,
            "requested": self.stamp is None,
            "at": self.stamp.at if self.stamp else None,
            "by": self.stamp.by if self.stamp else None,
            "words": self.words,
        }


def dossier_anchor(
    study: Study | str | Path,
    kind: str,
    *,
    url: str | None = None,
    repository: str | Path | None = None,
    tag: str | None = None,
    reply: str | Path | None = None,
    request: str | Path | None = None,
) -> AnchorResult:
    """Have the head of a study's log vouched for, and keep the evidence in the study.

    Args:
        study: the study.
        kind: an anchor of the catalogue.
        url: address of an authority; it is asked over the network.
        repository: folder inside a git repository; by default that of the study.
        tag: name of the git tag.
        reply: evidence that was got elsewhere, for any line of the log.
        request: file to write what somebody else is to be handed; nothing else happens then.

    Raises:
        UnknownName: no anchor is called that.
        BadInput: the log is empty, an option is of another anchor, or the evidence cannot be had.
        VerificationFailed: the log is not what was written.
    """
    study = study if isinstance(study, Study) else Study(study)
    chosen, entries = ANCHORS[kind], study.log.entries()
    _refuse(chosen, entries, {"url": url, "repository": repository, "tag": tag}, (reply, request))
    head = entries[-1]
    claim = claim_of(head.seq, head.hash)
    if request is not None:
        content = chosen.request(claim)
        write_whole(Path(request), content)
        return AnchorResult(kind, head.seq, head.hash, str(request), len(content), None, "")
    if reply is not None:
        evidence = _read(Path(reply))
        head, stamp = _line_of(chosen, evidence, entries, Path(reply))
    else:
        evidence = chosen.make(claim, Making(url, Path(repository or study.path), tag))
        stamp = chosen.check(evidence, claim, ())
    path = _keep(study.path, head, chosen, evidence)
    return AnchorResult(kind, head.seq, head.hash, path, len(evidence), stamp, words(chosen, stamp))


def _refuse(
    chosen: Anchor, entries: Sequence[Entry], making: dict[str, object], instead: tuple[object, object]
) -> None:
    """Refuse an empty log, and options that do not go together.

    Raises:
        BadInput: there is something of that kind.
    """
    if not entries:
        raise BadInput(
            f"{LOG_FILE} has no line yet.",
            "An anchor vouches for the last line of a log.",
            "Import results or seal a forecast first.",
        )
    given = [name for name, value in making.items() if value is not None]
    known = [] if any(instead) else list(chosen.takes)
    if foreign := [name for name in given if name not in known]:
        raise BadInput(
            f"--{foreign[0]} is not heeded here.",
            f"{chosen.name} takes {', '.join(f'--{name}' for name in chosen.takes) or 'no such option'}; "
            "--reply and --request stand alone.",
            "Leave it away, or choose another anchor.",
        )
    if all(instead):
        raise BadInput(
            "both --reply and --request were given.",
            "A request is written before there is a reply.",
            "Give one of them.",
        )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(
            f"{path}: {error.strerror or error}.", "The reply must be readable.", "Name another."
        ) from None


def _line_of(chosen: Anchor, evidence: bytes, entries: Sequence[Entry], reply: Path) -> tuple[Entry, Stamp]:
    """Return the latest line of the log that the evidence vouches for; the log may have grown since.

    Raises:
        BadInput: it vouches for none.
    """
    failures = []
    for entry in reversed(entries):
        try:
            return entry, chosen.check(evidence, claim_of(entry.seq, entry.hash), ())
        except VerificationFailed as error:
            failures.append(error.what)
    raise BadInput(
        f"{reply}: {failures[0]}",
        f"It must vouch for one of the {len(entries)} lines of {LOG_FILE}.",
        "Write the request anew with --request FILE and have that answered.",
    )


def _keep(study: Path, head: Entry, chosen: Anchor, evidence: bytes) -> str:
    """Write the evidence under a name that no other has, and return its path below the study."""
    stem = f"{FOLDER}/{head.seq}-{head.hash[:8]}.{chosen.name}"
    with changing(study) as changes:
        number, name = 1, f"{stem}.{chosen.suffix}"
        while (study / name).exists() and (study / name).read_bytes() != evidence:
            number += 1
            name = f"{stem}.{number}.{chosen.suffix}"
        changes.write(name, evidence)
    return name

"""The checks of a dossier, one after another; all that differs is collected and told at once."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tasklaws.core.display import shown
from tasklaws.core.errors import TasklawsError, VerificationFailed
from tasklaws.dossier.failure import Failure
from tasklaws.dossier.folder import DOCUMENT, HISTORY, PROCEDURE, STUDY, read_document
from tasklaws.dossier.verification import consistency

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tasklaws.core.progress import Advance
    from tasklaws.dossier.rating.procedure import Procedure
    from tasklaws.dossier.signatures.attestation import Checked
    from tasklaws.dossier.signatures.keys import PublicKey
    from tasklaws.dossier.verification.recomputing import Recomputed
    from tasklaws.dossier.verification.times import Times
    from tasklaws.study.folder import Study

UNREADABLE = "What cannot be read shows nothing."


class Unreadable(Exception):  # noqa: N818 - no error of its own: it carries failures
    """The document cannot be read, so nothing that it says can be checked."""

    def __init__(self, failures: Iterable[Failure]) -> None:
        super().__init__()
        self.failures = tuple(failures)


def checked_document(folder: Path) -> dict[str, Any]:
    """Return the document of a dossier, of which every field is there.

    Raises:
        Unreadable: its bytes or its fields are not those of a document.
    """
    from tasklaws.dossier.document import faults

    try:
        document = read_document(folder)
    except VerificationFailed as error:
        raise Unreadable([_as_failure(DOCUMENT, error)]) from None
    if found := faults(document):
        raise Unreadable(found)
    return document


def _as_failure(file: str, error: TasklawsError) -> Failure:
    return Failure(file, error.need or "what was written", error.what, error.way_out)


@dataclass(frozen=True)
class Asked:
    """What whoever verifies knows and wants."""

    keys: tuple[tuple[str | None, PublicKey], ...] = ()
    revealed: Path | None = None
    earlier: Path | None = None
    trust: tuple[Path, ...] = ()
    full: bool = False


@dataclass(frozen=True)
class Found:
    """What came of all checks."""

    failures: tuple[Failure, ...]
    signatures: Checked
    times: Times
    procedure: Procedure | None
    """None where it cannot be read."""
    recomputed: Recomputed


class Checking:
    """One dossier being checked; what differs is collected, so that everything is told at once."""

    def __init__(self, folder: Path, document: Mapping[str, Any], failures: list[Failure]) -> None:
        """Check the dossier in `folder`, of which `failures` are known."""
        self.folder, self.document, self.failures = folder, document, failures

    def all(self, asked: Asked, advance: Advance) -> Found:
        """Run every check, telling of each; figures are worked out where the evidence is what was built."""
        self._collect("evidence", lambda: consistency.evidence_failures(self.folder, self.document))
        intact = not self.failures
        signatures = self._signatures(asked.keys)
        advance(1)
        times = self._times(asked.trust)
        advance(1)
        procedure = self._agreement(asked.earlier)
        advance(1)
        recomputed = self._figures(asked, intact=intact)
        advance(1)
        return Found(tuple(dict.fromkeys(self.failures)), signatures, times, procedure, recomputed)

    def _collect(self, file: str, check: Callable[[], Iterable[Failure]]) -> None:
        """Add what a check finds; where it cannot even read its file, that is what it found."""
        with self._readable(file):
            self.failures += check()

    @contextmanager
    def _readable(self, file: str) -> Iterator[None]:
        """Turn whatever a file does to its reader into a failure: it is not what was built."""
        try:
            yield
        except TasklawsError as error:
            self.failures.append(_as_failure(file, error))
        except Exception as error:  # noqa: BLE001 - hostile evidence may raise anything in any library
            found = f"{type(error).__name__}: {shown(str(error))}"
            self.failures.append(Failure(file, "a file that can be read", found, UNREADABLE))

    def _signatures(self, given: Sequence[tuple[str | None, PublicKey]]) -> Checked:
        """Check who signed, and that nobody is missing."""
        from tasklaws.dossier.signatures.attestation import check

        checked = check(self.folder, self.document, given)
        self.failures += checked.failures
        return checked

    def _times(self, trust: Sequence[Path]) -> Times:
        """Check what outside the dossier vouches for the times of its seals."""
        from tasklaws.anchoring.study_anchors import read_trust
        from tasklaws.dossier.verification.times import Times, times

        trusted, found = read_trust(trust), Times()
        with self._readable(STUDY):
            found = times(self.folder, trusted)
        self.failures += found.failures
        return found

    def _agreement(self, earlier: Path | None) -> Procedure | None:
        """Check that the parts say the same; return the procedure where it can be read."""
        document = self.document
        self._collect(HISTORY, lambda: self._history(earlier))
        procedure = self._procedure()
        if procedure is not None:
            self._collect(PROCEDURE, lambda: consistency.procedure_failures(document, procedure))
            self._collect(DOCUMENT, lambda: consistency.role_failures(document, procedure))
            self._collect(DOCUMENT, lambda: consistency.rating_failures(document, procedure))
        return procedure

    def _history(self, earlier: Path | None) -> list[Failure]:
        from tasklaws.dossier.rating.history import read_history

        history = read_history(self.folder / HISTORY)
        found = list(consistency.history_failures(self.document, history))
        if earlier is not None:
            found += consistency.continuation_failures(history, read_history(earlier / HISTORY))
        return found

    def _procedure(self) -> Procedure | None:
        from tasklaws.dossier.rating.procedure_file import read_procedure

        path = self.folder / PROCEDURE
        try:
            return read_procedure(path.read_bytes() if path.is_file() else b"", PROCEDURE)
        except TasklawsError as error:
            self.failures.append(_as_failure(PROCEDURE, error))
            return None

    def _figures(self, asked: Asked, *, intact: bool) -> Recomputed:
        """Check what is shown of withheld files, then work out again what rests on the evidence."""
        from tasklaws.dossier.verification.recomputing import Recomputed, evidence_study

        proven = self._proven(asked.revealed)
        missing = [row["path"] for row in self.document["withheld"] if row["path"] not in proven]
        if not intact:
            return Recomputed(left={"all": "the dossier is not what was built"}, proven=proven)
        found = Recomputed(left={"all": UNREADABLE})
        with self._readable(STUDY), evidence_study(self.folder, asked.revealed, proven) as study:
            found = self._recomputed(study, missing, full=asked.full)
        return replace(found, proven=proven)

    def _proven(self, revealed: Path | None) -> tuple[str, ...]:
        from tasklaws.dossier.packing.withheld import check_revealed

        if revealed is None:
            return ()
        failures, paths = check_revealed(self.document, revealed)
        self.failures += failures
        return tuple(paths)

    def _recomputed(self, study: Study, missing: Sequence[str], *, full: bool) -> Recomputed:
        """Check the evidence's own seals before its figures."""
        from tasklaws.dossier.figures import evidence_failures, order_failures
        from tasklaws.dossier.verification.recomputing import Recomputed, recompute

        broken = [_in_dossier(one) for one in evidence_failures(study)]
        broken = [one for one in broken if one.file not in missing]
        self.failures += broken
        if broken:
            return Recomputed(left={"all": "the evidence is not what its log tells of"})
        self.failures += map(_in_dossier, order_failures(study))
        found = recompute(study, self.document, missing, full=full)
        self.failures += found.failures
        return found


def _in_dossier(failure: Failure) -> Failure:
    """Return a failure of the study with its place in the dossier."""
    return replace(failure, file=f"{STUDY}/{failure.file}")

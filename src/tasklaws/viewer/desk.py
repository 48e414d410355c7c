"""What pages are made from: results, their attempts and transcripts, and when to read them anew."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from tasklaws.assess.observation.labels import LABELS
from tasklaws.study.folder import LOG_FILE
from tasklaws.viewer.attempts import Attempts
from tasklaws.viewer.labels import labels_of
from tasklaws.viewer.results import Results, read_results, stamp_of
from tasklaws.viewer.transcripts import Transcripts

if TYPE_CHECKING:
    from tasklaws.study.folder import Study


@dataclass(frozen=True)
class Desk:
    """A study as it was read."""

    results: Results
    attempts: Attempts
    transcripts: Transcripts

    def labels_used(self) -> tuple[str, ...]:
        """Return the labels that readers gave, or flags suggest."""
        said = labels_of(self.results.study.path).values()
        used = {one.label for labels in said for one in labels.values()}
        return tuple(label for label in LABELS if label in used)


class Store:
    """The desk of a study that may still be growing; it is read anew only when a reader asks."""

    def __init__(self, study: Study) -> None:
        """Read `study`."""
        self._study = study
        self._lock = Lock()
        self.desk = self._read()

    def grown(self) -> bool:
        """Return whether the study was written to since it was read."""
        return stamp_of(self._study.path / LOG_FILE) != self.desk.results.stamp

    def read_again(self) -> None:
        """Read the study anew, where it was written to."""
        with self._lock:
            if self.grown():
                self.desk = self._read()

    def _read(self) -> Desk:
        results = read_results(self._study)
        return Desk(results, Attempts(results), Transcripts(self._study.path))

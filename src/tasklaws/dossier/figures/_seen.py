"""A study of which every table is read once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from tasklaws.study.folder import Study
from tasklaws.study.log import Log

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import polars as pl

    from tasklaws.spec.ladder import Ladder
    from tasklaws.study.log import Entry

T = TypeVar("T")


class ReadLog(Log):
    """A log that was read and checked."""

    def __init__(self, log: Log) -> None:
        """Read `log`.

        Raises:
            VerificationFailed: a line is not what was written.
        """
        super().__init__(log.path)
        self._entries = log.entries()

    def entries(self) -> tuple[Entry, ...]:
        """Return all entries in order, as they were when the log was read."""
        return self._entries


class Seen(Study):
    """A study as it stood when its tables were first read: what changes on disk afterwards is not noticed."""

    subject: str | None
    """The model that is rated, where it was named."""

    def __init__(self, path: str | Path, subject: str | None = None) -> None:
        """Open the study at `path`.

        Raises:
            BadInput: there is no such folder, or it is not a study.
        """
        super().__init__(path)
        object.__setattr__(self, "subject", subject)
        object.__setattr__(self, "_kept", {})

    def about(self, subject: str | None) -> Seen:
        """Return the same study looked at for another model; what was read is shared."""
        other = Seen(self.path, subject)
        object.__setattr__(other, "_kept", self.__dict__["_kept"])
        return other

    def once(self, name: object, make: Callable[[], T]) -> T:
        """Return what `make` returned when it was first asked under this name."""
        kept: dict[object, Any] = self.__dict__["_kept"]
        if name not in kept:
            kept[name] = make()
        found: T = kept[name]
        return found

    @property
    def log(self) -> Log:
        """Return the ledger."""
        return self.once("log", lambda: ReadLog(super(Seen, self).log))

    def ladder(self) -> Ladder:
        """Return the ladder, as `Study.ladder` does."""
        return self.once("ladder", super().ladder)

    def runs(self) -> pl.DataFrame:
        """Return all attempts, as `Study.runs` does."""
        return self.once("runs", super().runs)

    def imported_cells(self) -> pl.DataFrame:
        """Return the cells that were imported as such."""
        return self.once("imported_cells", super().imported_cells)

    def human(self) -> pl.DataFrame:
        """Return one row per human attempt, as `Study.human` does."""
        return self.once("human", super().human)

    def tasks(self) -> pl.DataFrame:
        """Return the task records, as `Study.tasks` does."""
        return self.once("tasks", super().tasks)

    def cells(
        self, metric: str | None = None, harness: str | None = None, elicitation: str | None = None
    ) -> pl.DataFrame:
        """Return cells, as `Study.cells` does."""
        read = super().cells
        return self.once(("cells", metric, harness, elicitation), lambda: read(metric, harness, elicitation))

    def target_cells(self) -> tuple[pl.DataFrame, tuple[str, ...]]:
        """Return the cells to forecast, as `Study.target_cells` does."""
        return self.once("target_cells", super().target_cells)


def read_once(study: Study) -> Seen:
    """Return the study as one of which every table is read once."""
    return study if isinstance(study, Seen) else Seen(study.path)

"""What an exporter is: a named function from a study to one table. It writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from tasklaws.study.folder import Study


@dataclass(frozen=True)
class Choice:
    """Which rows of a study are meant; None leaves it to the format."""

    metric: str | None = None
    harness: str | None = None
    elicitation: str | None = None


@dataclass(frozen=True)
class Exported:
    """The table of a foreign format, and what the study could not say."""

    table: pl.DataFrame
    warnings: tuple[str, ...] = ()

    @property
    def absent(self) -> tuple[str, ...]:
        """Return the columns of the format that the study cannot fill."""
        rows = self.table.height
        return tuple(name for name in self.table.columns if self.table[name].null_count() == rows)


@dataclass(frozen=True)
class Exporter:
    """A foreign format: its name, who reads it, and how it is made."""

    name: str
    summary: str
    source: str
    """Who reads it, and where that is seen."""
    status: Literal["published", "emerging"]
    suffixes: tuple[str, ...]
    """Endings of files that its readers take."""
    table: Callable[[Study, Choice], Exported]

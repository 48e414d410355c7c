"""What an importer is: a named function from foreign files to tables. It writes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import polars as pl

    from tasklaws.spec.ladder import Rung


@dataclass(frozen=True)
class Quarantined:
    """A row that was set aside: it is listed, and never averaged as zero."""

    file: str
    row: int
    reason: str


@dataclass(frozen=True)
class ImportOptions:
    """What the user may say beside the files."""

    column_map: Path | None = None
    """TOML that maps foreign columns and scores, for tables."""
    steps: Literal["last", "all"] = "last"
    """One rung per training run at its last checkpoint, or one per checkpoint."""


@dataclass(frozen=True)
class Imported:
    """What stood in the files, in the declared tables; None where a format holds no such rows."""

    rows: int
    """Rows of the source that were taken, humans included."""
    runs: pl.DataFrame | None = None
    cells: pl.DataFrame | None = None
    tasks: pl.DataFrame | None = None
    human: pl.DataFrame | None = None
    rungs: tuple[Rung, ...] = ()
    axis: str | None = None
    quarantined: tuple[Quarantined, ...] = ()
    warnings: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Importer:
    """A foreign format: its name, where it comes from, and how to read it."""

    name: str
    summary: str
    source: str
    """Whose format it is, and where it is described."""
    status: Literal["published", "emerging"]
    read: Callable[[Sequence[Path], ImportOptions], Imported]

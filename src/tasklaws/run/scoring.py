"""The verb `score`: what the attempts of a study add up to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl


@dataclass(frozen=True)
class ScoreResult:
    """The cells of a study: those imported and those scored from its attempts."""

    table: pl.DataFrame
    """Schema ``cells``, sorted by key."""

    @property
    def cells(self) -> int:
        """Return the number of cells."""
        return self.table.height

    def document(self) -> dict[str, Any]:
        """Return the key `cells`, a count."""
        return {"cells": self.cells}


def score(study: Study | str | Path, metric: str | None = None) -> ScoreResult:
    """Return the cells of `study`, of one metric where that is given.

    Cells are computed from the attempts whenever they are asked for, so they are never stale.

    Raises:
        UnknownName: no cell has that metric.
    """
    opened = study if isinstance(study, Study) else Study(study)
    return ScoreResult(opened.cells(metric=metric))

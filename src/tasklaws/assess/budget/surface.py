"""The response surface: what success would have been under lower limits of seconds, tokens and attempts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasklaws.assess.budget.survival import CUT, SUCCESS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LEVELS = (0.25, 0.5, 0.75, 1.0)
"""Thresholds are these quantiles of what successes used."""
MOST_TRIES = (1, 2, 4, 8, 16)


@dataclass(frozen=True)
class SurfaceRow:
    """Share of questions that one model solves within limits lower than those in force."""

    model: str
    family: str
    seconds: float | None
    """None: as long as attempts took, or not known."""
    tokens: float | None
    attempts: int
    """The first so many attempts at a question; one success among them is enough."""
    success: float
    n: int
    """Questions with so many attempts."""


def surface_of(table: pl.DataFrame) -> tuple[SurfaceRow, ...]:
    """Return the surface of every model and family.

    A threshold is at most the least amount at which an attempt was cut, so that nothing has to be guessed;
    where errors cut attempts earlier, those attempts are left out.

    Args:
        table: attempts with `tokens`, `seconds` (null where unknown), `kind` and `by_error`.
    """
    parts = table.sort("model", "task_family").group_by("model", "task_family", maintain_order=True)
    return tuple(row for (model, family), part in parts for row in _rows(str(model), str(family), part))


def _rows(model: str, family: str, part: pl.DataFrame) -> Iterator[SurfaceRow]:
    tokens, seconds = thresholds(part, "tokens"), thresholds(part, "seconds")
    ordered = part.sort("task_id", "instance_id", "epoch").with_columns(
        pl.int_range(pl.len()).over("task_id", "instance_id").alias("nth"),
        pl.len().over("task_id", "instance_id").alias("tries"),
    )
    most = max(ordered["tries"])
    for tried in (k for k in MOST_TRIES if k <= most):
        first = ordered.filter((pl.col("nth") < tried) & (pl.col("tries") >= tried))
        for second in seconds:
            for token in tokens:
                share, n = _share(first, second, token)
                if n:
                    yield SurfaceRow(model, family, second, token, tried, share, n)


def thresholds(part: pl.DataFrame, unit: str) -> Sequence[float | None]:
    """Return the limits of a unit that can be looked back at: none above the least one in force."""
    known = part.filter(pl.col(unit).is_not_null())
    won = known.filter(pl.col("kind") == SUCCESS)[unit].to_numpy()
    if known.height < part.height or not len(won):
        return (None,)
    cut = known.filter((pl.col("kind") == CUT) & ~pl.col("by_error"))[unit]
    bound = float(cut.min()) if cut.len() else float(known[unit].max())  # type: ignore[arg-type]
    levels = np.quantile(won, LEVELS, method="inverted_cdf")
    return sorted({float(min(level, bound)) for level in (*levels, bound)})


def _share(first: pl.DataFrame, second: float | None, token: float | None) -> tuple[float, int]:
    """Return the share of questions with a success within the limits, and how many there are."""
    within = pl.lit(value=True)
    for unit, limit in (("seconds", second), ("tokens", token)):
        within = within if limit is None else within & (pl.col(unit) <= limit)
    lost = pl.col("by_error") & within
    solved = (
        first.group_by("task_id", "instance_id")
        .agg(((pl.col("kind") == SUCCESS) & within).any().alias("solved"), lost.any().alias("lost"))
        .filter(pl.col("solved") | ~pl.col("lost"))
    )
    return (float(solved["solved"].mean()), solved.height) if solved.height else (0.0, 0)  # type: ignore[arg-type]

"""The forecast that a page shows: the one that waits, else one made now, else the last that was opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.core.tables import QUANTILE_COLUMNS, QUANTILE_LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tasklaws.assess.headline.known import Known

DRAWN = ("q050", "q250", "q500", "q750", "q950")


@dataclass(frozen=True)
class Ahead:
    """A forecast of a model that has no results yet."""

    target: str
    label: str
    table: pl.DataFrame
    sha256: str | None = None
    sealed_at: str | None = None

    def total(self) -> dict[str, Any] | None:
        """Return the row of the mean over all tasks."""
        return aggregate(self.table)


def ahead(known: Known) -> Ahead | None:
    """Return the sealed forecast that waits for its results; else one of the next rung, not sealed."""
    if (waiting := known.waiting) is not None:
        return Ahead(waiting.target, waiting.label, waiting.table, waiting.sha256, waiting.sealed_at)
    return Ahead(*known.unsealed) if known.unsealed is not None else None


def aggregate(table: pl.DataFrame) -> dict[str, Any] | None:
    """Return the row of the mean over all tasks, if it was forecast."""
    rows = table.filter((pl.col("level") == "aggregate") & pl.col("mean").is_not_null()).to_dicts()
    return rows[0] if rows else None


def families(table: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of families that were forecast, by name."""
    usable = (pl.col("level") == "family") & pl.all_horizontal(pl.col(*DRAWN).is_not_null())
    return table.filter(usable).sort("task_family").to_dicts()


def above(row: Mapping[str, Any], score: float) -> float:
    """Return the forecast probability of a score above `score`, between the quantiles that were kept.

    Beyond the outermost quantiles it is that of the nearest one: no tail is made up.
    """
    places = [float(row[name]) for name in QUANTILE_COLUMNS]
    below = QUANTILE_LEVELS[0]
    for (low, p_low), (high, p_high) in zip(
        zip(places, QUANTILE_LEVELS, strict=True),
        list(zip(places, QUANTILE_LEVELS, strict=True))[1:],
        strict=False,
    ):
        if score >= high:
            below = p_high
        elif score > low:
            below = p_low + (p_high - p_low) * (score - low) / (high - low)
    return 1 - below


def shown_forecast(known: Known) -> dict[str, Any] | None:
    """Return target, whether it was opened, and its families with their outcomes, as a chart draws them."""
    coming = ahead(known)
    opened = known.opened if coming is None else None
    if coming is None and opened is None:
        return None
    target, table = (
        (coming.target, coming.table) if coming else (opened.sealed.target, opened.sealed.table)  # type: ignore[union-attr]
    )
    outcomes: dict[str, float] = {}
    if opened is not None:
        means = opened.scored.table.group_by("task_family").agg(pl.col("observed").mean())
        outcomes = dict(means.iter_rows())
    rows = [
        {"family": row["task_family"], **{name: row[name] for name in DRAWN},
         **({"observed": outcomes.get(row["task_family"])} if opened else {})}
        for row in families(table)
    ]  # fmt: skip
    return {"target": target, "opened": opened is not None, "families": rows}

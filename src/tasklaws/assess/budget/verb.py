"""The verb `budget`: success against tokens, seconds or dollars, from runs that there are."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.assess.budget.attempts import amount, attempts_of
from tasklaws.assess.budget.prices import read_prices
from tasklaws.assess.budget.rows import curves, informative_cuts
from tasklaws.assess.budget.sources import only_harness, read
from tasklaws.assess.budget.surface import SurfaceRow, surface_of
from tasklaws.assess.budget.words import MEANT, TOLD
from tasklaws.assess.harness_card import HarnessCard, harness_cards

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.assess.budget.attempts import Attempts, Unit
    from tasklaws.assess.budget.rows import BudgetRow
    from tasklaws.study.folder import Study


@dataclass(frozen=True)
class BudgetResult:
    """Success against budget of every model and family, and the harnesses behind it."""

    unit: str
    metric: str
    elicitation: str
    success: float
    """Least score that counts as a success."""
    rows: tuple[BudgetRow, ...]
    surface: tuple[SurfaceRow, ...] = ()
    harnesses: tuple[HarnessCard, ...] = ()
    warnings: tuple[str, ...] = field(default=())

    def document(self) -> dict[str, Any]:
        """Return the JSON keys of `budget`."""
        return {
            "unit": self.unit,
            "metric": self.metric,
            "elicitation": self.elicitation,
            "success_at": self.success,
            "rows": [asdict(row) for row in self.rows],
            "surface": [asdict(row) for row in self.surface],
            "harnesses": [card.document() for card in self.harnesses],
            "warnings": list(self.warnings),
        }


def budget(
    source: Study | str | Path | Sequence[str | Path],
    unit: Unit = "tokens",
    *,
    metric: str | None = None,
    elicitation: str | None = None,
    harness: str | None = None,
    success: float = 1.0,
    prices: str | Path | None = None,
    surface: bool = False,
) -> BudgetResult:
    """Return the share of success by each budget, for every model and family; nothing is run.

    Args:
        source: a study, or logs of Inspect (files or folders).
        unit: tokens, seconds or dollars.
        metric: by default that of `study.toml`, else the one with most attempts.
        elicitation: by default that of `study.toml`, else the one with most attempts.
        harness: only attempts of this `harness_id`; by default all, of all limits.
        success: least score that counts as a success.
        prices: a TOML file with dollars for a million tokens, for attempts that do not state their cost.
        surface: also success under lower limits of seconds, tokens and attempts.

    Raises:
        UnknownName: there is no such unit, metric, elicitation or harness.
        BadInput: logs, prices or the scores of the metric are not as they should be.
        NoAnswer: no attempt says what it used.
    """
    found = read(source)
    runs = only_harness(found.runs, harness or found.harness)
    told = read_prices(Path(prices)) if prices is not None else found.prices
    attempts = attempts_of(
        runs, unit, metric=metric or found.metric, elicitation=elicitation or found.elicitation,
        success=success, prices=told,
    )  # fmt: skip
    return BudgetResult(
        unit,
        attempts.metric,
        attempts.elicitation,
        success,
        curves(attempts),
        _surface(runs, attempts) if surface else (),
        harness_cards(runs, found.logs, found.stated),
        (TOLD, MEANT, *found.notes, *attempts.notes, *_cuts(attempts)),
    )


def _cuts(attempts: Attempts) -> list[str]:
    early = informative_cuts(attempts)
    said = (
        f"{early} attempts were cut below the full budget (lower limits, limits of another unit, errors); "
        "that they were cut is taken to say nothing of what would have come"
    )
    return [said] if early else []


def _surface(runs: pl.DataFrame, attempts: Attempts) -> tuple[SurfaceRow, ...]:
    """Return the surface over both units, of the attempts of the curves."""
    own = runs.filter(pl.col("metric") == attempts.metric)
    units = own.select(
        "model", "task_id", "instance_id", "epoch", "harness_id",
        pl.col("elicitation").fill_null("default"),
        amount(own, "tokens").alias("tokens"), amount(own, "seconds").alias("seconds"),
        (pl.col("outcome") == "error").fill_null(value=False).alias("by_error"),
    ).filter(pl.col("elicitation") == attempts.elicitation)  # fmt: skip
    key = ["model", "task_id", "instance_id", "epoch", "harness_id"]
    named = units.with_columns(pl.col("harness_id").fill_null("default"))
    kept = attempts.table.drop("amount").join(named, on=key, how="inner", nulls_equal=True)
    return surface_of(kept)

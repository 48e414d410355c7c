"""A study as it would stand at a budget of tokens: its cells had every attempt been cut there.

A success counts where it took no more tokens. Where no attempt of a cell was cut below the budget, the cell
is a count. Else an attempt that was cut may or may not have succeeded by the budget; dropping it would favour
what ends early, so the cell holds the estimated share of success (see `survival`), as a whole count among the
attempts that it is worth.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from tasklaws.assess.budget.attempts import amount, attempts_of, kind
from tasklaws.assess.budget.survival import CUT, SUCCESS, incidence
from tasklaws.assess.budget.words import TOLD
from tasklaws.core.errors import BadInput, NoAnswer
from tasklaws.core.tables import CELLS, validate
from tasklaws.study.attempts import DEFAULT, one_per_task
from tasklaws.study.folder import Study


class AtBudget(Study):
    """A study as it would stand had every attempt been cut at a budget; imported cells tell nothing of it."""

    tokens: float

    def __init__(self, study: Study, tokens: float) -> None:
        """Look at `study` at a budget.

        Raises:
            BadInput: the budget is not positive.
            NoAnswer: no attempt went as far.
        """
        super().__init__(study.path)
        object.__setattr__(self, "tokens", tokens)
        _refuse_untried(study, tokens)

    def cells(
        self, metric: str | None = None, harness: str | None = None, elicitation: str | None = None
    ) -> pl.DataFrame:
        """Return the cells at the budget, of metrics of 0 and 1, sorted by key, in the schema ``cells``."""
        cells = cells_at(self.runs(), self.tokens)
        for column, value in (("metric", metric), ("harness_id", harness), ("elicitation", elicitation)):
            cells = cells if value is None else cells.filter(pl.col(column) == value)
        return cells.sort(CELLS.key)

    def target_cells(self) -> tuple[pl.DataFrame, tuple[str, ...]]:
        """Return the cells to forecast, as `Study.target_cells` does, with notes of what the budget did."""
        said = self.settings
        cells, notes = one_per_task(self.cells(harness=said.harness), said.metric, said.elicitation)
        return cells, (*notes, TOLD, *_lost(self.runs(), cells))


def at_budget(study: Study, tokens: float | None) -> Study:
    """Return the study as it would stand at a budget; without one, the study.

    Raises:
        BadInput: the budget is not positive.
        NoAnswer: no attempt went as far.
    """
    return study if tokens is None else AtBudget(study, tokens)


def cells_at(runs: pl.DataFrame, tokens: float) -> pl.DataFrame:
    """Return what attempts add up to when cut at `tokens`, in the schema ``cells``.

    Cells of which every attempt that could still tell was cut below the budget are left out.
    """
    if not runs.height:
        return CELLS.empty()
    named = runs.with_columns(pl.col("harness_id", "elicitation").fill_null(DEFAULT))
    whole = (pl.col("score").is_null() | pl.col("score").is_in([0.0, 1.0])) & pl.col("unit").is_null()
    binary = named.filter(whole.all().over("metric"))
    used = binary.with_columns(kind(binary, 1.0).alias("kind"), amount(binary, "tokens").alias("amount"))
    begun = (pl.col("amount") > 0) | (pl.col("kind") != CUT)
    usable = used.filter(pl.col("kind").is_not_null() & pl.col("amount").is_not_null() & begun)
    early = ((pl.col("kind") == CUT) & (pl.col("amount") < tokens)).any().over(CELLS.key)
    told = usable.with_columns(early.alias("early"))
    cells = pl.concat(
        [_counted(told.filter(~pl.col("early")), tokens), _estimated(told.filter("early"), tokens)]
    )
    return validate(cells, CELLS, "cells at a budget").select(CELLS.names)


_AT = {**dict.fromkeys((*CELLS.key, "task_family"), pl.String), "n": pl.Int64, "k": pl.Float64}


def _counted(attempts: pl.DataFrame, tokens: float) -> pl.DataFrame:
    """Return the cells of which no attempt was cut below the budget."""
    won = (pl.col("kind") == SUCCESS) & (pl.col("amount") <= tokens)
    out = pl.col("amount") > tokens
    return (
        attempts.group_by(*CELLS.key, "task_family", maintain_order=True)
        .agg(
            pl.len().cast(pl.Int64).alias("n"),
            won.sum().cast(pl.Float64).alias("k"),
            (out | (pl.col("kind") == CUT)).sum().cast(pl.Int64).alias("n_limit"),
        )
        .select(*_AT, "n_limit")
    )


def _estimated(attempts: pl.DataFrame, tokens: float) -> pl.DataFrame:
    """Return the cells of which attempts were cut below the budget, where it can still be told."""
    from tasklaws.assess.budget.bands import effective  # loads scipy.stats, which is slow

    rows = []
    for key, part in attempts.group_by(*CELLS.key, "task_family", maintain_order=True):
        found = incidence(part["amount"].to_numpy(), part["kind"].to_numpy(), np.array([float(tokens)]))
        if found.known[0]:
            n = max(round(float(effective(found)[0])), 1)
            limited = part.filter((pl.col("kind") == CUT) | (pl.col("amount") > tokens)).height
            rows.append((*key, n, float(round(n * float(found.success[0]))), limited))
    return pl.DataFrame(rows, schema={**_AT, "n_limit": pl.Int64}, orient="row")


def _refuse_untried(study: Study, tokens: float) -> None:
    if not (np.isfinite(tokens) and tokens > 0):
        raise BadInput(
            f"the budget is {tokens!r}.", "A budget is a positive number of tokens.", "Correct it."
        )
    said = study.settings
    tried = attempts_of(study.runs(), "tokens", metric=said.metric, elicitation=said.elicitation)
    most = float(tried.table["amount"].max())  # type: ignore[arg-type]
    if tokens > most:
        raise NoAnswer(
            "budget-untried",
            f"no attempt used more than {most:,.0f} tokens, and the budget is {tokens:,.0f}.",
            "What more tokens would bring is not in runs that never had them.",
            f"Ask for a budget of at most {most:,.0f}, or run the study with a larger limit.",
        )


def _lost(runs: pl.DataFrame, cells: pl.DataFrame) -> tuple[str, ...]:
    """Return a note where cells of the study have no share at the budget."""
    if not cells.height:
        return ()
    same = (pl.col("metric") == cells["metric"][0]) & (
        pl.col("elicitation").fill_null(DEFAULT) == cells["elicitation"][0]
    )
    there = runs.filter(same).select("model", "task_id").n_unique()
    lost = there - cells.select("model", "task_id").n_unique()
    return (f"{lost} cells tell nothing at the budget and are left out",) if lost > 0 else ()

"""From runs to what each attempt used, and how it ended: in a success, in a failure, or cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import polars as pl

from tasklaws.assess.budget.prices import with_dollars
from tasklaws.assess.budget.survival import CUT, FAILURE, SUCCESS
from tasklaws.core.errors import BadInput, NoAnswer, UnknownName
from tasklaws.study.attempts import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tasklaws.study.run_settings import Price

Unit = Literal["tokens", "seconds", "dollars"]
UNITS: tuple[Unit, ...] = ("tokens", "seconds", "dollars")

OF_A_CALL = {"timeout": "limit_time", "memory": "limit", "output_cap": "limit"}
"""How a call of a tool ended -> outcome. The attempt had given its answer: the call's limit, not its own."""
NEED = {
    "tokens": "Attempts with their tokens are needed.",
    "seconds": "Attempts with their start and end, or their working time, are needed.",
    "dollars": "Attempts with their cost are needed, or a file of prices and attempts with their tokens.",
}


@dataclass(frozen=True)
class Attempts:
    """Attempts at one metric under one elicitation, in one unit of budget."""

    table: pl.DataFrame
    """model, task_family, task_id, instance_id, epoch, harness_id, amount, kind (see `survival`)."""
    unit: Unit
    metric: str
    elicitation: str
    success: float
    """Least score that counts as a success."""
    notes: tuple[str, ...] = ()


def attempts_of(
    runs: pl.DataFrame,
    unit: Unit = "tokens",
    *,
    metric: str | None = None,
    elicitation: str | None = None,
    success: float = 1.0,
    prices: Mapping[str, Price] | None = None,
) -> Attempts:
    """Return the attempts of `runs` with what they used; those without it are counted in a note.

    Args:
        runs: of the schema ``runs``.
        unit: of the budget.
        metric: by default the one with most attempts, of equal ones the one of 0 and 1.
        elicitation: by default the one with most attempts.
        success: least score that counts as a success.
        prices: of models, where dollars are not stated.

    Raises:
        UnknownName: there is no such unit, metric or elicitation.
        BadInput: the scores are no shares in [0, 1].
        NoAnswer: no attempt says what it used.
    """
    if unit not in UNITS:
        raise UnknownName("unit", unit, UNITS)
    named = runs.with_columns(pl.col("harness_id", "elicitation").fill_null(DEFAULT))
    own, metric, note = _chosen(named, "metric", metric)
    own, elicitation, other = _chosen(own, "elicitation", elicitation)
    _refuse_units(own, metric)
    ended = own.with_columns(kind(own, success).alias("kind"), amount(own, unit, prices).alias("amount"))
    begun = (pl.col("amount") > 0) | (pl.col("kind") != CUT)
    usable = ended.filter(pl.col("kind").is_not_null() & pl.col("amount").is_not_null() & begun)
    if not usable.height:
        raise NoAnswer(
            f"no-{unit}",
            f"none of {ended.height} attempts at metric {metric!r} used any {unit}, as far as they say.",
            NEED[unit],
            "Choose another --unit.",
        )
    kept = ("model", "task_family", "task_id", "instance_id", "epoch", "harness_id", "amount", "kind")
    notes = (note, other, *_left_out(ended, unit), *_graded(own, metric, success))
    said = tuple(one for one in notes if one)
    return Attempts(usable.select(kept), unit, metric, elicitation, success, said)


def _chosen(runs: pl.DataFrame, column: str, wanted: str | None) -> tuple[pl.DataFrame, str, str]:
    """Return the rows with one value of a column, the value, and a note where there are others."""
    whole = pl.col("score").drop_nulls().is_in([0.0, 1.0]).all() & pl.col("unit").is_null().all()
    ranked = runs.group_by(column).agg(pl.len().alias("rows"), whole.alias("whole"))
    ranked = ranked.sort("rows", "whole", column, descending=[True, True, False])
    known = ranked[column].to_list()
    if not known:
        raise NoAnswer("no-attempts", "there are no attempts.", "A budget curve needs some.", "Import runs.")
    if wanted is not None and wanted not in known:
        raise UnknownName(column, wanted, known)
    value = wanted or str(known[0])
    many = len(known) > 1 and wanted is None
    note = f"{column} {value} of {', '.join(sorted(known))}; name another with --{column}" if many else ""
    return runs.filter(pl.col(column) == value), value, note


def _refuse_units(runs: pl.DataFrame, metric: str) -> None:
    units = runs["unit"].drop_nulls().unique().to_list()
    if units:
        raise BadInput(
            f"metric {metric!r} is in {', '.join(units)}.",
            "A success is a score of at least --success, of scores in [0, 1].",
            "Name another with --metric.",
        )


def kind(runs: pl.DataFrame, success: float) -> pl.Expr:
    """Return how attempts ended, by a least score of success; null without a score of what was not cut."""
    outcome = pl.col("outcome").fill_null("submitted")
    cut = outcome.str.starts_with("limit") | (outcome == "error")
    if "tool_outcome" in runs.columns:
        of_call = pl.col("tool_outcome").replace_strict(OF_A_CALL, default=None, return_dtype=pl.String)
        cut &= (of_call != outcome).fill_null(value=True) | pl.col("score").is_null()
    return (
        pl.when(pl.col("score") >= success)
        .then(SUCCESS)
        .when(cut)
        .then(CUT)
        .when(pl.col("score").is_not_null())
        .then(FAILURE)
        .cast(pl.Int64)
    )


def amount(runs: pl.DataFrame, unit: Unit, prices: Mapping[str, Price] | None = None) -> pl.Series:
    """Return what each attempt used of a unit; null where that is not known."""
    if unit == "tokens":
        return runs["tokens"].cast(pl.Float64)
    if unit == "dollars":
        return with_dollars(runs, prices)["dollars"]
    wall = (pl.col("completed_at") - pl.col("started_at")).dt.total_microseconds() / 1e6
    working = ["working_seconds"] if "working_seconds" in runs.columns else []
    seconds = runs.select(pl.coalesce(*working, wall).cast(pl.Float64).alias("seconds"))["seconds"]
    return seconds.set(seconds < 0, None)


def _left_out(ended: pl.DataFrame, unit: Unit) -> list[str]:
    without = ended.filter(pl.col("amount").is_null()).height
    unscored = ended.filter(pl.col("amount").is_not_null() & pl.col("kind").is_null()).height
    notes = (
        [f"{without} of {ended.height} attempts do not say their {unit} and are left out"] if without else []
    )
    unbegun = ended.filter((pl.col("amount") == 0) & (pl.col("kind") == CUT)).height
    if unbegun:
        notes.append(f"{unbegun} attempts were cut before they began and are left out")
    if unscored:
        notes.append(f"{unscored} attempts ended by themselves without a score and are left out")
    cheats = ended.filter((pl.col("outcome") == "invalid_success") & (pl.col("kind") == SUCCESS)).height
    if cheats:
        notes.append(f"{cheats} successes are said to be invalid; they count as they were scored")
    return notes


def _graded(runs: pl.DataFrame, metric: str, success: float) -> list[str]:
    between = runs.filter((pl.col("score") > 0) & (pl.col("score") < 1)).height
    if not between:
        return []
    said = f"metric {metric} is graded: a success is a score of at least {success:g}"
    return [f"{said} ({between} lie between 0 and 1)"]

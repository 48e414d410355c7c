"""What the finding on limits says and shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.assess.check import Chart, Column
from tasklaws.assess.checks._limits import HALF

if TYPE_CHECKING:
    from collections.abc import Mapping


def unable(table: pl.DataFrame) -> str:
    """Return what is said where no model succeeds, so that none can be held by a limit alone."""
    ended, failures = table["limited_failures"].sum(), table["failures"].sum()
    return (
        f"No model succeeds more often than chance, and limits ended {ended:g} of {failures:g} failures: "
        "whether any could succeed without limits is not told."
    )


def sentence(row: Mapping[str, Any], failing: int, top: int, *, ok: bool | None) -> str:
    """Return what is said of the strongest model that the finding rests on, a row of `by_model`."""
    if not row["failures"]:
        return f"No limit holds {row['model']}: it fails nothing."
    of = f"{row['limited_failures']:g} of {row['failures']:g} failures of {row['model']}"
    bound = f"({row['share']:.0%}; 90 % interval {row['lower']:.0%} to {row['upper']:.0%})"
    if ok:
        return f"Limits ended {of} {bound}, so that its mistakes and not the limits set its score."
    if ok is None:
        return f"Limits ended {of} {bound}: too few to tell whether they set its score."
    dropped = "none is left" if row["score_dropped"] is None else f"{row['score_dropped']:.0%}"
    return (
        f"Limits of the harness ended {of} {bound}: its score is {row['score']:.0%} with them as failures, "
        f"{dropped} without them, and up to {row['score_all']:.0%} had they gone on; "
        f"{failing} of the {top} best models {'is' if failing == 1 else 'are'} so."
    )


def drawn(table: pl.DataFrame, top: tuple[str, ...], *, ok: bool | None) -> Chart:
    """Return the share of failures that a limit ended, by model."""
    rows = table.drop_nulls("share").with_columns(
        pl.when(pl.col("model").is_in(top)).then(pl.lit("best")).otherwise(pl.lit("others")).alias("group")
    )
    said = {True: "set little of", False: "set", None: "may set"}[ok]
    return Chart(
        title=f"Limits {said} the score of the best models",
        description="Share of each model's failures that a limit ended, with its exact 90 % interval.",
        rows=tuple(
            rows.select(
                "model", "share", "lower", "upper", "group", "failures", "score", "score_dropped", "score_all"
            ).to_dicts()
        ),
        x=Column("model", "model, weakest first"),
        y=Column("share", "failures that a limit ended", share=True),
        colour=Column("group", "models"),
        interval=("lower", "upper"),
        reference=HALF,
    )

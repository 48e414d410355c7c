"""A better tool: the score if calls that failed for the sake of form, or of a limit, had been carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tasklaws.dossier.absent import NOT_APPLICABLE, NOT_GRANTED
from tasklaws.dossier.stress._families import POINTS, Changes, paired
from tasklaws.dossier.stress._rated import QUESTION
from tasklaws.dossier.stress._scenario import Effect, Missing, Scenario
from tasklaws.families import FAMILIES

if TYPE_CHECKING:
    from tasklaws.dossier.stress._rated import Rated

HOW, LIKENESS = "tool_outcome", "solution_similarity"
NOT_TOLD = (
    "no attempt says how its calls of tools ended; needed: attempts with tool_outcome, and with "
    "solution_similarity to tell which of those calls were right"
)
NO_TOOL = "no path of the families passes through a tool"


def run(rated: Rated) -> Effect | Missing:
    """Return what failed calls would have added: those that were solutions, and at most all of them."""
    calls = _calls(rated)
    if calls is None:
        foreign = any(name not in FAMILIES or _has_tool(name) for name in rated.cells["task_family"])
        return Missing(NOT_GRANTED, NOT_TOLD) if foreign else Missing(NOT_APPLICABLE, NO_TOOL)
    failed = pl.col(HOW).is_not_null() & (pl.col(HOW) != "ok")
    most = _if_carried_out(calls, failed)
    told = calls[LIKENESS].drop_nulls().len() > 0
    sure = _if_carried_out(calls, failed & (pl.col(LIKENESS) >= 1)) if told else None
    part = POINTS * len(most.families) / rated.families
    upper = part * most.interval()[1]
    effect, lower = (
        (part * sure.mean, part * max(sure.interval()[0], 0.0)) if sure else (part * most.mean, 0.0)
    )
    return Effect(effect, lower, max(upper, effect), _method(rated, calls, failed, most, told=told))


def _has_tool(family: str) -> bool:
    return any(path.tool is not None for path in FAMILIES[family].paths)


def _calls(rated: Rated) -> pl.DataFrame | None:
    """Return the scored attempts at the families of which some attempt called a tool; None where none did."""
    attempts = rated.attempts.filter(pl.col("score").is_not_null())
    if HOW not in attempts.columns:
        return None
    called = attempts.filter(pl.col(HOW).is_not_null().any().over("task_family"))
    told = pl.lit(None, pl.Float64) if LIKENESS not in attempts.columns else pl.col(LIKENESS)
    return called.with_columns(told.alias(LIKENESS)) if called.height else None


def _if_carried_out(calls: pl.DataFrame, which: pl.Expr) -> Changes:
    """Return the change of each family if the attempts of `which` had been successes."""
    better = pl.when(which).then(1.0).otherwise("score")
    families = calls["task_family"].n_unique()
    return paired(_questions(calls, pl.col("score")), _questions(calls, better), families)


def _questions(calls: pl.DataFrame, score: pl.Expr) -> pl.DataFrame:
    key = ["task_family", "task_id", pl.col("instance_id").fill_null("").alias("question")]
    made = calls.group_by(key).agg(
        pl.len().cast(pl.Float64).alias("n"), score.sum().alias("total"), (score**2).sum().alias("squares")
    )
    return made.sort(QUESTION)


def _method(rated: Rated, calls: pl.DataFrame, failed: pl.Expr, most: Changes, *, told: bool) -> str:
    lost = calls.filter(failed & (pl.col("score") < 1))
    right = lost.filter(pl.col(LIKENESS) >= 1).height
    what = (
        f"{right} were a reference solution to the letter and count as successes; the upper end takes all of "
        "them to have been meant rightly"
        if told
        else "nothing tells which were right, so that the effect takes all of them to be: an upper bound"
    )
    return (
        f"Of {calls.height} attempts at {len(most.families)} of {rated.families} families that call a tool, "
        f"{lost.height} failed with a call that did not end well; {what}; families without a tool keep their "
        "score."
    )


SCENARIO = Scenario(
    "tool_upgrade",
    "Better tools",
    "the score if tools had carried out what they refused, or ran out of time at",
    source="seed 001 (a tool works if all tokens are right); formal model, section 3.3",
    status="emerging",
    run=run,
    assumes="A call that is a reference solution would have given the right answer with a better tool.",
    cannot_tell="What tools that the model was never given would bring, or calls that it never made.",
)

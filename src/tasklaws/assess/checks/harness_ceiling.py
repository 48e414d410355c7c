"""Harness ceiling: do limits of the harness, and not the models' mistakes, end what the best models fail?"""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tasklaws.assess.check import ALPHA, Check, Finding, does_not_apply, unknown
from tasklaws.assess.checks._horizons import horizons
from tasklaws.assess.checks._limit_words import drawn, sentence, unable
from tasklaws.assess.checks._limits import HALF, LEVEL, by_model, stopped
from tasklaws.assess.checks._plateau import plateau
from tasklaws.assess.evidence import LIMITED, TOOL_LIMITED
from tasklaws.core.proportions import clopper_pearson

if TYPE_CHECKING:
    from tasklaws.assess.evidence import Counts, Evidence, Suite

LEAST_EFFECT = 0.05
"""Limits that end a smaller share of a model's attempts in failure hardly move its score."""


def judge(evidence: Evidence, rng: np.random.Generator) -> Finding:  # noqa: ARG001
    """Return whether limits end more than half of the failures of one of the best models.

    One whose ceiling a stronger model surpasses does not count: what holds it need not hold the next one.

    The best are the upper half, along the ladder, of the models that succeed more often than chance does:
    a model that fails everything may fail for want of ability, and a limit end it only in the end.
    """
    if not _told(evidence):
        return does_not_apply("The study does not say how attempts ended.")
    counts = evidence.counts
    if not counts.n.sum():
        return _without_counts(evidence)
    table = by_model(counts)
    if not stopped(counts).sum():
        return Finding(
            ok=True,
            text=f"No limit ended any of the {table['failures'].sum():g} failures.",
            statistic=0.0,
            details=_details(evidence, table, ()),
        )
    return _decided(evidence, table)


def _told(evidence: Evidence) -> bool:
    """Return whether the study says how attempts ended."""
    if evidence.counts.n_limit.sum() > 0:
        return True
    if evidence.attempts.height:
        return evidence.attempts["outcome"].null_count() < evidence.attempts.height
    suite = evidence.suite
    own = (pl.col("metric") == suite.metric) & (pl.col("elicitation") == suite.elicitation)
    stated = evidence.cells.filter(own)["n_limit"]
    return stated.null_count() < stated.len()


def _without_counts(evidence: Evidence) -> Finding:
    """Judge graded scores: nothing is a failure, so all that can be told is that no limit was met."""
    attempts = evidence.attempts
    limited = LIMITED.fill_null(value=False)
    if "tool_outcome" in attempts.columns:
        limited = limited | TOOL_LIMITED.fill_null(value=False)
    met = attempts.select(limited.sum()).item() if attempts.height else 0
    if attempts.height and not met:
        return Finding(ok=True, text=f"No limit ended any of {attempts.height} attempts.", statistic=0.0)
    return unknown("no-binary-scores", f"Limits ended {met} attempts, and graded scores have no failures.")


def _decided(evidence: Evidence, table: pl.DataFrame) -> Finding:
    able = table.filter("able")
    top = _upper_half(able if able.height else table.filter(pl.col("attempts") > 0))
    best = table.filter(pl.col("model").is_in(top))
    held = by_model(_of(evidence.counts, _held(best)))
    weighty = held.filter(pl.col("limited_failures") >= LEAST_EFFECT * pl.col("attempts"))
    failing = weighty.filter(pl.col("p") <= ALPHA)
    unsure = weighty.filter((pl.col("share") > HALF) & (pl.col("p") > ALPHA))
    details = _details(evidence, table, top)
    if not able.height and (failing.height or unsure.height):
        return unknown("no-able-model", unable(table), **details)
    ok = False if failing.height else None if unsure.height else True
    shown = next(one for one in (failing, unsure, held.drop_nulls("share"), held) if one.height)
    row = shown.row(-1, named=True)
    return Finding(
        ok=ok,
        text=sentence(row, failing.height, len(top), ok=ok),
        statistic=row["share"],
        lower=row["lower"],
        upper=row["upper"],
        p=None if ok is None else min(weighty["p"].to_list(), default=None),
        reason="too-few-failures" if ok is None else None,
        details=details,
        chart=drawn(table, top, ok=ok),
    )


def _upper_half(models: pl.DataFrame) -> tuple[str, ...]:
    """Return the stronger half of the models, the middle one with them."""
    return tuple(models["model"].to_list()[models.height // 2 :])


def _held(best: pl.DataFrame) -> tuple[str, ...]:
    """Return the models whose ceiling no stronger one clearly surpasses; the strongest is one of them."""
    reached = [
        clopper_pearson(floor(attempts - failures), ceil(attempts), LEVEL)[0]
        for attempts, failures in best.select("attempts", "failures").iter_rows()
    ]
    heights = best.select("model", "ceiling").iter_rows()
    return tuple(
        model
        for place, (model, height) in enumerate(heights)
        if all(one <= height for one in reached[place + 1 :])
    )


def _of(counts: Counts, models: tuple[str, ...]) -> Counts:
    return counts.models_at([counts.models.index(model) for model in models])


def _details(evidence: Evidence, table: pl.DataFrame, top: tuple[str, ...]) -> dict[str, Any]:
    return {"top": list(top), "plateau": plateau(evidence), "models": table.to_dicts()}


def ceilings(suite: Suite) -> pl.DataFrame:
    """Return how the attempts of each model at all tasks of the suite ended, weakest first.

    Columns are those of `by_model` and
        above_half: the lower end of its own interval lies above one half.
        p50, p50_dropped, p50_all: human minutes of the tasks that it solves half of the time, with limits
            counted as failures, left out, and as if all had succeeded; families weigh as the square root of
            their number of tasks. None where it is not within reach of the tasks.
    """
    counts = suite.counts
    table = by_model(counts).with_columns((pl.col("lower") > HALF).fill_null(value=False).alias("above_half"))
    left = np.clip(counts.n - counts.n_limit, 0.0, None)
    ways = {
        "p50": (counts.k, counts.n),
        "p50_dropped": (np.minimum(np.clip(counts.k - counts.k_limit, 0.0, None), left), left),
        "p50_all": (counts.k + stopped(counts), counts.n),
    }
    return table.with_columns(
        pl.Series(name, horizons(suite, k, n), pl.Float64) for name, (k, n) in ways.items()
    )


CHECK = Check(
    name="harness_ceiling",
    diagnostic="D4",
    letter="C4",
    summary="limits of the harness, and not the models' mistakes, end most failures of the best models",
    source="formal model, D4 and 0b.11; Clopper & Pearson 1934; Holm 1979",
    status="emerging",
    judge=judge,
)

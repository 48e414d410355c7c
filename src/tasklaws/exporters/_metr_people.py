"""People in METR's columns: their attempts, and how long a task takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tasklaws.spec.life_cycle import same_version

if TYPE_CHECKING:
    from tasklaws.study.folder import Study

HUMAN = "human"
ENDED = pl.col("outcome").fill_null("submitted")
HALF = 0.5
"""From this score on an attempt counts as a success."""


def fatal() -> pl.Expr:
    """Return METR's `fatal_error_from`: what ended an attempt that was not submitted."""
    limit = pl.when(ENDED.str.starts_with("limit")).then(pl.lit("usageLimits"))
    return limit.when(ENDED == "error").then(pl.lit("error")).otherwise(pl.lit(None, pl.String))


def first(frame: pl.DataFrame, name: str, otherwise: pl.Expr) -> pl.Expr:
    """Return the column called `name` where the source gave one, else `otherwise`."""
    return (pl.coalesce(name, otherwise) if name in frame.columns else otherwise).alias(name)


def present(study: Study) -> pl.DataFrame:
    """Return human times of the tasks as they are now: not those that an adjustment left behind."""
    human = study.human()
    if "task_version" not in human.columns:
        return human
    versions = (
        study.tasks().drop_nulls("version").group_by("task_id").agg(pl.col("version").last().alias("now"))
    )
    told = human.join(versions, on="task_id", how="left", maintain_order="left")
    pairs = zip(told["task_version"], told["now"], strict=True)
    kept = pl.Series([same_version(then, now) for then, now in pairs], dtype=pl.Boolean)
    return told.filter(kept).drop("now")


def people(human: pl.DataFrame) -> pl.DataFrame:
    """Return one row per attempt of a person, whose clock starts at 0.

    Who submitted and has no score succeeded; who gave up did not.
    """
    unscored = pl.when(ENDED == "submitted").then(1.0).when(ENDED == "error").then(None).otherwise(0.0)
    return human.select(
        "task_id", "task_family", "run_id", "outcome",
        pl.lit(HUMAN).alias("alias"), pl.lit(HUMAN).alias("model"),
        pl.coalesce("score", unscored).alias("score_binarized"),
        first(human, "score_cont", pl.coalesce("score", unscored)),
        fatal().alias("fatal_error_from"),
        pl.when(pl.col("minutes").is_not_null()).then(0.0).alias("started_at"),
        (pl.col("minutes") * 60_000).alias("completed_at"),
    )  # fmt: skip


def human_minutes(tasks: pl.DataFrame, human: pl.DataFrame) -> pl.DataFrame:
    """Return `human_minutes` and `human_source` of each task, and whether they were `worked_out`.

    What the task states counts; else, as METR has it, the geometric mean of the successful attempts.
    """
    stated = tasks.group_by("task_id", maintain_order=True).agg(
        pl.col("human_minutes", "human_source").drop_nulls().first()
    )
    succeeded = (people(human)["score_binarized"] >= HALF) & (human["minutes"] > 0)
    mean = (
        human.filter(succeeded)
        .group_by("task_id")
        .agg(pl.col("minutes").log().mean().exp().alias("mean"), pl.col("source").drop_nulls().first())
    )
    both = stated.join(mean, on="task_id", how="full", coalesce=True)
    missing = pl.col("human_minutes").is_null() & pl.col("mean").is_not_null()
    return both.select(
        "task_id",
        pl.coalesce("human_minutes", "mean"),
        pl.when(missing)
        .then(pl.col("source").fill_null("baseline"))
        .otherwise("human_source")
        .alias("human_source"),
        missing.alias("worked_out"),
    )

"""METR's `runs.jsonl`: one attempt of one agent, or of one person, per line, in METR's columns.

METR's horizon code reads alias, task_id, task_family, run_id, score_binarized, human_minutes and the two
weights; some of its tables read model, scaffold, task_source, generation_cost, tokens_count and the times
in milliseconds. A column that the study cannot fill is there, and null.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tasklaws.core.errors import NoAnswer, UnknownName
from tasklaws.core.tables import RUNS
from tasklaws.exporters._format import Choice, Exported, Exporter
from tasklaws.exporters._metr_people import ENDED, HUMAN, fatal, first, human_minutes, people, present
from tasklaws.exporters._metr_weights import with_weights
from tasklaws.exporters.runs import chosen
from tasklaws.study.attempts import DEFAULT

if TYPE_CHECKING:
    from tasklaws.study.folder import Study

BINARY, GRADED = "score_binarized", "score_cont"
"""METR's two metrics; a study that holds the first holds METR's own runs."""

COLUMNS = {
    "task_id": pl.String, "task_family": pl.String, "run_id": pl.String, "alias": pl.String,
    "model": pl.String, "scaffold": pl.String, BINARY: pl.Int64, GRADED: pl.Float64,
    "fatal_error_from": pl.String, "human_minutes": pl.Float64, "human_score": pl.Float64,
    "human_source": pl.String, "task_source": pl.String, "generation_cost": pl.Float64,
    "tokens_count": pl.Int64, "generation_tokens": pl.Int64, "time_limit": pl.Float64,
    "started_at": pl.Float64, "completed_at": pl.Float64,
    "equal_task_weight": pl.Float64, "invsqrt_task_weight": pl.Float64,
}  # fmt: skip
"""METR's columns, in the order in which they are written."""

_OWN = (
    "scaffold",
    "human_score",
    "task_source",
    "generation_cost",
    "equal_task_weight",
    "invsqrt_task_weight",
)


def table(study: Study, choice: Choice) -> Exported:
    """Return the runs of agents and people in METR's columns.

    Raises:
        NoAnswer: the study holds no attempts, or no score of the metric is 0 or 1.
        UnknownName: no attempt has the metric, the harness or the elicitation that was named.
    """
    if not study.runs().height:
        raise NoAnswer(
            "no-attempts",
            f"{study.path} holds no attempts.",
            "METR's runs are attempts, not cells.",
            "Import or run some.",
        )
    metric, elicitation, notes = _target(study, choice)
    harness = choice.harness or study.settings.harness
    agents = _agents(chosen(study.runs(), Choice(None, harness, elicitation)), metric)
    human = present(study)
    persons = people(human) if HUMAN not in agents["alias"] else agents.clear()
    both = pl.concat([agents, persons], how="diagonal_relaxed")
    times = human_minutes(study.tasks(), human)
    weighed = with_weights(_binary(both, metric))
    timed = weighed.join(times, on="task_id", how="left", maintain_order="left")
    whole = timed.select(
        (pl.col(name) if name in timed.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in COLUMNS.items()
    )
    return Exported(_whole_numbers(whole), (*notes, *_notes(both, timed)))


def _binary(both: pl.DataFrame, metric: str) -> pl.DataFrame:
    """Return the successes and failures."""
    usable = both.filter(pl.col(BINARY).is_in([0.0, 1.0]))
    if not usable.height:
        raise NoAnswer(
            "no-binary-scores",
            f"no score of metric {metric!r} is 0 or 1.",
            "METR's runs are successes and failures.",
            "Name a binary metric with --metric.",
        )
    return usable


def _target(study: Study, choice: Choice) -> tuple[str, str, tuple[str, ...]]:
    """Return metric and elicitation, METR having one of each, and notes of what there is besides."""
    runs, (cells, _) = study.runs(), study.target_cells()
    metrics = set(runs["metric"])
    if choice.metric is not None and choice.metric not in metrics:
        raise UnknownName("metric", choice.metric, metrics)
    own = BINARY if BINARY in metrics else None
    metric = choice.metric or own or next(iter(cells["metric"]), DEFAULT)
    elicitation = choice.elicitation or next(iter(cells["elicitation"]), DEFAULT)
    others = runs["elicitation"].fill_null(DEFAULT).n_unique()
    notes = [f"metric {metric} of {len(metrics)}"] if own is None and len(metrics) > 1 else []
    notes += [f"elicitation {elicitation} of {others}; METR's runs have one"] if others > 1 else []
    return metric, elicitation, tuple(notes)


def _agents(runs: pl.DataFrame, metric: str) -> pl.DataFrame:
    """Return one row per attempt of a model: times, tokens and ending under METR's names."""
    attempt = [name for name in RUNS.key if name != "metric"]
    graded = runs.filter(pl.col("metric") == GRADED).select(*attempt, pl.col("score").alias(GRADED))
    of = runs.filter(pl.col("metric") == metric)
    if metric != GRADED and graded.height:
        of = of.join(graded, on=attempt, how="left", nulls_equal=True, maintain_order="left")
    else:
        of = of.with_columns(pl.col("score").alias(GRADED))
    tampered = ENDED == "invalid_success"
    limit = pl.col("harness_id").str.extract(r"time_limit=([\d.]+)")
    return of.select(
        "task_id", "task_family",
        pl.coalesce("run_id", pl.concat_str(*attempt, separator=":", ignore_nulls=True)).alias("run_id"),
        pl.col("model").alias("alias"), "model", "outcome",
        pl.when(tampered & pl.col("score").is_not_null()).then(0.0).otherwise("score").alias(BINARY),
        pl.when(tampered).then(0.0).otherwise(GRADED).alias(GRADED),
        first(of, "fatal_error_from", fatal()),
        first(of, "time_limit", limit).cast(pl.Float64),
        _milliseconds("started_at"), _milliseconds("completed_at"),
        pl.col("tokens").alias("generation_tokens"),
        first(of, "total_tokens", pl.col("tokens")).alias("tokens_count"),
        *(first(of, name, pl.lit(None)) for name in _OWN if name != "scaffold"),
        first(of, "scaffold", pl.when(pl.col("elicitation") != DEFAULT).then("elicitation")),
    )  # fmt: skip


def _milliseconds(name: str) -> pl.Expr:
    return (pl.col(name).dt.epoch("us") / 1000).alias(name)


def _whole_numbers(table: pl.DataFrame) -> pl.DataFrame:
    """Return `table` with milliseconds and limits as whole numbers where all of them are."""
    columns = ("time_limit", "started_at", "completed_at")
    whole = [name for name in columns if (table[name].drop_nulls() == table[name].drop_nulls().round()).all()]
    return table.with_columns(pl.col(whole).cast(pl.Int64))


def _notes(both: pl.DataFrame, timed: pl.DataFrame) -> list[str]:
    left = both.filter(~pl.col(BINARY).is_in([0.0, 1.0]).fill_null(value=False))
    ends = left.group_by(ENDED.alias("outcome"), maintain_order=True).len().sort("outcome")
    told = ", ".join(f"{count} {outcome}" for outcome, count in ends.iter_rows())
    tampered = both.filter(ENDED == "invalid_success").height
    untimed = timed.filter(pl.col("human_minutes").is_null())["task_id"].n_unique()
    means = timed.filter("worked_out")["task_id"].n_unique()
    notes = [f"{left.height} attempts whose score is not 0 or 1 were left out ({told})"] if told else []
    notes += [f"{tampered} invalid successes count as failures"] if tampered else []
    notes += [f"human times of {means} tasks are geometric means of people's successes"] if means else []
    notes += [f"{untimed} tasks have no human time; METR's horizons need it"] if untimed else []
    return notes


EXPORTER = Exporter(
    name="metr",
    summary="METR's runs.jsonl: agents and people in its columns, its weights included",
    source="METR, eval-analysis-public, src/horizon (compute_task_weights.py, wrangle/logistic.py)",
    status="published",
    suffixes=(".jsonl",),
    table=table,
)

"""From attempts to counts: how often each agent was asked each task, solved it, and how the attempts ended.

Attempts fall into four classes. A *plain* one ended by itself. A *limit* ended by the budget: whether it
would have been solved with more is not known. An *invalid* success was had by tampering. An *estimate* is a
guess of a person's time that stands among people's attempts: nobody attempted anything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from tasklaws.assess.horizons.budget import decided
from tasklaws.assess.task_times import timed_attempts
from tasklaws.core.errors import BadInput, NoAnswer
from tasklaws.infer.horizon.cells import HorizonCells, weights
from tasklaws.infer.human_times.censored import censored_means

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from numpy.typing import NDArray

    from tasklaws.assess.horizons.sources import Source
    from tasklaws.infer.arrays import Floats

Limits = Literal["failure", "drop", "censor"]
Invalid = Literal["failure", "success", "drop"]
Weights = Literal["invsqrt_family", "equal_task", "equal_run"]
LIMITS: tuple[Limits, ...] = ("failure", "drop", "censor")
INVALID: tuple[Invalid, ...] = ("failure", "success", "drop")
WEIGHTS: tuple[Weights, ...] = ("invsqrt_family", "equal_task", "equal_run")

HUMAN = "human"
"""Agent that stands for the people whose attempts are recorded."""
ENDINGS = ("plain", "limit", "invalid", "estimate")
PLAIN, LIMIT, INVALID_SUCCESS, ESTIMATE = range(4)
BASELINE = "baseline"


@dataclass(frozen=True)
class Counting:
    """How attempts are counted."""

    limits: Limits = "failure"
    """Ended by a limit: with the score they have (nearly all failed), left out, or censored."""
    invalid: Invalid = "failure"
    estimates: bool = False
    """Whether people's estimates count as their attempts."""


@dataclass(frozen=True, eq=False)
class Asked:
    """What each agent was asked and how it went; arrays of shape (agents, tasks) where not said otherwise."""

    agents: tuple[str, ...]
    """In order of release; those without a date, and people, last."""
    tasks: tuple[str, ...]
    families: tuple[str, ...]
    """Family of each task."""
    minutes: Floats
    """Human time of each task, of shape (tasks,)."""
    baselined: NDArray[np.bool_]
    """Whether the time of a task was measured on a person, of shape (tasks,)."""
    k: Floats
    """Successes as recorded, by class of attempt, of shape (4, agents, tasks)."""
    n: Floats
    """Attempts, of shape (4, agents, tasks)."""
    censored_k: Floats
    """Plain and limit-ended attempts together, those that a limit ended censored."""
    censored_n: Floats
    released: tuple[date | None, ...]
    attempts: pl.DataFrame
    """alias, task_id, task_family, score, ending, lasted (minutes, or null)."""
    source: Source
    notes: tuple[str, ...] = ()

    def counts(self, how: Counting) -> tuple[Floats, Floats]:
        """Return (k, n) of shape (agents, tasks)."""
        k, n = self.k[PLAIN].copy(), self.n[PLAIN].copy()
        if how.limits == "failure":
            k, n = k + self.k[LIMIT], n + self.n[LIMIT]
        elif how.limits == "censor":
            k, n = self.censored_k.copy(), self.censored_n.copy()
        if how.invalid != "drop":
            k = k + (self.n[INVALID_SUCCESS] if how.invalid == "success" else 0.0)
            n = n + self.n[INVALID_SUCCESS]
        if how.estimates:
            k, n = k + self.k[ESTIMATE], n + self.n[ESTIMATE]
        return k, n

    def as_recorded(self) -> tuple[Floats, Floats]:
        """Return (k, n) of every attempt with the score that it has."""
        return self.k.sum(axis=0), self.n.sum(axis=0)

    def cells(
        self, how: Counting | None = None, weighting: Weights = "invsqrt_family", *, recorded: bool = False
    ) -> HorizonCells:
        """Return the counts as the estimators take them.

        An attempt weighs what it weighs among all that were made, also where others are left out: a task of
        which little is known weighs little. Each agent's attempts then weigh 1 together.
        """
        k, n = self.as_recorded() if recorded else self.counts(how or Counting())
        tried = n if recorded else self.n[:ESTIMATE].sum(axis=0)
        family = np.unique(self.families, return_inverse=True)[1]
        weight = weights(tried, family, weighting)
        left = (weight * n).sum(axis=1, keepdims=True)
        weight = weight / np.where(left > 0, left, 1.0)
        # parts of successes may add up to a hair more than their attempts
        return HorizonCells(
            self.agents, self.tasks, family, np.log2(self.minutes), np.minimum(k, n), n, weight
        )

    def tasks_at(self, keep: NDArray[np.bool_]) -> Asked:
        """Return what was asked of some tasks."""
        at = np.flatnonzero(keep)
        return replace(
            self,
            tasks=tuple(self.tasks[i] for i in at),
            families=tuple(self.families[i] for i in at),
            minutes=self.minutes[at],
            baselined=self.baselined[at],
            k=self.k[:, :, at],
            n=self.n[:, :, at],
            censored_k=self.censored_k[:, at],
            censored_n=self.censored_n[:, at],
        )


def asked(source: Source, *, people: bool = True) -> Asked:
    """Return what the agents of `source` were asked.

    Args:
        source: tables; one metric and one elicitation are taken.
        people: whether people's scored attempts stand as the agent ``human``.

    Raises:
        NoAnswer: no task that was asked has a human time.
        BadInput: a score is not a share in [0, 1].
    """
    source = source.one_metric()
    attempts = _attempts(source, people=people)
    if (~attempts["score"].is_between(0, 1)).any():
        raise BadInput(
            f"the metric {source.metric} has scores outside [0, 1].",
            "A time horizon is the time at which a share of attempts succeeds.",
            "Name a metric of shares in study.toml.",
        )
    counted = _counted(attempts, source.cells)
    times = _times(source)
    timed = counted.join(times, on="task_id", how="semi")
    if not timed.height:
        raise NoAnswer(
            "no-human-times",
            f"none of the {counted['task_id'].n_unique()} tasks that were asked has a human time.",
            "Time horizons are read on an axis of human time.",
            "Import human times, or give tasks their human_minutes.",
        )
    return _asked(source, attempts, counted, timed, times)


def _asked(
    source: Source, attempts: pl.DataFrame, counted: pl.DataFrame, timed: pl.DataFrame, times: pl.DataFrame
) -> Asked:
    tasks = timed.group_by("task_id").agg(pl.col("task_family").first()).join(times, on="task_id")
    tasks = tasks.sort("task_id")
    agents = _in_order(timed["alias"].unique().to_list(), source.released)
    row, column = {a: i for i, a in enumerate(agents)}, {t: j for j, t in enumerate(tasks["task_id"])}
    n, k = (np.zeros((len(ENDINGS), len(row), len(column))) for _ in "nk")
    for alias, task, ending, many, solved in timed.select("alias", "task_id", "ending", "n", "k").iter_rows():
        at = ENDINGS.index(ending), row[alias], column[task]
        n[at], k[at] = n[at] + many, k[at] + solved
    censored_k, censored_n = k[PLAIN].copy(), n[PLAIN].copy()
    for (alias, task), (solved, many) in decided(attempts).items():
        if task in column:
            censored_k[row[alias], column[task]], censored_n[row[alias], column[task]] = solved, many
    lost = counted["task_id"].n_unique() - tasks.height
    notes = (f"{lost} tasks without a human time are left out",) if lost else ()
    guessed = () if attempts.height or not n[LIMIT].any() else (
        "limit-ended attempts of imported cells are taken to have failed wherever they can have",
    )  # fmt: skip
    return Asked(
        agents,
        tuple(tasks["task_id"]),
        tuple(tasks["task_family"]),
        tasks["minutes"].to_numpy().astype(float),
        tasks["baselined"].to_numpy().astype(bool),
        k,
        n,
        censored_k,
        censored_n,
        tuple(source.released.get(agent) for agent in agents),
        attempts,
        source,
        (*source.notes, *notes, *guessed),
    )


def _in_order(agents: list[str], released: Mapping[str, date]) -> tuple[str, ...]:
    return tuple(sorted(agents, key=lambda a: (a == HUMAN, a not in released, str(released.get(a, "")), a)))


def _attempts(source: Source, *, people: bool) -> pl.DataFrame:
    """Return one row per scored attempt."""
    outcome = pl.col("outcome").fill_null("submitted")
    ending = (
        pl.when(outcome.str.starts_with("limit")).then(pl.lit("limit"))
        .when(outcome == "invalid_success").then(pl.lit("invalid"))
        .otherwise(pl.lit("plain"))
    )  # fmt: skip
    lasted = (pl.col("completed_at") - pl.col("started_at")).dt.total_milliseconds() / 60_000
    columns = (pl.col("task_id"), pl.col("task_family"), pl.col("score"))
    tried = source.runs.filter(pl.col("score").is_not_null()).select(
        pl.col("model").alias("alias"), *columns, ending.alias("ending"), lasted.alias("lasted")
    )
    if not people or HUMAN in source.runs["model"]:
        return tried
    guess = pl.col("source").fill_null("").str.to_lowercase().str.contains("estimate")
    persons = source.human.filter(pl.col("score").is_not_null()).select(
        pl.lit(HUMAN).alias("alias"),
        *columns,
        pl.when(guess).then(pl.lit("estimate")).otherwise(ending).alias("ending"),
        pl.col("minutes").alias("lasted"),
    )
    return pl.concat([tried, persons], how="vertical_relaxed")


def _counted(attempts: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    """Return alias, task_id, task_family, ending, n, k of attempts and of imported cells."""
    key = ["alias", "task_id", "task_family", "ending"]
    told = attempts.group_by(key, maintain_order=True).agg(
        pl.len().cast(pl.Float64).alias("n"), pl.col("score").sum().alias("k")
    )
    return pl.concat([told, *(_of_cells(cells, ending) for ending in ENDINGS[:3])])


def _of_cells(cells: pl.DataFrame, ending: str) -> pl.DataFrame:
    """Return the attempts of imported cells that ended so; those cut by a limit failed where that can be."""
    n, k = pl.col("n").cast(pl.Float64), pl.coalesce("k", "sum")
    invalid = pl.col("n_invalid").fill_null(0).cast(pl.Float64)
    limit = pl.min_horizontal(pl.col("n_limit").fill_null(0).cast(pl.Float64), n - invalid)
    # successes by tampering were recorded as successes where there are as many
    invalid_k = pl.min_horizontal(invalid, k)
    limit_k = pl.max_horizontal(pl.lit(0.0), k - invalid_k - (n - invalid - limit))
    many, solved = {
        "limit": (limit, limit_k),
        "invalid": (invalid, invalid_k),
        "plain": (n - limit - invalid, k - limit_k - invalid_k),
    }[ending]
    return cells.select(
        pl.col("model").alias("alias"),
        "task_id",
        "task_family",
        pl.lit(ending).alias("ending"),
        many.alias("n"),
        solved.alias("k"),
    ).filter(pl.col("n") > 0)


def _times(source: Source) -> pl.DataFrame:
    """Return task_id, minutes and whether they were measured.

    The time on record stands; where there is none the median of all who tried, who gave up among them, and
    where nobody did the mean of estimates.
    """
    known = (pl.col("human_minutes") > 0) & pl.col("human_minutes").is_finite()
    measured = _source("human_source").str.contains(BASELINE)
    stated = (
        source.tasks.filter(known)
        .group_by("task_id", maintain_order=True)
        .agg(pl.col("human_minutes").first().alias("minutes"), measured.any().alias("baselined"))
    )
    guessed = (
        source.human.filter((pl.col("minutes") > 0) & _source("source").str.contains("estimate"))
        .group_by("task_id", maintain_order=True)
        .agg(pl.col("minutes").log().mean().exp(), pl.lit(value=False).alias("baselined"))
    )
    times = stated
    for more in (_timed(source.human), guessed):
        times = pl.concat([times, more.join(times, on="task_id", how="anti")])
    return times


def _source(name: str) -> pl.Expr:
    return pl.col(name).fill_null("").str.to_lowercase()


def _timed(human: pl.DataFrame) -> pl.DataFrame:
    """Return the median time of each task that somebody finished, give-ups counted as longer."""
    names = tuple(human["task_id"].unique().sort())
    mean = censored_means(*timed_attempts(human, names), len(names))[0]
    told = pl.DataFrame(
        {"task_id": names, "minutes": np.exp(mean)}, schema={"task_id": pl.String, "minutes": pl.Float64}
    )
    return told.filter(pl.col("minutes").is_finite()).with_columns(pl.lit(value=True).alias("baselined"))

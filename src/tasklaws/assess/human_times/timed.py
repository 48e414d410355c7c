"""Which attempts of a study count, and as what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasklaws.core.errors import NoAnswer, UnknownName
from tasklaws.infer.human_times.attempts import Attempts
from tasklaws.spec.life_cycle import same_version

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasklaws.infer.arrays import Floats

ATTEMPTS = ("baseline", "qa", "external_qa")
"""Sources that are somebody's attempt; pilots were picked, and estimates are nobody's."""
KINDS = {"baseline": 0, "qa": 1, "external_qa": 1, "pilot": 2, "estimate": 3}
"""Of a task only the best kind counts."""
DROPPED = ("error", "invalid_success")
DETAILS = {
    "population": pl.String,
    "harness_id": pl.String,
    "task_version": pl.String,
    "limit_minutes": pl.Float64,
}
NOBODY = "anybody"
"""Population of those of whom nothing is said."""
HALF = 0.5
CLUMP, FEWEST = 1.02, 4
"""Where so many who finished, and half of them, took the same time to 2 %, as did one who did not."""


@dataclass(frozen=True, eq=False)
class Timed:
    """The attempts that count, task by task."""

    table: pl.DataFrame
    """Of each task: task_family, task_id, source, recorded (minutes that the study states)."""
    attempts: Attempts
    """Of tasks whose source is an attempt; numbered as the rows of `table`."""
    populations: tuple[str, ...]
    """Number 0 first: that of most attempts."""
    warnings: tuple[str, ...]

    @property
    def families(self) -> tuple[str, ...]:
        """Return the family of each task."""
        return tuple(self.table["task_family"])


def timed(human: pl.DataFrame, tasks: pl.DataFrame, population: str | None = None) -> Timed:
    """Return the attempts that count.

    Args:
        human: schema ``human_times``, with or without the columns in `DETAILS`.
        tasks: schema ``tasks``.
        population: only these people.

    Raises:
        NoAnswer: nobody's time is recorded.
        UnknownName: there is no such population.
    """
    rows, warnings = _counted(_whole(human), tasks)
    known = rows.filter(pl.col("attempt"))["population"].unique().sort().to_list()
    if population is not None and population not in known:
        raise UnknownName("population", population, known)
    rows = rows if population is None else rows.filter(pl.col("population") == population)
    if not rows.height:
        raise NoAnswer(
            "no-human-times",
            "the study has no time of anybody.",
            "A human time is estimated from attempts of people.",
            "Import some: tasklaws import human_times FILE --into STUDY.",
        )
    table = _tasks(rows, tasks)
    own = rows.filter(pl.col("attempt"))
    common = own["population"].value_counts().sort("count", "population", descending=[True, False])
    names = tuple(common["population"])
    return Timed(table, _arrays(own, table, names), names, tuple(warnings))


def _whole(human: pl.DataFrame) -> pl.DataFrame:
    absent = [pl.lit(None, kind).alias(name) for name, kind in DETAILS.items() if name not in human.columns]
    return human.with_columns(absent).with_columns(
        pl.col("source").fill_null("baseline").str.to_lowercase(),
        pl.col("population").fill_null(NOBODY),
    )


def _counted(human: pl.DataFrame, tasks: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Return usable rows of each task's best kind, of its present version, and what was left out."""
    usable = human.filter(
        (pl.col("minutes") > 0)
        & pl.col("minutes").is_finite()
        & ~pl.col("outcome").fill_null("").is_in(DROPPED)
    )
    left = human.height - usable.height
    warnings = [f"{left} attempts have no time, or ended in an error or by cheating: left out"] * (left > 0)
    versions = tasks.drop_nulls("version").group_by("task_id").agg(pl.col("version").last().alias("now"))
    usable = usable.join(versions, on="task_id", how="left", maintain_order="left")
    pairs = zip(usable["task_version"], usable["now"], strict=True)
    stale = pl.Series([not same_version(then, now) for then, now in pairs], dtype=pl.Boolean)
    old = usable.filter(stale).height
    warnings += [f"{old} attempts were at other versions of their tasks: left out"] * (old > 0)
    kind = pl.col("source").replace_strict(KINDS, default=max(KINDS.values()))
    rows = usable.filter(~stale).with_columns(kind.alias("kind"))
    rows = rows.filter(pl.col("kind") == pl.col("kind").min().over("task_id"))
    return rows.with_columns(pl.col("source").is_in(ATTEMPTS).alias("attempt")), warnings


def _tasks(rows: pl.DataFrame, tasks: pl.DataFrame) -> pl.DataFrame:
    told = tasks.filter(pl.col("human_minutes") > 0).group_by("task_id")
    recorded = told.agg(pl.col("human_minutes").first().alias("recorded"))
    typical = pl.col("minutes").log().mean().exp().alias("stated")
    first = [pl.col(name).first() for name in ("task_family", "source", "attempt")]
    made = rows.group_by("task_id").agg(*first, typical).sort("task_family", "task_id")
    return made.join(recorded, on="task_id", how="left", maintain_order="left")


def _arrays(rows: pl.DataFrame, table: pl.DataFrame, populations: tuple[str, ...]) -> Attempts:
    number = {task: i for i, task in enumerate(table["task_id"])}
    task = np.array([number[name] for name in rows["task_id"]], dtype=int)
    log_minutes = np.log(rows["minutes"].to_numpy().astype(float))
    submitted = pl.col("outcome").fill_null("submitted") == "submitted"
    finished = pl.when(pl.col("score").is_null()).then(submitted).otherwise(pl.col("score") >= HALF)
    done = rows.select(finished.alias("done"))["done"].to_numpy().astype(bool)
    return Attempts(
        task,
        log_minutes,
        done,
        table.height,
        np.log(rows["limit_minutes"].fill_null(np.inf).to_numpy().astype(float)),
        np.array([populations.index(name) for name in rows["population"]], dtype=int),
        budgets(task, log_minutes, done),
    )


def budgets(task: NDArray[np.int_], log_minutes: Floats, done: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which attempts, of shape (attempts,), finished at the end of a budget that most used up.

    Such a time is nobody's own: others worked as long and did not succeed.
    """
    found = np.zeros(task.size, dtype=bool)
    for number in np.unique(task[done]):
        own, lost = (np.flatnonzero((task == number) & which) for which in (done, ~done))
        near, missed = (_follows(log_minutes[own], log_minutes[which]) for which in (own, lost))
        most = int(near.sum(1).argmax())
        if near[most].sum() >= max(FEWEST, HALF * own.size) and missed[most].any():
            found[own[near[most]]] = True
    return found


def _follows(first: Floats, then: Floats) -> NDArray[np.bool_]:
    """Return which of `then` are as long as each of `first`, or longer by 2 % at most."""
    apart = then - first[:, None]
    return np.asarray((apart >= 0) & (apart <= np.log(CLUMP)))


def merged(one: Timed) -> Timed:
    """Return the same, everybody being of one population."""
    nobody = np.zeros_like(one.attempts.group)
    return replace(one, attempts=replace(one.attempts, group=nobody), populations=one.populations[:1])

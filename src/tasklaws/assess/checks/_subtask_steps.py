"""Steps of tasks as attempts tell of them, and forecasts of the next size that are composed of theirs."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import lcm
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.special import gammaln, log_expit, logsumexp

from tasklaws.assess.next_rung import LEAST_SHOCK, LEAST_SIZES, LOG_WEIGHTS, NODES
from tasklaws.assess.rung_regression import regress
from tasklaws.infer.irt import rasch

if TYPE_CHECKING:
    from tasklaws.assess.evidence import Counts, Evidence
    from tasklaws.infer.arrays import Floats

MILESTONES = "milestones"
OWN = "milestone:"
"""What the name of a metric begins with that scores one step, such as ``milestone:parsed``."""
KEY = ("model", "task_id", "instance_id", "epoch", "harness_id")
MOST_STEPS = 60
EDGE = 1e-6


@dataclass(frozen=True, eq=False)
class Steps:
    """What must all be right for a task to be; arrays have a row for each step that is counted."""

    name: str
    task: np.ndarray
    """Place of the step's task."""
    copies: Floats
    """How many such steps the task has."""
    k: Floats
    n: Floats
    """Steps right and steps tried, of shape (rows, models)."""
    floor: Floats

    def at(self, models: np.ndarray) -> tuple[Floats, Floats, Floats]:
        """Return what is known of some models: steps right, steps tried, and chance rates."""
        return self.k[:, models], self.n[:, models], self.floor


def marked(evidence: Evidence) -> pl.DataFrame | None:
    """Return the attempts with a target score and marks of their steps; None where there are none.

    Columns model, task_id, instance_id, path, score, and `milestones` or one for each marked step.
    """
    runs, suite = evidence.runs, evidence.suite
    if not runs.height:
        return None
    own = runs.filter(pl.col("elicitation").fill_null("default") == suite.elicitation)
    names = {str(one) for one in own["metric"].unique()}
    steps = sorted(one for one in names if one.startswith(OWN)) or sorted(names & {MILESTONES})
    target = own.filter((pl.col("metric") == suite.metric) & pl.col("score").is_in([0.0, 1.0]))
    table = target.select(*KEY, "path", "score")
    for step in steps:
        marks = own.filter((pl.col("metric") == step) & pl.col("score").is_between(0, 1))
        table = table.join(
            marks.select(*KEY, pl.col("score").alias(step)).unique(KEY),
            on=KEY,
            nulls_equal=True,
            maintain_order="left",
        )
    return table if steps and table.height else None


def compositions(table: pl.DataFrame, counts: Counts) -> tuple[Steps, ...]:
    """Return the ways in which a task may be made of its steps.

    Where each step is marked by itself, all must be right. Where only their share is known, they are alike:
    each tried, or each tried once the one before it is right.
    """
    own = [name for name in table.columns if name.startswith(OWN)]
    if own:
        return (_each(table, own, counts),)
    instance = ["task_id", "instance_id"]
    lengths = table.join(lengths_of(table), on=instance, nulls_equal=True, maintain_order="left")
    right = (pl.col(MILESTONES) * pl.col("length")).round()
    in_a_row = pl.min_horizontal(right + 1, "length")
    return tuple(
        _alike(name, lengths.with_columns(right.alias("right"), tried.alias("tried")), counts)
        for name, tried in (("each by itself", pl.col("length")), ("one after the other", in_a_row))
    )


def direct(counts: Counts, tasks: np.ndarray) -> Steps:
    """Return tasks as if each were a single step."""
    return Steps("whole", tasks, np.ones(len(tasks)), counts.k[tasks], counts.n[tasks], counts.floor[tasks])


def _each(table: pl.DataFrame, names: list[str], counts: Counts) -> Steps:
    parts = [_summed(table.with_columns(pl.lit(1.0).alias("tried"), pl.col(one).alias("right")), counts)
             for one in names]  # fmt: skip
    tasks, k, n = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return Steps("all of them", tasks, np.ones(len(tasks)), k, n, np.zeros(len(tasks)))


def _alike(name: str, table: pl.DataFrame, counts: Counts) -> Steps:
    tasks, k, n = _summed(table, counts)
    length = dict(table.group_by("task_id").agg(pl.col("length").sort().mean()).iter_rows())
    copies = np.array([length[counts.tasks[task]] for task in tasks])
    return Steps(name, tasks, copies, k, n, np.zeros(len(tasks)))


def _summed(table: pl.DataFrame, counts: Counts) -> tuple[np.ndarray, Floats, Floats]:
    """Return the tasks with marks, and sums of `right` and `tried` of each on each model."""
    row, column = ({name: i for i, name in enumerate(names)} for names in (counts.tasks, counts.models))
    k, n = np.zeros(counts.k.shape), np.zeros(counts.k.shape)
    added = (pl.col(name).sort().sum() for name in ("right", "tried"))
    sums = table.group_by("task_id", "model").agg(*added)
    for task, model, right, tried in sums.iter_rows():
        if task in row and model in column:
            k[row[task], column[model]], n[row[task], column[model]] = min(right, tried), tried
    tasks = np.flatnonzero(n.sum(axis=1) > 0)
    return tasks, k[tasks], n[tasks]


def lengths_of(table: pl.DataFrame) -> pl.DataFrame:
    """Return the number of steps of each instance: the fewest that give the shares that were seen.

    Instances that were done whole or not at all have as many as the others of their task.
    """
    shares = table[MILESTONES].unique().to_list()
    parts = {one: Fraction(one).limit_denominator(MOST_STEPS).denominator for one in shares}
    placed = table.with_columns(
        pl.col(MILESTONES).replace_strict(parts, return_dtype=pl.Int64).alias("parts")
    )
    seen = placed.group_by("task_id", "instance_id", maintain_order=True).agg(pl.col("parts").unique())
    fewest = [float(min(reduce(lcm, parts), MOST_STEPS)) for parts in seen["parts"].to_list()]
    told = seen.select("task_id", "instance_id", pl.Series("length", fewest))
    usual = pl.col("length").filter(pl.col("length") > 1).mean().over("task_id")
    return told.with_columns(pl.when(pl.col("length") > 1).then("length").otherwise(usual.fill_null(1.0)))


def gains(
    ways: tuple[Steps, ...], counts: Counts, x: Floats, sizes: np.ndarray
) -> tuple[Floats, tuple[str, ...]]:
    """Return how much better each next size is told by its steps, in nats for each answer, and by which way.

    Args:
        ways: in which tasks may be made of steps; the one that tells the smaller sizes best is taken.
        counts: of the tasks.
        x: place of each model.
        sizes: number of each model's size along the ladder, from 0.
    """
    made, taken = [], []
    tasks = np.unique(ways[0].task)
    whole = direct(counts, tasks)
    for size in range(LEAST_SIZES, int(sizes.max(initial=-1)) + 1):
        past, new = np.flatnonzero(sizes < size), np.flatnonzero(sizes == size)
        answers = counts.n[np.ix_(tasks, new)].sum()
        best = max(ways, key=lambda way: (_fits(way, counts, past), way.name))
        scores = [_ahead(one, counts, x, past, new) for one in (best, whole)]
        if answers > 0 and None not in scores:
            made.append((scores[0] - scores[1]) / answers)  # type: ignore[operator]
            taken.append(best.name)
    return np.array(made), tuple(taken)


def _fits(steps: Steps, counts: Counts, past: np.ndarray) -> float:
    """Return how well the fitted steps of smaller models tell the tasks of these models."""
    fit = rasch.fit(*steps.at(past))
    return sum(
        float(_told(steps, fit.ability[i] - fit.difficulty, counts, model)) for i, model in enumerate(past)
    )  # fmt: skip


def _ahead(steps: Steps, counts: Counts, x: Floats, past: np.ndarray, new: np.ndarray) -> float | None:
    """Return the log score of the tasks of the next models, their ability on a line over the ladder."""
    fit = rasch.fit(*steps.at(past))
    line = regress(fit.ability, fit.ability_se**2, np.column_stack([np.ones(len(past)), x[past]]))
    if line is None:
        return None
    total = 0.0
    for model in new:
        mean, variance = line.ahead(np.array([1.0, x[model]]))
        ability = mean + np.sqrt(variance + LEAST_SHOCK) * NODES
        told = _told(steps, ability[:, None] - fit.difficulty, counts, model)
        total += float(logsumexp(told + LOG_WEIGHTS))
    return total


def _told(steps: Steps, level: Floats, counts: Counts, model: int) -> Floats:
    """Return the log probability of one model's counts, its steps being right with the logits `level`."""
    tasks, at = np.unique(steps.task, return_inverse=True)
    member = np.zeros((len(steps.task), len(tasks)))
    member[np.arange(len(at)), at] = steps.copies
    k, n, floor = counts.k[tasks, model], counts.n[tasks, model], counts.floor[tasks]
    rate = np.clip(floor + (1 - floor) * np.exp(log_expit(level) @ member), EDGE, 1 - EDGE)
    ways = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return np.asarray((k * np.log(rate) + (n - k) * np.log1p(-rate) + ways).sum(-1))

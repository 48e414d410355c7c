"""From a study to the points that laws are read off: counts of tasks and families, graded scores, losses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from tasklaws.assess.selection import tabulated
from tasklaws.infer.curves.problem import Points
from tasklaws.spec.ladder import LOSSES

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from tasklaws.assess.selection import Selection
    from tasklaws.infer.arrays import Floats
    from tasklaws.spec.ladder import Ladder, Rung

CALENDAR_YEAR = 365.2425
"""Days, so that an ordinal date comes out as the year it lies in."""

Better = Literal["higher", "lower"]
Level = Literal["task", "family", "loss"]


@dataclass(frozen=True)
class Subject:
    """What a law is about: a task, a family or the loss of the ladder's models."""

    level: Level
    family: str | None
    task_id: str | None
    metric: str
    better: Better
    """Whether higher or lower values of the metric are better."""
    floor: float = 0.0
    ceiling: float = 1.0

    @property
    def reach(self) -> float:
        """Return the share of the way from the floor to 1 that the ceiling allows."""
        return (self.ceiling - self.floor) / (1.0 - self.floor) if self.floor < 1.0 else 0.0


@dataclass(frozen=True)
class LawPoints:
    """What the laws of one lineage are fitted to."""

    lineage: str
    axis: str
    """What x is, such as ``log10 flops``."""
    on_loss: bool
    """Whether the axis is itself a loss."""
    covariates: dict[str, Floats]
    """``x`` and, where every rung has both, ``n`` and ``d``: log10 parameters and tokens; (points,) each."""
    sizes: tuple[str, ...]
    """Size of each point: points of one size are held out together."""
    subjects: tuple[Subject, ...]
    y: Floats
    """Rates or values, of shape (subjects, points)."""
    n: Floats
    """Attempts or precisions, 0 where there is no value; of the same shape."""
    counts: bool
    """Whether the values are successes of attempts."""

    def of(self, covariates: tuple[str, ...]) -> Points:
        """Return the points at these covariates."""
        return Points(np.stack([self.covariates[name] for name in covariates]), self.y, self.n)

    def about(self, better: Better, levels: Collection[Level]) -> LawPoints:
        """Return the subjects of these levels of which such values are better."""
        keep = np.array([s.better == better and s.level in levels for s in self.subjects], dtype=bool)
        subjects = tuple(s for s, kept in zip(self.subjects, keep, strict=True) if kept)
        return replace(self, subjects=subjects, y=self.y[keep], n=self.n[keep])


def count_points(selection: Selection, lineage: str) -> LawPoints:
    """Return the counts of every task of a lineage, and of every family, on its evaluated rungs."""
    rungs = _placed(selection.ladder, lineage, selection.evaluated(lineage))
    tasks = _tasks(selection, rungs, binary=True)
    k, n = tabulated(selection, tasks["task_id"].to_list(), rungs, ("k", "n"))
    subjects = tuple(_subject("task", row) for row in tasks.iter_rows(named=True))
    families, k_of, n_of = _families(subjects, k, n)
    k, n = np.concatenate([k, k_of]), np.concatenate([n, n_of])
    return _points(
        selection.ladder,
        lineage,
        rungs,
        (*subjects, *families),
        k / np.where(n > 0, n, 1.0),
        n=n,
        counts=True,
    )


def graded_points(selection: Selection, lineage: str) -> LawPoints:
    """Return the mean scores of every graded task of a lineage; attempts are their precisions."""
    rungs = _placed(selection.ladder, lineage, selection.evaluated(lineage))
    tasks = _tasks(selection, rungs, binary=False)
    total, n = tabulated(selection, tasks["task_id"].to_list(), rungs, ("sum", "n"))
    subjects = tuple(_subject("task", row) for row in tasks.iter_rows(named=True))
    return _points(
        selection.ladder, lineage, rungs, subjects, total / np.where(n > 0, n, 1.0), n=n, counts=False
    )


def loss_points(ladder: Ladder, lineage: str) -> LawPoints:
    """Return the held-out losses of the models of a lineage that state one, evaluated or not."""
    rungs = _placed(ladder, lineage, ladder.of(lineage))
    found = [
        (loss, [rung for rung in rungs if getattr(rung, loss) is not None])
        for loss in LOSSES
        if ladder.axis_of(lineage) not in LOSSES
    ]
    loss, stated = max(found, key=lambda pair: len(pair[1]), default=("loss_nats", []))
    y = np.array([[float(getattr(rung, loss)) for rung in stated]])
    subjects = (Subject("loss", None, None, loss, "lower"),) if stated else ()
    return _points(
        ladder,
        lineage,
        stated,
        subjects,
        y[: len(subjects)],
        n=np.ones_like(y)[: len(subjects)],
        counts=False,
    )


def axis_name(axis: str) -> str:
    """Return what x is on the axis of a ladder."""
    if axis == "released":
        return "release date (years)"
    return f"-{axis}" if axis in LOSSES else f"log10 {axis}"


def _place(rung: Rung, axis: str) -> float:
    height = rung.height(axis)
    if height is None or axis in LOSSES:
        return np.nan if height is None else height
    if axis == "released":
        return height / CALENDAR_YEAR
    return float(np.log10(height)) if height > 0 else np.nan


def _placed(ladder: Ladder, lineage: str, rungs: Sequence[Rung]) -> list[Rung]:
    return [rung for rung in rungs if np.isfinite(_place(rung, ladder.axis_of(lineage)))]


def _points(
    ladder: Ladder,
    lineage: str,
    rungs: Sequence[Rung],
    subjects: tuple[Subject, ...],
    y: Floats,
    *,
    n: Floats,
    counts: bool,
) -> LawPoints:
    axis = ladder.axis_of(lineage)
    covariates = {"x": np.array([_place(rung, axis) for rung in rungs])}
    if all(rung.n_params and rung.n_tokens for rung in rungs):
        covariates["n"] = np.array([np.log10(rung.n_params or 1.0) for rung in rungs])
        covariates["d"] = np.array([np.log10(rung.n_tokens or 1.0) for rung in rungs])
    sizes = tuple(ladder.size_of(rung.model) for rung in rungs)
    return LawPoints(lineage, axis_name(axis), axis in LOSSES, covariates, sizes, subjects, y, n, counts)


def _tasks(selection: Selection, rungs: Sequence[Rung], *, binary: bool) -> pl.DataFrame:
    """Return task_id, task_family, floor, ceiling, metric and direction of the tasks with such scores."""
    facts = selection.task_table([rung.model for rung in rungs]).filter(pl.col("binary") == binary)
    ways = selection.tasks.filter(pl.col("metric") == selection.metric).select("task_id", "direction")
    return facts.join(ways.unique("task_id", keep="first"), on="task_id", how="left").with_columns(
        pl.lit(selection.metric).alias("metric"), pl.col("direction").fill_null("higher")
    )


def _subject(level: Level, row: dict[str, object]) -> Subject:
    better: Better = "lower" if row["direction"] == "lower" else "higher"
    floor, ceiling = float(str(row["floor"])), float(str(row["ceiling"]))
    return Subject(
        level, str(row["task_family"]), str(row["task_id"]), str(row["metric"]), better, floor, ceiling
    )


def _families(
    subjects: Sequence[Subject], k: Floats, n: Floats
) -> tuple[tuple[Subject, ...], Floats, Floats]:
    """Return families with the pooled counts of their tasks, on the rungs that tried all of these."""
    names = sorted({str(subject.family) for subject in subjects})
    made, won, tried = [], np.zeros((len(names), k.shape[1])), np.zeros((len(names), k.shape[1]))
    for i, name in enumerate(names):
        mine = np.array([subject.family == name for subject in subjects])
        whole = (n[mine] > 0).all(axis=0)
        won[i], tried[i] = np.where(whole, k[mine].sum(axis=0), 0), np.where(whole, n[mine].sum(axis=0), 0)
        own = [subject for subject in subjects if subject.family == name]
        share = n[mine].sum(axis=1) / max(n[mine].sum(), 1.0)
        floor, ceiling = (float(share @ [getattr(s, end) for s in own]) for end in ("floor", "ceiling"))
        made.append(replace(own[0], level="family", task_id=None, floor=floor, ceiling=ceiling))
    return tuple(made), won, tried

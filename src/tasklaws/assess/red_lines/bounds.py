"""What counts alone say: a score with its interval, and what no success at all still allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from tasklaws.assess.aggregates import TIE
from tasklaws.core.proportions import jeffreys

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from tasklaws.infer.arrays import Floats

MISSED = 0.05
"""Probability that a rate above the bound shows no success."""


@dataclass(frozen=True)
class Observed:
    """The score of one model on a line: the mean over its tasks, each counted alike."""

    model: str
    score: float
    lower: float
    """5 % end of the interval: attempts at these very tasks, not other tasks, are what is uncertain."""
    upper: float
    n_tasks: int
    n: int
    """Attempts at all of them."""
    successes: float
    rates: tuple[tuple[str, float], ...]
    """Family and rate of each task."""

    @property
    def bound(self) -> float | None:
        """Return the rate that no success in so many attempts rules out, counting attempts as independent."""
        return None if self.successes else least_excluded(self.n)

    @property
    def bound_by_tasks(self) -> float | None:
        """Return the same, counting each task once, as if its attempts all end alike."""
        return None if self.successes else least_excluded(self.n_tasks)


def least_excluded(n: int) -> float:
    """Return the rate at which no success in `n` independent attempts has probability MISSED."""
    return float(1 - MISSED ** (1 / n))


def observed(cells: pl.DataFrame, model: str, families: Collection[str]) -> Observed | None:
    """Return the score of a model on some families; None where it has no results there."""
    own = cells.filter((pl.col("model") == model) & pl.col("task_family").is_in(list(families)))
    known = own.filter(pl.col("n") > 0).with_columns(pl.coalesce("k", "sum").alias("won"))
    known = known.drop_nulls("won").sort("task_id")
    if not known.height:
        return None
    n, won = (known[name].cast(pl.Float64).to_numpy() for name in ("n", "won"))
    score, lower, upper = mean_score(n, won)
    rates = tuple(zip(known["task_family"].to_list(), (won / n).tolist(), strict=True))
    return Observed(model, score, lower, upper, known.height, int(n.sum()), float(won.sum()), rates)


def mean_score(n: Floats, won: Floats) -> tuple[float, float, float]:
    """Return the mean over tasks with its interval of 90 %: Jeffreys' of as many attempts as tell it as well.

    Args:
        n: attempts at each task.
        won: sums of their scores.
    """
    rate = (won + 0.5) / (n + 1)
    variance = float((rate * (1 - rate) / n).sum()) / len(n) ** 2
    middle, score = float(rate.mean()), float((won / n).mean())
    worth = min(float(n.sum()), middle * (1 - middle) / variance)
    return (score, *jeffreys(score * worth, worth))


@dataclass(frozen=True)
class Hazard:
    """How often a line is crossed at a size, given that no smaller one crossed it."""

    value: float
    lower: float
    upper: float
    sizes: int
    """Sizes at which it could have been."""


def hazard(crossed: Sequence[bool]) -> Hazard:
    """Return the hazard of a crossing, Jeffreys' estimate with its interval of 90 %.

    Args:
        crossed: of each size in the order of the ladder, whether its score was at the line.
    """
    at_risk = next((i + 1 for i, one in enumerate(crossed) if one), len(crossed))
    hits = int(any(crossed))
    lower, upper = jeffreys(hits, at_risk)
    return Hazard((hits + 0.5) / (at_risk + 1), lower, upper, at_risk)


def by_size(scores: Mapping[str, float], sizes: Mapping[str, str], threshold: float) -> list[bool]:
    """Return whether any model of each size reached `threshold`, in the order of `sizes`."""
    found: dict[str, bool] = {}
    for model, size in sizes.items():
        if model in scores:
            found[size] = found.get(size, False) or scores[model] >= threshold - TIE
    return list(found.values())

"""What the phenomena of the seeds are read from: attempts, their counts, and figures with intervals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl
from scipy import stats

from tasklaws.core.errors import NoAnswer
from tasklaws.core.proportions import clopper_pearson

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from tasklaws.study.folder import Study

NEEDED = ("tool_outcome", "solution_similarity")
"""Columns of runs that only a study with local models has."""
LOW, HIGH = 0.05, 0.95
"""Accuracies at which next to nothing, and next to everything, is right."""
HALF = 0.5
LEAST = 3
"""Points through which a line can be tested, and models of which a mean is compared."""
DRAWS = 1_000
"""Draws of a bootstrap."""
DOUBT = 0.05
"""Level of the tests."""


@dataclass(frozen=True)
class Measured:
    """A number with its 95 % interval, where there is one."""

    name: str
    value: float
    lower: float | None = None
    upper: float | None = None
    n: int | None = None
    """What it rests on: attempts, models or cells."""


@dataclass(frozen=True)
class Phenomenon:
    """Whether one phenomenon of the seeds was found, in a sentence and in figures."""

    name: str
    title: str
    found: bool | None
    """None where this study cannot tell."""
    text: str
    figures: tuple[Measured, ...] = ()
    reason: str | None = None


def undefined(name: str, title: str, reason: str) -> Phenomenon:
    """Return a phenomenon of which this study cannot tell, and why."""
    return Phenomenon(name, title, None, f"This study cannot tell: {reason}.", (), reason)


@dataclass(frozen=True)
class Seen:
    """The plain attempts of a study, each with its width, seed and size."""

    runs: pl.DataFrame
    mix: Sequence[dict[str, Any]]
    rng: np.random.Generator = field(repr=False)

    def of(self, metric: str, *families: str) -> pl.DataFrame:
        """Return the scored attempts in one metric, of some families or of all."""
        kept = self.runs.filter(pl.col("metric") == metric, pl.col("score").is_not_null())
        return kept.filter(pl.col("task_family").is_in(families)) if families else kept


def plain_attempts(study: Study) -> pl.DataFrame:
    """Return the plain attempts of a study, each with the width, seed and parameters of its model."""
    runs = study.runs()
    lacking = [name for name in NEEDED if name not in runs.columns]
    if lacking:
        raise NoAnswer(
            "no-programs-of-models",
            f"the runs of the study have no column {', '.join(lacking)}.",
            "The phenomena of the seeds are read from what models wrote and what tools made of it.",
            "Train and study the embedded ladder with: tasklaws study DIR.",
        )
    rungs = pl.DataFrame(
        [(rung.model, rung.n_params, rung.seed, _width(rung.model, rung.seed)) for rung in study.ladder()],
        schema={"model": pl.String, "n_params": pl.Float64, "seed": pl.Int64, "width": pl.String},
        orient="row",
    ).drop_nulls("n_params")
    plain = runs.filter(pl.col("elicitation") == (study.settings.elicitation or "greedy"))
    size = pl.col("task_id").str.split("/").list.last().cast(pl.Int64, strict=False)
    return plain.join(rungs, on="model").with_columns(size.alias("size")).sort("n_params", "model", "task_id")


def _width(model: str, seed: int | None) -> str:
    """Return the name of a model without its seed."""
    return model.removesuffix(f"_s{seed}")


def counted(frame: pl.DataFrame, *by: str) -> pl.DataFrame:
    """Return successes k, attempts n and mean similarity of each group, in the order they come."""
    counts = (
        pl.col("score").sum().round().cast(pl.Int64).alias("k"),
        pl.len().cast(pl.Int64).alias("n"),
        pl.col("solution_similarity").mean().alias("similarity"),
    )
    made = frame.group_by(by, maintain_order=True).agg(*counts)
    return made.with_columns((pl.col("k") / pl.col("n")).alias("rate"))


def rate(name: str, k: int, n: int, level: float = 0.95) -> Measured:
    """Return k of n as a share with its exact interval."""
    return Measured(name, k / n, *clopper_pearson(k, n, level), n)


def mean(values: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[float, float, float, int]:
    """Return a mean with its t interval, and how many values it is of."""
    n = len(values)
    margin = float(stats.t.isf(0.025, n - 1) * values.std(ddof=1) / n**0.5)
    return float(values.mean()), float(values.mean() - margin), float(values.mean() + margin), n


def percent(share: float) -> str:
    """Return a share as a whole per cent."""
    return f"{100 * share:.0f} %"


def span(shares: Sequence[float]) -> str:
    """Return the least and the greatest share, or the one that they are."""
    low, high = percent(min(shares)), percent(max(shares))
    return low if low == high else f"{low} to {high}"


def points(change: Measured) -> str:
    """Return a change in points, with its interval where both ends are told."""
    ends = ""
    if change.lower is not None and change.upper is not None:
        ends = f" ({100 * change.lower:+.1f} to {100 * change.upper:+.1f})"
    return f"{100 * change.value:+.1f} points{ends}"

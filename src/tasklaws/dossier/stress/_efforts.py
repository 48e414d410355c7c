"""Efforts of drawing answers out: what one is worth, and the scores at those that were tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasklaws.assess.effort import points
from tasklaws.dossier.figures._gap import EFFORT
from tasklaws.dossier.stress._rated import QUESTION
from tasklaws.elicitations import ELICITATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tasklaws.assess.effort import Points
    from tasklaws.dossier.stress._rated import Rated

ANSWERS, TOKENS = ("samples", "attempts", "answer"), ("tokens",)
"""Units of effort that are compute spent on an answer."""


def reference(rated: Rated, name: str) -> float | None:
    """Return the effort of the reference in the unit of an elicitation; None where it has none in it."""
    kind = _kind(name)
    own = EFFORT.fullmatch(rated.elicitation)
    if own and kind is not None and kind == _kind(own[1]):
        return float(own[2])
    if kind == ANSWERS:
        return 1.0
    most = rated.attempts["tokens"].max() if kind == TOKENS else None
    return float(most) if isinstance(most, int) and most > 0 else None


def limiting(rated: Rated, name: str, highest: int) -> bool:
    """Return whether more effort could change anything: of tokens no more, where none of them ran out."""
    made = rated.runs.filter(pl.col("elicitation") == f"{name}@{highest}")
    cut = made["outcome"].is_in(["limit_tokens", "limit"])
    return _kind(name) != TOKENS or not made.height or bool(cut.any())


def _kind(name: str) -> tuple[str, ...] | None:
    """Return the units like that of an elicitation which are compute; None for what is none, or unknown."""
    unit = ELICITATIONS[name].unit if name in ELICITATIONS else ""
    return next((units for units in (ANSWERS, TOKENS) if unit in units), None)


def curve(rated: Rated, name: str) -> dict[float, pl.DataFrame]:
    """Return the scores at each effort of an elicitation."""
    return {effort: rated.asked(f"{name}@{effort}") for effort in rated.efforts[name]}


def between(target: float, curve: Mapping[float, pl.DataFrame]) -> pl.DataFrame:
    """Return the scores at an effort from those at the efforts around it, question by question."""
    low = max(effort for effort in curve if effort <= target)
    high = min(effort for effort in curve if effort >= target)
    part = 0.0 if low == high else np.log(target / low) / np.log(high / low)
    both = curve[low].join(curve[high], on=list(QUESTION), suffix="_high")
    n = pl.min_horizontal("n", "n_high")
    sums = [
        (
            n * ((1 - part) * pl.col(name) / pl.col("n") + part * pl.col(f"{name}_high") / pl.col("n_high"))
        ).alias(name)
        for name in ("total", "squares")
    ]
    return both.select(*QUESTION, n.alias("n"), *sums)


def common(before: pl.DataFrame, curve: Mapping[float, pl.DataFrame]) -> dict[float, pl.DataFrame]:
    """Return the scores at each effort of the questions that were asked at all of them, and before."""
    keys = before.select(QUESTION)
    for frame in curve.values():
        keys = keys.join(frame.select(QUESTION), on=list(QUESTION), how="semi")
    return {effort: frame.join(keys, on=list(QUESTION), how="semi") for effort, frame in curve.items()}


def curves(curve: Mapping[float, pl.DataFrame]) -> Iterator[Points]:
    """Yield the points of each family, by name."""
    efforts = sorted(curve)
    table = pl.concat(curve[effort].with_columns(pl.lit(effort).alias("effort")) for effort in efforts)
    tasks = table.group_by("task_family", "effort", "task_id").agg(pl.col("n", "total", "squares").sum())
    for _, part in tasks.sort("task_family", "effort", "task_id").group_by(
        "task_family", maintain_order=True
    ):
        columns = (part[name].to_numpy().reshape(len(efforts), -1) for name in ("n", "total", "squares"))
        yield points(efforts, *columns)

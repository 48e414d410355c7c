"""What more effort of drawing answers out would add to the score of the rated model.

One curve per elicitation, over all tasks that were tried at every effort; of several elicitations the one
that leaves most to be had is told. The law is that of `assess.effort`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from tasklaws.assess.effort import Gap
    from tasklaws.dossier.figures._seen import Seen

EFFORT = re.compile(r"(.+)@([1-9]\d{0,8})")
"""Name of an elicitation with its effort."""
DOUBTFUL = 0.01
"""Probability below which the efforts are said not to follow the law."""
NONE = {"gap": None, "lower": None, "upper": None}


def gap_estimate(seen: Seen) -> dict[str, Any]:
    """Return the gap of the rated model, null with a reason where it was not tried at enough efforts."""
    model = seen.subject or last_evaluated(seen)
    if model is None:
        return {"model": None, **NONE, "reason": "no model has results"}
    found = dict(_gaps(seen, model))
    if not found:
        return {"model": model, **NONE, "reason": _too_few(seen, model)}
    name = max(found, key=lambda name: (found[name].upper, name))
    gap = found[name]
    return {
        "model": model,
        "gap": gap.gap,
        "lower": gap.lower,
        "upper": gap.upper,
        "reason": _doubt(name, gap),
    }


def last_evaluated(seen: Seen) -> str | None:
    """Return the last model along the ladder that has results; where none stands there, the best."""
    import polars as pl

    cells, _ = seen.target_cells()
    known, ladder = set(cells["model"]), seen.ladder()
    standing = [one.model for name in ladder.lineages() for one in ladder.of(name) if one.model in known]
    if standing:
        return standing[-1]
    scores = cells.group_by("model").agg((pl.coalesce("k", "sum").sum() / pl.col("n").sum()).alias("score"))
    ranked = scores.sort("score", "model")["model"].to_list()
    return str(ranked[-1]) if ranked else None


def _gaps(seen: Seen, model: str) -> Iterator[tuple[str, Gap]]:
    """Yield each elicitation with enough efforts, and its gap."""
    from tasklaws.assess.effort import NEEDED, gaps, points

    for name, efforts in _efforts(seen, model).items():
        told = _common(seen, model, name, efforts)
        if len(efforts) < NEEDED or not told.height or told["total"].sum() <= 0:
            continue
        shape = len(efforts), -1
        columns = (told[one].to_numpy().astype(float).reshape(shape) for one in ("n", "total", "squares"))
        yield name, gaps([points(efforts, *columns)])[0]


def _efforts(seen: Seen, model: str) -> dict[str, list[int]]:
    """Return the elicitations that name their effort -> the efforts that the model was tried at."""
    import polars as pl

    names = seen.cells(harness=seen.settings.harness).filter(pl.col("model") == model)["elicitation"].unique()
    found: dict[str, list[int]] = {}
    for told in filter(None, map(EFFORT.fullmatch, sorted(names))):
        found.setdefault(told[1], []).append(int(told[2]))
    return {name: sorted(efforts) for name, efforts in found.items()}


def _common(seen: Seen, model: str, name: str, efforts: list[int]) -> pl.DataFrame:
    """Return the cells of the tasks that were tried at every effort, by effort and task."""
    import polars as pl

    from tasklaws.study.attempts import pooled

    target, _ = seen.target_cells()
    rank = {f"{name}@{effort}": effort for effort in efforts}
    cells = seen.cells(harness=seen.settings.harness).filter(
        pl.col("model") == model,
        pl.col("metric").is_in(target["metric"].unique().to_list()),
        pl.col("elicitation").is_in(list(rank)),
    )
    return (
        pooled(cells)
        .filter(pl.len().over("task_id") == len(efforts))
        .with_columns(
            pl.col("elicitation").replace_strict(rank, return_dtype=pl.Int64).alias("effort"),
            pl.coalesce("k", "sum").alias("total"),
            pl.coalesce("k", "sum_sq").alias("squares"),
        )
        .sort("effort", "task_id")
    )


def _too_few(seen: Seen, model: str) -> str:
    from tasklaws.assess.effort import NEEDED

    efforts = max(map(len, _efforts(seen, model).values()), default=1)
    return f"tried at {efforts} of the {NEEDED} efforts that the law needs, or never with success"


def _doubt(name: str, gap: Gap) -> str | None:
    if gap.p < DOUBTFUL:
        return f"by {name}, whose efforts do not follow the law (p = {gap.p:.2g}): do not rely on it"
    return None

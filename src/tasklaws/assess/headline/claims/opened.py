"""What came of the forecast that was opened last, and what surprised in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.assess.headline.claim import Claim, Rest
from tasklaws.assess.headline.forecasts import aggregate
from tasklaws.assess.headline.maker import Maker
from tasklaws.assess.headline.means import mean_of
from tasklaws.assess.headline.words import count, estimate, listed, outside, percent, points

if TYPE_CHECKING:
    from tasklaws.assess.headline.known import Known
    from tasklaws.assess.track_record import OpenedForecast


def make(known: Known) -> Claim | None:
    """Return the forecast against the outcome, and the tasks beyond chance."""
    opened = known.opened
    if opened is None:
        return None
    scored = opened.scored
    return Claim(
        "opened",
        f"{_outcome(known, opened)}{_surprises(opened)}",
        "derived",
        (
            Rest("sealed forecast", _file(known, scored.sha256), scored.table.height, scored.sha256),
            Rest("its scores", known.verb("forecasts")),
            *known.parts(scored.target),
        ),
        _change(opened),
    )


def _file(known: Known, sha256: str) -> str:
    files = {e.payload["sha256"]: e.payload["file"] for e in known.study.log.entries() if e.kind == "seal"}
    return str(files[sha256])


def _outcome(known: Known, opened: OpenedForecast) -> str:
    """Return the mean that was forecast and the mean that came."""
    total, came = aggregate(opened.sealed.table), opened.scored.mean
    target = opened.scored.target
    if total is None or came is None:
        return f"The sealed forecast of {target} was opened."
    asked = known.of(target).filter(pl.col("task_id").is_in(opened.scored.table["task_id"].to_list()))
    found = mean_of(asked)
    held = total["q050"] <= came.observed <= total["q950"]
    return (
        f"{target} was forecast at {estimate(total['mean'], total['q050'], total['q950'])} and came to "
        f"{estimate(came.observed, found.lower, found.upper)}: {'inside' if held else 'outside'}."
    )


def _surprises(opened: OpenedForecast) -> str:
    rows = opened.scored.surprises.rows
    found = rows.filter("surprise").sort("q", "task_id")
    if not found.height:
        return f" None of {count(opened.scored.table.height, 'task')} surprised beyond chance."
    sides = found.select("task_id", "direction").rows()
    named = listed([f"{task} ({side})" for task, side in sides])
    return f" Beyond chance: {named}, of {count(opened.scored.table.height, 'task')}."


def _change(opened: OpenedForecast) -> str | None:
    """Return what would have refuted the forecast, or what would undo a surprise."""
    found = opened.scored.surprises.rows.filter("surprise").sort("q", "p", "task_id")
    if found.height:
        task, q = found["task_id"][0], found["q"][0]
        at = f"{task}{_place(opened, task)}"
        return f"Fresh attempts at {at} that fall inside: then it was luck (q = {q:.2g})."
    total, came = aggregate(opened.sealed.table), opened.scored.mean
    if total is None or came is None:
        return None
    low, high = total["q050"], total["q950"]
    near = min(abs(came.observed - end) for end in (low, high))
    refuted = f"A mean {outside(low, high)} would have refuted it"
    return (
        f"{refuted}; it came within {points(near)} of that."
        if low <= came.observed <= high
        else f"{refuted}: it did."
    )


def _place(opened: OpenedForecast, task: str) -> str:
    """Return the interval of a task and what it scored."""
    chosen = (pl.col("task_id") == task) & pl.col("q050").is_not_null()
    rows: list[dict[str, Any]] = opened.sealed.table.filter((pl.col("level") == "task") & chosen).to_dicts()
    came = opened.scored.table.filter(pl.col("task_id") == task)["observed"]
    if not rows or not len(came):
        return ""
    return f" (forecast {percent(rows[0]['q050'])} to {percent(rows[0]['q950'])}, scored {percent(came[0])})"


CLAIM = Maker("opened", 50, make)

"""What the next model is forecast to score."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tasklaws.assess.headline.claim import Claim, Rest
from tasklaws.assess.headline.forecasts import Ahead, ahead, families
from tasklaws.assess.headline.forecasts import above as chance_above
from tasklaws.assess.headline.maker import Maker
from tasklaws.assess.headline.means import mean_of
from tasklaws.assess.headline.words import count, estimate, likelihood, outside, percent

if TYPE_CHECKING:
    from typing import Any

    from tasklaws.assess.headline.known import Known

LABELS = {
    "forecast": "no result of it was known",
    "conditional": "its held-out loss was known",
    "retrodiction": "its results already existed",
}


def make(known: Known) -> Claim | None:
    """Return the mean score forecast of the next model; say so where no model is ahead."""
    coming = ahead(known)
    total = coming.total() if coming else None
    if coming is None or total is None:
        alone = "the models stand on no ladder"
        why = known.reason("unsealed", "it has no mean over tasks") if known.rungs else alone
        rest = Rest("forecasts", known.verb("forecasts"))
        return Claim("forecast", f"No model yet to come is forecast: {why}.", "observed", (rest,))
    tasks = count(
        coming.table.filter((pl.col("level") == "task") & (pl.col("status") == "ok")).height, "task"
    )
    return Claim(
        "forecast",
        f"{coming.target}, the next model, is forecast to score "
        f"{estimate(total['mean'], total['q050'], total['q950'])} over {tasks}; {_sealed(coming)}."
        f"{_than_now(known, coming, total)}",
        "guess",
        (_rest(known, coming),),
        _change(known, coming, total),
    )


def _sealed(coming: Ahead) -> str:
    label = LABELS.get(coming.label, coming.label)
    if coming.sealed_at is None:
        return f"{label}, but it is not sealed"
    return f"sealed on {coming.sealed_at[:10]} when {label}"


def _rest(known: Known, coming: Ahead) -> Rest:
    if coming.sha256 is None:
        return Rest("forecast, not sealed", known.verb("predict", "--target", coming.target))
    files = {e.payload["sha256"]: e.payload["file"] for e in known.study.log.entries() if e.kind == "seal"}
    n = coming.table.filter(pl.col("level") == "task").height
    return Rest("sealed forecast", str(files[coming.sha256]), n, coming.sha256)


def _than_now(known: Known, coming: Ahead, total: dict[str, Any]) -> str:
    """Return how likely it beats the top model on the tasks that were forecast, where that tried them all."""
    tasks = coming.table.filter((pl.col("level") == "task") & (pl.col("status") == "ok"))["task_id"]
    if known.top is None or known.top == coming.target:
        return ""
    own = known.of(known.top).filter(pl.col("task_id").is_in(tasks.to_list()))
    if own.height < len(tasks):
        return ""
    now = mean_of(own).value
    return f" That it beats {known.top} ({percent(now)} on these) is {likelihood(chance_above(total, now))}."


def _change(known: Known, coming: Ahead, total: dict[str, Any]) -> str:
    """Return the scores at which the forecast has failed: over all, and where it is most exposed."""
    sure = {one.certificate.family for one in known.diagnosed if one.certificate.can_carry}
    rows = [row for row in families(coming.table) if row["task_family"] in sure] or families(coming.table)
    exposed = min(rows, key=lambda row: row["q950"] - row["q050"], default=None)
    own = f", or {outside(exposed['q050'], exposed['q950'])} on {exposed['task_family']}" if exposed else ""
    return (
        f"{coming.target} scoring {outside(total['q050'], total['q950'])}{own} (a right forecast: at most "
        "one time in ten each)."
    )


CLAIM = Maker("forecast", 30, make)

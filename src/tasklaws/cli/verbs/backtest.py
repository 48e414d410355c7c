"""`tasklaws backtest`: how good such forecasts were so far."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tasklaws.cli.forecast_wording import shocked, surprised
from tasklaws.cli.tables import number, table
from tasklaws.cli.verb import Result, study_argument, verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.core.progress import Progress

SHOCKED = 0.05
"""The p of a rung's shock up to which it is told of."""


def _wording(document: dict[str, Any]) -> Iterator[str]:
    yield f"{document['folds']} folds in {document['blocks']} blocks"
    law = {key: document[key] for key in ("log_score", "crps", "mae")}
    yield from table([{"name": "law", **law}, *document["baselines"]], ("name", "log_score", "crps", "mae"))
    yield f"skill {_span(document)} against the baseline chosen on earlier folds"
    best = document["best_baseline"]
    if best is not None:
        yield f"skill {_span(document['references'][best])} against {best}, the best with hindsight"
    held = ", ".join(f"{level} %: {number(share)}" for level, share in document["coverage"].items())
    yield f"share of outcomes inside the intervals  {held}"
    shocks = [one for one in document["rung_shocks"] if one["p"] is not None and one["p"] <= SHOCKED]
    yield from (shocked(one, one["target"]) for one in shocks)
    yield from surprised(document["surprises"], ("target", "task_id"))


def _span(document: dict[str, Any]) -> str:
    skill, low, high = (number(document[key]) for key in ("skill", "skill_lower", "skill_upper"))
    return f"{skill} ({low} to {high})"


@verb(
    "backtest",
    brief="See how good such forecasts were so far.",
    wording=_wording,
    example="tasklaws backtest study/ --forecasts cells.parquet",
)
@study_argument
@click.option(
    "--forecasts",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write every forecast of a cell to this Parquet file.",
)
def command(progress: Progress, study: Path, forecasts: Path | None) -> Result:
    """Forecast every rung of STUDY from the rungs below it, and compare with the baselines.

    CRPS and mae are in points (0 to 100, lower is better); log score is in nats (higher is better).
    """
    from tasklaws.assess.backtesting import backtest

    return backtest(study, forecasts=forecasts, progress=progress)

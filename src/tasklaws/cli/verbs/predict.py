"""`tasklaws predict`: the forecast of the next model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tasklaws.cli.forecast_wording import aggregate_line, forecast_table
from tasklaws.cli.verb import Result, study_argument, verb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tasklaws.core.progress import Progress


def _wording(document: dict[str, Any]) -> Iterator[str]:
    if document.get("budget") is not None:
        yield f"at a budget of {document['budget']:,.0f} tokens for each attempt"
    yield from forecast_table(document["tasks"])
    yield aggregate_line(document)
    if document["sha256"]:
        yield f"sealed  sha256 {document['sha256']}"


@verb(
    "predict",
    brief="Forecast the next model, and seal it.",
    wording=_wording,
    example="tasklaws predict study/ --target next-model --seal",
)
@study_argument
@click.option("--target", metavar="MODEL", required=True, help="A rung of ladder.toml.")
@click.option("--seal", is_flag=True, help="Write the forecast to forecasts/ and its hash to the log.")
@click.option("--budget", type=float, metavar="TOKENS", help="Tokens that each attempt may use.")
def command(progress: Progress, study: Path, target: str, budget: float | None, *, seal: bool) -> Result:
    """Forecast what MODEL will score on every task, family and on the whole.

    The label says what the forecast is: a forecast, conditional on a measured loss, or a
    retrodiction of results that the study has already seen. With --budget, successes count that
    took no more tokens.
    """
    from tasklaws.assess.forecast import predict

    return predict(study, target, seal=seal, budget=budget, progress=progress)

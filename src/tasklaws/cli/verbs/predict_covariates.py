"""`tasklaws predict-covariates`: forecasts of models known only by their covariates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tasklaws.cli.forecast_wording import aggregate_line, forecast_table
from tasklaws.cli.verb import Result, study_argument, verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.core.progress import Progress


def _wording(document: dict[str, Any]) -> Iterator[str]:
    for model in document["models"]:
        yield aggregate_line(model)
        yield from forecast_table(model["tasks"])


@verb(
    "predict-covariates",
    brief="Forecast models known only by their size.",
    wording=_wording,
    example="tasklaws predict-covariates study/ --covariates planned.toml",
)
@study_argument
@click.option(
    "--covariates",
    metavar="FILE",
    required=True,
    type=click.Path(path_type=Path),
    help="A ladder.toml, or a CSV with the same column names.",
)
def command(progress: Progress, study: Path, covariates: Path) -> Result:
    """Forecast models that are not in STUDY, given only their size, tokens and loss."""
    from tasklaws.assess.forecast import predict_covariates

    return predict_covariates(study, covariates, progress=progress)

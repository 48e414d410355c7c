"""`tasklaws open`: score a sealed forecast against what came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tasklaws.cli.forecast_wording import shocked, surprised
from tasklaws.cli.tables import number
from tasklaws.cli.verb import Result, study_argument, verb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tasklaws.core.progress import Progress


def _wording(document: dict[str, Any]) -> Iterator[str]:
    yield f"{document['target']}  {document['label']}  sha256 {document['sha256'][:8]}"
    yield (
        f"off by {number(document['mae'])} points on average, "
        f"CRPS {number(document['crps'])} points, log score {number(document['log_score'])}"
    )
    held = ", ".join(f"{level} %: {number(share)}" for level, share in document["coverage"].items())
    yield f"share of outcomes inside the intervals  {held}"
    skill = ", ".join(f"{name} {number(value)}" for name, value in document["skill"].items())
    yield f"skill against baselines  {skill}"
    yield shocked(document["rung_shock"], document["target"])
    yield from surprised(document["surprises"], ("task_id",))


@verb("open", brief="Score a sealed forecast.", wording=_wording, example="tasklaws open study/")
@study_argument
@click.argument("sha256", metavar="[SHA]", required=False)
def command(_progress: Progress, study: Path, sha256: str | None) -> Result:
    """Score the sealed forecast SHA of STUDY; without SHA the latest that is not yet opened.

    A forecast or a log of which one byte was changed is refused (exit 3).
    """
    from tasklaws.assess.opening import open_forecast

    return open_forecast(study, sha256)

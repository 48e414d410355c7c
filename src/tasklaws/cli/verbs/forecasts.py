"""`tasklaws forecasts`: all sealed forecasts and the track record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.cli.tables import table
from tasklaws.cli.verb import Result, study_argument, verb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tasklaws.core.progress import Progress

COLUMNS = ("kind", "target", "sha256", "label", "sealed_at", "opened", "log_score", "skill")


def _wording(document: dict[str, Any]) -> Iterator[str]:
    rows = [row | {"sha256": row["sha256"][:8]} for row in document["forecasts"]]
    yield from table(rows, COLUMNS)


@verb(
    "forecasts",
    brief="List sealed forecasts and how they did.",
    wording=_wording,
    example="tasklaws forecasts study/",
)
@study_argument
def command(_progress: Progress, study: Path) -> Result:
    """List the sealed forecasts of STUDY: label, when sealed, opened or not, and how they did."""
    from tasklaws.assess.track_record import forecasts

    return forecasts(study)

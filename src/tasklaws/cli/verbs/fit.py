"""`tasklaws fit`: the laws of a study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.cli.tables import table
from tasklaws.cli.verb import Result, study_argument, verb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tasklaws.core.progress import Progress


def _wording(document: dict[str, Any]) -> Iterator[str]:
    yield from table(document["laws"], ("family", "task_id", "form", "weight", "status"))


@verb("fit", brief="Fit the laws of a study.", wording=_wording, example="tasklaws fit study/")
@study_argument
def command(progress: Progress, study: Path) -> Result:
    """Fit the laws of STUDY: how each task grows along the ladder.

    A law that could not be fitted is a row with its status, never a gap.
    """
    from tasklaws.assess.laws import fit

    return fit(study, progress=progress)

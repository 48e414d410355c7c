"""`tasklaws score`: runs to cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.cli.tables import text
from tasklaws.cli.verb import Result, study_argument, verb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tasklaws.core.progress import Progress


def _wording(document: dict[str, Any]) -> Iterator[str]:
    cells = document["cells"]
    yield f"{len(cells) if isinstance(cells, list) else text(cells)} cells"


@verb("score", brief="Turn runs into cells.", wording=_wording, example="tasklaws score study/")
@study_argument
def command(_progress: Progress, study: Path) -> Result:
    """Turn the runs of STUDY into cells: successes of attempts per model, task and metric."""
    from tasklaws.run.scoring import score

    return score(study)

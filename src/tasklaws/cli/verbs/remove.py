"""`tasklaws remove`: undo an import, in the open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tasklaws.cli.tables import text
from tasklaws.cli.verb import Result, study_argument, verb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tasklaws.core.progress import Progress


def _wording(document: dict[str, Any]) -> Iterator[str]:
    yield f"removed {text(document['removed'])}"


@verb(
    "remove",
    brief="Undo an import, in the open.",
    wording=_wording,
    example="tasklaws remove study/ 3f9a2c01",
)
@study_argument
@click.argument("import_id")
def command(_progress: Progress, study: Path, import_id: str) -> Result:
    """Undo the import IMPORT_ID of STUDY.

    The log keeps both the import and its removal, so a model once seen stays seen.
    """
    from tasklaws.run.imports import remove

    return remove(study, import_id)

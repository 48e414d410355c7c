"""`tasklaws doctor`: what this machine can and cannot do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.cli.tables import table
from tasklaws.cli.verb import Result, verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.core.progress import Progress


def _wording(document: dict[str, Any]) -> Iterator[str]:
    yield from table(document["checks"], ("name", "ok", "detail"))


@verb(
    "doctor",
    brief="Show what this machine can and cannot do.",
    wording=_wording,
    example="tasklaws doctor --json",
)
def command(_progress: Progress) -> Result:
    """Show versions, extras, sandboxes, disk and caches.

    An optional part that is missing is reported and takes nothing away from the rest (exit 0).
    """
    from tasklaws.core.doctor import doctor

    return doctor()

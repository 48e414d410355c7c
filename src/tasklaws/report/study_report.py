"""The verb `report`: a study's page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tasklaws.core.errors import BadInput
from tasklaws.core.progress import SILENT
from tasklaws.report.collect import collect
from tasklaws.report.page import write_report
from tasklaws.report.pictures import asked, write_pictures
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tasklaws.core.progress import Progress


@dataclass(frozen=True)
class ReportResult:
    """A page that was written."""

    path: str
    bytes: int
    warnings: tuple[str, ...] = ()
    static: tuple[str, ...] = ()
    """Pictures and their numbers, where they were asked for."""

    def document(self) -> dict[str, Any]:
        """Return the keys of `interfaces.md`."""
        return {
            "path": self.path,
            "bytes": self.bytes,
            "static": list(self.static),
            "warnings": list(self.warnings),
        }


def report(
    study: Study | str | Path,
    out: str | Path | None = None,
    *,
    static: str | Path | None = None,
    formats: Sequence[str] = (),
    progress: Progress = SILENT,
) -> ReportResult:
    """Write the report of a study: one HTML file that opens offline.

    Args:
        study: the study.
        out: the file; by default ``report.html`` in the study.
        static: a folder for the figures as pictures, with their numbers; none are written by default.
        formats: of the pictures: ``svg``, ``png``, ``pdf``; the first two by default.
        progress: who hears how far it is.

    Raises:
        BadInput: formats without a folder, or pictures without the extra ``png``.
    """
    from pathlib import Path

    if static is not None:
        formats = asked(formats)  # refused before the work, not after it
    elif formats:
        raise BadInput(
            "formats of pictures were named, but no folder.",
            "Pictures are written beside the page only where that is asked for.",
            "Name the folder (--static DIR), or leave the formats out.",
        )
    study = study if isinstance(study, Study) else Study(study)
    path = Path(out) if out is not None else study.path / "report.html"
    page = collect(study, progress)
    pictures = write_pictures(page, Path(static), formats, progress) if static is not None else ()
    size = write_report(page, path, stills=True)
    return ReportResult(str(path), size, page.warnings, tuple(map(str, pictures)))

"""The verb `report`: a study's page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tasklaws.core.progress import SILENT
from tasklaws.report.collect import collect
from tasklaws.report.page import write_report
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.core.progress import Progress


@dataclass(frozen=True)
class ReportResult:
    """A page that was written."""

    path: str
    bytes: int
    warnings: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the keys of `interfaces.md`."""
        return {"path": self.path, "bytes": self.bytes, "warnings": list(self.warnings)}


def report(
    study: Study | str | Path, out: str | Path | None = None, *, progress: Progress = SILENT
) -> ReportResult:
    """Write the report of a study: one HTML file that opens offline.

    Args:
        study: the study.
        out: the file; by default ``report.html`` in the study.
        progress: who hears how far it is.
    """
    from pathlib import Path

    study = study if isinstance(study, Study) else Study(study)
    path = Path(out) if out is not None else study.path / "report.html"
    page = collect(study, progress)
    return ReportResult(str(path), write_report(page, path), page.warnings)

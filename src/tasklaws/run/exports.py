"""The verb `export`: a study as a table that other programs read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasklaws.core.errors import BadInput, NoAnswer
from tasklaws.exporters import EXPORTERS
from tasklaws.exporters._files import WRITERS
from tasklaws.exporters._format import Choice
from tasklaws.study.files import write_whole
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from tasklaws.exporters._format import Exporter


@dataclass(frozen=True)
class ExportResult:
    """What an export wrote."""

    path: Path
    rows: int
    bytes: int
    absent: tuple[str, ...]
    """Columns of the format that the study cannot fill; they are there, and null."""
    warnings: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return the JSON keys of `export`."""
        return {
            "path": str(self.path),
            "rows": self.rows,
            "bytes": self.bytes,
            "absent": list(self.absent),
            "warnings": list(self.warnings),
        }


def export(
    study: Study | str | Path,
    format: str,  # noqa: A002 - the word of the command line
    out: str | Path,
    *,
    metric: str | None = None,
    harness: str | None = None,
    elicitation: str | None = None,
    force: bool = False,
) -> ExportResult:
    """Write `study` as a table of `format` to the file `out`, whole or not at all.

    Args:
        study: the study.
        format: name of an exporter: ``metr``, ``hibayes``, ``cells`` or ``runs``.
        out: the file; its ending says how the table is written.
        metric: only this metric; ``metr`` has one, by default the one that would be forecast.
        harness: only this `harness_id`.
        elicitation: only this elicitation; ``metr`` has one, as above.
        force: replace the file where it exists.

    Raises:
        UnknownName: there is no such format, metric, harness or elicitation.
        BadInput: the file exists, or cannot be written.
        NoAnswer: the study has no row to write.
    """
    exporter, path = EXPORTERS[format], Path(out)
    ending = _ending(exporter, path)
    if path.is_dir() or (path.exists() and not force):
        raise BadInput(
            f"{path} {'is a folder' if path.is_dir() else 'exists'}.",
            "An export is a new file.",
            "Name another, or replace it with --force.",
        )
    opened = study if isinstance(study, Study) else Study(study)
    exported = exporter.table(opened, Choice(metric, harness, elicitation))
    if not exported.table.height:
        raise NoAnswer(
            "nothing-to-export",
            f"{opened.path} holds no {exporter.name}.",
            "An export has at least one row.",
            "Import some results first.",
        )
    content = WRITERS[ending](exported.table)
    write_whole(path, content)
    return ExportResult(path, exported.table.height, len(content), exported.absent, exported.warnings)


def _ending(exporter: Exporter, path: Path) -> str:
    ending = path.suffix.lower()
    if ending not in exporter.suffixes:
        raise BadInput(
            f"{path.name}: the ending {ending or 'of its name is missing'}"
            f"{' is not known' if ending else ''}.",
            f"{exporter.name} is written as {' or '.join(exporter.suffixes)}.",
            f"Name it {path.with_suffix(exporter.suffixes[0]).name}.",
        )
    return ending

"""The verbs `import` and `remove`: foreign results into a study, and out again, in the open."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from polars.exceptions import PolarsError

from tasklaws.core.errors import BadInput, UnknownName
from tasklaws.core.provenance import canonical_json, sha256_hex
from tasklaws.importers import IMPORTERS
from tasklaws.run.arrivals import Arrival, arrange, checked, enter, parquet_bytes
from tasklaws.spec.importer import Imported, ImportOptions, Quarantined
from tasklaws.spec.ladder_file import ladder_bytes, make_ladder, read_ladder
from tasklaws.spec.source import expand
from tasklaws.study.files import changing
from tasklaws.study.folder import LADDER_FILE, LOG_FILE, SETTINGS, TASKS_FILE, Study
from tasklaws.study.log import Log
from tasklaws.study.settings import Settings, settings_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.spec.ladder import Ladder
    from tasklaws.study.files import Changes
    from tasklaws.study.folder import ImportRecord


@dataclass(frozen=True)
class ImportResult:
    """What an import brought."""

    import_id: str
    rows: int
    """Rows of the source that were taken, those already there and humans included."""
    quarantined: tuple[Quarantined, ...]
    parts: tuple[str, ...]
    """Parts written, relative to the study; none when everything was there already."""
    warnings: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return the keys of `interfaces.md`, and `import_id` and `warnings`."""
        return {
            "rows": self.rows,
            "quarantined": [{"file": q.file, "row": q.row, "reason": q.reason} for q in self.quarantined],
            "parts": list(self.parts),
            "import_id": self.import_id,
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True)
class RemoveResult:
    """What a removal took away."""

    removed: str
    rows: int
    parts: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return the key `removed`, and `rows` and `parts`."""
        return {"removed": self.removed, "rows": self.rows, "parts": list(self.parts)}


def read_results(
    format: str,  # noqa: A002 - the word of the command line
    paths: str | Path | Sequence[str | Path],
    column_map: str | Path | None = None,
    steps: Literal["last", "all"] = "last",
) -> Imported:
    """Return what stands in `paths`, in the declared tables, writing nothing.

    Raises:
        UnknownName: there is no such format.
        BadInput: a file cannot be used; the message names file, row and column.
    """
    named = [paths] if isinstance(paths, str | Path) else list(paths)
    options = ImportOptions(Path(column_map) if column_map else None, steps)
    return checked(_read(format, [Path(path) for path in named], options), format)


def _read(name: str, paths: Sequence[Path], options: ImportOptions) -> Imported:
    """Return what the importer reads; content of an unforeseen shape is the file's fault, not ours."""
    importer = IMPORTERS[name]
    try:
        return importer.read(paths, options)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, PolarsError) as error:
        raise BadInput(
            f"{name}: a file is not of this format ({type(error).__name__}: {str(error)[:200]!r}).",
            f"It reads {importer.summary}.",
            "Check the files, or import them with: table.",
        ) from error


def import_runs(  # noqa: PLR0917 - the words of the command line, in its order
    format: str,  # noqa: A002 - the word of the command line
    paths: str | Path | Sequence[str | Path],
    into: str | Path,
    column_map: str | Path | None = None,
    ladder: str | Path | None = None,
    steps: Literal["last", "all"] = "last",
) -> ImportResult:
    """Take foreign results into the study `into`, which is made if absent.

    Args:
        format: name of an importer, such as ``metr`` or ``table``.
        paths: files, or folders of files.
        into: the study.
        column_map: TOML that maps foreign columns and scores, for tables.
        ladder: ladder that replaces that of the study; it may hold models without results.
        steps: one rung per training run at its last checkpoint, or one per checkpoint.

    Raises:
        BadInput: something cannot be used; the study is then byte for byte as it was.
    """
    imported = read_results(format, paths, column_map, steps)
    given = read_ladder(ladder) if ladder else None
    named = [paths] if isinstance(paths, str | Path) else list(paths)
    inputs = [Path(path) for path in (*named, column_map, ladder) if path]
    with changing(Path(into)) as changes:
        return _take_in(changes, Path(into).name, imported, given, _fingerprints(format, inputs, steps))


def _fingerprints(name: str, inputs: Sequence[Path], steps: str) -> dict[str, Any]:
    files = sorted((path.name, sha256_hex(path.read_bytes())) for path in expand(inputs, ("*",)))
    return {"format": name, "files": [list(pair) for pair in files], "steps": steps}


def _take_in(
    changes: Changes, name: str, imported: Imported, given: Ladder | None, inputs: dict[str, Any]
) -> ImportResult:
    study = _opened(changes.root)
    arrival = arrange(study, imported, given)
    import_id = _import_id(study, inputs, renewed=bool(arrival.n_rows))
    known = study.ladder() if study else None
    parts: dict[str, str] = {}
    if arrival.n_rows or known != arrival.ladder:
        parts = _write(changes, import_id, arrival, name)
        enter(
            changes,
            "import",
            rows=imported.rows,
            quarantined=len(imported.quarantined),
            parts=parts,
            models=arrival.models(),
            rungs=[model for model in arrival.ladder.models() if known is None or model not in known],
            inputs={"import_id": import_id, **inputs},
        )
    return ImportResult(
        import_id, imported.rows, imported.quarantined, tuple(parts), (*imported.warnings, *arrival.warnings)
    )


def _opened(root: Path) -> Study | None:
    return Study(root) if (root / SETTINGS).exists() or (root / LOG_FILE).exists() else None


def _import_id(study: Study | None, inputs: dict[str, Any], *, renewed: bool) -> str:
    """Return an id that the inputs decide; where an import of that id is in force, one that is free."""
    live = {record.import_id for record in study.imports() if not record.removed} if study else set()
    turn = 0
    while True:
        import_id = sha256_hex(canonical_json({"turn": turn, **inputs}))[:12]
        if not renewed or import_id not in live:
            return import_id
        turn += 1


def _write(changes: Changes, import_id: str, arrival: Arrival, name: str) -> dict[str, str]:
    """Write the parts, the tasks, the ladder and, in a new study, the settings; return part -> SHA-256."""
    contents = {
        f"{kind}/{import_id}.parquet": parquet_bytes(table)
        for kind, table in arrival.tables.items()
        if table.height
    }
    for part, content in contents.items():
        changes.write(part, content)
    changes.write(TASKS_FILE, parquet_bytes(arrival.tasks))
    if len(arrival.ladder):
        changes.write(LADDER_FILE, ladder_bytes(arrival.ladder))
    if not (changes.root / SETTINGS).exists():
        changes.write(SETTINGS, settings_bytes(Settings(name=name)))
    return {part: sha256_hex(content) for part, content in contents.items()}


def remove(study: Study | str | Path, import_id: str) -> RemoveResult:
    """Undo an import: its parts go, a line in the log stays.

    Rungs and tasks that came with it go too, where no other rows need them. Rows that a later
    import did not take because this one had brought them must be imported again.

    Args:
        study: the study.
        import_id: id of the import, or its beginning where that is enough to tell it.

    Raises:
        UnknownName: no import in force has that id.
    """
    study = study if isinstance(study, Study) else Study(study)
    with changing(study.path) as changes:
        record = _in_force(study, import_id)
        Log(changes.touch(LOG_FILE)).append("remove", {"import_id": record.import_id})
        for part in record.parts:
            changes.remove(part)
        _forget(changes, study, record.import_id)
    return RemoveResult(record.import_id, record.rows, record.parts)


def _in_force(study: Study, import_id: str) -> ImportRecord:
    live = [record for record in study.imports() if not record.removed]
    found = [record for record in live if record.import_id.startswith(import_id)] if import_id else []
    if len(found) != 1:
        raise UnknownName("import in force", import_id, [record.import_id for record in live])
    return found[0]


def _forget(changes: Changes, study: Study, import_id: str) -> None:
    """Drop task records and rungs that no remaining row needs and that this import had brought."""
    import polars as pl

    rows = [study.runs(), study.imported_cells(), study.human()]
    tasks = {task for table in rows for task in table["task_id"].unique()}
    changes.write(TASKS_FILE, parquet_bytes(study.tasks().filter(pl.col("task_id").is_in(tasks))))
    brought = {
        model
        for entry in study.log.entries()
        if entry.kind == "import" and entry.payload["import_id"] == import_id
        for model in entry.payload["rungs"]
    }
    needed = {model for table in rows[:2] for model in table["model"].unique()}
    ladder = study.ladder()
    kept = [rung for rung in ladder if rung.model in needed or rung.model not in brought]
    if kept and len(kept) < len(ladder):
        changes.write(LADDER_FILE, ladder_bytes(make_ladder(kept, ladder.axis)))
    if not kept:
        changes.remove(LADDER_FILE)

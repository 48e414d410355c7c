"""Where runs come from: a study, or logs of Inspect that are read as they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.core.errors import BadInput, UnknownName
from tasklaws.run.grid import LOGS
from tasklaws.spec.importer import ImportOptions
from tasklaws.study.folder import LOG_FILE, SETTINGS, Study

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tasklaws.spec.harness import Harness
    from tasklaws.study.run_settings import Price


@dataclass(frozen=True)
class Source:
    """Runs with what is known of where they came from."""

    runs: pl.DataFrame
    metric: str | None = None
    elicitation: str | None = None
    harness: str | None = None
    logs: tuple[Mapping[str, Any], ...] = ()
    """Headers of logs."""
    stated: Mapping[str, Harness] = field(default_factory=dict)
    """Name -> limits, as `study.toml` says."""
    prices: Mapping[str, Price] | None = None
    notes: tuple[str, ...] = ()


def read(source: Study | str | Path | Sequence[str | Path]) -> Source:
    """Return the runs of a study or of logs.

    Raises:
        BadInput: there is nothing of the kind.
    """
    if isinstance(source, Study):
        return _of_study(source)
    paths = [Path(source)] if isinstance(source, str | Path) else [Path(one) for one in source]
    if len(paths) == 1 and is_study(paths[0]):
        return _of_study(Study(paths[0]))
    missing = [path for path in paths if not path.exists()]
    if missing or not paths:
        raise BadInput(
            f"{missing[0] if missing else 'nothing'} is neither a study nor a log.",
            "A budget curve is made of a study, or of logs of Inspect (.eval or .json).",
            "Name a study, a log, or a folder of logs.",
        )
    return _of_logs(paths)


def _of_study(study: Study) -> Source:
    said = study.settings
    folder = study.path / LOGS
    files = sorted(folder.rglob("*.eval")) if folder.is_dir() else []
    return Source(
        study.runs(),
        said.metric,
        said.elicitation,
        said.harness,
        _headers(files),
        said.run.harness,
        said.run.prices or None,
    )


def _of_logs(paths: Sequence[Path]) -> Source:
    from tasklaws.importers.inspect import IMPORTER
    from tasklaws.spec.source import expand

    found = IMPORTER.read(paths, ImportOptions())
    if found.runs is None:
        raise BadInput("the logs hold no attempts.", "Scores of samples are needed.", "Name other logs.")
    aside = (f"{len(found.quarantined)} scores are no shares and left out",) if found.quarantined else ()
    headers = _headers(expand(paths, ("*.eval", "*.json")))
    return Source(found.runs, logs=headers, notes=(*found.warnings, *aside))


def _headers(files: Sequence[Path]) -> tuple[Mapping[str, Any], ...]:
    """Return the headers of the logs that can be read; the rest say nothing of a harness."""
    from tasklaws.importers._inspect_files import header

    told = []
    for file in files:
        try:
            told.append(header(file))
        except BadInput:
            continue
    return tuple(told)


def only_harness(runs: pl.DataFrame, harness: str | None) -> pl.DataFrame:
    """Return the runs of one harness.

    Raises:
        UnknownName: no run has it.
    """
    if harness is None:
        return runs
    named = pl.col("harness_id").fill_null("default")
    known = runs.select(named.unique()).to_series().to_list()
    if harness not in known:
        raise UnknownName("harness", harness, known)
    return runs.filter(named == harness)


def is_study(path: Path) -> bool:
    """Return whether there is a study at `path`."""
    return path.is_dir() and any((path / name).exists() for name in (SETTINGS, LOG_FILE))

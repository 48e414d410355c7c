"""Where attempts are read from: logs, folders of logs, or a study with its logs and its tables of runs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from tasklaws.assess.observation.log_attempts import of_log
from tasklaws.assess.observation.run_attempts import of_runs
from tasklaws.core.errors import BadInput
from tasklaws.run.grid import LOGS
from tasklaws.study.folder import LOG_FILE, SETTINGS, Study
from tasklaws.study.marks import ATTEMPT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.assess.observation.transcripts import Transcript


@dataclass(frozen=True)
class Source:
    """Logs and, in a study, the runs that no log tells of."""

    log_dir: Path
    """Folder of logs, as a viewer is given it."""
    logs: tuple[Path, ...]
    study: Study | None = None
    unread: list[str] = field(default_factory=list)
    """Why logs could not be read, of several; where there is but one, that is an error."""

    def attempts(self) -> Iterator[Transcript]:
        """Yield every attempt once; one that stands in several logs as the last of them has it."""
        known: set[tuple[object, ...]] = set()
        for path in reversed(self.logs):
            for one in self._of(path):
                key = tuple(getattr(one, name) for name in ATTEMPT)
                if key not in known:
                    known.add(key)
                    yield self._placed(one)
        if self.study is not None:
            runs = _without(self.study.runs(), known)
            yield from map(self._placed, of_runs(runs, self.study.settings.metric))

    def _of(self, path: Path) -> Iterator[Transcript]:
        try:
            yield from of_log(path)
        except BadInput as error:
            if len(self.logs) == 1:
                raise
            if error.what not in self.unread:
                self.unread.append(error.what)

    def _placed(self, one: Transcript) -> Transcript:
        """Return an attempt whose log is named as a viewer of the folder of logs names it."""
        if one.log_file is None:
            return one
        path, inside = (
            Path(one.log_file),
            Path(LOGS) if self.study and not self.logs_hold(one) else self.log_dir,
        )
        named = path.relative_to(inside) if path.is_relative_to(inside) else Path(path.name)
        return replace(one, log_file=named.as_posix())

    def logs_hold(self, one: Transcript) -> bool:
        """Return whether an attempt was read from a log, rather than from a table that names one."""
        return one.log_file is not None and Path(one.log_file) in self.logs

    def sizes_before(self) -> dict[str, tuple[str, ...]]:
        """Return each model of the study's ladder -> the models of the size before its own."""
        if self.study is None:
            return {}
        ladder = self.study.ladder()
        before: dict[str, tuple[str, ...]] = {}
        for lineage in ladder.lineages():
            sizes: dict[str, list[str]] = {}
            for rung in ladder.of(lineage):
                sizes.setdefault(ladder.size_of(rung.model), []).append(rung.model)
            groups = list(sizes.values())
            for smaller, models in pairwise(groups):
                before |= dict.fromkeys(models, tuple(smaller))
        return before


def _without(runs: pl.DataFrame, known: set[tuple[object, ...]]) -> pl.DataFrame:
    """Return the runs that no log told of."""
    if not known or runs.is_empty():
        return runs
    told = pl.DataFrame(list(known), schema={name: runs.schema[name] for name in ATTEMPT}, orient="row")
    return runs.join(told, on=ATTEMPT, how="anti", nulls_equal=True)


def source_of(places: list[Path]) -> Source:
    """Return where the attempts of a study, of folders of logs or of logs stand.

    Raises:
        BadInput: a place does not exist, or holds neither.
    """
    if len(places) == 1 and _is_study(places[0]):
        folder = places[0] / LOGS
        return Source(folder, _logs(folder) if folder.is_dir() else (), Study(places[0]))
    logs = [log for place in places for log in (_logs(place) if place.is_dir() else (place,))]
    missing = [str(place) for place in (*places, *logs) if not place.exists()]
    if missing or not logs:
        raise BadInput(
            f"{missing[0]} does not exist." if missing else f"{places[0]} holds no log.",
            "Attempts are read from logs of Inspect AI (.eval, .json), or from a study.",
            "Name a log, a folder of logs, or a study.",
        )
    only = places[0] if len(places) == 1 and places[0].is_dir() else None
    return Source(only or logs[0].parent, tuple(sorted(logs)))


def _is_study(place: Path) -> bool:
    return any((place / name).exists() for name in (SETTINGS, LOG_FILE))


def _logs(folder: Path) -> tuple[Path, ...]:
    """Return the logs in a folder; files that say how they were made, such as `logs.json`, are none."""
    found = (*folder.rglob("*.eval"), *folder.rglob("*.json"))
    logs = (path for path in found if path.name not in {"logs.json", "eval-set.json"})
    return tuple(sorted(logs, key=lambda path: (path.name, path)))

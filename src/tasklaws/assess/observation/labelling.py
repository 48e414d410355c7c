"""The verb `label`: readers say what attempts were, each for himself."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasklaws.assess.observation.cards import card
from tasklaws.assess.observation.labels import (
    SETTLED,
    Label,
    add,
    file_of,
    final,
    from_csv,
    now,
    read,
    read_all,
    suggested,
)
from tasklaws.assess.observation.observed import watched_of
from tasklaws.assess.observation.plan_file import begin, plan_of
from tasklaws.assess.observation.sources import source_of
from tasklaws.core.progress import SILENT
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from tasklaws.assess.observation.cards import Card
    from tasklaws.assess.observation.observed import Observed
    from tasklaws.core.progress import Progress

    Ask = Callable[[Card], tuple[str, str] | None]
    """Return label and note for a card; None where the reader stops."""


@dataclass(frozen=True)
class LabelResult:
    """What a reader has labelled."""

    reader: str
    labelled: int
    """Now."""
    waiting: int
    """Of the plan, without a label of this reader."""
    path: str

    def document(self) -> dict[str, Any]:
        """Return the JSON keys of `label`."""
        return asdict(self)


def label(
    study: Study | str | Path,
    reader: str,
    *,
    n: int = 20,
    seed: int = 0,
    ask: Ask | None = None,
    file: str | Path | None = None,
    progress: Progress = SILENT,
) -> LabelResult:
    """Take one reader's labels of the attempts that the plan drew, from `ask` or from a CSV file.

    Labels of other readers are not looked at. What has a label of this reader is not asked again.

    Args:
        study: whose attempts are read.
        reader: who reads; ``settled`` decides where others differ.
        n: attempts of the plan; labels of others are kept, but say nothing of shares.
        seed: of the draw; a plan that was begun keeps its own.
        ask: shows a card and returns label and note, or None to stop.
        file: CSV with the columns attempt_id, label, note.
        progress: told of attempts as they are read in.

    Raises:
        BadInput: the name, the file or a label cannot be used.
    """
    opened = study if isinstance(study, Study) else Study(study)
    path = file_of(opened.path, reader)
    watched = watched_of(opened.path, progress)
    given = None if file is None else from_csv(Path(file), reader, watched)
    plan = plan_of(opened.path, [one.readable() for one in watched.values()], n, seed)
    begin(opened.path, plan, seed)
    drawn = {one.attempt_id: None for one in plan.drawn}
    if given is not None:
        for one in given:
            add(path, replace(_named(one, watched[one.attempt_id]), planned=one.attempt_id in drawn))
        return LabelResult(reader, len(given), 0, str(path))
    done = read(path)
    besides = [one for one in suggested(opened.path) if one in watched and one not in drawn]
    waiting = [one for one in (*drawn, *besides) if one not in done]
    if reader == SETTLED:
        waiting = [one for one in final(read_all(opened.path))[1] if one in watched]
    count = _asked(opened, reader, waiting, watched, drawn, ask)
    return LabelResult(reader, count, len(waiting) - count, str(path))


def _asked(  # noqa: PLR0917 - all of it belongs to one session
    study: Study,
    reader: str,
    waiting: list[str],
    watched: dict[str, Observed],
    drawn: Collection[str],
    ask: Ask | None,
) -> int:
    """Ask for one label after another, and return how many were given."""
    if ask is None or not waiting:
        return 0
    wanted = set(waiting)
    source = source_of([study.path])
    whole = {one.attempt_id: one for one in source.attempts() if one.attempt_id in wanted}
    for number, attempt in enumerate(waiting, 1):
        said = ask(card(watched[attempt], whole[attempt], number, len(waiting)))
        if said is None:
            return number - 1
        made = Label(attempt, reader, *said, at=now(), planned=attempt in drawn)
        add(file_of(study.path, reader), _named(made, watched[attempt]))
    return len(waiting)


def _named(one: Label, about: Observed) -> Label:
    return replace(one, model=about.attempt.model, task_id=about.attempt.task_id)

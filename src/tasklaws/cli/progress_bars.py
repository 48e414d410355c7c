"""Progress drawn on a terminal: one line for the whole, and one for each part that is running."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, Task
from rich.progress import Progress as RichProgress
from rich.table import Column
from rich.text import Text

from tasklaws.cli.progress_stage import Stages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.cli.progress_stage import Stage
    from tasklaws.core.progress import Advance, Progress

NARROW = 60
"""Columns of a terminal below which there is no room for bars."""
NAME, BAR = 0.3, 0.12
"""Shares of the columns for a name and a bar."""


class Bars:
    """One bar a stage; a part that is done gives its line back, the whole keeps it."""

    def __init__(self, bars: RichProgress) -> None:
        self.bars, self._stages = bars, Stages(time.monotonic)

    @contextmanager
    def stage(self, name: str, total: int | None = None) -> Iterator[Advance]:
        """Open a stage."""
        with self._stages.opened(name, total) as stage:
            task = self.bars.add_task("", total=1.0 if total else None, stage=stage)

            def advance(steps: int, **came: Any) -> None:  # noqa: ANN401
                stage.advance(steps, **came)
                self.bars.update(task, completed=stage.work)

            yield advance
            stage.end()
            if stage.part_of is not None:
                self.bars.remove_task(task)
            elif total is None:
                self.bars.update(task, total=1.0, completed=1.0)


class _Name(ProgressColumn):
    def render(self, task: Task) -> Text:
        """Return the name of a stage."""
        return Text(_stage(task).label())


class _Words(ProgressColumn):
    def __init__(self, column: Column, room: int) -> None:
        super().__init__(column)
        self._room = room

    def render(self, task: Task) -> Text:
        """Return what is known of a stage."""
        return Text(_stage(task).words(self._room))


def _stage(task: Task) -> Stage:
    stage: Stage = task.fields["stage"]
    return stage


@contextmanager
def bars(stream: TextIO) -> Iterator[Progress]:
    """Draw on a terminal for as long as the context lasts."""
    console = Console(file=stream)
    width = console.width
    named, barred = round(NAME * width), round(BAR * width) if width >= NARROW else 0
    room = width - named - barred - (2 if barred else 1)
    name = _Name(Column(no_wrap=True, overflow="ellipsis", max_width=named))
    bar = [BarColumn(barred)] if barred else []
    words = _Words(Column(no_wrap=True, overflow="ellipsis"), room)
    with RichProgress(name, *bar, words, console=console) as drawn:
        yield Bars(drawn)

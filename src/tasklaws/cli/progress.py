"""Three ways to tell progress on stderr: bars, plain lines, JSON lines."""

from __future__ import annotations

import json
import sys
import time
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, TextIO

from tasklaws.core.progress import SILENT, Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress as RichProgress

KINDS = ("auto", "plain", "json", "none")

PAUSE = 2.0
"""Seconds of silence between two plain lines of one stage."""


def reporter(kind: str, stream: TextIO | None = None) -> AbstractContextManager[Progress]:
    """Return a context whose value hears progress and tells it on `stream` (default: stderr)."""
    out = sys.stderr if stream is None else stream
    if kind == "none":
        return nullcontext(SILENT)
    if kind == "json":
        return nullcontext(JsonLines(out))
    if kind == "auto" and out.isatty():
        return _bars(out)
    return nullcontext(PlainLines(out))


class PlainLines:
    """A line when a stage ends, and one every few seconds while it runs."""

    def __init__(self, stream: TextIO, pause: float = PAUSE) -> None:
        self._stream, self._pause = stream, pause

    @contextmanager
    def stage(self, name: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """Open a stage."""
        start = told = time.monotonic()
        done = 0

        def advance(steps: int) -> None:
            nonlocal done, told
            done += steps
            if time.monotonic() - told >= self._pause:
                told = time.monotonic()
                self._say(f"{name}: {done}" + (f" of {total}" if total else ""))

        yield advance
        self._say(f"{name}: done in {time.monotonic() - start:.1f} s")

    def _say(self, line: str) -> None:
        print(line, file=self._stream, flush=True)


class JsonLines:
    """One JSON object a line: ``event`` (start, advance, end), ``stage``, ``done``, ``total``."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    @contextmanager
    def stage(self, name: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """Open a stage."""
        done = 0

        def advance(steps: int) -> None:
            nonlocal done
            done += steps
            self._say(event="advance", stage=name, done=done, total=total)

        self._say(event="start", stage=name, done=0, total=total)
        yield advance
        self._say(event="end", stage=name, done=done, total=total)

    def _say(self, **fields: Any) -> None:  # noqa: ANN401
        print(json.dumps(fields), file=self._stream, flush=True)


class Bars:
    """One bar a stage; stages may stand inside each other."""

    def __init__(self, bars: RichProgress) -> None:
        self._bars = bars

    @contextmanager
    def stage(self, name: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """Open a stage."""
        task = self._bars.add_task(name, total=total)

        def advance(steps: int) -> None:
            self._bars.advance(task, steps)

        yield advance
        if total is None:
            self._bars.update(task, total=1, completed=1)


@contextmanager
def _bars(stream: TextIO) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as RichProgress

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with RichProgress(*columns, console=Console(file=stream)) as bars:
        yield Bars(bars)

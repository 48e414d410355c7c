"""Three ways to tell progress on stderr: bars, plain lines, JSON lines."""

from __future__ import annotations

import json
import sys
import time
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, TextIO, cast

from tasklaws.cli.progress_outlet import Outlet
from tasklaws.cli.progress_stage import Stages
from tasklaws.core.progress import SILENT, Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tasklaws.cli.progress_stage import Stage
    from tasklaws.core.progress import Advance

    Clock = Callable[[], float]

KINDS = ("auto", "plain", "json", "none")

SCHEMA_VERSION = 1
"""Of the JSON lines."""
PAUSE, LONGEST_PAUSE, SHARE = 2.0, 60.0, 0.02
"""Least and most seconds between two plain lines of one stage; in between, this share of the time since."""
APART = 0.1
"""Seconds between two JSON lines of one stage while it runs."""


def reporter(kind: str, stream: TextIO | None = None) -> AbstractContextManager[Progress]:
    """Return a context whose value hears progress and tells it on `stream` (default: stderr)."""
    out = cast("TextIO", Outlet(sys.stderr if stream is None else stream))
    if kind == "none":
        return nullcontext(SILENT)
    if kind == "json":
        return nullcontext(JsonLines(out))
    if kind == "auto" and out.isatty():
        from tasklaws.cli.progress_bars import bars

        return bars(out)
    return nullcontext(PlainLines(out))


class PlainLines:
    """A line when a stage ends, and one every few seconds while it runs."""

    def __init__(self, stream: TextIO, pause: float = PAUSE, clock: Clock = time.monotonic) -> None:
        self._stream, self._pause = stream, pause
        self._stages = Stages(clock)

    @contextmanager
    def stage(self, name: str, total: int | None = None) -> Iterator[Advance]:
        """Open a stage."""
        with self._stages.opened(name, total) as stage:
            told = stage.now()

            def advance(steps: int, **came: Any) -> None:  # noqa: ANN401
                nonlocal told
                stage.advance(steps, **came)
                pause = min(max(self._pause, SHARE * stage.seconds), max(self._pause, LONGEST_PAUSE))
                if stage.now() - told >= pause:
                    told = stage.now()
                    self._say(stage, stage.words())

            yield advance
            stage.end()
            self._say(stage, stage.words())

    def _say(self, stage: Stage, words: str) -> None:
        print(f"{stage.label()}: {words}", file=self._stream, flush=True)


class JsonLines:
    """One JSON object a line: ``event`` (start, advance, end) and what is known of the stage by then."""

    def __init__(self, stream: TextIO, apart: float = APART, clock: Clock = time.monotonic) -> None:
        self._stream, self._apart = stream, apart
        self._stages = Stages(clock)

    @contextmanager
    def stage(self, name: str, total: int | None = None) -> Iterator[Advance]:
        """Open a stage; its end is told however it ends."""
        with self._stages.opened(name, total) as stage:
            told = stage.now()

            def advance(steps: int, **came: Any) -> None:  # noqa: ANN401
                nonlocal told
                stage.advance(steps, **came)
                if stage.now() - told >= self._apart:
                    told = stage.now()
                    self._say("advance", stage)

            self._say("start", stage)
            try:
                yield advance
            finally:
                stage.end()
                self._say("end", stage)

    def _say(self, event: str, stage: Stage) -> None:
        line = {"event": event, **stage.document(), "schema_version": SCHEMA_VERSION}
        print(json.dumps(line, allow_nan=False), file=self._stream, flush=True)

"""A stream for progress whose reader may go away: what is watched goes on."""

from __future__ import annotations

import io
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator


class Outlet(io.TextIOBase):
    """Writes to a stream until that fails, and from then on nowhere."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._gone = False

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Return that of the stream."""
        return getattr(self._stream, "encoding", None) or "utf-8"

    def isatty(self) -> bool:
        """Return whether the stream is a terminal."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """Return the number of the stream's file."""
        return self._stream.fileno()

    def write(self, text: str) -> int:
        """Write, if anybody reads."""
        with self._or_gone():
            if not self._gone:
                self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, if anybody reads."""
        with self._or_gone():
            if not self._gone:
                self._stream.flush()

    @contextmanager
    def _or_gone(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            self._gone = True
            self._lead_nowhere()
        except (OSError, ValueError):
            self._gone = True

    def _lead_nowhere(self) -> None:
        """Let the file lead nowhere: what is still in its buffer would fail once more when Python ends."""
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)

"""What stands around a program in monty: its output, its input, the functions it may call, its end."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import signal
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tasklaws.spec.sandbox import Kind, RunLimits


class Host:
    """One run, seen from our side.

    Monty's clock stands still while a program waits for us, and an error that we raise reaches a
    program that only prints at the end of its time. So what goes too far is ended by its process.
    """

    def __init__(self, worker: int | None, stdin: str, limits: RunLimits) -> None:
        self.worker, self.limits = worker, limits
        self.ended: Kind | None = None
        """Kind of the limit for which we ended the run."""
        self._start = time.perf_counter()
        self._lines = io.StringIO(stdin)
        self._size = 0
        self._parts: list[str] = []

    @property
    def seconds(self) -> float:
        """Return how long the run has taken."""
        return time.perf_counter() - self._start

    @property
    def stdout(self) -> str:
        """Return what stands on stdout, up to the cap."""
        whole = "".join(self._parts)
        return whole.encode(errors="replace")[: self.limits.output_bytes].decode(errors="ignore")

    def write(self, stream: str, text: str) -> None:
        """Take what the program writes."""
        if stream == "stdout" and self._size <= self.limits.output_bytes:
            self._parts.append(text)
        self._size += len(text.encode(errors="replace"))
        if self._size > self.limits.output_bytes:
            self._end("output_cap")

    def offered(self, functions: Mapping[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
        """Return the functions that the program may call: ours, and `input`."""
        return {
            name: self._timed(called) for name, called in ({"input": self._read} | dict(functions)).items()
        }

    def _timed(self, called: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(called)
        def call(*values: Any, **named: Any) -> Any:  # noqa: ANN401  they are the program's
            if self.seconds > self.limits.seconds:
                self._end("timeout")
            return called(*values, **named)

        return call

    def _read(self, prompt: object = "") -> str:
        if not isinstance(prompt, str):  # making a text of it could take all our memory
            raise NotImplementedError("input() does not yet support a prompt that is no text")
        self.write("stdout", prompt)
        line = self._lines.readline()
        if not line:
            raise EOFError("EOF when reading a line")
        return line.removesuffix("\n")

    def _end(self, kind: Kind) -> None:
        if self.ended is None and self.worker is not None:
            self.ended = kind
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.worker, signal.SIGKILL)

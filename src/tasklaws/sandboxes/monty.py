"""monty: a small Python, written anew in Rust, that runs in worker processes and has no way out."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any

from tasklaws.sandboxes._monty_pool import POOL
from tasklaws.sandboxes._monty_words import lacks, parses
from tasklaws.sandboxes._shared import check_language, check_there, cut, installed
from tasklaws.spec.sandbox import DEFAULT_LIMITS, Outcome, RunLimits, Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic_monty import MontyRuntimeError, MontySession, ResourceLimits

    from tasklaws.spec.sandbox import Kind

NAME = "monty"
LANGUAGES = ("python",)

STOPPED: tuple[tuple[str, str, Kind], ...] = (
    ("MemoryError", "", "memory"),
    ("TimeoutError", "feed time limit exceeded", "timeout"),
    ("TimeoutError", "sleep limit exceeded", "timeout"),
    ("RuntimeError", "suspension limit", "timeout"),
)
"""How monty says that a limit is reached: error, first words, kind."""


class _Output:
    """What a program writes; it kills the worker that writes too much.

    An error raised here would reach monty only when the program next waits for its host, which an
    endless loop of `print` never does.
    """

    def __init__(self, cap: int, worker: int | None) -> None:
        self.cap, self.worker = cap, worker
        self.size = 0
        self.parts: list[str] = []

    def __call__(self, stream: str, text: str) -> None:
        before, self.size = self.size, self.size + len(text.encode(errors="replace"))
        if stream == "stdout" and before <= self.cap:
            self.parts.append(text)
        if before <= self.cap < self.size and self.worker is not None:
            os.kill(self.worker, signal.SIGKILL)

    @property
    def full(self) -> bool:
        """Return whether the program wrote more than it may."""
        return self.size > self.cap

    def text(self) -> str:
        """Return what stands on stdout, up to the cap."""
        return "".join(self.parts).encode(errors="replace")[: self.cap].decode(errors="ignore")


def run(code: str, stdin: str = "", limits: RunLimits = DEFAULT_LIMITS, language: str = "python") -> Outcome:
    """Run a program. `input()` reads `stdin` line by line; there is no `sys.stdin`.

    Raises:
        UnknownName: monty does not run that language.
        BadInput: monty is not installed.
    """
    return run_with({}, code, stdin, limits, language)


def run_with(
    functions: Mapping[str, Callable[..., Any]],
    code: str,
    stdin: str = "",
    limits: RunLimits = DEFAULT_LIMITS,
    language: str = "python",
) -> Outcome:
    """Run a program that may call `functions` of ours, ``limits.calls`` times in all.

    A program that calls more often has used up its share of work: `timeout`. A function gets whatever
    the program passes, of any type and size: it must look before it touches.

    Raises:
        UnknownName: monty does not run that language.
        BadInput: monty is not installed.
    """
    check_language(NAME, language, LANGUAGES)
    check_there(NAME, missing())
    checkout = POOL.get().checkout(limits=_asked(limits), os_policy={"sleep_system_max": limits.seconds})
    with checkout as session:
        output = _Output(limits.output_bytes, session.worker_pid)
        offered = {"input": _reader(stdin, output), **functions}
        start = time.perf_counter()
        kind, detail = _end(session, code, offered, output)
        seconds = time.perf_counter() - start
    if output.full:
        kind, detail = "output_cap", f"more than {limits.output_bytes} bytes"
    elif kind == "ok" and seconds > limits.seconds:
        kind, detail = "timeout", f"more than {limits.seconds:g} s"
    return Outcome(kind, output.text(), cut(detail), seconds)


def _asked(limits: RunLimits) -> ResourceLimits:
    """Return our limits in monty's names."""
    return {
        "max_feed_duration_secs": limits.seconds,
        "max_total_sleep_secs": limits.seconds,
        "max_memory": limits.memory_bytes,
        "max_suspensions": limits.calls,
    }


def _reader(stdin: str, output: _Output) -> Callable[..., str]:
    """Return the function that stands in for `input`."""
    lines = iter(stdin.splitlines())

    def read(prompt: object = "") -> str:
        if not isinstance(prompt, str):  # making a text of it could take all our memory
            raise NotImplementedError("input() does not yet support a prompt that is no text")
        output("stdout", prompt)
        line = next(lines, None)
        if line is None:
            raise EOFError("EOF when reading a line")
        return line

    return read


def _end(
    session: MontySession, code: str, offered: Mapping[str, Callable[..., Any]], output: _Output
) -> tuple[Kind, str]:
    """Run `code` and return how it ended."""
    from pydantic_monty import MontyCrashedError, MontyError, MontyRuntimeError, MontySyntaxError

    try:
        # The last line keeps the value of the program's last expression in the worker.
        session.feed_run(f"{code}\nNone", print_callback=output, external_lookup=dict(offered))
    except MontyRuntimeError as error:
        return _stopped(error, code), str(error)
    except MontySyntaxError as error:
        return "unsupported" if parses(code) else "error", f"SyntaxError: {error}"
    except MontyCrashedError as error:
        return "timeout" if error.timed_out else "crashed", str(error)
    except MontyError as error:
        return "crashed", str(error)
    return "ok", ""


def _stopped(error: MontyRuntimeError, code: str) -> Kind:
    """Return what the error that ended a program means."""
    name, message = type(error.exception()).__name__, str(error.exception())
    if name == "SystemExit":
        return "error" if message else "ok"
    for stopped, words, kind in STOPPED:
        if name == stopped and message.startswith(words):
            return kind
    return "unsupported" if lacks(error, code) else "error"


def missing() -> str | None:
    """Return why monty cannot be used here; None where it can."""
    return None if installed("pydantic_monty") else "not installed; pip install pydantic-monty"


SANDBOX = Sandbox(
    NAME,
    "a small Python in worker processes: about a millisecond a call, a part of the language",
    "github.com/pydantic/monty",
    "emerging",
    LANGUAGES,
    run,
    missing,
    "An interpreter without files, network, processes or environment keeps the program in; "
    "a flaw in that interpreter would let it out into a process of our own user.",
)

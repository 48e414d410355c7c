"""monty: a small Python, written anew in Rust, that runs in worker processes and has no way out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.sandboxes._monty_code import parses, passed_over
from tasklaws.sandboxes._monty_host import Host
from tasklaws.sandboxes._monty_pool import POOL
from tasklaws.sandboxes._monty_words import lacks, raised_by_program
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


def run(code: str, stdin: str = "", limits: RunLimits = DEFAULT_LIMITS, language: str = "python") -> Outcome:
    """Run a program. `input()` reads `stdin` line by line; there is no `sys.stdin`.

    Monty lacks much of Python. What it is seen to lack is `unsupported`, but some differences do not
    show: generator expressions, `map` and `zip` give lists at once. A program decides by itself what it
    uses, so it can always end as `unsupported`: run such programs elsewhere rather than leave them out.

    Raises:
        UnknownName: monty does not run that language.
        BadInput: monty is not installed, or was started before this process was forked.
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
    the program passes, of any type and size: it must look before it touches. Its errors are raised in
    the program.

    Raises:
        UnknownName: monty does not run that language.
        BadInput: monty is not installed, or was started before this process was forked.
    """
    check_language(NAME, language, LANGUAGES)
    check_there(NAME, missing())
    method = passed_over(code)
    if method is not None:
        return Outcome("unsupported", detail=f"monty does not call {method}")
    checkout = POOL.get().checkout(limits=_asked(limits), os_policy={"sleep_system_max": limits.seconds})
    with checkout as session:
        host = Host(session.worker_pid, stdin, limits)
        kind, detail = _end(session, code, host, functions)
        seconds = host.seconds
    if host.ended is not None or (kind == "ok" and seconds > limits.seconds):
        kind, detail = host.ended or "timeout", ""
    return Outcome(kind, host.stdout, cut(detail), seconds)


def _asked(limits: RunLimits) -> ResourceLimits:
    """Return our limits in monty's names."""
    return {
        "max_feed_duration_secs": limits.seconds,
        "max_total_sleep_secs": limits.seconds,
        "max_memory": limits.memory_bytes,
        "max_suspensions": limits.calls,
    }


def _end(
    session: MontySession, code: str, host: Host, functions: Mapping[str, Callable[..., Any]]
) -> tuple[Kind, str]:
    """Run `code` and return how it ended, with the message."""
    from pydantic_monty import MontyCrashedError, MontyError, MontyRuntimeError, MontySyntaxError

    try:
        # The last line keeps the value of the program's last expression in the worker.
        session.feed_run(f"{code}\nNone", print_callback=host.write, external_lookup=host.offered(functions))
    except MontyRuntimeError as error:
        return _stopped(error, code), str(error)
    except MontySyntaxError as error:
        within = "(<string>, line" in str(error)  # of what the program passed to `eval` or `exec`
        return "unsupported" if parses(code) and not within else "error", f"SyntaxError: {error}"
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
    if raised_by_program(error):
        return "error"
    for stopped, words, kind in STOPPED:
        if name == stopped and message.startswith(words):
            return kind
    return "unsupported" if lacks(error, code) else "error"


def missing() -> str | None:
    """Return why monty cannot be used here; None where it can."""
    return None if installed("pydantic_monty") else "not installed; pip install pydantic-monty"


SANDBOX = Sandbox(
    NAME,
    "a small Python in worker processes: less than a millisecond a call, a part of the language",
    "github.com/pydantic/monty",
    "emerging",
    LANGUAGES,
    run,
    missing,
    "An interpreter without files, network, processes or environment keeps the program in; "
    "a flaw in that interpreter would let it out into a process of our own user.",
)
